//! The frame of a pair: difference and midpoint of the first two particles.

use alloc::{boxed::Box, string::ToString, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Bijector, Build, Columns, Division, Entry, Letter, Pass};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Real, Stream};

/// z = (δ, c, the rest) ⇄ x = (r₀, r₁, the rest): r₀ = c − δ/2, r₁ = c + δ/2; log|det| = 0.
///
/// δ is a signed vector, not the distance |δ|: linear and one-to-one everywhere, where polar coordinates would have a
/// singular point and take both orientations for one. For a pair held along an axis, |δ| is the component along it
/// up to terms of second order in the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairFrame {
    dim: usize,
    space: usize,
}

/// How the notation asks for it.
pub(super) fn entry<T: Real>() -> Entry<T> {
    let build = Build::Division(|columns| {
        let Columns { dim, space, .. } = *columns;
        if dim <= 2 * space {
            return Err("free of D for a system without particles beside a pair".to_string());
        }
        Ok(Division {
            layer: Box::new(PairFrame::new(dim, space)),
            inside: columns.clone().given(0..2 * space, []),
            outside: columns.clone().given(2 * space..dim, 0..2 * space),
        })
    });
    let help = "divides the flow at the pair of the first two particles";
    Entry { letter: Some(Letter { letter: 'D', help, build }), examples }
}

impl PairFrame {
    /// The frame of the first two particles of `dim` ≥ 2·`space` coordinates, `space` of them for each particle.
    #[must_use]
    pub fn new(dim: usize, space: usize) -> Self {
        Self { dim, space }
    }

    /// (a, b) ← f(a, b) for the columns of each axis of the two particles.
    fn each_axis<T: Real>(&self, x: &mut DMatrix<T>, f: impl Fn(T, T) -> (T, T)) {
        let part = self.space * x.nrows();
        let (first, rest) = x.as_mut_slice().split_at_mut(part);
        for (a, b) in first.iter_mut().zip(&mut rest[..part]) {
            (*a, *b) = f(*a, *b);
        }
    }
}

impl<T: Real> Bijector<T> for PairFrame {
    fn dim(&self) -> usize {
        self.dim
    }

    fn n_params(&self) -> usize {
        0
    }

    fn describe(&self, _prefix: &str, _layout: &mut ParamLayout) {}

    fn init(&self, _theta: &mut [T], _constants: &mut [T], _rng: &mut Stream) {}

    fn forward(&self, _pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, _log_det: &mut [T]) {
        let half = T::lit(0.5);
        self.each_axis(x, |delta, centre| (centre - half * delta, centre + half * delta));
    }

    fn inverse(&self, _pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, _log_det: &mut [T]) {
        let half = T::lit(0.5);
        self.each_axis(x, |first, second| (second - first, half * (first + second)));
    }

    /// ∂L/∂δ = (∂L/∂r₁ − ∂L/∂r₀)/2, ∂L/∂c = ∂L/∂r₀ + ∂L/∂r₁
    fn forward_vjp(
        &self,
        _pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        _g_theta: Accumulator<'_, T>,
    ) {
        let half = T::lit(0.5);
        self.each_axis(g, |first, second| (half * (second - first), first + second));
    }

    /// ∂L/∂r₀ = ½∂L/∂c − ∂L/∂δ, ∂L/∂r₁ = ½∂L/∂c + ∂L/∂δ
    fn inverse_vjp(
        &self,
        _pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        _g_theta: Accumulator<'_, T>,
    ) {
        let half = T::lit(0.5);
        self.each_axis(g, |delta, centre| (half * centre - delta, half * centre + delta));
    }

    fn has_constant_jacobian(&self) -> bool {
        true
    }
}

/// Examples for the contract tests.
fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    vec![
        ("of three in the plane", Box::new(PairFrame::new(6, 2)) as Box<dyn Bijector<T>>),
        ("of two on a line", Box::new(PairFrame::new(2, 1))),
    ]
}
