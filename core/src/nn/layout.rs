//! Names, shapes and ranges of everything in θ.

use alloc::{format, string::String, vec::Vec};
use core::ops::Range;

/// One named block of θ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamEntry {
    /// Name, for example `block3/s/w1`.
    pub name: String,
    /// Where it lies in θ.
    pub range: Range<usize>,
    /// Rows and columns in C order: `[out, in]` for a weight, whose inputs are contiguous, `[1, n]` for a vector.
    pub shape: [usize; 2],
    /// True for numbers that are fitted to examples before training, which leaves them alone.
    pub fitted: bool,
}

/// The layout of θ: names for checkpoints, one range after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParamLayout {
    entries: Vec<ParamEntry>,
}

impl ParamLayout {
    /// Appends a block of `shape[0]·shape[1]` parameters.
    pub fn push(&mut self, name: String, shape: [usize; 2]) {
        self.add(name, shape, false);
    }

    /// Appends a block of numbers that are fitted to examples, not trained.
    pub fn push_fitted(&mut self, name: String, shape: [usize; 2]) {
        self.add(name, shape, true);
    }

    fn add(&mut self, name: String, shape: [usize; 2], fitted: bool) {
        let start = self.len();
        let range = start..start + shape[0] * shape[1];
        self.entries.push(ParamEntry { name, range, shape, fitted });
    }

    /// Appends weights `w1, b1, w2, …` of dense layers between the given sizes.
    pub fn push_dense(&mut self, prefix: &str, sizes: &[usize]) {
        for (i, pair) in sizes.windows(2).enumerate() {
            self.push(format!("{prefix}/w{}", i + 1), [pair[1], pair[0]]);
            self.push(format!("{prefix}/b{}", i + 1), [1, pair[1]]);
        }
    }

    /// All blocks in order.
    #[must_use]
    pub fn entries(&self) -> &[ParamEntry] {
        &self.entries
    }

    /// Length of θ.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.last().map_or(0, |e| e.range.end)
    }

    /// True if there is no parameter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
