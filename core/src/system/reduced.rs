//! The reduced potential u = U/kT.

use alloc::{sync::Arc, vec};

use nalgebra::DMatrix;

use super::{Bias, Coordinate, Support, System};
use crate::num::{Error, Result};
use crate::potential::{Potential, Scratch};

/// A system at a temperature: u(x) = U(x)/kT. The only place where temperature enters, but for the
/// states of the samplers' ladders.
///
/// With a [`Bias`] it is the reduced potential of U − U_R + V: what a flow learns and an annealing run reaches. Estimates are of
/// U/kT, with weights that [`unbias`](Self::unbias) makes.
///
/// ```
/// use boltzflow::nalgebra::DMatrix;
/// use boltzflow::potential::Scratch;
/// use boltzflow::setting::Parameters;
/// use boltzflow::system::{self, ReducedPotential};
///
/// let target = ReducedPotential::new(system::build("harmonic", &Parameters::new(), None)?, 2.0)?;
/// let x = DMatrix::from_row_slice(1, 2, &[2.0, 0.0]);
/// let (mut u, mut gradient) = ([0.0], x.clone());
/// target.evaluate(&x, &mut u, &mut gradient, &mut Scratch::default());
/// assert_eq!((u[0], gradient[0]), (1.0, 1.0));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReducedPotential {
    system: Arc<System>,
    temperature: f64,
    bias: Option<Arc<Bias>>,
}

impl ReducedPotential {
    /// `temperature` is kT in the units of the energy.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless the temperature is positive and finite; those of [`System::check_equilibrium`] for an
    /// energy that a user wrote.
    pub fn new(system: impl Into<Arc<System>>, temperature: f64) -> Result<Self> {
        let system = system.into();
        if !(temperature > 0.0 && temperature.is_finite()) {
            return Err(Error::setting("temperature", temperature, "a positive number"));
        }
        if system.unproven {
            system.check_equilibrium(temperature)?;
        }
        Ok(Self { system, temperature, bias: None })
    }

    /// The same with a bias, or without any.
    #[must_use]
    pub fn biased(self, bias: Option<Arc<Bias>>) -> Self {
        Self { bias, ..self }
    }

    /// The bias, if there is one.
    #[must_use]
    pub fn bias(&self) -> Option<&Arc<Bias>> {
        self.bias.as_ref()
    }

    /// The same system at another temperature, with the same bias in kT: what is flat because of the room that there is, and not
    /// because of energies, stays flat.
    ///
    /// # Errors
    /// As [`ReducedPotential::new`].
    pub fn at_temperature(&self, temperature: f64) -> Result<Self> {
        let factor = temperature / self.temperature;
        let bias = match &self.bias {
            Some(bias) if factor != 1.0 => Some(Arc::new(bias.scaled(factor))),
            bias => bias.clone(),
        };
        let system = self.system.clone();
        // What rises faster than kT·ln|x| does so at any lower temperature: it need not be looked at again.
        if temperature > 0.0 && temperature <= self.temperature {
            return Ok(Self { system, temperature, bias });
        }
        Ok(Self::new(system, temperature)?.biased(bias))
    }

    /// The same biased target for a system that differs by its U_R alone: what the flow has learnt serves both. With
    /// another difference it is a target like any other.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] for a system of another dimension, and as [`ReducedPotential::new`].
    pub fn with_system(&self, system: impl Into<Arc<System>>) -> Result<Self> {
        let system = system.into();
        let (expected, found) = (self.dim(), system.dim());
        if expected != found {
            return Err(Error::DimensionMismatch { what: "the system", expected, found });
        }
        Ok(Self::new(system, self.temperature)?.biased(self.bias.clone()))
    }

    /// The system.
    #[must_use]
    pub fn system(&self) -> &Arc<System> {
        &self.system
    }

    /// Its potential U, without bias.
    #[must_use]
    pub fn potential(&self) -> &Arc<dyn Potential> {
        self.system.potential()
    }

