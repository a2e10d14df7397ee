//! The groups of a step's batch, for whoever computes them: this machine, others, or both.

use alloc::{format, vec::Vec};
use core::ops::Range;

use nalgebra::DMatrix;

use super::batch::{Batch, groups_of};
use super::group::Group;
use super::stage::check;
use super::tree::{is_subtree, subtrees};
use super::{Examples, Plan, Stage};
use crate::generator::BoltzmannGenerator;
use crate::nn::ParamLayout;
use crate::num::{Error, Executor, Real, Result};
use crate::objective::{Goal, Inputs, Source};
use crate::prior::Prior;

/// The batch of a training step, cut into groups in a way that does not depend on who computes them.
///
/// A step has two passes, because objectives need sums over the whole batch before they have a gradient: first the
/// samples of each group go through the flow ([`Groups::map`]), then come the vector-Jacobian products, given the totals
/// of the sums ([`Groups::vjp`]). What the [`Share`] of another machine computed in either pass is put in its
/// place; what is missing when it is needed is computed here.
///
/// Gradients are added up along a binary tree over the groups, which their number alone decides: the bits are the same in all
/// cases. Any range of groups can be handed out; it consists of a few whole subtrees ([`Groups::subtrees`]), and each of these
/// comes back as one vector. Equal parts of a power of two, of four groups or more, are one subtree each.
///
/// ```
/// use boltzflow::num::Sequential;
/// use boltzflow::preset::preset;
///
/// let mut settings = preset("double-well-by-energy")?;
/// settings.stages[0].batch = 1024;
/// let (mut trainer, mut share) = (settings.trainer::<f32>(None)?, settings.share(None)?);
///
/// // Half of a step is computed elsewhere.
/// let count = trainer.begin().count();
/// share.begin(trainer.step_count(), trainer.skipped()).copy_from_slice(trainer.theta());
/// let (ours, theirs) = (0..count / 2, count / 2..count);
/// share.groups().map(theirs.clone(), &Sequential)?;
/// for group in theirs.clone() {
///     trainer.groups().put_sums(group, share.groups().sums(group)?)?;
/// }
/// trainer.groups().map(ours.clone(), &Sequential)?;
/// share.groups().put_totals(trainer.groups().totals(&Sequential))?;
/// share.groups().vjp(theirs.clone(), &Sequential)?;
/// trainer.groups().vjp(ours, &Sequential)?;
/// for subtree in trainer.groups().subtrees(theirs)? {
///     let (values, gradient) = share.groups().gradient(subtree.clone())?;
///     trainer.groups().put_gradient(subtree, values)?.copy_from_slice(gradient);
/// }
/// let report = trainer.finish(&Sequential)?;
/// assert_eq!(report.step, 1);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Debug)]
pub struct Groups<T: Real> {
    pub(super) generator: BoltzmannGenerator<T>,
    pub(super) plan: Plan,
    pub(super) examples: Option<Examples>,
    pub(super) seed: u64,
    /// Objectives of one's own with their weights, in every stage.
    own: Vec<(f64, Goal<T>)>,
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
        check(&plan, examples.as_ref(), &generator, &[])?;
        let own = Vec::new();
        Ok(Self { generator, plan, examples, seed, own, step: 0, place: 0, batch: None })
    }

    /// Adds an objective of one's own to every stage.
    pub(super) fn add(&mut self, weight: f64, goal: Goal<T>) -> Result<()> {
        self.own.push((weight, goal));
        self.batch = None;
        let checked = check(&self.plan, self.examples.as_ref(), &self.generator, &self.own);
        if checked.is_err() {
            self.own.pop();
        }
        checked
    }

    pub(super) fn adjust(&mut self, change: impl FnOnce(&mut Vec<Stage>)) -> Result<()> {
        let mut plan = self.plan.clone();
        change(&mut plan.stages);
        check(&plan, self.examples.as_ref(), &self.generator, &self.own)?;
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
                let objectives = stage.objectives(&self.plan.coordinate, &self.own);
                let (dim, n_params) = (self.generator.target.dim(), self.generator.theta.len());
                *batch = Some((index, Batch::new(stage.batch, objectives, dim, n_params)));
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
        let BoltzmannGenerator { theta, prior, .. } = generator;
        Some(Complete { batch: &batch.as_ref()?.1, theta, stage, progress, plan, prior })
    }

    /// The first `count` samples that the step at a place of the plan draws from a source.
    pub(super) fn first_samples(
        &self,
        source: Source,
        count: usize,
        step: u64,
        place: u64,
    ) -> Option<DMatrix<T>> {
        let (stage, _) = self.plan.locate(place)?;
        let Stage { batch, temperatures, .. } = &self.plan.stages[stage];
        let BoltzmannGenerator { flow, theta, prior, target, .. } = &self.generator;
        let inputs = Inputs::new(flow, theta, prior, target)
            .with_examples(self.examples.as_ref())
            .at_step(self.seed, step);
        let first = groups_of(*batch).next()?;
        let mut samples = DMatrix::from_element(first.count.min(count), target.dim(), T::ZERO);
        inputs.draw(source, first, temperatures, &mut samples).then_some(samples)
    }

    /// ∂L/∂θ of the last step that was completed.
    pub(super) fn total_gradient(&self) -> &[T] {
        self.batch.as_ref().map_or(&[], |(_, batch)| batch.gradient())
    }

    fn split(&mut self) -> Option<(&mut Batch<T>, Inputs<'_, T>)> {
        let Self { generator, examples, seed, step, batch, .. } = self;
        let BoltzmannGenerator { flow, theta, constants, prior, target } = &*generator;
        let inputs = Inputs::new(flow, theta, prior, target)
            .with_constants(constants)
            .with_examples(examples.as_ref())
            .at_step(*seed, *step);
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

    /// The fewest whole subtrees that a range of groups is made of, in order: each is added up to one vector.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for groups that there are not.
    pub fn subtrees(&mut self, range: Range<usize>) -> Result<Vec<Range<usize>>> {
        self.within(&range)?;
        let mut found = Vec::new();
        subtrees(0..self.count(), &range, &mut found);
        Ok(found)
    }

    /// Second pass of the groups of a range whose gradient is not known: the sum over each of its subtrees.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for groups that there are not.
    pub fn vjp(&mut self, range: Range<usize>, executor: &impl Executor) -> Result<()> {
        for subtree in self.subtrees(range)? {
            let (batch, inputs) = self.within(&subtree)?;
            batch.vjp(&subtree, &inputs, executor);
        }
        Ok(())
    }

    /// A subtree's share of each value of the objectives and of ∂L/∂θ after its second pass.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for groups that there are not, or that are not a subtree whose second pass has been made.
    pub fn gradient(&mut self, subtree: Range<usize>) -> Result<(&[f64], &[T])> {
        let (batch, _) = self.within(&subtree)?;
        let partial = batch.partial(&subtree).ok_or_else(|| {
            let found = format!("{}..{}", subtree.start, subtree.end);
            Error::setting("groups", found, "a subtree after its second pass")
        })?;
        Ok((&partial.sum.values, &partial.sum.g_theta))
    }

    /// Takes the values of a subtree from elsewhere; its share of ∂L/∂θ belongs into the slice returned.
    ///
    /// # Errors
    /// As [`Groups::put_sums`], and [`Error::InvalidSetting`] for groups that are not a subtree.
    pub fn put_gradient(&mut self, subtree: Range<usize>, values: &[f64]) -> Result<&mut [T]> {
        let count = self.count();
        let (batch, _) = self.within(&subtree)?;
        fit("the values of a subtree", batch.n_values(), values.len())?;
        if !is_subtree(&subtree, count) {
            let found = format!("{}..{}", subtree.start, subtree.end);
            return Err(Error::setting("groups", found, "one whole subtree"));
        }
        Ok(batch.put_gradient(subtree, values))
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

    /// As [`super::Trainer::with_goal`], given the same.
    ///
    /// # Errors
    /// As there.
    pub fn with_goal(mut self, weight: f64, goal: Goal<T>) -> Result<Self> {
        self.groups.add(weight, goal)?;
        Ok(self)
    }

    /// As [`super::Trainer::adjust`], which must change in the same way.
    ///
    /// # Errors
    /// As there.
    pub fn adjust(&mut self, change: impl FnOnce(&mut Vec<Stage>)) -> Result<()> {
        self.groups.adjust(change)
    }
}
