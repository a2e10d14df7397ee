//! log p_X of chunks of configurations, with its gradient.

use alloc::vec::Vec;

use nalgebra::DMatrix;

use super::BoltzmannGenerator;
use crate::flow::Bijector;
use crate::num::{Accumulator, Real, Tape};

/// Buffers of [`BoltzmannGenerator::evaluate_log_prob`]; keep one per thread and nothing is allocated while chunks
/// keep their size.
#[derive(Debug)]
pub struct LogProbWork<T> {
    z: DMatrix<T>,
    log_det: Vec<T>,
    /// ∂ log p_X/∂ log_det = 1.
    g_log_det: Vec<T>,
    tape: Tape<T>,
}

impl<T: Real> Default for LogProbWork<T> {
    fn default() -> Self {
        Self {
            z: DMatrix::from_element(0, 0, T::ZERO),
            log_det: Vec::new(),
            g_log_det: Vec::new(),
            tape: Tape::new(),
        }
    }
}

impl<T: Real> LogProbWork<T> {
    /// Takes a chunk of the flow's precision.
    fn load(&mut self, x: &DMatrix<f64>) {
        let n = x.nrows();
        if self.z.shape() != x.shape() {
            self.z = DMatrix::from_element(n, x.ncols(), T::ZERO);
            self.g_log_det.resize(n, T::ONE);
            self.log_det.resize(n, T::ZERO);
        }
        for (z, x) in self.z.iter_mut().zip(x.iter()) {
            *z = T::lit(*x);
        }
        self.log_det.fill(T::ZERO);
    }
}

impl<T: Real> BoltzmannGenerator<T> {
    /// log p_X (`n`) of configurations `x` (`n × dim`) and, if asked for, ∂ log p_X/∂x (`n × dim`).
    ///
    /// log p_X(x) = ln q_Z(z) + log|det ∂z/∂x| with z = F⁻¹(x). The value is a function of x alone, to the last bit:
    /// it depends neither on the other rows nor on whether the gradient is wanted. A density that is computed in f32
    /// is rough at the scale of its rounding, but it is one density.
    pub fn evaluate_log_prob(
        &self,
        x: &DMatrix<f64>,
        log_p: &mut [f64],
        gradient: Option<&mut DMatrix<f64>>,
        work: &mut LogProbWork<T>,
    ) {
        work.load(x);
        let LogProbWork { z, log_det, g_log_det, tape } = work;
        self.flow.inverse(&mut self.pass(tape), z, log_det);
        self.prior.log_density(z, log_p);
        for (log_p, log_det) in log_p.iter_mut().zip(&*log_det) {
            *log_p += log_det.to_f64();
        }
        let Some(gradient) = gradient else {
            // All buffers wait for the next chunk, which then allocates nothing.
            tape.clear();
            return;
        };
        self.prior.score(z, gradient);
        for (z, score) in z.iter_mut().zip(gradient.iter()) {
            *z = T::lit(*score);
        }
        self.flow.inverse_vjp(&mut self.pass(tape), z, g_log_det, Accumulator::unwanted());
        for (wide, g) in gradient.iter_mut().zip(z.iter()) {
            *wide = g.to_f64();
        }
    }
}
