//! An objective as training sees it: work on one group of a batch after the other.

use alloc::boxed::Box;
use core::fmt::{self, Debug};

use nalgebra::DMatrix;

use super::{Examples, Values};
use crate::flow::{Derivatives, Flow};
use crate::num::{Accumulator, Purpose, Real, Stream};
use crate::prior::Prior;
use crate::system::ReducedPotential;

/// What an objective learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Samples of the prior, which the flow maps to configurations.
    Prior,
    /// Given configurations.
    Examples,
}

/// What an objective needs; a run that lacks it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// What it learns from.
    pub source: Source,
    /// The derivatives of the flow that it takes.
    pub derivatives: Derivatives,
}

/// What all groups of a step are computed from.
#[derive(Debug)]
#[non_exhaustive]
pub struct Inputs<'a, T: Real> {
    /// The flow.
    pub flow: &'a Flow<T>,
    /// Its parameters.
    pub theta: &'a [T],
    /// Its constants, which training leaves alone.
    pub constants: &'a [T],
    /// The prior.
    pub prior: &'a Prior,
    /// The target.
    pub target: &'a ReducedPotential,
    /// Configurations to learn from, where there are any.
    pub examples: Option<&'a Examples>,
    /// Seed of the run.
    pub seed: u64,
    /// Step of the run.
    pub step: u64,
}

impl<'a, T: Real> Inputs<'a, T> {
    /// A flow without constants, from a prior to a target: nothing to learn from but the energy, the first step of seed 0.
    #[must_use]
    pub fn new(
        flow: &'a Flow<T>,
        theta: &'a [T],
        prior: &'a Prior,
        target: &'a ReducedPotential,
    ) -> Self {
        Self { flow, theta, constants: &[], prior, target, examples: None, seed: 0, step: 0 }
    }

    /// With the constants of the flow.
    #[must_use]
    pub fn with_constants(self, constants: &'a [T]) -> Self {
        Self { constants, ..self }
    }

    /// With configurations to learn from.
    #[must_use]
    pub fn with_examples(self, examples: Option<&'a Examples>) -> Self {
        Self { examples, ..self }
    }

    /// At a step of the run with this seed.
    #[must_use]
    pub fn at_step(self, seed: u64, step: u64) -> Self {
        Self { seed, step, ..self }
    }

    /// The random numbers of a group for a purpose: the same wherever it is computed.
    #[must_use]
    pub fn stream(&self, purpose: Purpose, rows: Rows) -> Stream {
        Stream::new(self.seed, purpose, self.step, rows.group)
    }

    /// Draws the samples of a group (`n × dim`): of the prior, at relative `temperatures` that take turns over the batch, or
    /// examples by their weights, so that those drawn count alike. False where there are no examples.
    pub fn draw(
        &self,
        source: Source,
        rows: Rows,
        temperatures: &[f64],
        batch: &mut DMatrix<T>,
    ) -> bool {
        match (source, self.examples) {
            (Source::Prior, _) => {
                self.prior.sample(batch, &mut self.stream(Purpose::Prior, rows));
                for row in 0..batch.nrows() {
                    let tau = temperatures[(rows.first + row) % temperatures.len()];
                    if tau != 1.0 {
                        self.prior.heat(batch, row, tau);
                    }
                }
            }
            (Source::Examples, Some(examples)) => {
                let mut rng = self.stream(Purpose::Batch, rows);
                for row in 0..batch.nrows() {
                    let chosen = examples.draw(&mut rng);
                    for column in 0..batch.ncols() {
                        batch[(row, column)] = T::lit(examples.x()[(chosen, column)]);
                    }
                }
            }
            (Source::Examples, None) => return false,
        }
        true
    }
}

/// The samples of one group of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rows {
    /// Number of the group.
    pub group: u64,
    /// Its first sample within the batch.
    pub first: usize,
    /// Number of its samples.
    pub count: usize,
}

impl Rows {
    /// Group number `group`: `count` samples from sample `first` of the batch.
    #[must_use]
    pub fn new(group: u64, first: usize, count: usize) -> Self {
        Self { group, first, count }
    }
}

/// What a report may rely on.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Known<'a> {
    /// The prior of the generator.
    pub prior: &'a Prior,
    /// log Z of the target, if it is known.
    pub log_z: Option<f64>,
}

impl<'a> Known<'a> {
    /// The prior, and log Z of the target where it is known.
    #[must_use]
    pub fn new(prior: &'a Prior, log_z: Option<f64>) -> Self {
        Self { prior, log_z }
    }
}

/// What a flow is trained for. [`Densities`](super::Densities) holds those that are functions of samples and densities.
pub trait Objective<T: Real>: Send + Sync {
    /// What it needs.
    fn needs(&self) -> Needs;

    /// Number of sums over the batch.
    fn n_sums(&self) -> usize;

    /// Number of its values.
    fn n_values(&self) -> usize;

    /// The work on one group; made once, used in every step. `weight` is that of the objective, `dim` the number of
    /// coordinates.
    fn work(&self, weight: f64, rows: Rows, dim: usize) -> Box<dyn Work<T>>;

    /// Energy evaluations that `rows` samples cost in a step.
    fn energy_evaluations(&self, rows: usize) -> u64;

    /// Samples of a step that were dropped because a number was not finite, by the totals of the sums.
    fn dropped(&self, totals: &[f64]) -> usize;

    /// Tells of a step in named values, by the totals of the sums and of the values.
    fn report(&self, totals: &[f64], values: &[f64], known: Known<'_>, report: &mut Values);
}

impl<T: Real> Debug for dyn Objective<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an objective")
    }
}

/// The buffers of an objective for one group, and what is done in them.
pub trait Work<T: Real>: Send {
    /// First pass: writes the group's share of the batch-wide sums ([`Objective::n_sums`]).
    fn map(&mut self, inputs: &Inputs<'_, T>, sums: &mut [f64]);

    /// Second pass, after [`Work::map`]: contributes weight·∂L/∂θ of the group to `g_theta`, given the totals of the sums,
    /// and writes its shares of the values ([`Objective::n_values`]), which are not weighted.
    fn vjp(
        &mut self,
        inputs: &Inputs<'_, T>,
        totals: &[f64],
        values: &mut [f64],
        g_theta: Accumulator<'_, T>,
    );

    /// True if each element of its contribution to ∂L/∂θ is a single sum. Then it makes no difference whether it is added up
    /// first and then added to that of the group before, or added to it as it comes.
    fn is_single_sum(&self) -> bool {
        false
    }
}

impl<T: Real> Debug for dyn Work<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the work on a group")
    }
}
