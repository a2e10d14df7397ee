//! The hot path: one chunk of a batch from samples to its share of ∂L/∂θ.

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Loss, LossChunk, LossGradient, Side};
use crate::flow::{Bijector, Flow, Pass};
use crate::num::{Accumulator, Real, Tape};
use crate::potential::Scratch;
use crate::system::ReducedPotential;

/// A loss and its weight in the sum that is minimised.
#[derive(Debug)]
pub struct Term {
    /// Weight.
    pub weight: f64,
    /// Loss.
    pub loss: Box<dyn Loss>,
}

/// Sums over the generated samples of a chunk that were kept, for reports; on the encoding side only the dropped
/// ones are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Observed {
    /// Samples kept at relative temperature 1.
    pub count: usize,
    /// Samples dropped because a number was not finite.
    pub dropped: usize,
    /// Σ u over the kept samples at relative temperature 1.
    pub u: f64,
    /// Σ log_det over the same samples.
    pub log_det: f64,
}

/// One chunk's buffers on one side of the flow; reused in every step.
#[derive(Debug)]
pub struct ChunkWork<T> {
    side: Side,
    /// Samples in, images out, then gradients: `n × dim`.
    pub batch: DMatrix<T>,
    /// Weight of each sample, set before [`ChunkWork::map`].
    pub weight: Vec<f64>,
    /// Index of each sample's relative temperature, set before [`ChunkWork::map`].
    pub temperature: Vec<usize>,
    /// Batch-wide sums of this chunk after [`ChunkWork::map`].
    pub sums: Vec<f64>,
    /// What was seen in [`ChunkWork::map`].
    pub observed: Observed,
    input: DMatrix<T>,
    log_det: Vec<T>,
    tape: Tape<T>,
    point: DMatrix<f64>,
    log_det_f64: Vec<f64>,
    u: Vec<f64>,
    gradient_u: DMatrix<f64>,
    gradient: LossGradient,
    scratch: Scratch,
}

impl<T: Real> ChunkWork<T> {
    /// Buffers for `n` samples in `dim` dimensions.
    #[must_use]
    pub fn new(side: Side, n: usize, dim: usize) -> Self {
        Self {
            side,
            batch: DMatrix::from_element(n, dim, T::ZERO),
            weight: vec![1.0; n],
            temperature: vec![0; n],
            sums: Vec::new(),
            observed: Observed::default(),
            input: DMatrix::from_element(n, dim, T::ZERO),
            log_det: vec![T::ZERO; n],
            tape: Tape::new(),
            point: DMatrix::from_element(n, dim, 0.0),
            log_det_f64: vec![0.0; n],
            u: vec![0.0; n],
            gradient_u: DMatrix::from_element(n, dim, 0.0),
            gradient: LossGradient::new(n, dim),
            scratch: Scratch::default(),
        }
    }

    /// Sends `batch` through the flow, evaluates energies where they are needed, drops samples
    /// that are not finite, and collects the batch-wide sums of the side's terms.
    pub fn map(
        &mut self,
        flow: &Flow<T>,
        theta: &[T],
        constants: &[T],
        target: &ReducedPotential,
        temperatures: &[f64],
        terms: &[Term],
    ) {
        self.input.copy_from(&self.batch);
        self.observed = Observed::default();
        self.send(flow, theta, constants);
        if self.drop_undefined_images() {
            // What they left on the tape would spoil the gradient even with weight 0.
            self.batch.copy_from(&self.input);
            self.send(flow, theta, constants);
        }
        if self.side == Side::Generate {
            target.evaluate(&self.point, &mut self.u, &mut self.gradient_u, &mut self.scratch);
            self.drop_undefined_energies();
            self.observe(temperatures);
        }

        self.sums.clear();
        for term in terms.iter().filter(|t| t.loss.side() == self.side) {
            let start = self.sums.len();
            self.sums.resize(start + term.loss.n_sums(), 0.0);
            let chunk = LossChunk {
                point: &self.point,
                log_det: &self.log_det_f64,
                u: &self.u,
                gradient_u: &self.gradient_u,
                weight: &self.weight,
                temperature: &self.temperature,
            };
            term.loss.add_sums(&chunk, &mut self.gradient, &mut self.sums[start..]);
        }
    }

