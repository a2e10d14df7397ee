//! F5: Markov chains that sample e^(−u(x)).
//!
//! A kernel is data: settings without memory. It moves walkers side by side, so that a potential evaluates
//! them in its SIMD lanes. What they remember is their [`State`]; what a step has to tell is [`Info`]. What they sample is a
//! [`Target`]: a potential, a ladder of states, the path from a flow to a potential ([`crate::ensemble::Path`]), any of these
//! [`Within`] a region. Energy evaluations are counted everywhere, those of rejected proposals
//! included. A kernel or a ladder is one file here and one line in the registry below; contract tests, menus and
//! command-line names follow from it.

mod chain;
mod ladder;
mod registry;
mod replica_exchange;
mod state;
mod step_size;
mod target;
mod trajectory;
mod walkers;

pub use chain::Chain;
pub use ladder::{Energies, Ladder, LadderEntry, Windows, ladder};
pub use registry::{KernelEntry, KernelSettings, build, kernel};
pub use replica_exchange::{Exchanges, ReplicaExchange};
pub use state::State;
pub use step_size::DualAveraging;
pub use target::{Part, Points, Region, Target, Within, Work};
pub use trajectory::{BurnIn, Trajectory};

pub(crate) use registry::check_step_size;
pub(crate) use walkers::Walkers;

use core::fmt::{self, Debug};

use crate::num::Stream;
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
pub trait Kernel: Send + Sync {
    /// What is known of it: its name and settings.
    fn entry(&self) -> &'static KernelEntry;

    /// The name in its entry.
    fn name(&self) -> &'static str {
        self.entry().name
    }

    /// All of its settings: what [`KernelEntry::build`] takes to make the same kernel.
    fn settings(&self) -> Parameters;

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

impl Debug for dyn Kernel + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name(), self.step_size())
    }
}

/// Registers kernels: one line each, in the order menus show them.
macro_rules! kernels {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        $(pub use $module::*;)*

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

/// Registers ladders: one line each, in the order menus show them.
macro_rules! ladders {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*

        /// Every registered ladder.
        pub static LADDERS: &[&LadderEntry] = &[$(&$module::ENTRY),*];

        /// Their names, in the same order.
        pub const LADDER_NAMES: &[&str] = &[$($module::ENTRY.name),*];
    };
}
ladders! {
    umbrella,
    tempering,
}
