//! Names, shapes and ranges of all numbers of a flow: those of θ and the constants.

use alloc::{format, string::String, vec::Vec};
use core::ops::Range;

use crate::num::{CheckpointFault, Error, Real, Result, digest};

/// One named block of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamEntry {
    /// Name, for example `block3/s/w1`.
    pub name: String,
    /// Where it lies in θ; in the constants if it is fitted.
    pub range: Range<usize>,
    /// Rows and columns in C order: `[out, in]` for a weight, whose inputs are contiguous, `[1, n]` for a vector.
    pub shape: [usize; 2],
    /// True for constants: numbers that are fitted to examples before training, which does not know of them.
    pub fitted: bool,
}

/// The names and the order of all numbers, of which training changes those in θ, while constants lie apart.
///
/// Files hold the blocks in this order, so that a name is found whichever vector it belongs to.
///
/// ```
/// use boltzflow::nn::ParamLayout;
///
/// let mut layout = ParamLayout::default();
/// layout.push_fitted("w/mean".into(), [1, 2]);
/// layout.push("s/k".into(), [1, 3]);
/// assert_eq!((layout.n_params(), layout.n_constants()), (3, 2));
/// let all = layout.join(&[1.0, 2.0, 3.0], &[8.0, 9.0]);
/// assert_eq!(all, [8.0, 9.0, 1.0, 2.0, 3.0]);
/// assert_eq!(layout.divide(&all).unwrap(), (vec![1.0, 2.0, 3.0], vec![8.0, 9.0]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParamLayout {
    entries: Vec<ParamEntry>,
    n_params: usize,
    n_constants: usize,
}

impl ParamLayout {
    /// Appends a block of `shape[0]·shape[1]` parameters.
    pub fn push(&mut self, name: String, shape: [usize; 2]) {
        self.add(name, shape, false);
    }

    /// Appends a block of constants: numbers that are fitted to examples, not trained.
    pub fn push_fitted(&mut self, name: String, shape: [usize; 2]) {
        self.add(name, shape, true);
    }

    fn add(&mut self, name: String, shape: [usize; 2], fitted: bool) {
        let end = if fitted { &mut self.n_constants } else { &mut self.n_params };
        let start = *end;
        *end += shape[0] * shape[1];
        let range = start..*end;
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
    pub fn n_params(&self) -> usize {
        self.n_params
    }

    /// Number of constants.
    #[must_use]
    pub fn n_constants(&self) -> usize {
        self.n_constants
    }

    /// Number of all numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n_params + self.n_constants
    }

    /// True if there is no number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All numbers, a block after the other: how files and digests see them.
    #[must_use]
    pub fn join<T: Real>(&self, theta: &[T], constants: &[T]) -> Vec<T> {
        let mut all = Vec::with_capacity(self.len());
        for entry in &self.entries {
            let source = if entry.fitted { constants } else { theta };
            all.extend_from_slice(&source[entry.range.clone()]);
        }
        all
    }

    /// θ and the constants from all numbers, the way back from [`ParamLayout::join`].
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if there are more or fewer.
    pub fn divide<T: Real>(&self, all: &[T]) -> Result<(Vec<T>, Vec<T>)> {
        if all.len() != self.len() {
            let (found, needed) = (all.len(), self.len());
            let detail = format!("{found} numbers, it has {needed}");
            return Err(Error::Checkpoint { reason: CheckpointFault::Layout { detail } });
        }
        let (mut theta, mut constants) =
            (Vec::with_capacity(self.n_params), Vec::with_capacity(self.n_constants));
        let mut rest = all;
        for entry in &self.entries {
            let (these, after) = rest.split_at(entry.range.len());
            if entry.fitted { &mut constants } else { &mut theta }.extend_from_slice(these);
            rest = after;
        }
        Ok((theta, constants))
    }

    /// The digest of a model: of all its numbers in the order of [`ParamLayout::join`].
    #[must_use]
    pub fn digest(&self, theta: &[f32], constants: &[f32]) -> u64 {
        digest(&self.join(theta, constants))
    }
}
