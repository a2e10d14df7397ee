//! The groups of a step's batch, for whoever computes them: this machine, others, or both.

use alloc::{format, vec::Vec};
use core::ops::Range;

use super::batch::Batch;
use super::group::{Group, Inputs};
use super::{Examples, Plan, Stage};
use crate::generator::BoltzmannGenerator;
use crate::nn::ParamLayout;
use crate::num::{Error, Executor, Real, Result};
use crate::prior::Prior;

/// The batch of a training step, cut into groups in a way that does not depend on who computes them.
///
/// A step has two passes, because losses need sums over the whole batch before they have a gradient: first the
/// samples of each group go through the flow ([`Groups::map`]), then its gradient is pulled back, given the totals
/// of the sums ([`Groups::pull_back`]). What the [`Share`] of another machine computed in either pass is put in its
/// place; what is missing when it is needed is computed here. The bits are the same in all cases.
#[derive(Debug)]
pub struct Groups<T: Real> {
    pub(super) generator: BoltzmannGenerator<T>,
    pub(super) plan: Plan,
    pub(super) examples: Option<Examples>,
    pub(super) seed: u64,
    step: u64,
    /// Steps of the plan before this one, done or left out.
    place: u64,
    /// Of the stage with this index.
    batch: Option<(usize, Batch<T>)>,
}

/// A batch whose groups are all computed and added up, and what an optimiser step needs beside it.
#[derive(Debug)]
pub(super) struct Complete<'a, T: Real> {
    pub(super) batch: &'a Batch<T>,
    pub(super) theta: &'a mut [T],
    pub(super) stage: usize,
    pub(super) progress: f64,
    pub(super) plan: &'a Plan,
    pub(super) prior: &'a Prior,
}

impl<T: Real> Groups<T> {
    pub(super) fn new(
        generator: BoltzmannGenerator<T>,
        plan: Plan,
        examples: Option<Examples>,
        seed: u64,
    ) -> Result<Self> {
        check(&plan, examples.as_ref(), generator.target.dim())?;
        Ok(Self { generator, plan, examples, seed, step: 0, place: 0, batch: None })
    }

    pub(super) fn adjust(&mut self, change: impl FnOnce(&mut Vec<Stage>)) -> Result<()> {
        let mut plan = self.plan.clone();
        change(&mut plan.stages);
        check(&plan, self.examples.as_ref(), self.generator.target.dim())?;
        self.plan = plan;
        self.batch = None;
        Ok(())
    }

    /// Begins a step, `skipped` ones of the plan left out before; false after the last one.
    pub(super) fn open(&mut self, step: u64, skipped: u64) -> bool {
        let Some((index, _)) = self.plan.locate(step + skipped) else {
            self.batch = None;
            return false;
        };
        (self.step, self.place) = (step, step + skipped);
        match &mut self.batch {
            Some((of, batch)) if *of == index => batch.open(),
            batch => {
                let stage = &self.plan.stages[index];
                let terms = stage.terms(&self.plan.coordinate);
                let (dim, n_params) = (self.generator.target.dim(), self.generator.theta.len());
                *batch = Some((index, Batch::new(stage, terms, dim, n_params)));
            }
        }
        true
    }

