//! Where contributions to a gradient add up.

use core::ops::Range;

use super::kernel::Start;
use super::real::Real;

/// A vector to which contributions are added. An empty one counts as zero whatever it holds: the first contribution
/// is written over it, and nobody has to clear it before.
///
/// Whoever receives one contributes to each of its elements exactly once.
#[derive(Debug)]
pub struct Accumulator<'a, T> {
    values: &'a mut [T],
    empty: bool,
}

impl<'a, T: Real> Accumulator<'a, T> {
    /// Counts as zero; what `values` hold is overwritten.
    pub fn empty(values: &'a mut [T]) -> Self {
        Self { values, empty: true }
    }

    /// Adds to what `values` hold.
    pub fn onto(values: &'a mut [T]) -> Self {
        Self { values, empty: false }
    }

    /// The elements of a range.
    pub fn part(&mut self, range: Range<usize>) -> Accumulator<'_, T> {
        Accumulator { values: &mut self.values[range], empty: self.empty }
    }

    /// Contributes to one element.
    pub fn add(&mut self, i: usize, value: T) {
        self.values[i] = if self.empty { value } else { self.values[i] + value };
    }

    /// Contributes zero to every element.
    pub fn add_nothing(&mut self) {
        if self.empty {
            self.values.fill(T::ZERO);
        }
    }

    /// The elements, and what a product that contributes to them starts from.
    pub fn target(&mut self) -> (&mut [T], Start<'static, T>) {
        (self.values, if self.empty { Start::Zero } else { Start::Add })
    }
}
