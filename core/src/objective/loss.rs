//! Objectives that look at samples and densities of one direction of the flow.

use alloc::{vec, vec::Vec};
use core::fmt::{self, Debug};

use nalgebra::DMatrix;

use super::Source;

/// A chunk of `n` samples as a loss sees it; f64 whatever the network's precision.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LossChunk<'a> {
    /// Where the samples arrive (`n × dim`): configurations x of samples of the prior, latent points z of examples.
    pub point: &'a DMatrix<f64>,
    /// log|det| of the direction taken (`n`).
    pub log_det: &'a [f64],
    /// Reduced energies at relative temperature 1 (`n`); only of samples of the prior.
    pub u: &'a [f64],
    /// ∂u/∂x (`n × dim`); only of samples of the prior.
    pub gradient_u: &'a DMatrix<f64>,
    /// ln q_Z(z) with all constants (`n`); only of examples.
    pub log_q: &'a [f64],
    /// ∂ ln q_Z/∂z (`n × dim`); only of examples.
    pub score: &'a DMatrix<f64>,
    /// Weight of each sample (`n`): 1, or 0 for those that were dropped.
    pub weight: &'a [f64],
    /// Relative temperature τ of each sample, as an index into the list of temperatures (`n`).
    pub temperature: &'a [usize],
}

impl<'a> LossChunk<'a> {
    /// A chunk of samples that arrive at `point`, beside u of configurations or ln q_Z of latent points (`n`) and its gradient
    /// (`n × dim`).
    #[must_use]
    pub fn new(
        point: &'a DMatrix<f64>,
        log_det: &'a [f64],
        (density, slope): (&'a [f64], &'a DMatrix<f64>),
        weight: &'a [f64],
        temperature: &'a [usize],
    ) -> Self {
        let (u, gradient_u, log_q, score) = (density, slope, density, slope);
        Self { point, log_det, u, gradient_u, log_q, score, weight, temperature }
    }
}

/// Gradients that losses add to, and their work memory.
#[derive(Clone, Debug)]
#[non_exhaustive]
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

/// An objective that is a function of samples from one source and their densities.
///
/// It is evaluated in two passes over the chunks of a batch: first each chunk adds to a few batch-wide sums (sample counts,
/// soft histograms), then, with their totals known, each chunk gives its share of the value and the gradients with respect
/// to its points and log-determinants. The flow's vector-Jacobian product does the rest.
///
/// ```
/// use boltzflow::nalgebra::DMatrix;
/// use boltzflow::objective::{Loss, LossChunk, LossGradient, Source};
///
/// /// J = ½ E[|z|²] over examples, z = F⁻¹(x).
/// #[derive(Debug)]
/// struct Compact;
///
/// impl Loss for Compact {
///     fn name(&self) -> &'static str {
///         "compact"
///     }
///
///     fn source(&self) -> Source {
///         Source::Examples
///     }
///
///     fn evaluate(
///         &self,
///         scale: f64,
///         chunk: &LossChunk<'_>,
///         sums: &[f64],
///         gradient: &mut LossGradient,
///     ) -> f64 {
///         let mut value = 0.0;
///         for (i, w) in chunk.weight.iter().enumerate() {
///             for (j, z) in chunk.point.row(i).iter().enumerate() {
///                 gradient.point[(i, j)] += scale * w / sums[0] * z;
///                 value += 0.5 * w / sums[0] * z * z;
///             }
///         }
///         value
///     }
/// }
///
/// let (z, score) = (DMatrix::from_row_slice(1, 2, &[3.0, 4.0]), DMatrix::zeros(1, 2));
/// let chunk = LossChunk::new(&z, &[0.0], (&[0.0], &score), &[1.0], &[0]);
/// let (mut gradient, mut sums) = (LossGradient::new(1, 2), [0.0]);
/// Compact.add_sums(&chunk, &mut gradient, &mut sums);
/// assert_eq!(Compact.evaluate(1.0, &chunk, &sums, &mut gradient), 12.5);
/// assert_eq!(gradient.point, z);
/// ```
pub trait Loss: Send + Sync {
    /// Name of its value in reports.
    fn name(&self) -> &'static str;

    /// What it learns from, and so the direction of the flow it looks at.
    fn source(&self) -> Source;

    /// Number of batch-wide sums; by default one, the sum of the weights.
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
