//! A register: the numbers of one type that an instruction set handles at once. The product is
//! written over this trait; each instruction set implements it in its own file.

use crate::kernel::Real;

/// `L` numbers side by side.
///
/// # Safety of its methods
/// Each may use the instructions of its set: it must be reached only from a function that is compiled
/// for them, on a machine that has them. All are inlined into their caller.
pub(super) trait Register<const L: usize>: Copy {
    /// The numbers.
    type Scalar: Real;

    /// Reads `L` numbers.
    ///
    /// # Safety
    /// See the trait; `from` must be readable for `L` numbers, it needs no alignment.
    unsafe fn load(from: *const Self::Scalar) -> Self;

    /// Writes `L` numbers.
    ///
    /// # Safety
    /// See the trait; `to` must be writable for `L` numbers, it needs no alignment.
    unsafe fn store(self, to: *mut Self::Scalar);

    /// Reads the first `count ≤ L` numbers; the others are zero.
    ///
    /// # Safety
    /// As [`Register::load`], for `count` numbers.
    #[inline(always)]
    unsafe fn load_first(count: usize, from: *const Self::Scalar) -> Self {
        let mut numbers = [Self::Scalar::ZERO; L];
        // SAFETY: the caller's promise.
        unsafe {
            for (i, number) in numbers.iter_mut().enumerate().take(count) {
                *number = *from.add(i);
            }
            Self::load(numbers.as_ptr())
        }
    }

    /// Writes the first `count ≤ L` numbers.
    ///
    /// # Safety
    /// As [`Register::store`], for `count` numbers.
    #[inline(always)]
    unsafe fn store_first(self, count: usize, to: *mut Self::Scalar) {
        let mut numbers = [Self::Scalar::ZERO; L];
        // SAFETY: the caller's promise.
        unsafe {
            self.store(numbers.as_mut_ptr());
            for (i, number) in numbers.into_iter().enumerate().take(count) {
                *to.add(i) = number;
            }
        }
    }

    /// The same number in all lanes.
    ///
    /// # Safety
    /// See the trait.
    unsafe fn splat(value: Self::Scalar) -> Self;

    /// self·b + c, with one rounding where the instruction set has it.
    ///
    /// # Safety
    /// See the trait.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;

    /// (a₀ b₀ a₁ b₁ …) in two registers, with a = self.
    ///
    /// # Safety
    /// See the trait.
    unsafe fn interleave(self, b: Self) -> (Self, Self);
}

/// Transposes a block of `L × L` in place: log₂ `L` rounds, each a perfect shuffle of the first half
/// of the registers with the second.
///
/// # Safety
/// As the methods of [`Register`].
#[inline(always)]
pub(super) unsafe fn transpose<R: Register<L>, const L: usize>(block: &mut [R; L]) {
    const { assert!(L.is_power_of_two()) };
    for _ in 0..L.trailing_zeros() {
        let before = *block;
        for i in 0..L / 2 {
            // SAFETY: the caller's promise.
            let (first, second) = unsafe { before[i].interleave(before[i + L / 2]) };
            block[2 * i] = first;
            block[2 * i + 1] = second;
        }
    }
}
