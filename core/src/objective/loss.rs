//! Objectives that look at samples and densities of one direction of the flow.

use alloc::{vec, vec::Vec};
use core::fmt::{self, Debug};

use nalgebra::DMatrix;

use super::Source;

/// Which direction of the flow a loss looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// z → x: points are generated configurations.
    Generate,
    /// x → z: points are latent images of examples.
    Encode,
}

impl Side {
    /// Where its samples come from.
    #[must_use]
    pub fn source(self) -> Source {
        match self {
            Self::Generate => Source::Prior,
            Self::Encode => Source::Examples,
        }
    }
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
    /// ln q_Z(z) with all constants (`n`); only on the encoding side.
    pub log_q: &'a [f64],
    /// ∂ ln q_Z/∂z (`n × dim`); only on the encoding side.
    pub score: &'a DMatrix<f64>,
    /// Weight of each sample (`n`): 1, or 0 for those that were dropped.
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
    /// Work memory of any content: values of a coordinate (`n`), for example.
    pub coordinate: Vec<f64>,
    /// Work memory of any content: derivatives by them (`n`), for example.
    pub upstream: Vec<f64>,
}

impl LossGradient {
    /// Zero gradients for a chunk of `n × dim`.
    #[must_use]
    pub fn new(n: usize, dim: usize) -> Self {
        Self {
            point: DMatrix::from_element(n, dim, 0.0),
            log_det: vec![0.0; n],
            coordinate: vec![0.0; n],
            upstream: vec![0.0; n],
        }
    }

    /// Sets the gradients to zero.
    pub fn clear(&mut self) {
        self.point.fill(0.0);
        self.log_det.fill(0.0);
    }
}

/// An objective that is a function of the samples of one side and their densities.
///
/// It is evaluated in two passes over the chunks of a batch: first each chunk adds to a few batch-wide sums (sample counts,
/// soft histograms), then, with their totals known, each chunk gives its share of the value and the gradients with respect
/// to its points and log-determinants. The flow's vector-Jacobian product does the rest.
pub trait Loss: Send + Sync {
    /// Name of its value in reports.
    fn name(&self) -> &'static str;

    /// The direction of the flow it looks at.
    fn side(&self) -> Side;

    /// Number of batch-wide sums; without further ado one, the sum of the weights.
    fn n_sums(&self) -> usize {
        1
    }

    /// Adds a chunk to the batch-wide sums; the fields of `gradient` that are work memory may be used.
    fn add_sums(&self, chunk: &LossChunk<'_>, _gradient: &mut LossGradient, sums: &mut [f64]) {
        sums[0] += chunk.weight.iter().sum::<f64>();
    }

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

impl Debug for dyn Loss + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
