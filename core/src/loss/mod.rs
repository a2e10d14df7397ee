//! F5: training objectives and their gradients.
//!
//! A loss looks at one side of the flow: configurations that it generated (z → x) or latent points
//! of examples (x → z). It is evaluated in two passes over the chunks of a batch: first each chunk
//! adds to a few batch-wide sums (sample counts, soft histograms), then, with their totals known, each
//! chunk gives its share of the value and the gradients with respect to its points and
//! log-determinants. The flow's vector-Jacobian product does the rest.

mod chunk;
mod maximum_likelihood;
mod reaction_coordinate;
mod reverse_kl;

pub use chunk::{ChunkWork, Observed, Term};
pub use maximum_likelihood::MaximumLikelihood;
pub use reaction_coordinate::ReactionCoordinateEntropy;
pub use reverse_kl::ReverseKl;

use alloc::{boxed::Box, vec::Vec};
use core::fmt::Debug;

use nalgebra::DMatrix;

use crate::system::Coordinate;

/// Which direction of the flow a loss looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// z → x: points are generated configurations.
    Generate,
    /// x → z: points are latent images of examples.
    Encode,
}

/// A chunk of `n` samples as a loss sees it; f64 whatever the network's precision.
#[derive(Clone, Copy, Debug)]
pub struct LossChunk<'a> {
    /// x (`n × dim`) on the generating side, z on the encoding side.
    pub point: &'a DMatrix<f64>,
    /// log|det| of the direction taken (`n`).
    pub log_det: &'a [f64],
    /// Reduced energies at relative temperature 1 (`n`); only on the generating side.
    pub u: &'a [f64],
    /// ∂u/∂x (`n × dim`); only on the generating side.
    pub gradient_u: &'a DMatrix<f64>,
    /// Weight of each sample (`n`); 0 for dropped ones.
    pub weight: &'a [f64],
    /// Relative temperature τ of each sample, as an index into the list of temperatures (`n`).
    pub temperature: &'a [usize],
}

/// Gradients that losses add to, and their work memory.
#[derive(Clone, Debug)]
pub struct LossGradient {
    /// ∂L/∂point (`n × dim`).
    pub point: DMatrix<f64>,
    /// ∂L/∂log_det (`n`).
    pub log_det: Vec<f64>,
    coordinate: Vec<f64>,
    upstream: Vec<f64>,
}

impl LossGradient {
    /// Zero gradients for a chunk of `n × dim`.
    #[must_use]
    pub fn new(n: usize, dim: usize) -> Self {
        Self {
            point: DMatrix::from_element(n, dim, 0.0),
            log_det: alloc::vec![0.0; n],
            coordinate: alloc::vec![0.0; n],
            upstream: alloc::vec![0.0; n],
        }
    }

    /// Sets the gradients to zero.
    pub fn clear(&mut self) {
        self.point.fill(0.0);
        self.log_det.fill(0.0);
    }
}

/// A training objective.
pub trait Loss: Debug + Send + Sync {
    /// Name in reports and settings.
    fn name(&self) -> &'static str;

    /// The direction of the flow it looks at.
    fn side(&self) -> Side;

    /// Number of batch-wide sums.
    fn n_sums(&self) -> usize;

    /// Adds a chunk to the batch-wide sums.
    fn add_sums(&self, chunk: &LossChunk<'_>, gradient: &mut LossGradient, sums: &mut [f64]);

    /// The chunk's share of the value, given the totals of the sums; adds `scale` times its
    /// gradients.
    fn evaluate(
        &self,
        scale: f64,
        chunk: &LossChunk<'_>,
        sums: &[f64],
        gradient: &mut LossGradient,
    ) -> f64;
}

/// A constructor of an example of a loss for the contract tests, along a coordinate and for
/// relative temperatures.
pub type Example = fn(&Coordinate, &[f64]) -> Box<dyn Loss>;

/// Registers losses: one line each.
macro_rules! losses {
    ($($module:ident),* $(,)?) => {
        /// Every registered loss with an example, for tests.
        #[must_use]
        pub fn losses() -> Vec<(&'static str, Example)> {
            alloc::vec![$((stringify!($module), $module::example as Example)),*]
        }
    };
}
losses! {
    maximum_likelihood,
    reverse_kl,
    reaction_coordinate,
}
