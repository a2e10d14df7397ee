//! All that a run must save to go on with the same bits.

use alloc::{format, vec::Vec};

use crate::num::{CheckpointFault, Error, Real, Result};
use crate::optim::AdamState;

/// θ with its optimiser's moments and moving average at one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments<T> {
    /// Steps done.
    pub step: u64,
    /// Parameters.
    pub theta: Vec<T>,
    /// Adam's moments and update count.
    pub adam: AdamState<T>,
    /// Moving average of θ; empty if there is none.
    pub average: Vec<T>,
    /// Updates of the moving average.
    pub average_updates: u64,
}

/// The whole state of a [`crate::train::Trainer`]; random streams need none, they are addressed by
/// seed and step.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainerState<T> {
    /// Now.
    pub current: Moments<T>,
    /// Where a rewind goes back to.
    pub keyframe: Moments<T>,
    /// Factor on the learning rate, halved by each rewind.
    pub rate_factor: f64,
    /// Rewinds done.
    pub rewinds: u64,
    /// Steps of the plan left out by stages that ended early.
    pub skipped: u64,
    /// Lowest negative log-likelihood of held-out examples; infinite before the first look.
    pub lowest: f64,
    /// Energy evaluations of training, those of steps that were rewound included.
    pub energy_evaluations: u64,
}

impl<T: Real> Moments<T> {
    /// Checks that all slices fit `n` parameters.
    pub(super) fn check(&self, n: usize, averaged: bool) -> Result<()> {
        let average = if averaged { n } else { 0 };
        for (name, found, expected) in [
            ("theta", self.theta.len(), n),
            ("first moments", self.adam.m.len(), n),
            ("second moments", self.adam.v.len(), n),
            ("moving average", self.average.len(), average),
        ] {
            if found != expected {
                return Err(Error::Checkpoint {
                    reason: CheckpointFault::Layout {
                        detail: format!("{name}: {found} numbers, this run needs {expected}"),
                    },
                });
            }
        }
        if let Some(i) = self.theta.iter().position(|v| !v.is_finite()) {
            return Err(Error::Checkpoint {
                reason: CheckpointFault::Layout { detail: format!("theta[{i}] is not finite") },
            });
        }
        Ok(())
    }
}
