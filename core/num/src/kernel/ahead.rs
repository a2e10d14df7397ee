//! Memory fetched into the caches before it is needed. A training step touches megabytes of weights, activations and
//! gradients once, and would otherwise wait for each line of them.

use crate::kernel::Real;

/// Bytes of a line of the caches.
const LINE: usize = 64;
/// Bytes that are fetched ahead at most: not more than a second-level cache can keep beside what is in use.
const MOST: usize = 1 << 19;

/// The lines of memory that are needed next, of which some are fetched at each of many occasions.
pub(super) struct Ahead<'a, T> {
    lines: &'a [T],
    share: usize,
}

impl<'a, T: Real> Ahead<'a, T> {
    /// `soon` will be read after `occasions` calls of [`Ahead::fetch`].
    pub(super) fn new(soon: &'a [T], occasions: usize) -> Self {
        let lines = &soon[..soon.len().min(MOST / size_of::<T>())];
        let share = size_of_val(lines).div_ceil(LINE).div_ceil(occasions.max(1));
        Self { lines, share: share * LINE / size_of::<T>() }
    }

    /// Fetches a share.
    #[inline(always)]
    pub(super) fn fetch(&mut self) {
        let (now, later) = self.lines.split_at(self.share.min(self.lines.len()));
        now.chunks(LINE / size_of::<T>()).for_each(prefetch);
        self.lines = later;
    }
}

/// Asks for the line of memory where a slice begins, where an instruction set has a way to.
#[inline(always)]
fn prefetch<T>(line: &[T]) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint that has no effect, and an instruction that every machine of this target has.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}

/// As [`prefetch`], of a line that will be written.
#[inline(always)]
pub(super) fn prefetch_to_write<T>(line: *mut T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: as there; machines that do not know the instruction take it for one that does nothing.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_ET0>(line.cast_const().cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}