    /// Computes what is missing of this step, and adds up its groups.
    pub(super) fn complete(&mut self, executor: &impl Executor) -> Option<Complete<'_, T>> {
        let (stage, progress) = self.plan.locate(self.place)?;
        let (batch, inputs) = self.split()?;
        batch.complete(&inputs, executor);
        let Self { generator, plan, batch, .. } = self;
        let (batch, prior) = (&batch.as_ref()?.1, &generator.prior);
        Some(Complete { batch, theta: &mut generator.theta, stage, progress, plan, prior })
    }

    /// ∂L/∂θ of the last step that was completed.
    pub(super) fn total_gradient(&self) -> &[T] {
        self.batch.as_ref().map_or(&[], |(_, batch)| batch.gradient())
    }

    fn split(&mut self) -> Option<(&mut Batch<T>, Inputs<'_, T>)> {
        let Self { generator, examples, seed, step, batch, .. } = self;
        let inputs = Inputs { generator, examples: examples.as_ref(), seed: *seed, step: *step };
        batch.as_mut().map(|(_, batch)| (batch, inputs))
    }

    /// The batch, if it has all groups of a range.
    fn within(&mut self, range: &Range<usize>) -> Result<(&mut Batch<T>, Inputs<'_, T>)> {
        let count = self.count();
        match self.split() {
            Some(found) if range.start <= range.end && range.end <= count => Ok(found),
            _ => Err(Error::setting(
                "groups",
                format!("{}..{}", range.start, range.end),
                format!("within 0..{count}, the groups of this step"),
            )),
        }
    }

    fn group(&mut self, group: usize) -> Result<&mut Group<T>> {
        Ok(&mut self.within(&(group..group + 1))?.0.groups[group])
    }

    /// Number of groups of this step's batch; 0 before the first step and after the last one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.batch.as_ref().map_or(0, |(_, batch)| batch.groups.len())
    }

    /// What the flow was fitted to; it stays as it is.
    #[must_use]
    pub fn constants(&self) -> &[T] {
        &self.generator.constants
    }

    pub(super) fn layout(&self) -> ParamLayout {
        self.generator.flow.layout()
    }

    /// The parameters that this step starts from.
    #[must_use]
    pub fn theta(&self) -> &[T] {
        &self.generator.theta
    }

    /// First pass of the groups of a range whose sums are not known.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for groups that there are not.
    pub fn map(&mut self, range: Range<usize>, executor: &impl Executor) -> Result<()> {
        let (batch, inputs) = self.within(&range)?;
        batch.map(range, &inputs, executor);
        Ok(())
    }

    /// The sums of a group after its first pass.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a group that there is not.
    pub fn sums(&mut self, group: usize) -> Result<&[f64]> {
        Ok(self.group(group)?.sums())
    }

    /// Takes the sums of a group from elsewhere.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a group that there is not, [`Error::DimensionMismatch`] for too many or too few.
    pub fn put_sums(&mut self, group: usize, sums: &[f64]) -> Result<()> {
        let group = self.group(group)?;
        fit("the sums of a group", group.sums().len(), sums.len())?;
        group.put_sums(sums);
        Ok(())
    }

    /// The sums of all groups added up; makes the first pass of those that lack them. Empty where there is no step.
    pub fn totals(&mut self, executor: &impl Executor) -> &[f64] {
        self.split().map_or(&[], |(batch, inputs)| batch.totals(&inputs, executor))
    }

    /// Takes the totals from elsewhere.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] for too many or too few.
    pub fn put_totals(&mut self, totals: &[f64]) -> Result<()> {
        let (batch, _) = self.within(&(0..0))?;
        fit("the totals of a batch", batch.n_totals(), totals.len())?;
        batch.put_totals(totals);
        Ok(())
    }

    /// Second pass of the groups of a range whose gradient is not known.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for groups that there are not.
    pub fn pull_back(&mut self, range: Range<usize>, executor: &impl Executor) -> Result<()> {
        let (batch, inputs) = self.within(&range)?;
        batch.pull_back(range, &inputs, executor);
        Ok(())
    }

    /// A group's share of each term's value and of ∂L/∂θ after its second pass.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a group that there is not.
    pub fn gradient(&mut self, group: usize) -> Result<(&[f64], &[T])> {
        let group = self.group(group)?;
        Ok((&group.values, &group.g_theta))
    }

    /// Takes the values of a group from elsewhere; its share of ∂L/∂θ belongs into the slice returned.
    ///
    /// # Errors
    /// As [`Groups::put_sums`].
    pub fn put_gradient(&mut self, group: usize, values: &[f64]) -> Result<&mut [T]> {
        let group = self.group(group)?;
        fit("the values of a group", group.values.len(), values.len())?;
        Ok(group.put_gradient(values))
    }
}

fn fit(what: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected == found { Ok(()) } else { Err(Error::DimensionMismatch { what, expected, found }) }
}

/// The part of a training run that another machine needs to compute groups of its batches: everything but the
/// optimiser. It is built from the same generator, plan, examples and seed as the [`super::Trainer`].
#[derive(Debug)]
pub struct Share<T: Real> {
    groups: Groups<T>,
}

impl<T: Real> Share<T> {
    /// A share of the run that [`super::Trainer::new`] makes of the same.
    ///
    /// # Errors
    /// As there.
    pub fn new(
        generator: BoltzmannGenerator<T>,
        plan: Plan,
        examples: Option<Examples>,
        seed: u64,
    ) -> Result<Self> {
        Ok(Self { groups: Groups::new(generator, plan, examples, seed)? })
    }

    /// Begins a step of the trainer, which has left out `skipped` ones of the plan: its θ belongs into the slice returned, then
    /// the groups can be computed.
    pub fn begin(&mut self, step: u64, skipped: u64) -> &mut [T] {
        self.groups.open(step, skipped);
        &mut self.groups.generator.theta
    }

    /// What the trainer's flow was fitted to belongs into the slice returned, where that may be other examples than this share's.
    pub fn constants(&mut self) -> &mut [T] {
        &mut self.groups.generator.constants
    }

    /// The groups of this step.
    pub fn groups(&mut self) -> &mut Groups<T> {
        &mut self.groups
    }

    /// As [`super::Trainer::adjust`], which must change in the same way.
    ///
    /// # Errors
    /// As there.
    pub fn adjust(&mut self, change: impl FnOnce(&mut Vec<Stage>)) -> Result<()> {
        self.groups.adjust(change)
    }
}

/// What a plan must fulfil.
fn check(plan: &Plan, examples: Option<&Examples>, dim: usize) -> Result<()> {
    for stage in &plan.stages {
        if stage.w_ml <= 0.0 && stage.w_kl <= 0.0 && stage.w_rc <= 0.0 {
            return Err(Error::setting("w_ml, w_kl, w_rc", 0, "not all zero in a stage"));
        }
        if stage.w_ml > 0.0 && examples.is_none() {
            return Err(Error::setting("w_ml", stage.w_ml, "0 where there are no examples"));
        }
        if stage.batch == 0 || stage.iterations == 0 || stage.temperatures.is_empty() {
            return Err(Error::setting("batch, iterations, temperatures", 0, "at least 1"));
        }
    }
    match examples {
        Some(e) if e.x().ncols() != dim => Err(Error::DimensionMismatch {
            what: "the examples",
            expected: dim,
            found: e.x().ncols(),
        }),
        _ => Ok(()),
    }
}
