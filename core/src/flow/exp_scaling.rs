//! Trainable scaling of each coordinate.

use alloc::{boxed::Box, format, vec, vec::Vec};
use core::ops::Range;

use nalgebra::DMatrix;

use super::{Bijector, Columns};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Real, Stream, Tape};

/// x = e^{k} ∘ z on some columns; log|det ∂x/∂z| = Σ k, the same for all z.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpScaling {
    dim: usize,
    changed: Range<usize>,
}

impl ExpScaling {
    /// Scaling of the changed columns, at the start the identity.
    #[must_use]
    pub fn new(columns: &Columns) -> Self {
        Self { dim: columns.dim, changed: columns.changed.clone() }
    }

    /// The scaled columns of a chunk.
    fn part<'a, T: Real>(&self, x: &'a mut DMatrix<T>) -> &'a mut [T] {
        let n = x.nrows();
        &mut x.as_mut_slice()[self.changed.start * n..self.changed.end * n]
    }

    /// x ← x ∘ e^{±k}, log_det ± Σk; records the result.
    fn apply<T: Real>(
        &self,
        theta: &[T],
        x: &mut DMatrix<T>,
        log_det: &mut [T],
        sign: T,
        tape: &mut Tape<T>,
    ) {
        let n = x.nrows();
        let mut total = T::ZERO;
        let part = self.part(x);
        for (column, k) in part.chunks_exact_mut(n).zip(theta) {
            let factor = (sign * *k).exp();
            column.iter_mut().for_each(|x| *x *= factor);
            total += sign * *k;
        }
        log_det.iter_mut().for_each(|l| *l += total);
        let mut after = tape.take(part.len());
        after.copy_from_slice(part);
        tape.push(after);
    }

    /// With y = x ∘ e^{±k}: ∂L/∂x = ∂L/∂y ∘ e^{±k}, ∂L/∂k = ±Σ_samples (∂L/∂y · y + ∂L/∂log_det).
    fn pull_back<T: Real>(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        sign: T,
        mut g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        let n = g.nrows();
        let mut after = tape.pop();
        let g_det = (T::kernels().sum)(g_log_det);
        let columns = self.part(g).chunks_exact_mut(n).zip(after.chunks_exact_mut(n));
        for (i, ((column, y), k)) in columns.zip(theta).enumerate() {
            let factor = (sign * *k).exp();
            for (g, y) in column.iter_mut().zip(y.iter_mut()) {
                *y *= *g;
                *g *= factor;
            }
            g_theta.add(i, sign * ((T::kernels().sum)(y) + g_det));
        }
        tape.recycle(after);
    }
}

impl<T: Real> Bijector<T> for ExpScaling {
    fn dim(&self) -> usize {
        self.dim
    }

    fn n_params(&self) -> usize {
        self.changed.len()
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        layout.push(format!("{prefix}/k"), [1, self.changed.len()]);
    }

    fn init(&self, theta: &mut [T], _rng: &mut Stream) {
        theta.fill(T::ZERO);
    }

    fn forward(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        self.apply(theta, x, log_det, T::ONE, tape);
    }

    fn inverse(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        self.apply(theta, x, log_det, -T::ONE, tape);
    }

    fn forward_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        self.pull_back(theta, g, g_log_det, T::ONE, g_theta, tape);
    }

    fn inverse_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        self.pull_back(theta, g, g_log_det, -T::ONE, g_theta, tape);
    }

    fn has_constant_jacobian(&self) -> bool {
        true
    }
}

/// Examples for the contract tests.
pub(super) fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let part = Columns { dim: 5, changed: 2..4, condition: 0..2, space: 2 };
    vec![
        ("4-D", Box::new(ExpScaling::new(&Columns::all(4))) as Box<dyn Bijector<T>>),
        ("two of five", Box::new(ExpScaling::new(&part))),
    ]
}
