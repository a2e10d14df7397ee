//! The reduced potential u = U/kT, and the cap that losses put on it.

use alloc::{format, sync::Arc};

use nalgebra::DMatrix;

use super::{Potential, Scratch};
use crate::num::{Error, Real, Result};

/// A potential at a temperature: u(x) = U(x)/kT. The only place where temperature enters, but for the
/// states of the samplers' ladders.
#[derive(Clone, Debug)]
pub struct ReducedPotential {
    potential: Arc<dyn Potential>,
    temperature: f64,
}

impl ReducedPotential {
    /// `temperature` is kT in the units of the energy.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless the temperature is positive and finite.
    pub fn new(potential: Arc<dyn Potential>, temperature: f64) -> Result<Self> {
        if temperature > 0.0 && temperature.is_finite() {
            Ok(Self { potential, temperature })
        } else {
            Err(Error::setting("temperature", temperature, "a positive number"))
        }
    }

    /// The potential U.
    #[must_use]
    pub fn potential(&self) -> &Arc<dyn Potential> {
        &self.potential
    }

    /// kT.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        self.temperature
    }

    /// Number of coordinates.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.potential.dim()
    }

    /// u (`n`) and ∂u/∂x (`n × dim`) of a chunk (`n × dim`).
    pub fn evaluate(
        &self,
        x: &DMatrix<f64>,
        u: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        self.potential.evaluate(x, u, gradient, scratch);
        let beta = 1.0 / self.temperature;
        u.iter_mut().for_each(|u| *u *= beta);
        gradient.iter_mut().for_each(|g| *g *= beta);
    }
}

/// The linear-log cap of losses: u below `high`, `high + ln(min(u, max) − high + 1)` above it
/// (Noé et al. 2019). An energy that is not finite, −∞ and NaN included, counts as `max`. Weights
/// never see the cap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearLogCap {
    /// Energies (in kT) up to here are left alone.
    pub high: f64,
    /// Energies above this count as this.
    pub max: f64,
}

impl Default for LinearLogCap {
    fn default() -> Self {
        Self { high: 1e3, max: 1e10 }
    }
}

impl LinearLogCap {
    /// A cap that is linear up to `high` and constant from `max` on, both in kT.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless both are finite and `high` lies below `max`.
    pub fn new(high: f64, max: f64) -> Result<Self> {
        if high < max && (max - high).is_finite() {
            Ok(Self { high, max })
        } else {
            Err(Error::setting("high_energy", high, format!("a number below max_energy = {max}")))
        }
    }

    /// The capped energy and the factor that its gradient takes.
    ///
    /// y = high + ln(u − high + 1), dy/du = 1/(u − high + 1) between `high` and `max`. The factor
    /// is 0 beyond and where u is not finite: such a sample takes no part in a gradient, whatever
    /// numbers its own gradient holds (0·NaN is NaN: do not multiply, skip).
    #[must_use]
    pub fn apply(&self, u: f64) -> (f64, f64) {
        if u < self.high && u.is_finite() {
            (u, 1.0)
        } else if u >= self.high && u < self.max {
            let rest = u - self.high + 1.0;
            (self.high + Real::ln(rest), 1.0 / rest)
        } else {
            (self.high + Real::ln(self.max - self.high + 1.0), 0.0)
        }
    }
}
