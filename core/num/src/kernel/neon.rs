//! NEON, which every 64-bit Arm has.

use core::arch::aarch64::{
    float32x4_t, float64x2_t, vdupq_n_f32, vdupq_n_f64, vfmaq_f32, vfmaq_f64, vld1q_f32, vld1q_f64,
    vst1q_f32, vst1q_f64, vzip1q_f32, vzip1q_f64, vzip2q_f32, vzip2q_f64,
};

use super::register::Register;
use super::table::tables;

impl Register<4> for float32x4_t {
    type Scalar = f32;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { vst1q_f32(to, self) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { vdupq_n_f32(value) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { vfmaq_f32(c, self, b) }
    }
    #[inline(always)]
    unsafe fn interleave(self, b: Self) -> (Self, Self) {
        // SAFETY: the caller's promise.
        unsafe { (vzip1q_f32(self, b), vzip2q_f32(self, b)) }
    }
}

impl Register<2> for float64x2_t {
    type Scalar = f64;

    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        // SAFETY: the caller's promise.
        unsafe { vld1q_f64(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe { vst1q_f64(to, self) }
    }
    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        // SAFETY: the caller's promise.
        unsafe { vdupq_n_f64(value) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { vfmaq_f64(c, self, b) }
    }
    #[inline(always)]
    unsafe fn interleave(self, b: Self) -> (Self, Self) {
        // SAFETY: the caller's promise.
        unsafe { (vzip1q_f64(self, b), vzip2q_f64(self, b)) }
    }
}

tables! {
    "neon", features []
    f32: float32x4_t, 4 lanes, 3 x 8;
    f64: float64x2_t, 2 lanes, 3 x 8;
}