    /// kT.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        self.temperature
    }

    /// Number of coordinates.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.system.dim()
    }

    /// u (`n`) and ∂u/∂x (`n × dim`) of a chunk (`n × dim`), bias included.
    pub fn evaluate(
        &self,
        x: &DMatrix<f64>,
        u: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        self.evaluate_unbiased(x, u, gradient, scratch);
        self.add_bias(1.0, x, u, gradient, scratch);
    }

    /// U/kT (`n`) and its gradient (`n × dim`) of a chunk (`n × dim`); infinite beyond the ends of an interval.
    pub fn evaluate_unbiased(
        &self,
        x: &DMatrix<f64>,
        u: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        self.system.potential().evaluate(x, u, gradient, scratch);
        let beta = 1.0 / self.temperature;
        u.iter_mut().for_each(|u| *u *= beta);
        gradient.iter_mut().for_each(|g| *g *= beta);
        // Beyond the ends of an interval there is nothing.
        let columns = x.as_slice().chunks_exact(u.len().max(1));
        for (column, support) in columns.zip(&self.system.space().supports) {
            if let Support::Interval { low, high } = support {
                let outside = |(_, x): &(&mut f64, &f64)| !(*low..=*high).contains(x);
                u.iter_mut().zip(column).filter(outside).for_each(|(u, _)| *u = f64::INFINITY);
            }
        }
    }

    /// Samples x (`n × dim`) of the biased target become samples of e^(−U/kT): u and ∂u/∂x are those of U/kT, and
    ///
    /// $$ \ln w \leftarrow \ln w + [V(R) - U_R(R)]/kT $$
    ///
    /// because e^(−U/kT) = e^(−u)·e^((V − U_R)/kT): exact, whatever V.
    pub fn unbias(
        &self,
        x: &DMatrix<f64>,
        u: &mut [f64],
        gradient: &mut DMatrix<f64>,
        log_weight: &mut [f64],
    ) {
        if self.bias.is_none() {
            return;
        }
        log_weight.iter_mut().zip(&*u).for_each(|(w, u)| *w += u);
        self.add_bias(-1.0, x, u, gradient, &mut Scratch::default());
        log_weight.iter_mut().zip(&*u).for_each(|(w, u)| *w -= u);
    }

    /// Takes u and ln w of samples x (`n × dim`) back to the target with its bias: undoes [`unbias`](Self::unbias).
    pub fn rebias(&self, x: &DMatrix<f64>, u: &mut [f64], log_weight: &mut [f64]) {
        let Some(bias) = &self.bias else { return };
        let mut r = vec![0.0; u.len()];
        bias.coordinate().values(x, &mut r);
        for ((u, w), r) in u.iter_mut().zip(log_weight).zip(r) {
            let added = bias.added(&self.system, r).0 / self.temperature;
            *u += added;
            *w -= added;
        }
    }

    /// What [`unbias`](Self::unbias) adds to u along a coordinate, (U_R − V)/kT, and its derivative by R; zeros without a
    /// bias, or for one along another coordinate.
    #[must_use]
    pub fn unbiased_along(&self, coordinate: &Coordinate, r: f64) -> (f64, f64) {
        match self.bias.as_ref().filter(|bias| bias.coordinate().is_along(coordinate)) {
            Some(bias) => {
                let (added, slope) = bias.added(&self.system, r);
                (-added / self.temperature, -slope / self.temperature)
            }
            None => (0.0, 0.0),
        }
    }

    /// Adds `sign`·(V − U_R)/kT and its gradient, (V′ − U_R′)/kT·∂R/∂x.
    fn add_bias(
        &self,
        sign: f64,
        x: &DMatrix<f64>,
        u: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        let Some(bias) = &self.bias else { return };
        let Scratch { value, slope, .. } = scratch;
        value.resize(u.len(), 0.0);
        slope.resize(u.len(), 0.0);
        bias.coordinate().values(x, value);
        for ((u, r), slope) in u.iter_mut().zip(&*value).zip(slope.iter_mut()) {
            let (added, along) = bias.added(&self.system, *r);
            *u += sign * added / self.temperature;
            *slope = sign * along / self.temperature;
        }
        bias.coordinate().add_gradient(x, slope, gradient);
    }
}
