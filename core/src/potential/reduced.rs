//! The reduced potential u = U/kT, and the cap that losses put on it.

use alloc::{format, sync::Arc, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Coordinate, Potential, Scratch, Tilt};
use crate::num::{Error, Real, Result};

/// A potential at a temperature: u(x) = U(x)/kT. The only place where temperature enters, but for the
/// states of the samplers' ladders.
///
/// With a [`Tilt`] it is the reduced potential of U − U_R + V: what a flow learns and an annealing run reaches. Estimates are of
/// U/kT, with weights that [`untilt`](Self::untilt) makes.
#[derive(Clone, Debug)]
pub struct ReducedPotential {
    potential: Arc<dyn Potential>,
    temperature: f64,
    tilt: Option<Arc<Tilt>>,
}

impl ReducedPotential {
    /// `temperature` is kT in the units of the energy.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless the temperature is positive and finite.
    pub fn new(potential: Arc<dyn Potential>, temperature: f64) -> Result<Self> {
        if temperature > 0.0 && temperature.is_finite() {
            Ok(Self { potential, temperature, tilt: None })
        } else {
            Err(Error::setting("temperature", temperature, "a positive number"))
        }
    }

    /// The same with a tilt, or without any.
    #[must_use]
    pub fn tilted(self, tilt: Option<Arc<Tilt>>) -> Self {
        Self { tilt, ..self }
    }

    /// The tilt, if there is one.
    #[must_use]
    pub fn tilt(&self) -> Option<&Arc<Tilt>> {
        self.tilt.as_ref()
    }

    /// The same potential at another temperature, with the same tilt in kT: what is flat because of the room that there is, and not
    /// because of energies, stays flat.
    ///
    /// # Errors
    /// As [`ReducedPotential::new`].
    pub fn at_temperature(&self, temperature: f64) -> Result<Self> {
        let factor = temperature / self.temperature;
        let tilt = match &self.tilt {
            Some(tilt) if factor != 1.0 => Some(Arc::new(tilt.scaled(factor))),
            tilt => tilt.clone(),
        };
        Ok(Self::new(self.potential.clone(), temperature)?.tilted(tilt))
    }

    /// The same tilted target for a potential that differs by its U_R alone: what the flow has learnt serves both. With
    /// another difference it is a target like any other.
    #[must_use]
    pub fn with_potential(&self, potential: Arc<dyn Potential>) -> Self {
        Self { potential, ..self.clone() }
    }

    /// The potential U, without tilt.
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

    /// u (`n`) and ∂u/∂x (`n × dim`) of a chunk (`n × dim`), tilt included.
    pub fn evaluate(
        &self,
        x: &DMatrix<f64>,
        u: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        self.evaluate_untilted(x, u, gradient, scratch);
        self.add_tilt(1.0, x, u, gradient, scratch);
    }

    /// U/kT (`n`) and its gradient (`n × dim`) of a chunk (`n × dim`).
    pub fn evaluate_untilted(
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

    /// Samples x (`n × dim`) of the tilted target become samples of e^(−U/kT): u and ∂u/∂x are those of U/kT, and
    ///
    /// $$ \ln w \leftarrow \ln w + [V(R) - U_R(R)]/kT $$
    ///
    /// because e^(−U/kT) = e^(−u)·e^((V − U_R)/kT): exact, whatever V.
    pub fn untilt(
        &self,
        x: &DMatrix<f64>,
        u: &mut [f64],
        gradient: &mut DMatrix<f64>,
        log_weight: &mut [f64],
    ) {
        if self.tilt.is_none() {
            return;
        }
        log_weight.iter_mut().zip(&*u).for_each(|(w, u)| *w += u);
        self.add_tilt(-1.0, x, u, gradient, &mut Scratch::default());
        log_weight.iter_mut().zip(&*u).for_each(|(w, u)| *w -= u);
    }

    /// ln w of samples x (`n × dim`) of weights ln w on e^(−U/kT), on the tilted target: ln w − (V − U_R)/kT.
    #[must_use]
    pub fn tilted_weights(&self, x: &DMatrix<f64>, log_weight: &[f64]) -> Vec<f64> {
        let Some(tilt) = &self.tilt else { return log_weight.to_vec() };
        let mut r = vec![0.0; log_weight.len()];
        tilt.coordinate().values(x, &mut r);
        let added = r.iter().map(|r| self.untilted_along(tilt.coordinate(), *r).0);
        log_weight.iter().zip(added).map(|(w, added)| w + added).collect()
    }

    /// What [`untilt`](Self::untilt) adds to u along a coordinate, (U_R − V)/kT, and its derivative by R; zeros without a
    /// tilt, or for one along another coordinate.
    #[must_use]
    pub fn untilted_along(&self, coordinate: &Coordinate, r: f64) -> (f64, f64) {
        match self.tilt.as_ref().filter(|tilt| tilt.coordinate().kind == coordinate.kind) {
            Some(tilt) => {
                let (added, slope) = tilt.added(&*self.potential, r);
                (-added / self.temperature, -slope / self.temperature)
            }
            None => (0.0, 0.0),
        }
    }

    /// Adds `sign`·(V − U_R)/kT and its gradient, (V′ − U_R′)/kT·∂R/∂x.
    fn add_tilt(
        &self,
        sign: f64,
        x: &DMatrix<f64>,
        u: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        let Some(tilt) = &self.tilt else { return };
        let Scratch { value, slope, .. } = scratch;
        value.resize(u.len(), 0.0);
        slope.resize(u.len(), 0.0);
        tilt.coordinate().values(x, value);
        for ((u, r), slope) in u.iter_mut().zip(&*value).zip(slope.iter_mut()) {
            let (added, along) = tilt.added(&*self.potential, *r);
            *u += sign * added / self.temperature;
            *slope = sign * along / self.temperature;
        }
        tilt.coordinate().add_gradient(x, slope, gradient);
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
