//! The tape: a last-in, first-out store of what a backward pass needs, which recycles its buffers.

use alloc::vec::Vec;

use super::buffer::Buffer;
use super::kernel::Real;

/// Buffers recorded by a forward pass and taken back, in reverse order, by its
/// vector-Jacobian product.
///
/// A chain needs no bookkeeping: each layer takes from the top exactly what it put there. Buffers
/// are reused by exact length; a pass that repeats the same sizes allocates nothing after its first
/// run.
///
/// ```
/// use boltzflow_num::Tape;
///
/// let mut tape = Tape::<f32>::new();
/// let mut record = tape.take(2);
/// record.copy_from_slice(&[1.0, 2.0]);
/// tape.push(record);
/// let back = tape.pop();
/// assert_eq!(*back, [1.0, 2.0]);
/// tape.recycle(back);
/// assert_eq!((tape.depth(), tape.pooled()), (0, 1));
/// ```
#[derive(Debug, Default)]
pub struct Tape<T> {
    records: Vec<Buffer<T>>,
    pool: Vec<Buffer<T>>,
    off: bool,
}

impl<T: Real> Tape<T> {
    /// An empty tape that records.
    #[must_use]
    pub fn new() -> Self {
        Self { records: Vec::new(), pool: Vec::new(), off: false }
    }

    /// A tape that records nothing, for sampling; it still recycles work buffers.
    #[must_use]
    pub fn off() -> Self {
        Self { off: true, ..Self::new() }
    }

    /// A work buffer of `len` values of any content.
    pub fn take(&mut self, len: usize) -> Buffer<T> {
        match self.pool.iter().rposition(|b| b.len() == len) {
            Some(i) => self.pool.swap_remove(i),
            None => Buffer::new(len),
        }
    }

    /// Gives a work buffer back.
    pub fn recycle(&mut self, buffer: Buffer<T>) {
        self.pool.push(buffer);
    }

    /// Records a buffer on top.
    pub fn push(&mut self, buffer: Buffer<T>) {
        if self.off { self.pool.push(buffer) } else { self.records.push(buffer) }
    }

    /// Takes the top record back; give it to [`Tape::recycle`] when done.
    ///
    /// An empty tape gives an empty buffer: a layer that pops more than it pushed is caught by the
    /// balance contract of the bijector tests.
    pub fn pop(&mut self) -> Buffer<T> {
        debug_assert!(!self.records.is_empty(), "pop from an empty tape");
        self.records.pop().unwrap_or_default()
    }

    /// The top record, which stays there; empty if there is none.
    #[must_use]
    pub fn top(&self) -> &[T] {
        self.records.last().map_or(&[], |record| record)
    }

    /// Number of records.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.records.len()
    }

    /// Number of buffers waiting for reuse.
    #[must_use]
    pub fn pooled(&self) -> usize {
        self.pool.len()
    }

    /// Forgets all records, keeping their memory for reuse.
    pub fn clear(&mut self) {
        self.pool.append(&mut self.records);
    }
}
