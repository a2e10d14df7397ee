//! Trainable scaling of each coordinate.

use alloc::{boxed::Box, format, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Bijector, Build, Columns, Entry, Letter, Pass, Split};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Real, Stream};
use crate::system::Support;

/// x = e^{k} ∘ z on some columns; log|det ∂x/∂z| = Σ k, the same for all z.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpScaling {
    dim: usize,
    changed: Vec<usize>,
}

/// How the notation asks for it.
pub(super) fn entry<T: Real>() -> Entry<T> {
    let build =
        Build::Layers(|_, columns, _| Ok(vec![("", Box::new(ExpScaling::new(columns)) as _)]));
    let help = "exp scaling of each coordinate";
    Entry { letter: Some(Letter { letter: 'S', help, build }), examples }
}

impl ExpScaling {
    /// Scaling of those of the changed columns that live on lines, at the start the identity.
    #[must_use]
    pub fn new(columns: &Columns) -> Self {
        let mut changed = columns.changed.clone();
        let support = |column: &usize| columns.supports.get(*column);
        changed.retain(|column| support(column).is_none_or(|s| *s == Support::Line));
        Self { dim: columns.dim, changed }
    }

    /// x ← x ∘ e^{±k}, log_det ± Σk; records the result.
    fn apply<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        x: &mut DMatrix<T>,
        log_det: &mut [T],
        sign: T,
    ) {
        let n = x.nrows();
        let mut total = T::ZERO;
        for (c, k) in self.changed.iter().zip(pass.theta) {
            let factor = (sign * *k).exp();
            x.as_mut_slice()[c * n..][..n].iter_mut().for_each(|x| *x *= factor);
            total += sign * *k;
        }
        log_det.iter_mut().for_each(|l| *l += total);
        let after = Split::gather(x, &self.changed, pass.tape);
        pass.tape.push(after);
    }

    /// With y = x ∘ e^{±k}: ∂L/∂x = ∂L/∂y ∘ e^{±k}, ∂L/∂k = ±Σ_samples (∂L/∂y · y + ∂L/∂log_det).
    fn apply_vjp<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        sign: T,
        mut g_theta: Accumulator<'_, T>,
    ) {
        let n = g.nrows();
        let mut after = pass.tape.pop();
        let g_det = (T::kernels().sum)(g_log_det);
        let columns = self.changed.iter().zip(after.chunks_exact_mut(n));
        for (i, ((c, y), k)) in columns.zip(pass.theta).enumerate() {
            let factor = (sign * *k).exp();
            for (g, y) in g.as_mut_slice()[c * n..][..n].iter_mut().zip(y.iter_mut()) {
                *y *= *g;
                *g *= factor;
            }
            g_theta.add(i, sign * ((T::kernels().sum)(y) + g_det));
        }
        pass.tape.recycle(after);
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

    fn init(&self, theta: &mut [T], _constants: &mut [T], _rng: &mut Stream) {
        theta.fill(T::ZERO);
    }

    fn forward(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        self.apply(pass, x, log_det, T::ONE);
    }

    fn inverse(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        self.apply(pass, x, log_det, -T::ONE);
    }

    fn forward_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        self.apply_vjp(pass, g, g_log_det, T::ONE, g_theta);
    }

    fn inverse_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        self.apply_vjp(pass, g, g_log_det, -T::ONE, g_theta);
    }

    fn has_constant_jacobian(&self) -> bool {
        true
    }

    fn keeps(&self, supports: &[Support]) -> bool {
        self.changed.iter().all(|column| supports[*column] == Support::Line)
    }
}

/// Examples for the contract tests.
fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let part = Columns::all(5).in_space(2).given([3, 1], [0]);
    vec![
        ("4-D", Box::new(ExpScaling::new(&Columns::all(4))) as Box<dyn Bijector<T>>),
        ("two of five", Box::new(ExpScaling::new(&part))),
    ]
}
