//! F7: many configurations moved side by side, with a flow beside the energy.
//!
//! An ensemble is cut into blocks of fixed size, whoever computes them: energies run over SIMD lanes, the flow over
//! matrices, and each configuration is a walker with a random stream of its own, so that an executor never changes a bit. All local
//! moves are kernels of [`crate::sampler`]: [`Path`] is what they sample between a flow and its target. [`Annealing`] carries
//! samples of a flow to the target and weighs them exactly; [`LatentMove`]s are Metropolis moves that a flow proposes.

mod annealing;
mod latent;
mod particles;
mod path;
mod population;
mod run;
mod states;

pub use crate::sampler::Region;
pub use annealing::Annealing;
pub use latent::{Ensemble, LatentMove};
pub use path::Path;
pub use population::{Annealed, Level, Population};
pub use states::{StateRuns, delta_f_of_states};

use alloc::vec::Vec;

use nalgebra::DMatrix;

use crate::num::{Executor, Purpose, Stream};
use crate::sampler::{State, Target, Walkers};

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

/// Walkers at the rows of `x` (`n × dim`, which fit the target) in blocks, at one evaluation each; walker i of all takes stream i.
fn in_blocks(
    target: &dyn Target,
    x: &DMatrix<f64>,
    seed: u64,
    executor: &impl Executor,
) -> Vec<Walkers> {
    struct Job {
        first: usize,
        walkers: Option<Walkers>,
    }
    let n = x.nrows();
    let mut jobs: Vec<Job> =
        (0..n).step_by(BLOCK).map(|first| Job { first, walkers: None }).collect();
    executor.for_each(&mut jobs, |job| {
        let rows = x.rows(job.first, BLOCK.min(n - job.first)).into_owned();
        let stream = |i: usize| Stream::new(seed, Purpose::Ensemble, 0, (job.first + i) as u64);
        job.walkers = Some(Walkers::new(State::entering(target, rows), stream));
    });
    jobs.into_iter().filter_map(|job| job.walkers).collect()
}
