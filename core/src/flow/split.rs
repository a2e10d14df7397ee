//! Channels of a coupling: which columns condition and which are changed.

use alloc::vec::Vec;
use core::ops::Range;

use nalgebra::DMatrix;

use crate::num::{Buffer, Real, Tape};

/// How a coupling divides the coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SplitKind {
    /// Even against odd columns, as in the paper.
    #[default]
    EvenOdd,
    /// First half against second half.
    Halves,
    /// Whole particles: particle i lies on digit k of i, written with ⌈n^{1/space}⌉ as its base, of axis k of
    /// a board, and the two colours of a chessboard are divided. Particles numbered along a lattice
    /// have neighbours of the other colour.
    Particles,
}

impl SplitKind {
    /// Names for settings.
    pub const NAMES: &'static [&'static str] = &["even-odd", "halves", "particles"];

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "even-odd" => Some(Self::EvenOdd),
            "halves" => Some(Self::Halves),
            "particles" => Some(Self::Particles),
            _ => None,
        }
    }
}

/// Colour (0 or 1) of particle `i` of `n` on a board of `space` dimensions.
fn colour(i: usize, n: usize, space: usize) -> usize {
    let fits = |side: &usize| (0..space).try_fold(1, |v: usize, _| v.checked_mul(*side)) >= Some(n);
    let side = (1..).find(fits).unwrap_or(n);
    let digits = (0..space).scan(i, |rest, _| {
        let digit = *rest % side;
        *rest /= side;
        Some(digit)
    });
    digits.sum::<usize>() % 2
}

/// The coordinates that a layer changes and those that it may look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Number of all coordinates.
    pub dim: usize,
    /// Those it changes.
    pub changed: Range<usize>,
    /// Those that condition it: none of the changed ones, possibly none at all.
    pub condition: Range<usize>,
    /// Dimension of space: so many coordinates in a row belong to one particle.
    pub space: usize,
}

impl Columns {
    /// All of `dim` coordinates that belong to no particles, without a condition.
    #[must_use]
    pub fn all(dim: usize) -> Self {
        Self { dim, changed: 0..dim, condition: 0..0, space: 1 }
    }
}

/// The columns that stay (and condition) and those that are changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Columns that stay as they are and condition: those of the condition first.
    pub keep: Vec<usize>,
    /// Columns that are changed.
    pub change: Vec<usize>,
    dim: usize,
}

impl Split {
    /// Divides columns; `swapped` exchanges the two roles. Those of the condition always stay.
    #[must_use]
    pub fn new(kind: SplitKind, columns: &Columns, swapped: bool) -> Self {
        let Columns { dim, changed, condition, space } = columns;
        let (n, space) = (changed.len(), (*space).max(1));
        let first = |i: usize| match kind {
            SplitKind::EvenOdd => i.is_multiple_of(2),
            SplitKind::Halves => i < n.div_ceil(2),
            SplitKind::Particles => colour(i / space, n.div_ceil(space), space) == 0,
        };
        let (keep, change): (Vec<usize>, Vec<usize>) =
            changed.clone().partition(|c| first(c - changed.start) != swapped);
        Self { keep: condition.clone().chain(keep).collect(), change, dim: *dim }
    }

    /// Total number of columns, of which some may have neither role.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Copies columns into one buffer (`n × columns`).
    pub fn gather<T: Real>(x: &DMatrix<T>, columns: &[usize], tape: &mut Tape<T>) -> Buffer<T> {
        let n = x.nrows();
        let mut out = tape.take(n * columns.len());
        for (slot, c) in out.chunks_exact_mut(n).zip(columns) {
            slot.copy_from_slice(&x.as_slice()[c * n..][..n]);
        }
        out
    }

    /// Puts a buffer (`n × columns`) in the place of columns.
    pub fn scatter<T: Real>(values: &[T], columns: &[usize], x: &mut DMatrix<T>) {
        let n = x.nrows();
        for (column, c) in values.chunks_exact(n).zip(columns) {
            x.as_mut_slice()[c * n..][..n].copy_from_slice(column);
        }
    }

    /// Adds a buffer (`n × columns`) to columns.
    pub fn scatter_add<T: Real>(values: &[T], columns: &[usize], x: &mut DMatrix<T>) {
        let n = x.nrows();
        for (column, c) in values.chunks_exact(n).zip(columns) {
            for (x, v) in x.as_mut_slice()[c * n..][..n].iter_mut().zip(column) {
                *x += *v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a 6 × 6 lattice, on one of odd side and on one that is not full, no particle has a
    /// neighbour of its own colour, and its coordinates stay together.
    #[test]
    fn neighbours_on_a_lattice_have_other_colours() {
        for (n, side) in [(36, 6), (25, 5), (23, 5)] {
            let columns =
                Columns { dim: 2 * n + 4, changed: 4..2 * n + 4, condition: 0..4, space: 2 };
            let split = Split::new(SplitKind::Particles, &columns, false);
            let changed = |particle: usize| {
                let [x, y] = [0, 1].map(|k| split.change.contains(&(4 + 2 * particle + k)));
                assert_eq!(x, y, "particle {particle} is torn apart");
                x
            };
            for i in 0..n {
                if (i + 1) % side != 0 && i + 1 < n {
                    assert_ne!(changed(i), changed(i + 1));
                }
                if i + side < n {
                    assert_ne!(changed(i), changed(i + side));
                }
            }
            assert_eq!(split.keep[..4], [0, 1, 2, 3]);
            assert_eq!(split.keep.len() + split.change.len(), 2 * n + 4);
            let swapped = Split::new(SplitKind::Particles, &columns, true);
            assert_eq!(swapped.keep[4..], split.change);
            assert_eq!(swapped.change, split.keep[4..]);
        }
    }
}
