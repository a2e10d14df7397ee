//! F7: many configurations moved side by side, with a flow beside the energy.
//!
//! An ensemble is cut into blocks of fixed size, whoever computes them: energies run over SIMD lanes, the flow over
//! matrices, and each block has its own random streams, so that an executor never changes a bit. [`Annealing`] carries
//! samples of a flow to the target and weighs them exactly; [`LatentMove`]s are Metropolis moves that a flow proposes.

mod annealing;
mod block;
mod latent;
mod moves;
mod particles;
mod states;

pub use annealing::{Annealed, Annealing, Level, Population};
pub use latent::{Ensemble, LatentMove};
pub use moves::Move;
pub use particles::Region;
pub use states::{StateRuns, delta_f_of_states};

/// Configurations of a block.
const BLOCK: usize = 256;

/// What a round of moves did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MoveReport {
    /// Mean acceptance probability over the configurations that can move.
    pub acceptance: f64,
    /// Energy evaluations, those of rejected moves included.
    pub energy_evaluations: u64,
    /// Configurations sent through the flow, in either direction, with or without its gradient.
    pub flow_evaluations: u64,
}
