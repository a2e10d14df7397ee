//! log p_X of chunks of configurations, with its gradient.

use alloc::vec::Vec;

use nalgebra::DMatrix;

use super::BoltzmannGenerator;
use crate::flow::Bijector;
use crate::num::{Accumulator, Real, Tape};
use crate::prior::squares;

/// Buffers of [`BoltzmannGenerator::evaluate_log_prob`]; keep one per thread and nothing is allocated while chunks
/// keep their size.
#[derive(Debug)]
pub struct LogProbWork<T> {
    z: DMatrix<T>,
    log_det: Vec<T>,
    square: Vec<f64>,
    /// ∂ log p_X/∂ log_det = 1.
    g_log_det: Vec<T>,
    tape: Tape<T>,
}

impl<T: Real> Default for LogProbWork<T> {
    fn default() -> Self {
        Self {
            z: DMatrix::from_element(0, 0, T::ZERO),
            log_det: Vec::new(),
            square: Vec::new(),
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
            self.square.resize(n, 0.0);
            self.g_log_det.resize(n, T::ONE);
            self.log_det.resize(n, T::ZERO);
        }
        for (z, x) in self.z.iter_mut().zip(x.iter()) {
            *z = T::lit(*x);
        }
        self.log_det.fill(T::ZERO);
        self.tape.clear();
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
        let LogProbWork { z, log_det, square, g_log_det, tape } = work;
        self.flow.inverse(&self.theta, z, log_det, tape);
        squares(z, square);
        for ((log_p, log_det), square) in log_p.iter_mut().zip(&*log_det).zip(&*square) {
            *log_p = self.prior.log_density(*square) + log_det.to_f64();
        }
        let Some(gradient) = gradient else { return };
        // ∂ ln q_Z/∂z = −κ(|z|²)·z
        for column in z.as_mut_slice().chunks_exact_mut(x.nrows().max(1)) {
            for (z, square) in column.iter_mut().zip(&*square) {
                *z = T::lit(-self.prior.stiffness(*square) * z.to_f64());
            }
        }
        self.flow.inverse_vjp(&self.theta, z, g_log_det, Accumulator::unwanted(), tape);
        for (wide, g) in gradient.iter_mut().zip(z.iter()) {
            *wide = g.to_f64();
        }
    }
}
