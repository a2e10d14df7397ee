//! Additive coupling (NICE): volume-preserving.

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Bijector, Columns, Conditioner, Split, SplitKind};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Activation, Real, Stream, Tape};

/// x_b = z_b + T(z_a), x_a = z_a; log|det| = 0 (Dinh, Krueger, Bengio, ICLR workshop 2015).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdditiveCoupling {
    split: Split,
    shift: Conditioner,
}

impl AdditiveCoupling {
    /// A coupling with one network T of the given hidden widths.
    #[must_use]
    pub fn new(split: Split, hidden: &[usize], activation: Activation) -> Self {
        let shift =
            Conditioner::single("t", split.keep.len(), hidden, split.change.len(), activation);
        Self { split, shift }
    }

    /// x_b ← x_b ± T(x_a).
    fn apply<T: Real>(&self, theta: &[T], x: &mut DMatrix<T>, sign: T, tape: &mut Tape<T>) {
        let n = x.nrows();
        let kept = Split::gather(x, &self.split.keep, tape);
        let mut t = self.shift.forward(theta, n, &kept, tape);
        t.iter_mut().for_each(|t| *t *= sign);
        Split::scatter_add(&t, &self.split.change, x);
        tape.recycle(t);
        tape.push(kept);
    }

    /// With y_b = x_b ± T(x_a): ∂L/∂T = ±∂L/∂y_b, ∂L/∂x_b = ∂L/∂y_b, ∂L/∂x_a += (∂T/∂x_a)ᵀ ∂L/∂T.
    fn pull_back<T: Real>(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        sign: T,
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        let n = g.nrows();
        let kept = tape.pop();
        let mut g_t = Split::gather(g, &self.split.change, tape);
        g_t.iter_mut().for_each(|g| *g *= sign);
        let g_kept = self.shift.vjp(theta, n, &kept, &g_t, g_theta, tape);
        Split::scatter_add(&g_kept, &self.split.keep, g);
        for buffer in [kept, g_t, g_kept] {
            tape.recycle(buffer);
        }
    }
}

impl<T: Real> Bijector<T> for AdditiveCoupling {
    fn dim(&self) -> usize {
        self.split.dim()
    }

    fn n_params(&self) -> usize {
        self.shift.n_params()
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        self.shift.describe(prefix, layout);
    }

    fn init(&self, theta: &mut [T], rng: &mut Stream) {
        self.shift.init(theta, rng);
    }

    fn forward(&self, theta: &[T], x: &mut DMatrix<T>, _log_det: &mut [T], tape: &mut Tape<T>) {
        self.apply(theta, x, T::ONE, tape);
    }

    fn inverse(&self, theta: &[T], x: &mut DMatrix<T>, _log_det: &mut [T], tape: &mut Tape<T>) {
        self.apply(theta, x, -T::ONE, tape);
    }

    fn forward_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        self.pull_back(theta, g, T::ONE, g_theta, tape);
    }

    fn inverse_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        self.pull_back(theta, g, -T::ONE, g_theta, tape);
    }

    fn has_constant_jacobian(&self) -> bool {
        true
    }
}

/// Examples for the contract tests.
pub(super) fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let split = |kind, dim, swapped| Split::new(kind, &Columns::all(dim), swapped);
    vec![
        (
            "2-D, one hidden layer",
            Box::new(AdditiveCoupling::new(
                split(SplitKind::EvenOdd, 2, false),
                &[5],
                Activation::Tanh,
            )) as Box<dyn Bijector<T>>,
        ),
        (
            "5-D halves, two hidden layers",
            Box::new(AdditiveCoupling::new(
                split(SplitKind::Halves, 5, true),
                &[7, 4],
                Activation::Silu,
            )),
        ),
    ]
}
