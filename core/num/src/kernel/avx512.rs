//! AVX-512 (F, VL, DQ, BW) with FMA.

use core::arch::x86_64::{
    __m512, __m512d, __mmask8, __mmask16, _mm512_fmadd_pd, _mm512_fmadd_ps, _mm512_loadu_pd,
    _mm512_loadu_ps, _mm512_mask_storeu_pd, _mm512_mask_storeu_ps, _mm512_maskz_loadu_pd,
    _mm512_maskz_loadu_ps, _mm512_permutex2var_pd, _mm512_permutex2var_ps, _mm512_set1_pd,
    _mm512_set1_ps, _mm512_setr_epi32, _mm512_setr_epi64, _mm512_storeu_pd, _mm512_storeu_ps,
};

use super::register::Register;
use super::table::tables;

/// True if this machine has the instructions of the tables.
pub(super) fn detected() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512vl")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("fma")
}

impl Register<16> for __m512 {
    type Scalar = f32;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { _mm512_storeu_ps(to, self) }
    }
    #[inline(always)]
    unsafe fn load_first(count: usize, from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm512_maskz_loadu_ps(!(__mmask16::MAX << count), from) }
    }
    #[inline(always)]
    unsafe fn store_first(self, count: usize, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { _mm512_mask_storeu_ps(to, !(__mmask16::MAX << count), self) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm512_fmadd_ps(self, b, c) }
    }
    #[inline(always)]
    unsafe fn interleave(self, b: Self) -> (Self, Self) {
        // SAFETY: the caller's promise.
        unsafe {
            let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            let high =
                _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
            (_mm512_permutex2var_ps(self, low, b), _mm512_permutex2var_ps(self, high, b))
        }
    }
}

impl Register<8> for __m512d {
    type Scalar = f64;

    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm512_loadu_pd(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe { _mm512_storeu_pd(to, self) }
    }
    #[inline(always)]
    unsafe fn load_first(count: usize, from: *const f64) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm512_maskz_loadu_pd(!(__mmask8::MAX << count), from) }
    }
    #[inline(always)]
    unsafe fn store_first(self, count: usize, to: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe { _mm512_mask_storeu_pd(to, !(__mmask8::MAX << count), self) }
    }
    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm512_set1_pd(value) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { _mm512_fmadd_pd(self, b, c) }
    }
    #[inline(always)]
    unsafe fn interleave(self, b: Self) -> (Self, Self) {
        // SAFETY: the caller's promise.
        unsafe {
            let low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
            let high = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
            (_mm512_permutex2var_pd(self, low, b), _mm512_permutex2var_pd(self, high, b))
        }
    }
}

tables! {
    "avx512", features ["avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"]
    f32: __m512, 16 lanes, 3 x 8;
    f64: __m512d, 8 lanes, 3 x 8;
}