    /// Flow and conversion of the images to f64.
    fn send(&mut self, flow: &Flow<T>, theta: &[T], constants: &[T]) {
        self.log_det.fill(T::ZERO);
        self.tape.clear();
        let Self { batch, log_det, tape, .. } = self;
        let mut pass = Pass::new(theta, constants, tape);
        match self.side {
            Side::Generate => flow.forward(&mut pass, batch, log_det),
            Side::Encode => flow.inverse(&mut pass, batch, log_det),
        }
        for (wide, x) in self.point.iter_mut().zip(self.batch.iter()) {
            *wide = x.to_f64();
        }
        for (wide, l) in self.log_det_f64.iter_mut().zip(&self.log_det) {
            *wide = l.to_f64();
        }
    }

    /// Samples whose image is not finite get weight 0 and the origin as their input; true if
    /// there are any.
    fn drop_undefined_images(&mut self) -> bool {
        let mut any = false;
        for i in 0..self.weight.len() {
            let finite =
                self.log_det_f64[i].is_finite() && self.point.row(i).iter().all(|v| v.is_finite());
            if !finite {
                any = true;
                self.weight[i] = 0.0;
                self.observed.dropped += 1;
                self.input.row_mut(i).fill(T::ZERO);
            }
        }
        any
    }

    /// Samples whose energy is NaN, or finite with a gradient that is not, get weight 0. An
    /// infinite energy is kept: the cap deals with it.
    fn drop_undefined_energies(&mut self) {
        for i in 0..self.weight.len() {
            let u = self.u[i];
            let steep = u.is_finite() && !self.gradient_u.row(i).iter().all(|g| g.is_finite());
            if self.weight[i] > 0.0 && (u.is_nan() || steep) {
                self.weight[i] = 0.0;
                self.observed.dropped += 1;
            }
        }
    }

    /// Sums over the kept samples at relative temperature 1.
    fn observe(&mut self, temperatures: &[f64]) {
        for i in 0..self.weight.len() {
            if self.weight[i] > 0.0 && temperatures[self.temperature[i]] == 1.0 {
                self.observed.count += 1;
                self.observed.u += self.u[i];
                self.observed.log_det += self.log_det_f64[i];
            }
        }
    }

    /// Contributes ∂(Σ weight·loss)/∂θ of this chunk to `g_theta`, given the batch-wide totals of the
    /// sums, and the chunk's share of each term's value to `values` (one per term of all sides).
    pub fn pull_back(
        &mut self,
        flow: &Flow<T>,
        theta: &[T],
        constants: &[T],
        terms: &[Term],
        totals: &[f64],
        values: &mut [f64],
        g_theta: Accumulator<'_, T>,
    ) {
        self.gradient.clear();
        let mut start = 0;
        for (term, value) in terms.iter().zip(values) {
            if term.loss.side() != self.side {
                continue;
            }
            let end = start + term.loss.n_sums();
            let chunk = LossChunk {
                point: &self.point,
                log_det: &self.log_det_f64,
                u: &self.u,
                gradient_u: &self.gradient_u,
                weight: &self.weight,
                temperature: &self.temperature,
            };
            *value +=
                term.loss.evaluate(term.weight, &chunk, &totals[start..end], &mut self.gradient);
            start = end;
        }
        for (g, wide) in self.batch.iter_mut().zip(self.gradient.point.iter()) {
            *g = T::lit(*wide);
        }
        for (g, wide) in self.log_det.iter_mut().zip(&self.gradient.log_det) {
            *g = T::lit(*wide);
        }
        let Self { batch, log_det, tape, .. } = self;
        let mut pass = Pass::new(theta, constants, tape);
        match self.side {
            Side::Generate => flow.forward_vjp(&mut pass, batch, log_det, g_theta),
            Side::Encode => flow.inverse_vjp(&mut pass, batch, log_det, g_theta),
        }
    }

    /// The images of the samples after [`ChunkWork::map`], in f64.
    #[must_use]
    pub fn points(&self) -> &DMatrix<f64> {
        &self.point
    }
}
