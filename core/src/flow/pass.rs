//! What a pass through a map needs beside the samples.

use core::ops::Range;

use crate::num::{Buffer, Real, Tape};

/// Numbers of each row of a chunk that a map may look at and does not change: a temperature, parameters of a system.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a, T> {
    values: &'a [T],
    columns: usize,
}

impl<'a, T: Real> Context<'a, T> {
    /// No numbers at all.
    #[must_use]
    pub fn none() -> Self {
        Self { values: &[], columns: 0 }
    }

    /// `columns` numbers of each of n rows: `n × columns`, column-major.
    #[must_use]
    pub fn new(values: &'a [T], columns: usize) -> Self {
        Self { values, columns }
    }

    /// Numbers of each row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All of them, column-major.
    #[must_use]
    pub fn values(&self) -> &'a [T] {
        self.values
    }

    /// Copies `count` rows from `first` on.
    pub(super) fn rows(&self, first: usize, count: usize, tape: &mut Tape<T>) -> Buffer<T> {
        let n = self.values.len() / self.columns.max(1);
        let mut out = tape.take(count * self.columns);
        for (to, from) in out.chunks_exact_mut(count.max(1)).zip(self.values.chunks_exact(n.max(1)))
        {
            to.copy_from_slice(&from[first..first + count]);
        }
        out
    }
}

/// Everything that a pass through a map needs beside the samples. A chain hands each layer its part.
#[derive(Debug)]
pub struct Pass<'a, T: Real> {
    /// Parameters: what training changes.
    pub theta: &'a [T],
    /// Numbers that were fitted to examples and stay.
    pub constants: &'a [T],
    /// Numbers of each row.
    pub context: Context<'a, T>,
    /// Where a pass leaves what its vector-Jacobian product needs.
    pub tape: &'a mut Tape<T>,
}

impl<'a, T: Real> Pass<'a, T> {
    /// A pass without context.
    #[must_use]
    pub fn new(theta: &'a [T], constants: &'a [T], tape: &'a mut Tape<T>) -> Self {
        Self { theta, constants, context: Context::none(), tape }
    }

    /// With numbers of each row.
    #[must_use]
    pub fn with_context(self, context: Context<'a, T>) -> Self {
        Self { context, ..self }
    }

    /// The part of a layer whose numbers lie in these ranges.
    pub fn part(&mut self, theta: Range<usize>, constants: Range<usize>) -> Pass<'_, T> {
        Pass {
            theta: &self.theta[theta],
            constants: &self.constants[constants],
            context: self.context,
            tape: self.tape,
        }
    }
}
