//! What a training run does, as data.

use alloc::{boxed::Box, vec, vec::Vec};

use crate::loss::{MaximumLikelihood, ReactionCoordinateEntropy, ReverseKl, Term};
use crate::optim::{Adam, Schedule};
use crate::potential::LinearLogCap;
use crate::system::Coordinate;

/// A number of iterations with fixed loss weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Optimiser steps.
    pub iterations: u64,
    /// Samples per step, on each side that has a loss.
    pub batch: usize,
    /// Learning rate at the start.
    pub learning_rate: f64,
    /// How the rate changes over the stage.
    pub schedule: Schedule,
    /// Weight of learning from examples (J_ML).
    pub w_ml: f64,
    /// Weight of learning from energy (J_KL).
    pub w_kl: f64,
    /// Weight of the reaction-coordinate entropy (J_RC).
    pub w_rc: f64,
    /// Cap on energies in J_KL.
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
            w_ml: 6.0,
            w_kl: 1.0,
            w_rc: 0.0,
            cap: LinearLogCap::default(),
            temperatures: vec![1.0],
            stop_rise: 0.0,
        }
    }
}

impl Stage {
    /// The weighted losses of this stage; those of weight 0 are left out.
    #[must_use]
    pub fn terms(&self, coordinate: &Coordinate) -> Vec<Term> {
        let mut terms = Vec::new();
        if self.w_ml > 0.0 {
            let loss = MaximumLikelihood { temperatures: vec![1.0] };
            terms.push(Term { weight: self.w_ml, loss: Box::new(loss) });
        }
        if self.w_kl > 0.0 {
            let loss = ReverseKl { cap: self.cap, temperatures: self.temperatures.clone() };
            terms.push(Term { weight: self.w_kl, loss: Box::new(loss) });
        }
        if self.w_rc > 0.0 {
            let loss = ReactionCoordinateEntropy {
                coordinate: coordinate.clone(),
                n_temperatures: self.temperatures.len(),
            };
            terms.push(Term { weight: self.w_rc, loss: Box::new(loss) });
        }
        terms
    }
}

/// A whole run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The stages, one after the other.
    pub stages: Vec<Stage>,
    /// The optimiser.
    pub optimizer: Adam,
    /// Decay of the moving average of θ that samples are drawn with; 0 uses θ itself.
    pub moving_average: f64,
    /// Coordinate of J_RC.
    pub coordinate: Coordinate,
    /// log Z of the target if it is known: turns the loss into a true KL divergence.
    pub log_z: Option<f64>,
}

impl Plan {
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
