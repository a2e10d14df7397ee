//! A work buffer that begins where a cache line does.

use core::ops::{Deref, DerefMut};

use alloc::vec::Vec;

use super::kernel::Real;

/// Bytes of a cache line, and of the widest register.
const LINE: usize = 64;

/// A fixed number of values of which the first begins a cache line. A register that is read or written across two
/// lines costs twice: columns whose length is a multiple of a line then never are.
///
/// ```
/// let buffer = boltzflow_num::Buffer::<f32>::new(5);
/// assert_eq!(*buffer, [0.0; 5]);
/// assert_eq!(buffer.as_ptr() as usize % 64, 0);
/// ```
#[derive(Debug, Default)]
pub struct Buffer<T> {
    values: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Real> Buffer<T> {
    /// `len` zeros.
    #[must_use]
    pub fn new(len: usize) -> Self {
        let spare = LINE / size_of::<T>();
        let values = alloc::vec![T::ZERO; len + spare];
        // The vector never grows, so that this stays true.
        let start = values.as_ptr().align_offset(LINE).min(spare);
        Self { values, start, len }
    }
}

impl<T> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values[self.start..self.start + self.len]
    }
}

impl<T> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.values[self.start..self.start + self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_a_line_and_keeps_its_length() {
        for len in [0, 1, 15, 16, 1000] {
            let buffer = Buffer::<f32>::new(len);
            assert_eq!(buffer.len(), len);
            assert_eq!(buffer.as_ptr().align_offset(LINE), 0);
            assert_eq!(Buffer::<f64>::new(len).as_ptr().align_offset(LINE), 0);
        }
    }
}
