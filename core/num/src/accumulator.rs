//! Where contributions to a gradient add up.

use core::ops::Range;

use super::kernel::Real;
use super::kernel::Start;

/// A vector to which contributions are added. An empty one counts as zero whatever it holds: the first contribution
/// is written over it, and nobody has to clear it before. Where nobody wants the sum there is no vector.
///
/// Whoever receives one contributes to each of its elements exactly once.
///
/// ```
/// use boltzflow_num::Accumulator;
///
/// // What the vector holds counts as zero: the first contribution is written over it.
/// let mut gradient = [9.0_f32, 9.0];
/// let mut sum = Accumulator::empty(&mut gradient);
/// for _ in 0..2 {
///     let mut contribution = sum.contribution();
///     contribution.add(0, 1.0);
///     contribution.add(1, 0.5);
/// }
/// assert_eq!(gradient, [2.0, 1.0]);
/// ```
#[derive(Debug)]
pub struct Accumulator<'a, T> {
    values: &'a mut [T],
    content: Content,
}

/// What an accumulator holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Nothing,
    Sum,
    Unwanted,
}

impl<'a, T: Real> Accumulator<'a, T> {
    /// Counts as zero; what `values` hold is overwritten.
    pub fn empty(values: &'a mut [T]) -> Self {
        Self { values, content: Content::Nothing }
    }

    /// Adds to what `values` hold.
    pub fn onto(values: &'a mut [T]) -> Self {
        Self { values, content: Content::Sum }
    }

    /// Takes contributions to nothing: those who know it need not work them out.
    #[must_use]
    pub fn unwanted() -> Self {
        Self { values: &mut [], content: Content::Unwanted }
    }

    /// A contribution to every element; what comes after it is added.
    pub fn contribution(&mut self) -> Accumulator<'_, T> {
        let content = self.content;
        if content == Content::Nothing {
            self.content = Content::Sum;
        }
        Accumulator { values: self.values, content }
    }

    /// The elements of a range.
    pub fn part(&mut self, range: Range<usize>) -> Accumulator<'_, T> {
        let range = if self.content == Content::Unwanted { 0..0 } else { range };
        Accumulator { values: &mut self.values[range], content: self.content }
    }

    /// Contributes to one element.
    pub fn add(&mut self, i: usize, value: T) {
        match self.content {
            Content::Nothing => self.values[i] = value,
            Content::Sum => self.values[i] += value,
            Content::Unwanted => {}
        }
    }

    /// The elements, and what a product that contributes to them starts from; nothing where nobody wants them.
    pub fn target(&mut self) -> Option<(&mut [T], Start<'static, T>)> {
        match self.content {
            Content::Nothing => Some((self.values, Start::Zero)),
            Content::Sum => Some((self.values, Start::Add)),
            Content::Unwanted => None,
        }
    }
}
