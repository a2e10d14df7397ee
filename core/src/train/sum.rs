//! Sums of gradients over subtrees of a batch's groups.

use alloc::{vec, vec::Vec};
use core::ops::Range;

use super::group::{Group, Weighted, add};
use super::tree::{halves, left};
use crate::num::{Accumulator, Executor, Real, SEGMENTS, segment, segments_mut};
use crate::objective::Inputs;

/// Numbers of the gradients that are added up together: few enough to stay in the nearest cache.
const BLOCK: usize = 2048;
/// Values that are added up together.
const FEW: usize = 16;
/// Most subtrees that are added up side by side.
const JOBS: usize = 64;

/// Values of the objectives and ∂L/∂θ, over some groups.
#[derive(Debug)]
pub(super) struct Sum<T> {
    pub(super) values: Vec<f64>,
    pub(super) g_theta: Vec<T>,
}

/// The sum over one subtree.
#[derive(Debug)]
pub(super) struct Partial<T> {
    /// The groups of the subtree.
    pub(super) range: Range<usize>,
    /// Those that it was added up for first: whose buffers it has.
    pub(super) home: Range<usize>,
    /// True once the sum is that of this step.
    pub(super) known: bool,
    pub(super) sum: Sum<T>,
    /// Sums of right parts, one for each level of the tree that needs one.
    scratch: Vec<Sum<T>>,
}

/// What the groups of a step are computed from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a, T: Real> {
    pub(super) inputs: &'a Inputs<'a, T>,
    pub(super) objectives: &'a [Weighted<T>],
    pub(super) totals: &'a [f64],
}

impl<T: Real> Sum<T> {
    fn new(n_values: usize, n_params: usize) -> Self {
        Self { values: vec![0.0; n_values], g_theta: vec![T::ZERO; n_params] }
    }

    fn add(&mut self, other: &Self) {
        add(&other.values, &mut self.values);
        (T::kernels().add)(&other.g_theta, &mut self.g_theta);
    }
}

impl<T: Real> Partial<T> {
    /// Buffers for a subtree.
    pub(super) fn new(range: Range<usize>, n_values: usize, n_params: usize) -> Self {
        let sum = Sum::new(n_values, n_params);
        Self { home: range.clone(), range, known: false, sum, scratch: Vec::new() }
    }

    /// Adds up the groups of the subtree.
    fn add_up(&mut self, groups: &mut [Group<T>], step: Step<'_, T>) {
        let (n_values, n_params) = (self.sum.values.len(), self.sum.g_theta.len());
        let needed = levels(groups);
        if self.scratch.len() < needed {
            self.scratch.resize_with(needed, || Sum::new(n_values, n_params));
        }
        evaluate(groups, step, &mut self.sum, &mut self.scratch);
        self.known = true;
    }
}

/// Sums beside the first that adding up a subtree needs at a time.
fn levels<T: Real>(groups: &[Group<T>]) -> usize {
    if groups.len() < 2 {
        return 0;
    }
    let (left, right) = groups.split_at(left(groups.len()));
    levels(left).max(if joins(right) { 0 } else { 1 + levels(right) })
}

/// True if the right part of a node can be added to the left one as it comes, without memory of its own and a second
/// look at it.
fn joins<T: Real>(right: &[Group<T>]) -> bool {
    matches!(right, [group] if group.is_single_sum())
}

/// Second pass of a subtree, depth first: few sums are alive at a time.
fn evaluate<T: Real>(
    groups: &mut [Group<T>],
    step: Step<'_, T>,
    sum: &mut Sum<T>,
    scratch: &mut [Sum<T>],
) {
    let Step { inputs, objectives, totals } = step;
    match groups {
        [] => {}
        [group] => {
            group.vjp(inputs, objectives, totals, Accumulator::empty(&mut sum.g_theta));
            sum.values.copy_from_slice(group.values());
        }
        _ => {
            let (left, right) = groups.split_at_mut(left(groups.len()));
            evaluate(left, step, sum, scratch);
            match (joins(right), &mut *right, scratch.split_first_mut()) {
                (true, [group], _) => {
                    group.vjp(inputs, objectives, totals, Accumulator::onto(&mut sum.g_theta));
                    add(group.values(), &mut sum.values);
                }
                (_, right, Some((own, rest))) => {
                    evaluate(right, step, own, rest);
                    sum.add(own);
                }
                (_, _, None) => debug_assert!(false, "a level of the tree has no memory"),
            }
        }
    }
}

