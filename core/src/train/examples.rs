//! Configurations to learn from.

use alloc::{format, sync::Arc, vec::Vec};

use nalgebra::DMatrix;

use crate::num::{Error, Result};
use crate::potential::Tilt;

/// Example configurations with optional weights and what they cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    x: DMatrix<f64>,
    weights: Option<Vec<f64>>,
    energy_evaluations: u64,
    tilt: Option<Arc<Tilt>>,
}

impl Examples {
    /// Checks and takes configurations (`n × dim`) and, if given, their `n` weights ≥ 0;
    /// `energy_evaluations` is what making them cost.
    ///
    /// # Errors
    /// [`Error::InvalidData`] for no configuration, a number that is not finite, or unusable weights.
    pub fn new(
        x: DMatrix<f64>,
        weights: Option<Vec<f64>>,
        energy_evaluations: u64,
    ) -> Result<Self> {
        if x.is_empty() {
            return Err(Error::data("examples", "there are no configurations"));
        }
        for (row, sample) in x.row_iter().enumerate() {
            if let Some(column) = sample.iter().position(|v| !v.is_finite()) {
                return Err(Error::data(
                    "examples",
                    format!(
                        "the value in row {row}, column {column} is {}, but every value must be finite",
                        sample[column]
                    ),
                ));
            }
        }
        if let Some(weights) = &weights {
            if weights.len() != x.nrows() {
                return Err(Error::data(
                    "weights of the examples",
                    format!("there are {} weights for {} configurations", weights.len(), x.nrows()),
                ));
            }
            if let Some(row) = weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
                return Err(Error::data(
                    "weights of the examples",
                    format!(
                        "weight {row} is {}, but weights must be finite and not negative",
                        weights[row]
                    ),
                ));
            }
            if weights.iter().sum::<f64>() <= 0.0 {
                return Err(Error::data("weights of the examples", "they are all zero"));
            }
        }
        Ok(Self { x, weights, energy_evaluations, tilt: None })
    }

    /// Examples of a tilted target, weighted for it.
    #[must_use]
    pub fn with_tilt(self, tilt: Option<Arc<Tilt>>) -> Self {
        Self { tilt, ..self }
    }

    /// The tilt of the target that they are examples of.
    #[must_use]
    pub fn tilt(&self) -> Option<&Arc<Tilt>> {
        self.tilt.as_ref()
    }

    /// Configurations, `n × dim`.
    #[must_use]
    pub fn x(&self) -> &DMatrix<f64> {
        &self.x
    }

    /// Puts `x` (`dim`) in place of configuration `i`.
    pub(super) fn set(&mut self, i: usize, x: &[f64]) {
        for (k, value) in x.iter().enumerate() {
            self.x[(i, k)] = *value;
        }
    }

    /// Weight of configuration `i`; 1 where none are given.
    #[must_use]
    pub fn weight(&self, i: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w[i])
    }

    /// Energy evaluations that making them took.
    #[must_use]
    pub fn energy_evaluations(&self) -> u64 {
        self.energy_evaluations
    }
}
