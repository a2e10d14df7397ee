//! F5: Markov chains that sample e^(−u(x)).
//!
//! A kernel is data: settings without memory. It moves walkers side by side, so that a potential evaluates
//! them in its SIMD lanes. What they remember is their [`State`]; what a step has to tell is [`Info`]. Energy evaluations are counted everywhere, those of rejected proposals
//! included. A kernel is one file here and one line in the registry below; contract tests, menus and
//! command-line names follow from it.

mod chain;
mod hmc;
mod ladder;
mod mala;
mod metropolis;
mod registry;
mod replica_exchange;
mod state;
mod step_size;
mod target;
mod tempering;
mod umbrella;
mod walkers;

pub use chain::{BurnIn, Chain, Trajectory};
pub use hmc::Hmc;
pub use ladder::{Energies, Ladder, LadderEntry, Windows};
pub use mala::Mala;
pub use metropolis::Metropolis;
pub use registry::KernelEntry;
pub use replica_exchange::{Exchanges, ReplicaExchange};
pub use state::State;
pub use step_size::DualAveraging;
pub use target::{Target, Work};

use alloc::{boxed::Box, vec::Vec};
use core::fmt::Debug;

use nalgebra::DMatrix;

use crate::num::{Error, Result, Stream};
use crate::setting::Parameters;

/// What happened in a step of a walker.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Info {
    /// True if the proposal was accepted.
    pub accepted: bool,
    /// Probability with which it was accepted; 0 for a divergence.
    pub acceptance_probability: f64,
    /// Energy evaluations of this walker.
    pub evaluations: u64,
    /// True if the energy of the proposal, or along the way to it, was not finite or exploded.
    pub diverged: bool,
}

/// A Markov transition that leaves e^(−u(x)) unchanged.
pub trait Kernel: Debug + Send + Sync {
    /// Name in the registry.
    fn name(&self) -> &'static str;

    /// The state of walkers at the rows of `x` (`n × dim`); costs one evaluation each.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] if `x` does not fit the target, [`Error::InvalidData`] if the energy
    /// or gradient of a row is not finite.
    fn init(&self, u: &dyn Target, x: DMatrix<f64>) -> Result<State> {
        State::new(u, x)
    }

    /// One step of each of the `n` walkers of a state, which must belong to the same `u`: walker i takes its random
    /// numbers from `rng[i]` and tells what happened in `info[i]`.
    fn step(&self, u: &dyn Target, state: &mut State, rng: &mut [Stream], info: &mut [Info]);

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
        pub const KERNEL_NAMES: &[&str] = &[$($module::ENTRY.name),*];
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

/// Every registered ladder.
pub static LADDERS: &[&LadderEntry] = &[&umbrella::ENTRY, &tempering::ENTRY];

/// The registry entry of a ladder, by its name or an alias.
///
/// # Errors
/// [`Error::UnknownName`] with the known names.
pub fn ladder(name: &str) -> Result<&'static LadderEntry> {
    let known = |l: &&&LadderEntry| l.name == name || l.aliases.contains(&name);
    LADDERS.iter().find(known).copied().ok_or_else(|| Error::UnknownName {
        kind: "ladder of states",
        name: name.into(),
        known: LADDERS.iter().map(|l| l.name).collect::<Vec<_>>().join(", "),
    })
}

/// Builds a kernel from its name and its settings (missing ones take their defaults).
///
/// # Errors
/// [`Error::UnknownName`] for the kernel or a setting, [`Error::InvalidSetting`] for a value outside
/// its range.
pub fn build(name: &str, settings: &Parameters) -> Result<Box<dyn Kernel>> {
    let entry = kernel(name)?;
    Ok((entry.build)(&entry.checked(settings)?))
}