/// Adds up the groups of all partial sums that are not known, side by side.
pub(super) fn run<T: Real>(
    partials: &mut [Partial<T>],
    groups: &mut [Group<T>],
    step: Step<'_, T>,
    executor: &impl Executor,
) {
    while partials.iter().any(|p| !p.known) {
        let mut jobs: [Option<(&mut Partial<T>, &mut [Group<T>])>; JOBS] =
            core::array::from_fn(|_| None);
        let (mut rest, mut at, mut count) = (&mut *groups, 0, 0);
        for (job, partial) in jobs.iter_mut().zip(partials.iter_mut().filter(|p| !p.known)) {
            let Range { start, end } = partial.range;
            let _others = rest.split_off_mut(..start - at);
            let own = rest.split_off_mut(..end - start).unwrap_or_default();
            (at, count) = (end, count + 1);
            *job = Some((partial, own));
        }
        executor.for_each(&mut jobs[..count], |job| {
            if let Some((partial, groups)) = job {
                partial.add_up(groups, step);
            }
        });
    }
}

/// Adds up the partial sums that make up the subtree `range`, into the first of them; the square of the gradient's
/// Euclidean norm.
pub(super) fn join<T: Real>(
    range: &Range<usize>,
    partials: &mut [Partial<T>],
    executor: &impl Executor,
) -> f64 {
    let Some((first, rest)) = partials.split_first_mut() else { return 0.0 };
    let rest = &*rest;
    for (i, values) in first.sum.values.chunks_mut(FEW).enumerate() {
        onto::<_, _, FEW>(range, rest, i * FEW, values, |sum| &sum.values, add);
    }
    let n = first.sum.g_theta.len();
    let mut parts = segments_mut(&mut first.sum.g_theta).into_iter().enumerate();
    let mut parts: [_; SEGMENTS] =
        core::array::from_fn(|_| (parts.next().unwrap_or_default(), 0.0));
    let kernels = T::kernels();
    executor.for_each(&mut parts, |((i, total), squares)| {
        let start = segment(*i, n).start;
        for (b, total) in total.chunks_mut(BLOCK).enumerate() {
            let at = start + b * BLOCK;
            onto::<_, _, BLOCK>(range, rest, at, total, |sum| &sum.g_theta, kernels.add);
            *squares += (kernels.sum_of_squares)(total);
        }
    });
    parts.iter().map(|(_, squares)| squares).sum()
}

/// Adds up some numbers, from the `at`-th on, of the partial sums of the subtree `range`: `total` holds those of the first
/// one, `rest` are the others.
fn onto<T, N: Real, const MOST: usize>(
    range: &Range<usize>,
    rest: &[Partial<T>],
    at: usize,
    total: &mut [N],
    of: impl Fn(&Sum<T>) -> &[N] + Copy,
    add: impl Fn(&[N], &mut [N]) + Copy,
) {
    if rest.is_empty() {
        return;
    }
    let [left, right] = halves(range);
    let (in_left, in_right) = rest.split_at(rest.partition_point(|p| p.range.start < left.end));
    onto::<T, N, MOST>(&left, in_left, at, total, of, add);
    let part = at..at + total.len();
    match in_right {
        [] => {}
        [one] => add(&of(&one.sum)[part], total),
        [one, others @ ..] => {
            let mut sum = [N::ZERO; MOST];
            let sum = &mut sum[..total.len()];
            sum.copy_from_slice(&of(&one.sum)[part]);
            onto::<T, N, MOST>(&right, others, at, sum, of, add);
            add(sum, total);
        }
    }
}
