//! One group of a batch: its samples, its buffers, its part of ∂L/∂θ.

use alloc::{boxed::Box, sync::Arc, vec, vec::Vec};

use crate::num::{Accumulator, Real};
use crate::objective::{Inputs, Objective, Rows, Work};

/// An objective and its weight in what a stage minimises.
pub(super) type Weighted<T> = (f64, Arc<dyn Objective<T>>);

/// How far a group is in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing is known.
    Open,
    /// Its sums are known, but its samples have not gone through the flow here, or their gradient has been taken.
    Summed,
    /// Its samples went through the flow here.
    Mapped,
}

/// One group: the work of each objective, its sums over the samples, its values.
#[derive(Debug)]
pub(super) struct Group<T: Real> {
    works: Vec<Box<dyn Work<T>>>,
    phase: Phase,
    /// The sums of the objectives, one after the other.
    sums: Vec<f64>,
    /// Their shares of the values.
    values: Vec<f64>,
}

/// total ← total + part.
pub(super) fn add(part: &[f64], total: &mut [f64]) {
    for (total, part) in total.iter_mut().zip(part) {
        *total += part;
    }
}

/// Number of all sums of a group.
pub(super) fn n_sums<T: Real>(objectives: &[Weighted<T>]) -> usize {
    objectives.iter().map(|(_, o)| o.n_sums()).sum()
}

/// Number of all values of a group.
pub(super) fn n_values<T: Real>(objectives: &[Weighted<T>]) -> usize {
    objectives.iter().map(|(_, o)| o.n_values()).sum()
}

impl<T: Real> Group<T> {
    pub(super) fn new(rows: Rows, objectives: &[Weighted<T>], dim: usize) -> Self {
        Self {
            works: objectives.iter().map(|(weight, o)| o.work(*weight, rows, dim)).collect(),
            phase: Phase::Open,
            sums: vec![0.0; n_sums(objectives)],
            values: vec![0.0; n_values(objectives)],
        }
    }

    /// Forgets the last step.
    pub(super) fn open(&mut self) {
        self.phase = Phase::Open;
    }

    /// Sums over the group's samples.
    pub(super) fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// Takes sums that were computed elsewhere.
    pub(super) fn put_sums(&mut self, sums: &[f64]) {
        self.sums.copy_from_slice(sums);
        self.phase = Phase::Summed;
    }

    /// Its shares of the values after [`Group::vjp`].
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// First pass, unless the sums are known: samples through the flow.
    pub(super) fn map(&mut self, inputs: &Inputs<'_, T>, objectives: &[Weighted<T>]) {
        if self.phase == Phase::Open {
            self.send(inputs, objectives);
        }
    }

    fn send(&mut self, inputs: &Inputs<'_, T>, objectives: &[Weighted<T>]) {
        let mut rest = &mut self.sums[..];
        for (work, (_, objective)) in self.works.iter_mut().zip(objectives) {
            let (these, after) = rest.split_at_mut(objective.n_sums());
            work.map(inputs, these);
            rest = after;
        }
        self.phase = Phase::Mapped;
    }

    /// True if each element of its gradient is a single sum, see [`Work::is_single_sum`].
    pub(super) fn is_single_sum(&self) -> bool {
        matches!(&self.works[..], [work] if work.is_single_sum())
    }

    /// Second pass, given the batch-wide totals.
    pub(super) fn vjp(
        &mut self,
        inputs: &Inputs<'_, T>,
        objectives: &[Weighted<T>],
        mut totals: &[f64],
        mut g_theta: Accumulator<'_, T>,
    ) {
        if self.phase != Phase::Mapped {
            self.send(inputs, objectives);
        }
        let mut values = &mut self.values[..];
        for (work, (_, objective)) in self.works.iter_mut().zip(objectives) {
            let (sums, rest) = totals.split_at(objective.n_sums());
            let (these, after) = values.split_at_mut(objective.n_values());
            work.vjp(inputs, sums, these, g_theta.contribution());
            (totals, values) = (rest, after);
        }
        self.phase = Phase::Summed;
    }
}
