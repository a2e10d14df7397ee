//! Additive coupling (NICE): volume-preserving.

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{
    Architecture, Bijector, Build, Columns, Conditioner, Entry, Letter, Pass, Split, SplitKind,
};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Activation, Real, Stream};
use crate::system::Support;

/// x_b = z_b + T(z_a), x_a = z_a; log|det| = 0 (Dinh, Krueger, Bengio, ICLR workshop 2015).
#[derive(Debug)]
pub struct AdditiveCoupling<T: Real> {
    split: Split,
    shift: Conditioner<T>,
}

/// How the notation asks for it.
pub(super) fn entry<T: Real>() -> Entry<T> {
    let build = Build::Couplings(|split, architecture| {
        Box::new(AdditiveCoupling::new(split, architecture))
    });
    let help = "NICE block: two additive couplings with exchanged channels";
    Entry { letter: Some(Letter { letter: 'N', help, build }), examples }
}

impl<T: Real> AdditiveCoupling<T> {
    /// A coupling with one network T, its kind, widths and activation those of an architecture.
    #[must_use]
    pub fn new(split: Split, architecture: &Architecture) -> Self {
        let (inputs, activation) = (split.n_inputs(), architecture.shift_activation);
        let shift = Conditioner::single("t", architecture, inputs, split.change.len(), activation);
        Self { split, shift }
    }

    /// x_b ← x_b ± T(x_a).
    fn apply(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, sign: T) {
        let n = x.nrows();
        let inputs = self.split.inputs(x, pass);
        let mut t = self.shift.forward(pass.theta, n, &inputs, pass.tape);
        t.iter_mut().for_each(|t| *t *= sign);
        Split::scatter_add(&t, &self.split.change, x);
        pass.tape.recycle(t);
        pass.tape.push(inputs);
    }

    /// With y_b = x_b ± T(x_a): ∂L/∂T = ±∂L/∂y_b, ∂L/∂x_b = ∂L/∂y_b, ∂L/∂x_a += (∂T/∂x_a)ᵀ ∂L/∂T.
    fn apply_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        sign: T,
        g_theta: Accumulator<'_, T>,
    ) {
        let n = g.nrows();
        let inputs = pass.tape.pop();
        let mut g_t = Split::gather(g, &self.split.change, pass.tape);
        g_t.iter_mut().for_each(|g| *g *= sign);
        let g_inputs = self.shift.vjp(pass.theta, n, &inputs, &g_t, g_theta, pass.tape);
        self.split.inputs_vjp(&inputs, &g_inputs, g);
        for buffer in [inputs, g_t, g_inputs] {
            pass.tape.recycle(buffer);
        }
    }
}

impl<T: Real> Bijector<T> for AdditiveCoupling<T> {
    fn dim(&self) -> usize {
        self.split.dim()
    }

    fn n_params(&self) -> usize {
        self.shift.n_params()
    }

    fn n_context(&self) -> usize {
        self.split.n_context()
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        self.shift.describe(prefix, layout);
    }

    fn init(&self, theta: &mut [T], _constants: &mut [T], rng: &mut Stream) {
        self.shift.init(theta, rng);
    }

    fn forward(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, _log_det: &mut [T]) {
        self.apply(pass, x, T::ONE);
    }

    fn inverse(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, _log_det: &mut [T]) {
        self.apply(pass, x, -T::ONE);
    }

    fn forward_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        self.apply_vjp(pass, g, T::ONE, g_theta);
    }

    fn inverse_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        self.apply_vjp(pass, g, -T::ONE, g_theta);
    }

    fn has_constant_jacobian(&self) -> bool {
        true
    }

    /// A shift turns a circle, and leaves an interval.
    fn keeps(&self, supports: &[Support]) -> bool {
        self.split.changes_only(supports, |support| !matches!(support, Support::Interval { .. }))
    }
}

/// Examples for the contract tests.
fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let make = |kind, columns: &Columns, swapped, hidden: &[usize], activation| {
        let hidden = hidden.to_vec();
        let architecture =
            Architecture { hidden, shift_activation: activation, ..Architecture::default() };
        let layer = AdditiveCoupling::new(Split::new(kind, columns, swapped), &architecture);
        Box::new(layer) as Box<dyn Bijector<T>>
    };
    use SplitKind::{EvenOdd, Halves};
    let given = Columns::all(5)
        .given([4, 0], [3, 1])
        .on(&[Support::Line, Support::Circle { period: 2.5 }])
        .with_context(2);
    vec![
        ("2-D, one hidden layer", make(EvenOdd, &Columns::all(2), false, &[5], Activation::Tanh)),
        (
            "5-D halves, two hidden layers",
            make(Halves, &Columns::all(5), true, &[7, 4], Activation::Silu),
        ),
        (
            "scattered columns given a circle and a context",
            make(Halves, &given, false, &[6], Activation::Tanh),
        ),
    ]
}
