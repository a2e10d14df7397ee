//! A batch cut into groups: the unit that an executor runs, or another machine.

use alloc::{vec, vec::Vec};
use core::ops::Range;

use super::Stage;
use super::group::{Group, Inputs, Objective, add, n_totals, observed, parts};
use crate::loss::{Observed, Term};
use crate::num::{Accumulator, Executor, Real, SEGMENTS, segment, segments_mut};

/// Samples per group aimed at.
const GROUP: usize = 128;
/// Numbers in the partial gradients of all groups aimed at.
const PARTIAL: usize = 1 << 24;
/// Fewest groups that the above may lead to, and most.
const GROUPS: (usize, usize) = (4, 64);

/// Numbers of the gradients that are added up together: few enough to stay in the nearest cache.
const BLOCK: usize = 2048;

/// Groups of a batch. Their number depends on batch and network alone, never on threads, and partial
/// gradients are added in group order: the same bits on any executor.
fn group_count(batch: usize, n_params: usize) -> usize {
    let (fewest, most) = GROUPS;
    let fit = (PARTIAL / n_params.max(1)).clamp(fewest, most);
    // A multiple of the fewest, so that two and four threads have equal shares.
    batch.div_ceil(GROUP).min(fit - fit % fewest)
}

/// All groups of a stage's batch; made once per stage, reused in every step.
#[derive(Debug)]
pub(super) struct Batch<T: Real> {
    pub(super) groups: Vec<Group<T>>,
    objective: Objective,
    totals: Vec<f64>,
    /// True once the totals are those of this step.
    totalled: bool,
    /// Euclidean norm of ∂L/∂θ after [`Batch::collect`].
    pub(super) norm: f64,
    /// Value of each term in the last step.
    pub(super) values: Vec<f64>,
}

impl<T: Real> Batch<T> {
    pub(super) fn new(stage: &Stage, terms: Vec<Term>, dim: usize, n_params: usize) -> Self {
        let mut indices = 0..;
        let groups = parts(0, stage.batch, group_count(stage.batch, n_params))
            .map(|range| Group::new(range, &terms, dim, n_params, &mut indices))
            .collect();
        Self {
            groups,
            totals: vec![0.0; n_totals(&terms)],
            totalled: false,
            norm: 0.0,
            values: vec![0.0; terms.len()],
            objective: Objective { temperatures: stage.temperatures.clone(), terms },
        }
    }

    /// Number of generated samples per step, each costing one energy evaluation.
    pub(super) fn energy_evaluations(&self) -> u64 {
        self.groups.iter().map(Group::generated).sum()
    }

    /// The losses and their weights.
    pub(super) fn terms(&self) -> &[Term] {
        &self.objective.terms
    }

    /// What the generating side saw, once the totals are known.
    pub(super) fn observed(&self) -> Observed {
        observed(&self.totals)
    }

    /// ∂L/∂θ after [`Batch::collect`].
    pub(super) fn gradient(&self) -> &[T] {
        self.groups.first().map_or(&[], |first| &first.g_theta)
    }

    /// Forgets the last step.
    pub(super) fn open(&mut self) {
        self.totalled = false;
        self.groups.iter_mut().for_each(Group::open);
    }

    /// First pass of some groups.
    pub(super) fn map(
        &mut self,
        range: Range<usize>,
        inputs: &Inputs<'_, T>,
        executor: &impl Executor,
    ) {
        let Self { groups, objective, .. } = self;
        executor.for_each(&mut groups[range], |group| group.map(inputs, objective));
    }

    /// Sums over all groups, in order; the first pass is made for those that lack them.
    pub(super) fn totals(&mut self, inputs: &Inputs<'_, T>, executor: &impl Executor) -> &[f64] {
        if !self.totalled {
            self.map(0..self.groups.len(), inputs, executor);
            self.totals.fill(0.0);
            for group in &self.groups {
                add(group.sums(), &mut self.totals);
            }
            self.totalled = true;
        }
        &self.totals
    }

    /// Takes the totals from elsewhere.
    pub(super) fn put_totals(&mut self, totals: &[f64]) {
        self.totals.copy_from_slice(totals);
        self.totalled = true;
    }

    /// Number of totals.
    pub(super) fn n_totals(&self) -> usize {
        self.totals.len()
    }

    /// Second pass of some groups.
    pub(super) fn pull_back(
        &mut self,
        range: Range<usize>,
        inputs: &Inputs<'_, T>,
        executor: &impl Executor,
    ) {
        self.totals(inputs, executor);
        let Self { groups, objective, totals, .. } = self;
        executor.for_each(&mut groups[range], |group| group.pull_back(inputs, objective, totals));
    }

    /// Second pass of all groups whose gradient is not known; adds up gradients and values in order, the gradients into
    /// the first group's, and finds their norm.
    pub(super) fn complete(&mut self, inputs: &Inputs<'_, T>, executor: &impl Executor) {
        if executor.width() == 1 && self.groups.iter().all(Group::is_single_sum) {
            // One after the other, they need no memory of their own and no second look at it.
            self.totals(inputs, executor);
            let Self { groups, objective, totals, .. } = self;
            let Some((first, rest)) = groups.split_first_mut() else { return };
            first.pull_back(inputs, objective, totals);
            for group in rest {
                let sum = Accumulator::onto(&mut first.g_theta);
                group.pull_back_into(inputs, objective, totals, sum);
            }
            self.collect(1, executor);
        } else {
            self.pull_back(0..self.groups.len(), inputs, executor);
            self.collect(self.groups.len(), executor);
        }
    }

    /// Adds the gradients of the first `count` groups and the values of all.
    fn collect(&mut self, count: usize, executor: &impl Executor) {
        self.values.fill(0.0);
        for group in &self.groups {
            add(&group.values, &mut self.values);
        }
        let Some((first, rest)) = self.groups[..count].split_first_mut() else { return };
        let n = first.g_theta.len();
        let mut parts = segments_mut(&mut first.g_theta).into_iter().enumerate();
        let mut parts: [_; SEGMENTS] =
            core::array::from_fn(|_| (parts.next().unwrap_or_default(), 0.0));
        let kernels = T::kernels();
        executor.for_each(&mut parts, |((i, total), squares)| {
            let start = segment(*i, n).start;
            for (b, total) in total.chunks_mut(BLOCK).enumerate() {
                let start = start + b * BLOCK;
                for group in &*rest {
                    (kernels.add)(&group.g_theta[start..start + total.len()], total);
                }
                *squares += (kernels.sum_of_squares)(total);
            }
        });
        self.norm = Real::sqrt(parts.iter().map(|(_, squares)| squares).sum::<f64>());
    }
}
