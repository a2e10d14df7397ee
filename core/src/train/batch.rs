//! A batch cut into groups, and the sums over them.

use alloc::{vec, vec::Vec};
use core::ops::Range;

use super::group::{Group, Weighted, add, n_sums, n_values};
use super::sum::{Partial, Step, join, run};
use super::tree::{halves, holds, meet};
use crate::num::{Executor, Real};
use crate::objective::{Inputs, Known, Rows, Values};

/// Samples of a group aimed at.
const GROUP: usize = 128;
/// Samples that kernels handle at once: the size of every group but the last is a multiple of it.
const LANES: usize = 16;
/// Subtrees that are added up on their own, also where they are not computed side by side: their sum and its norm then take
/// one look at them.
const ROOTS: usize = 2;

/// The groups of a batch, of nearly equal size. They depend on the batch alone.
pub(super) fn groups_of(batch: usize) -> impl Iterator<Item = Rows> {
    let rows = batch.div_ceil(batch.div_ceil(GROUP).max(1)).next_multiple_of(LANES);
    (0..batch)
        .step_by(rows.max(1))
        .zip(0..)
        .map(move |(first, group)| Rows::new(group, first, rows.min(batch - first)))
}

/// Subtrees that keep `width` threads busy: of a number that is no power of two, some would have to wait for others.
fn jobs(width: usize) -> usize {
    let power = width.next_power_of_two();
    if power == width { power.max(ROOTS) } else { 2 * power }
}

/// All groups of a stage's batch; made once per stage, reused in every step.
#[derive(Debug)]
pub(super) struct Batch<T: Real> {
    pub(super) groups: Vec<Group<T>>,
    objectives: Vec<Weighted<T>>,
    size: usize,
    n_params: usize,
    totals: Vec<f64>,
    /// True once the totals are those of this step.
    totalled: bool,
    /// Sums over disjoint subtrees, in order.
    partials: Vec<Partial<T>>,
    /// Buffers for others.
    spare: Vec<Partial<T>>,
    /// Euclidean norm of ∂L/∂θ after [`Batch::complete`].
    pub(super) norm: f64,
}

impl<T: Real> Batch<T> {
    pub(super) fn new(
        size: usize,
        objectives: Vec<Weighted<T>>,
        dim: usize,
        n_params: usize,
    ) -> Self {
        Self {
            groups: groups_of(size).map(|rows| Group::new(rows, &objectives, dim)).collect(),
            size,
            n_params,
            totals: vec![0.0; n_sums(&objectives)],
            totalled: false,
            partials: Vec::new(),
            spare: Vec::new(),
            norm: 0.0,
            objectives,
        }
    }

    /// Energy evaluations of a step.
    pub(super) fn energy_evaluations(&self) -> u64 {
        self.objectives.iter().map(|(_, o)| o.energy_evaluations(self.size)).sum()
    }

    /// Number of values.
    pub(super) fn n_values(&self) -> usize {
        n_values(&self.objectives)
    }

    /// Samples dropped in this step, once the totals are known.
    pub(super) fn dropped(&self) -> usize {
        let mut rest = &self.totals[..];
        let mut dropped = 0;
        for (_, objective) in &self.objectives {
            let (these, after) = rest.split_at(objective.n_sums());
            dropped += objective.dropped(these);
            rest = after;
        }
        dropped
    }

    /// What the objectives tell after [`Batch::complete`].
    pub(super) fn report(&self, known: Known<'_>) -> Values {
        let mut report = Values::default();
        let mut totals = &self.totals[..];
        let mut values = self.partials.first().map_or(&[][..], |all| &all.sum.values);
        for (_, objective) in &self.objectives {
            let (sums, rest) = totals.split_at(objective.n_sums());
            let (these, after) = values.split_at(objective.n_values());
            objective.report(sums, these, known, &mut report);
            (totals, values) = (rest, after);
        }
        report
    }

    /// ∂L/∂θ after [`Batch::complete`].
    pub(super) fn gradient(&self) -> &[T] {
        match self.partial(&(0..self.groups.len())) {
            Some(all) => &all.sum.g_theta,
            None => &[],
        }
    }

    /// The sum over a subtree, if it is known.
    pub(super) fn partial(&self, range: &Range<usize>) -> Option<&Partial<T>> {
        self.partials.iter().find(|p| p.range == *range && p.known)
    }

    /// Forgets the last step.
    pub(super) fn open(&mut self) {
        self.totalled = false;
        self.groups.iter_mut().for_each(Group::open);
        self.release(|_| true);
    }

