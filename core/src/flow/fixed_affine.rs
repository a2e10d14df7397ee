//! Fixed shift and scale of each coordinate: from standardised coordinates to those of the system.

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Bijector, Entry, Pass};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Error, Real, Result, Stream};

/// x_i = m_i + s_i z_i; log|det ∂x/∂z| = Σ ln|s_i|. It has no parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedAffine {
    mean: Vec<f64>,
    scale: Vec<f64>,
    log_det: f64,
}

/// It is made by hand only.
pub(super) fn entry<T: Real>() -> Entry<T> {
    Entry { letter: None, examples }
}

impl FixedAffine {
    /// A map with centres m and scales s, in units of x.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] if there are not as many scales as centres, [`Error::InvalidSetting`]
    /// unless all are finite and no scale is 0.
    pub fn new(mean: Vec<f64>, scale: Vec<f64>) -> Result<Self> {
        if mean.len() != scale.len() {
            return Err(Error::DimensionMismatch {
                what: "the scales",
                expected: mean.len(),
                found: scale.len(),
            });
        }
        if let Some(m) = mean.iter().find(|m| !m.is_finite()) {
            return Err(Error::setting("mean", m, "a finite number"));
        }
        if let Some(s) = scale.iter().find(|s| !s.is_finite() || **s == 0.0) {
            return Err(Error::setting("scale", s, "a finite number other than 0"));
        }
        let log_det = scale.iter().map(|s| Real::ln(Real::abs(*s))).sum();
        Ok(Self { mean, scale, log_det })
    }

    /// Multiplies each column of a gradient.
    fn scale_columns<T: Real>(g: &mut DMatrix<T>, factors: impl Iterator<Item = f64>) {
        let n = g.nrows();
        for (column, factor) in g.as_mut_slice().chunks_exact_mut(n).zip(factors) {
            let factor = T::lit(factor);
            column.iter_mut().for_each(|g| *g *= factor);
        }
    }
}

impl<T: Real> Bijector<T> for FixedAffine {
    fn dim(&self) -> usize {
        self.mean.len()
    }

    fn n_params(&self) -> usize {
        0
    }

    fn describe(&self, _prefix: &str, _layout: &mut ParamLayout) {}

    fn init(&self, _theta: &mut [T], _constants: &mut [T], _rng: &mut Stream) {}

    fn forward(&self, _pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        let n = x.nrows();
        let columns = x.as_mut_slice().chunks_exact_mut(n);
        for (column, (mean, scale)) in columns.zip(self.mean.iter().zip(&self.scale)) {
            let (mean, scale) = (T::lit(*mean), T::lit(*scale));
            column.iter_mut().for_each(|x| *x = mean + scale * *x);
        }
        let total = T::lit(self.log_det);
        log_det.iter_mut().for_each(|l| *l += total);
    }

    fn inverse(&self, _pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        let n = x.nrows();
        let columns = x.as_mut_slice().chunks_exact_mut(n);
        for (column, (mean, scale)) in columns.zip(self.mean.iter().zip(&self.scale)) {
            let (mean, rate) = (T::lit(*mean), T::lit(1.0 / scale));
            column.iter_mut().for_each(|x| *x = (*x - mean) * rate);
        }
        let total = T::lit(self.log_det);
        log_det.iter_mut().for_each(|l| *l -= total);
    }

    /// ∂L/∂z = s ∂L/∂x
    fn forward_vjp(
        &self,
        _pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        _g_theta: Accumulator<'_, T>,
    ) {
        Self::scale_columns(g, self.scale.iter().copied());
    }

    /// ∂L/∂x = ∂L/∂z / s
    fn inverse_vjp(
        &self,
        _pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        _g_theta: Accumulator<'_, T>,
    ) {
        Self::scale_columns(g, self.scale.iter().map(|s| 1.0 / s));
    }

    fn has_constant_jacobian(&self) -> bool {
        true
    }
}

/// Examples for the contract tests.
fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let map = FixedAffine::new(vec![0.5, -1.0, 2.0], vec![0.05, -1.5, 3.0]);
    map.into_iter().map(|m| ("3-D", Box::new(m) as Box<dyn Bijector<T>>)).collect()
}
