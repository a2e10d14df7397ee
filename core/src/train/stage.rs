//! What a training run does, as data.

use alloc::{format, sync::Arc, vec, vec::Vec};

use super::Examples;
use super::group::Weighted;
use crate::flow::{Bijector, Derivatives};
use crate::generator::BoltzmannGenerator;
use crate::num::{Error, Real, Result};
use crate::objective::{Densities, Goal, Needs, OBJECTIVES, Setup, Source, Term, Weights, goals};
use crate::optim::{Adam, Schedule};
use crate::potential::LinearLogCap;
use crate::system::Coordinate;

/// A number of iterations with fixed weights of the objectives.
///
/// ```
/// use boltzflow::train::Stage;
///
/// // Energy alone, in 600 steps.
/// let mut stage = Stage::default().with_weight("ml", 0.0).with_weight("kl", 1.0);
/// stage.iterations = 600;
/// assert_eq!((stage.weight("kl"), stage.weight("rc")), (1.0, 0.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stage {
    /// Optimiser steps.
    pub iterations: u64,
    /// Samples per step, for each thing that is learnt from.
    pub batch: usize,
    /// Learning rate at the start.
    pub learning_rate: f64,
    /// How the rate changes over the stage.
    pub schedule: Schedule,
    /// Weights of the objectives, by name.
    pub weights: Weights,
    /// Cap on energies in learning from energy.
    pub cap: LinearLogCap,
    /// Relative temperatures τ; a batch is shared evenly among them.
    pub temperatures: Vec<f64>,
    /// Nats by which the held-out negative log-likelihood may rise above the lowest of the run; the stage ends there. 0 for never.
    pub stop_rise: f64,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            iterations: 1200,
            batch: 256,
            learning_rate: 2e-3,
            schedule: Schedule::Cosine,
            weights: Weights::default(),
            cap: LinearLogCap::default(),
            temperatures: vec![1.0],
            stop_rise: 0.0,
        }
    }
}

impl Stage {
    /// The weight of an objective; 0 if there is none of that name.
    #[must_use]
    pub fn weight(&self, name: &str) -> f64 {
        self.weights.get(name)
    }

    /// The same stage with another weight of an objective. A name that no objective has is refused when a run is made
    /// of it.
    #[must_use]
    pub fn with_weight(mut self, name: &'static str, weight: f64) -> Self {
        self.weights.set(name, weight);
        self
    }

    /// True if an objective with a weight learns from this.
    #[must_use]
    pub fn learns_from(&self, source: Source) -> bool {
        OBJECTIVES.iter().any(|entry| entry.source == source && self.weight(entry.name) > 0.0)
    }

    /// The objectives of this stage with their weights, those of one's own included; registered ones of weight 0 are left
    /// out. Losses of one direction share one pass through the flow.
    pub(super) fn objectives<T: Real>(
        &self,
        coordinate: &Coordinate,
        own: &[(f64, Goal<T>)],
    ) -> Vec<Weighted<T>> {
        let setup = Setup::new(self.cap, &self.temperatures, coordinate);
        let registered = OBJECTIVES.iter().map(|e| self.weight(e.name)).zip(goals(&setup));
        let (mut terms, mut others) = (Vec::new(), Vec::new());
        for (weight, goal) in registered.chain(own.iter().cloned()).filter(|(w, _)| *w > 0.0) {
            match goal {
                Goal::Loss(loss) => terms.push(Term { weight, loss }),
                Goal::Objective(objective) => others.push((weight, objective)),
            }
        }
        let sources = [Source::Prior, Source::Examples];
        let densities = sources
            .into_iter()
            .filter_map(|source| Densities::new(source, &terms, &self.temperatures));
        let mut all: Vec<Weighted<T>> = Vec::new();
        all.extend(densities.map(|d| (1.0, Arc::new(d) as _)));
        all.extend(others);
        all
    }
}