    /// Forgets some of the partial sums.
    fn release(&mut self, which: impl Fn(&Partial<T>) -> bool) {
        let mut i = 0;
        while i < self.partials.len() {
            if which(&self.partials[i]) {
                let spare = self.partials.remove(i);
                self.spare.push(spare);
            } else {
                i += 1;
            }
        }
    }

    /// A partial sum of a subtree that has none yet.
    fn insert(&mut self, range: Range<usize>) -> &mut Partial<T> {
        let home = self.spare.iter().position(|p| p.home == range);
        let mut partial = match home.or(self.spare.len().checked_sub(1)) {
            Some(i) => self.spare.swap_remove(i),
            None => Partial::new(range.clone(), self.n_values(), self.n_params),
        };
        partial.known = false;
        (partial.range, partial.home) = (range.clone(), range);
        let at = self.partials.partition_point(|p| p.range.start < partial.range.start);
        self.partials.insert(at, partial);
        &mut self.partials[at]
    }

    /// First pass of some groups.
    pub(super) fn map(
        &mut self,
        range: Range<usize>,
        inputs: &Inputs<'_, T>,
        executor: &impl Executor,
    ) {
        let Self { groups, objectives, .. } = self;
        executor.for_each(&mut groups[range], |group| group.map(inputs, objectives));
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

    /// Takes the values of a subtree from elsewhere; its share of ∂L/∂θ belongs into what is returned.
    pub(super) fn put_gradient(&mut self, range: Range<usize>, values: &[f64]) -> &mut [T] {
        self.release(|p| meet(&p.range, &range));
        let partial = self.insert(range);
        partial.known = true;
        partial.sum.values.copy_from_slice(values);
        &mut partial.sum.g_theta
    }

    /// Second pass of a subtree, unless its sum is known, and the square of its gradient's norm.
    pub(super) fn vjp(
        &mut self,
        range: &Range<usize>,
        inputs: &Inputs<'_, T>,
        executor: &impl Executor,
    ) -> f64 {
        self.totals(inputs, executor);
        self.release(|p| meet(&p.range, range) && !holds(range, &p.range));
        self.cover(range.clone(), range.len().div_ceil(jobs(executor.width())));
        let Self { groups, objectives, totals, partials, .. } = self;
        let step = Step { inputs, objectives, totals };
        let first = partials.partition_point(|p| p.range.start < range.start);
        let end = partials.partition_point(|p| p.range.start < range.end);
        let own = &mut partials[first..end];
        run(own, groups, step, executor);
        let squares = join(range, own, executor);
        own[0].range = range.clone();
        self.release(|p| p.range.start > range.start && p.range.start < range.end);
        squares
    }

    /// Sees to it that every group of a subtree belongs to a partial sum: to those that are known, or to new ones of at most
    /// `most` groups.
    fn cover(&mut self, node: Range<usize>, most: usize) {
        if self.partials.iter().any(|p| p.range == node) {
            return;
        }
        let is_begun = self.partials.iter().any(|p| meet(&p.range, &node));
        if node.len() > most || is_begun {
            for half in halves(&node) {
                self.cover(half, most);
            }
        } else {
            self.insert(node);
        }
    }

    /// Computes what is missing of all groups, adds up their gradients and values, and finds the gradient's norm.
    pub(super) fn complete(&mut self, inputs: &Inputs<'_, T>, executor: &impl Executor) {
        let squares = self.vjp(&(0..self.groups.len()), inputs, executor);
        self.norm = Real::sqrt(squares);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network of any size: 1024 samples are eight groups.
    #[test]
    fn groups_depend_on_the_batch_alone() {
        for (batch, sizes) in [
            (1024, vec![128; 8]),
            (300, vec![112, 112, 76]),
            (1000, [vec![128; 7], vec![104]].concat()),
            (1, vec![1]),
            (100, vec![100]),
        ] {
            let found: Vec<usize> = groups_of(batch).map(|rows| rows.count).collect();
            assert_eq!(found, sizes, "{batch}");
        }
        assert_eq!(groups_of(20_000).map(|rows| rows.count).sum::<usize>(), 20_000);
        assert!(groups_of(20_000).all(|rows| rows.count <= GROUP));
    }

    #[test]
    fn threads_of_any_number_have_enough_to_do() {
        assert_eq!([1, 2, 3, 4, 6, 8, 12].map(jobs), [2, 2, 8, 4, 16, 8, 32]);
    }
}
