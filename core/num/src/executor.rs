//! Who runs independent jobs: this thread, or threads of a front.

use core::array;
use core::ops::Range;

/// Runs a function on each job of a slice. The library cuts its work into jobs in a way that does not depend on
/// the executor, and combines their results in order: every executor gives the same bits.
///
/// ```
/// use boltzflow_num::{Executor, Sequential};
///
/// let mut jobs = [1, 2, 3];
/// Sequential.for_each(&mut jobs, |job| *job *= 10);
/// assert_eq!((jobs, Sequential.width()), ([10, 20, 30], 1));
/// ```
pub trait Executor {
    /// Applies `work` to every job; returns when all are done.
    fn for_each<J: Send>(&self, jobs: &mut [J], work: impl Fn(&mut J) + Sync);

    /// Jobs that run side by side: how many sets of buffers are worth making.
    fn width(&self) -> usize;
}

/// Runs the jobs one after the other on this thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequential;

impl Executor for Sequential {
    fn for_each<J: Send>(&self, jobs: &mut [J], work: impl Fn(&mut J) + Sync) {
        jobs.iter_mut().for_each(work);
    }

    fn width(&self) -> usize {
        1
    }
}

/// Parts into which long vectors (θ and its like) are cut for an executor.
pub const SEGMENTS: usize = 16;

/// The range of part `i` of a vector of `len` numbers: a multiple of 16 long, but for the last ones, which may be
/// shorter or empty.
///
/// ```
/// use boltzflow_num::{SEGMENTS, segment, segments_mut};
///
/// let lengths: usize = (0..SEGMENTS).map(|i| segment(i, 1000).len()).sum();
/// assert_eq!(lengths, 1000);
/// assert_eq!(segments_mut(&mut [0; 1000])[0].len(), segment(0, 1000).len());
/// ```
#[must_use]
pub fn segment(i: usize, len: usize) -> Range<usize> {
    let step = len.div_ceil(SEGMENTS).next_multiple_of(16);
    (i * step).min(len)..((i + 1) * step).min(len)
}

/// All parts of a vector, see [`segment`].
#[must_use]
pub fn segments_mut<T>(vector: &mut [T]) -> [&mut [T]; SEGMENTS] {
    let len = vector.len();
    let mut rest = vector;
    array::from_fn(|i| rest.split_off_mut(..segment(i, len).len()).unwrap_or_default())
}