/// What a plan must fulfil.
pub(super) fn check<T: Real>(
    plan: &Plan,
    examples: Option<&Examples>,
    generator: &BoltzmannGenerator<T>,
    own: &[(f64, Goal<T>)],
) -> Result<()> {
    for stage in &plan.stages {
        for (name, _) in stage.weights.iter() {
            if OBJECTIVES.iter().all(|entry| entry.name != name) {
                let known: Vec<&str> = OBJECTIVES.iter().map(|entry| entry.name).collect();
                let (kind, name, known) = ("objective", name.into(), known.join(", "));
                return Err(Error::UnknownName { kind, name, known });
            }
        }
        if stage.batch == 0 || stage.iterations == 0 || stage.temperatures.is_empty() {
            return Err(Error::setting("batch, iterations, temperatures", 0, "at least 1"));
        }
        let settings = || OBJECTIVES.iter().map(|entry| (entry.setting, stage.weight(entry.name)));
        let objectives = stage.objectives(&plan.coordinate, own);
        if objectives.is_empty() {
            let names: Vec<&str> = settings().map(|(setting, _)| setting).collect();
            return Err(Error::setting(names.join(", "), 0, "not all zero in a stage"));
        }
        for (_, objective) in &objectives {
            let Needs { source, derivatives } = objective.needs();
            // The weight that can be changed, where it is one.
            let with = |allowed| {
                let of =
                    |name: &str| OBJECTIVES.iter().any(|e| e.setting == name && e.source == source);
                let (name, weight) = settings()
                    .find(|(name, weight)| *weight > 0.0 && of(name))
                    .unwrap_or(("the weight of an objective", 1.0));
                Error::setting(name, weight, allowed)
            };
            if source == Source::Examples && examples.is_none() {
                return Err(with("0 where there are no examples".into()));
            }
            let Derivatives { forward, inverse } =
                derivatives.without(generator.flow.derivatives());
            if forward || inverse {
                let way = if forward { "z → x" } else { "x → z" };
                return Err(with(format!("0 with a flow that has no derivative of its map {way}")));
            }
        }
    }
    match examples {
        Some(e) if e.x().ncols() != generator.target.dim() => Err(Error::DimensionMismatch {
            what: "the examples",
            expected: generator.target.dim(),
            found: e.x().ncols(),
        }),
        _ => Ok(()),
    }
}

/// A whole run.
///
/// ```
/// use boltzflow::optim::Adam;
/// use boltzflow::system::Coordinate;
/// use boltzflow::train::{Plan, Stage};
///
/// let mut plan = Plan::new(vec![Stage::default()], Coordinate::component("x", 0, 2));
/// plan.optimizer = Adam { clip_norm: 10.0, ..Adam::default() };
/// assert_eq!(plan.total_steps(), 1200);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// The stages, one after the other.
    pub stages: Vec<Stage>,
    /// The optimiser.
    pub optimizer: Adam,
    /// Decay of the moving average of θ that samples are drawn with; 0 uses θ itself.
    pub moving_average: f64,
    /// The reaction coordinate.
    pub coordinate: Coordinate,
    /// log Z of the target if it is known: turns the loss into a true KL divergence.
    pub log_z: Option<f64>,
}

impl Plan {
    /// A run of some stages with plain Adam and without an average; `coordinate` is the reaction coordinate.
    #[must_use]
    pub fn new(stages: Vec<Stage>, coordinate: Coordinate) -> Self {
        Self { stages, optimizer: Adam::default(), moving_average: 0.0, coordinate, log_z: None }
    }

    /// Optimiser steps of all stages.
    #[must_use]
    pub fn total_steps(&self) -> u64 {
        self.stages.iter().map(|s| s.iterations).sum()
    }

    /// Steps of the plan up to the end of a stage.
    pub(super) fn end_of(&self, stage: usize) -> u64 {
        self.stages.iter().take(stage + 1).map(|s| s.iterations).sum()
    }

    /// The stage of a step and the progress within it, in 0..1; `None` after the last step.
    #[must_use]
    pub fn locate(&self, step: u64) -> Option<(usize, f64)> {
        let mut start = 0;
        for (i, stage) in self.stages.iter().enumerate() {
            if step < start + stage.iterations {
                return Some((i, (step - start) as f64 / stage.iterations as f64));
            }
            start += stage.iterations;
        }
        None
    }
}
