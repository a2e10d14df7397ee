//! All that a run must save to go on with the same bits.

use alloc::{format, string::String, vec::Vec};

use crate::nn::ParamLayout;
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
        for (name, numbers, expected) in [
            ("first moments", &self.adam.m, n),
            ("second moments", &self.adam.v, n),
            ("moving average", &self.average, average),
        ] {
            check_length(name, numbers.len(), expected)?;
        }
        check("theta", &self.theta, n)
    }
}

fn misfit(detail: String) -> Error {
    Error::Checkpoint { reason: CheckpointFault::Layout { detail } }
}

fn check_length(name: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(misfit(format!("{name}: {found} numbers, this run needs {expected}")))
}

/// Checks that numbers are finite and as many as a run needs.
pub(super) fn check<T: Real>(name: &str, numbers: &[T], expected: usize) -> Result<()> {
    check_length(name, numbers.len(), expected)?;
    match numbers.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(misfit(format!("{name}[{i}] is not finite"))),
        None => Ok(()),
    }
}

impl<T: Real> TrainerState<T> {
    /// Takes the constants out of a state that was saved when they were part of θ, and gives them; `None`, and nothing changes,
    /// for a state without them.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if some of its vectors hold them and others do not.
    pub fn take_constants(&mut self, layout: &ParamLayout) -> Result<Option<Vec<T>>> {
        let holds_them = layout.n_constants() > 0 && self.current.theta.len() == layout.len();
        if !holds_them {
            return Ok(None);
        }
        let (_, constants) = layout.divide(&self.current.theta)?;
        for moments in [&mut self.current, &mut self.keyframe] {
            let Moments { theta, adam, average, .. } = moments;
            for numbers in [theta, &mut adam.m, &mut adam.v, average] {
                if !numbers.is_empty() {
                    *numbers = layout.divide(numbers)?.0;
                }
            }
        }
        Ok(Some(constants))
    }
}
