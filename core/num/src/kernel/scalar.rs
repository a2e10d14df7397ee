//! The portable tables: plain arithmetic on small arrays, vectorised as far as the compiler's target
//! allows, with two roundings in a multiply-add.

use super::register::Register;
use super::table::tables;
use crate::kernel::Real;

/// Four numbers.
#[derive(Clone, Copy)]
struct Portable<T>([T; 4]);

impl<T: Real> Register<4> for Portable<T> {
    type Scalar = T;

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { from.cast::<[T; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<[T; 4]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn splat(value: T) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i] * b.0[i] + c.0[i]))
    }
    #[inline(always)]
    unsafe fn interleave(self, b: Self) -> (Self, Self) {
        let (a, b) = (self.0, b.0);
        (Self([a[0], b[0], a[1], b[1]]), Self([a[2], b[2], a[3], b[3]]))
    }
}

tables! {
    "scalar", features []
    f32: Portable<f32>, 4 lanes, 2 x 4;
    f64: Portable<f64>, 4 lanes, 1 x 4;
}
