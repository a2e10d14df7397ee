//! AVX2 with FMA.

use core::arch::x86_64::{
    __m256, __m256d, _mm256_fmadd_pd, _mm256_fmadd_ps, _mm256_loadu_pd, _mm256_loadu_ps,
    _mm256_permute2f128_pd, _mm256_permute2f128_ps, _mm256_set1_pd, _mm256_set1_ps,
    _mm256_storeu_pd, _mm256_storeu_ps, _mm256_unpackhi_pd, _mm256_unpackhi_ps, _mm256_unpacklo_pd,
    _mm256_unpacklo_ps,
};

use super::register::Register;
use super::table::tables;

/// True if this machine has the instructions of the tables.
pub(super) fn detected() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

/// The low and the high halves of two registers side by side.
const LOW_HALVES: i32 = 0x20;
const HIGH_HALVES: i32 = 0x31;

impl Register<8> for __m256 {
    type Scalar = f32;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { _mm256_storeu_ps(to, self) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm256_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm256_fmadd_ps(self, b, c) }
    }
    #[inline(always)]
    unsafe fn interleave(self, b: Self) -> (Self, Self) {
        // SAFETY: the caller's promise.
        unsafe {
            let (even, odd) = (_mm256_unpacklo_ps(self, b), _mm256_unpackhi_ps(self, b));
            (
                _mm256_permute2f128_ps::<LOW_HALVES>(even, odd),
                _mm256_permute2f128_ps::<HIGH_HALVES>(even, odd),
            )
        }
    }
}

impl Register<4> for __m256d {
    type Scalar = f64;

    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm256_loadu_pd(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe { _mm256_storeu_pd(to, self) }
    }
    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm256_set1_pd(value) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm256_fmadd_pd(self, b, c) }
    }
    #[inline(always)]
    unsafe fn interleave(self, b: Self) -> (Self, Self) {
        // SAFETY: the caller's promise.
        unsafe {
            let (even, odd) = (_mm256_unpacklo_pd(self, b), _mm256_unpackhi_pd(self, b));
            (
                _mm256_permute2f128_pd::<LOW_HALVES>(even, odd),
                _mm256_permute2f128_pd::<HIGH_HALVES>(even, odd),
            )
        }
    }
}

tables! {
    "avx2", features ["avx2,fma"]
    f32: __m256, 8 lanes, 2 x 6;
    f64: __m256d, 4 lanes, 2 x 6;
}
