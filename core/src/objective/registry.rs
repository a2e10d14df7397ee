//! What a registered objective says of itself, and the weights of a stage.

use alloc::{sync::Arc, vec::Vec};

use super::{Loss, OBJECTIVES, Objective, Source, ValueSpec};
use crate::num::Real;
use crate::potential::LinearLogCap;
use crate::system::Coordinate;

/// What a registered objective says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Name.
    pub name: &'static str,
    /// Key of its weight among the settings of a stage.
    pub setting: &'static str,
    /// One line of help for that weight.
    pub help: &'static str,
    /// Its weight in a stage that says nothing of it.
    pub default: f64,
    /// What it learns from.
    pub source: Source,
    /// The values that it adds to a report.
    pub values: &'static [ValueSpec],
}

/// What a stage says that the objectives are made of.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Setup<'a> {
    /// Cap on energies.
    pub cap: LinearLogCap,
    /// Relative temperatures τ of generated samples.
    pub temperatures: &'a [f64],
    /// The reaction coordinate.
    pub coordinate: &'a Coordinate,
}

impl<'a> Setup<'a> {
    /// A cap on energies, relative temperatures τ, the reaction coordinate.
    #[must_use]
    pub fn new(cap: LinearLogCap, temperatures: &'a [f64], coordinate: &'a Coordinate) -> Self {
        Self { cap, temperatures, coordinate }
    }
}

/// Something to train for.
#[derive(Clone, Debug)]
pub enum Goal<T: Real> {
    /// By samples and densities; shares its pass through the flow with others of the same direction.
    Loss(Arc<dyn Loss>),
    /// In its own way.
    Objective(Arc<dyn Objective<T>>),
}

impl<T: Real> Goal<T> {
    /// A loss.
    pub fn loss(loss: impl Loss + 'static) -> Self {
        Self::Loss(Arc::new(loss))
    }

    /// Any other objective.
    pub fn objective(objective: impl Objective<T> + 'static) -> Self {
        Self::Objective(Arc::new(objective))
    }
}

/// The weights of a stage, by the names of the objectives.
///
/// ```
/// use boltzflow::objective::Weights;
///
/// let mut weights = Weights::default();
/// weights.set("kl", 0.1);
/// assert_eq!((weights.get("kl"), weights.get("rc")), (0.1, 0.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Weights(Vec<(&'static str, f64)>);

impl Default for Weights {
    fn default() -> Self {
        Self(OBJECTIVES.iter().map(|entry| (entry.name, entry.default)).collect())
    }
}

impl Weights {
    /// The weight of an objective; 0 if there is none of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> f64 {
        self.0.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, weight)| *weight)
    }

    /// Sets a weight. A name that no objective has is refused when a run is made of it.
    pub fn set(&mut self, name: &'static str, weight: f64) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = weight,
            None => self.0.push((name, weight)),
        }
    }

    /// Names and weights, those of [`OBJECTIVES`] first and in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.0.iter().copied()
    }
}
