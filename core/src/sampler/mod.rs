//! F3: Markov chains that sample e^(−u(x)).
//!
//! A kernel is data: settings without memory. What a chain remembers is its [`State`]; what a step
//! has to tell is its [`Info`]. Energy evaluations are counted everywhere, those of rejected proposals
//! included. A kernel is one file here and one line in the registry below; contract tests, menus and
//! command-line names follow from it.

mod acceptance;
mod chain;
mod hmc;
mod mala;
mod metropolis;
mod registry;
mod state;
mod step_size;

pub use chain::{BurnIn, Chain, Trajectory};
pub use hmc::Hmc;
pub use mala::Mala;
pub use metropolis::Metropolis;
pub use registry::KernelEntry;
pub use state::State;
pub use step_size::DualAveraging;

use alloc::{boxed::Box, vec::Vec};
use core::fmt::Debug;

use crate::num::{Error, Result, Stream};
use crate::potential::{Parameters, ReducedPotential};

/// What happened in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Info {
    /// True if the proposal was accepted.
    pub accepted: bool,
    /// Probability with which it was accepted; 0 for a divergence.
    pub acceptance_probability: f64,
    /// Energy evaluations of this step.
    pub evaluations: u64,
    /// True if the energy of the proposal, or along the way to it, was not finite or exploded.
    pub diverged: bool,
}

/// A Markov transition that leaves e^(−u(x)) unchanged.
pub trait Kernel: Debug + Send + Sync {
    /// Name in the registry.
    fn name(&self) -> &'static str;

    /// The state at configuration `x` (`dim`); costs one evaluation.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] if `x` does not fit the potential, [`Error::InvalidData`] if its
    /// energy or gradient is not finite.
    fn init(&self, u: &ReducedPotential, x: &[f64]) -> Result<State> {
        State::new(u, x)
    }

    /// One step. The state must belong to the same `u`.
    fn step(&self, u: &ReducedPotential, state: &mut State, rng: &mut Stream) -> Info;

    /// Length of a step, in units of x.
    fn step_size(&self) -> f64;

    /// Sets the length of a step (positive).
    fn set_step_size(&mut self, step_size: f64);

    /// The acceptance probability at which the kernel moves fastest: target of the adaptation.
    fn target_acceptance(&self) -> f64;
}

/// Registers kernels: one line each, in the order menus show them.
macro_rules! kernels {
    ($($module:ident),* $(,)?) => {
        /// Every registered kernel.
        pub static KERNELS: &[&KernelEntry] = &[$(&$module::ENTRY),*];

        /// Their names, in the same order.
        pub static KERNEL_NAMES: &[&str] = &[$($module::ENTRY.name),*];
    };
}
kernels! {
    metropolis,
    mala,
    hmc,
}

/// The registry entry of a kernel, by its name or an alias.
///
/// # Errors
/// [`Error::UnknownName`] with the known names.
pub fn kernel(name: &str) -> Result<&'static KernelEntry> {
    let known = |k: &&&KernelEntry| k.name == name || k.aliases.contains(&name);
    KERNELS.iter().find(known).copied().ok_or_else(|| Error::UnknownName {
        kind: "sampling method",
        name: name.into(),
        known: KERNELS.iter().map(|k| k.name).collect::<Vec<_>>().join(", "),
    })
}

/// Builds a kernel from its name and its settings (missing ones take their defaults).
///
/// # Errors
/// [`Error::UnknownName`] for the kernel or a setting, [`Error::InvalidSetting`] for a value outside
/// its range.
pub fn build(name: &str, settings: &Parameters) -> Result<Box<dyn Kernel>> {
    let entry = kernel(name)?;
    entry.check(settings)?;
    Ok((entry.build)(settings))
}
