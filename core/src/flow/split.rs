//! Channels of a coupling: which columns condition and which are changed.

use alloc::vec::Vec;

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
}

impl SplitKind {
    /// Names for settings.
    pub const NAMES: &'static [&'static str] = &["even-odd", "halves"];

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "even-odd" => Some(Self::EvenOdd),
            "halves" => Some(Self::Halves),
            _ => None,
        }
    }
}

/// The columns that stay (and condition) and those that are changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Columns that stay as they are.
    pub keep: Vec<usize>,
    /// Columns that are changed.
    pub change: Vec<usize>,
}

impl Split {
    /// Divides `dim` columns; `swapped` exchanges the two roles.
    #[must_use]
    pub fn new(kind: SplitKind, dim: usize, swapped: bool) -> Self {
        let (keep, change) = match kind {
            SplitKind::EvenOdd => (0..dim).partition(|i| i % 2 == 0),
            SplitKind::Halves => (0..dim).partition(|i| *i < dim.div_ceil(2)),
        };
        if swapped { Self { keep: change, change: keep } } else { Self { keep, change } }
    }

    /// Total number of columns.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.keep.len() + self.change.len()
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
