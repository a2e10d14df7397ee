//! Configurations to learn from.

use alloc::{boxed::Box, format, sync::Arc, vec::Vec};

use nalgebra::DMatrix;

use super::alias::Alias;
use crate::num::{Error, Purpose, Result, Stream};
use crate::system::Bias;

/// Example configurations with optional weights and what they cost.
///
/// Training draws them in proportion to their weights; those that were drawn then count alike, so that no weight, however
/// large, biases a gradient.
///
/// ```
/// use boltzflow::nalgebra::DMatrix;
/// use boltzflow::num::{Purpose, Stream};
/// use boltzflow::objective::Examples;
///
/// let x = DMatrix::from_row_slice(3, 1, &[-1.0, 0.0, 1.0]);
/// let examples = Examples::new(x, Some(vec![2.0, 0.0, 1.0]), 0)?;
/// let mut rng = Stream::new(1, Purpose::Batch, 0, 0);
/// assert!((0..100).all(|_| examples.draw(&mut rng) != 1));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    x: DMatrix<f64>,
    weights: Option<Vec<f64>>,
    /// Made of the weights, unless all are equal.
    alias: Option<Alias>,
    energy_evaluations: u64,
    bias: Option<Arc<Bias>>,
    held_out: Option<Box<Examples>>,
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
        let alias = weights.as_deref().and_then(Alias::new);
        Ok(Self { x, weights, alias, energy_evaluations, bias: None, held_out: None })
    }

    /// Examples of a biased target, weighted for it.
    #[must_use]
    pub fn with_bias(self, bias: Option<Arc<Bias>>) -> Self {
        Self { bias, ..self }
    }

    /// The bias of the target that they are examples of.
    #[must_use]
    pub fn bias(&self) -> Option<&Arc<Bias>> {
        self.bias.as_ref()
    }

    /// Examples that are not learnt from but show how well others are described.
    #[must_use]
    pub fn with_held_out(self, held_out: Option<Self>) -> Self {
        Self { held_out: held_out.map(Box::new), ..self }
    }

    /// Takes the last `share` (0 to below 1) of each sequence of `length` examples, one after the other, out of what is learnt:
    /// of a Markov chain that is its end, nearly independent of the rest. A share of no whole example takes none.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a share out of range.
    pub fn hold_out(self, length: usize, share: f64) -> Result<Self> {
        if !(0.0..1.0).contains(&share) {
            return Err(Error::setting("example_held_out", share, "from 0 to below 1"));
        }
        let learnt = length - (length as f64 * share) as usize;
        if learnt == length {
            return Ok(self);
        }
        let part = |wanted: &dyn Fn(usize) -> bool| {
            let rows: Vec<usize> = (0..self.x.nrows()).filter(|row| wanted(row % length)).collect();
            let weights = rows.iter().map(|row| self.weight(*row)).collect();
            Self::new(self.x.select_rows(&rows), Some(weights), self.energy_evaluations)
        };
        let (known, held_out) = (part(&|t| t < learnt)?, part(&|t| t >= learnt)?);
        Ok(known.with_bias(self.bias).with_held_out(Some(held_out)))
    }

    /// At most `most` of these examples, chosen at random: equal steps through an ordered set, windows in turn for example,
    /// could leave out the same parts again and again.
    ///
    /// # Errors
    /// [`Error::InvalidData`] if none of those chosen has a weight.
    pub fn subset(&self, most: usize) -> Result<Self> {
        let mut rows: Vec<usize> = (0..self.x.nrows()).collect();
        if rows.len() > most {
            Stream::new(0, Purpose::Structure, 0, u64::MAX).shuffle(&mut rows);
            rows.truncate(most);
            rows.sort_unstable();
        }
        let weights = rows.iter().map(|row| self.weight(*row)).collect();
        let subset = Self::new(self.x.select_rows(&rows), Some(weights), self.energy_evaluations)?;
        Ok(subset.with_bias(self.bias.clone()))
    }

    /// The examples that are not learnt from, if there are any.
    #[must_use]
    pub fn held_out(&self) -> Option<&Self> {
        self.held_out.as_deref()
    }

    /// Configurations, `n × dim`.
    #[must_use]
    pub fn x(&self) -> &DMatrix<f64> {
        &self.x
    }

    /// Puts `x` (`dim`) in place of configuration `i`.
    pub(crate) fn set(&mut self, i: usize, x: &[f64]) {
        for (k, value) in x.iter().enumerate() {
            self.x[(i, k)] = *value;
        }
    }

    /// The index of a configuration, drawn in proportion to the weights.
    #[must_use]
    pub fn draw(&self, rng: &mut Stream) -> usize {
        match &self.alias {
            Some(alias) => alias.draw(rng),
            None => rng.below(self.x.nrows()),
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
