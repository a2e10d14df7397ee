//! WebAssembly's 128-bit registers; with `relaxed-simd` a multiply-add rounds once on hosts that have the
//! instruction.

#[cfg(not(target_feature = "relaxed-simd"))]
use core::arch::wasm32::{f32x4_add, f32x4_mul, f64x2_add, f64x2_mul};
#[cfg(target_feature = "relaxed-simd")]
use core::arch::wasm32::{f32x4_relaxed_madd, f64x2_relaxed_madd};
use core::arch::wasm32::{
    f32x4_splat, f64x2_splat, i32x4_shuffle, i64x2_shuffle, v128, v128_load, v128_store,
};

use super::register::Register;
use super::table::tables;

/// Name of the tables.
pub(super) const NAME: &str =
    if cfg!(target_feature = "relaxed-simd") { "relaxed-simd" } else { "simd128" };

/// Four f32.
#[derive(Clone, Copy)]
struct F32x4(v128);

/// Two f64.
#[derive(Clone, Copy)]
struct F64x2(v128);

impl Register<4> for F32x4 {
    type Scalar = f32;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { v128_load(from.cast()) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { v128_store(to.cast(), self.0) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        #[cfg(target_feature = "relaxed-simd")]
        return Self(f32x4_relaxed_madd(self.0, b.0, c.0));
        #[cfg(not(target_feature = "relaxed-simd"))]
        Self(f32x4_add(f32x4_mul(self.0, b.0), c.0))
    }
    #[inline(always)]
    unsafe fn interleave(self, b: Self) -> (Self, Self) {
        (
            Self(i32x4_shuffle::<0, 4, 1, 5>(self.0, b.0)),
            Self(i32x4_shuffle::<2, 6, 3, 7>(self.0, b.0)),
        )
    }
}

impl Register<2> for F64x2 {
    type Scalar = f64;

    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { v128_load(from.cast()) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe { v128_store(to.cast(), self.0) }
    }
    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        Self(f64x2_splat(value))
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        #[cfg(target_feature = "relaxed-simd")]
        return Self(f64x2_relaxed_madd(self.0, b.0, c.0));
        #[cfg(not(target_feature = "relaxed-simd"))]
        Self(f64x2_add(f64x2_mul(self.0, b.0), c.0))
    }
    #[inline(always)]
    unsafe fn interleave(self, b: Self) -> (Self, Self) {
        (Self(i64x2_shuffle::<0, 2>(self.0, b.0)), Self(i64x2_shuffle::<1, 3>(self.0, b.0)))
    }
}

tables! {
    NAME, features []
    f32: F32x4, 4 lanes, 2 x 4;
    // Networks are f32 here: the smallest tile has the same bits in a fifth of the code.
    f64: F64x2, 2 lanes, 1 x 1;
}
