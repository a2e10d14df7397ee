//! A trainable shift of each coordinate: a template for a layer.

use alloc::{boxed::Box, format, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Bijector, Build, Columns, Entry, Letter, Pass};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Real, Stream};

/// x = z + b on some columns; log|det| = 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    dim: usize,
    changed: Vec<usize>,
}

/// How the notation asks for it.
pub(super) fn entry<T: Real>() -> Entry<T> {
    let build = Build::Layers(|_, columns, _| Ok(vec![("", Box::new(Planted::new(columns)) as _)]));
    let help = "planted shift of each coordinate";
    Entry { letter: Some(Letter { letter: 'V', help, build }), examples }
}

impl Planted {
    /// A shift of the changed columns, at the start the identity.
    #[must_use]
    pub fn new(columns: &Columns) -> Self {
        Self { dim: columns.dim, changed: columns.changed.clone() }
    }

    fn shift<T: Real>(&self, theta: &[T], x: &mut DMatrix<T>, sign: T) {
        let n = x.nrows();
        for (c, b) in self.changed.iter().zip(theta) {
            x.as_mut_slice()[c * n..][..n].iter_mut().for_each(|x| *x += sign * *b);
        }
    }

    /// ∂L/∂b = ±Σ_samples ∂L/∂y; ∂L/∂x stays as it is.
    fn shift_vjp<T: Real>(&self, g: &DMatrix<T>, sign: T, mut g_theta: Accumulator<'_, T>) {
        let n = g.nrows();
        for (i, c) in self.changed.iter().enumerate() {
            g_theta.add(i, sign * (T::kernels().sum)(&g.as_slice()[c * n..][..n]));
        }
    }
}

impl<T: Real> Bijector<T> for Planted {
    fn dim(&self) -> usize {
        self.dim
    }

    fn n_params(&self) -> usize {
        self.changed.len()
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        layout.push(format!("{prefix}/b"), [1, self.changed.len()]);
    }

    fn init(&self, theta: &mut [T], _constants: &mut [T], _rng: &mut Stream) {
        theta.fill(T::ZERO);
    }

    fn forward(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, _log_det: &mut [T]) {
        self.shift(pass.theta, x, T::ONE);
    }

    fn inverse(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, _log_det: &mut [T]) {
        self.shift(pass.theta, x, -T::ONE);
    }

    fn forward_vjp(
        &self,
        _pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        self.shift_vjp(g, T::ONE, g_theta);
    }

    fn inverse_vjp(
        &self,
        _pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        self.shift_vjp(g, -T::ONE, g_theta);
    }

    fn has_constant_jacobian(&self) -> bool {
        true
    }
}

/// Examples for the contract tests.
fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    vec![("3-D", Box::new(Planted::new(&Columns::all(3))) as Box<dyn Bijector<T>>)]
}
