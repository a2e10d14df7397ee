//! Lanes: the scalar of potentials. A potential is written once over [`Lanes`]; one lane is a plain f64.

use core::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use super::elementary::atan2;
use super::kernel::Real;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub use portable::F64x8;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use wasm::F64x8;

/// Samples that a potential evaluates side by side.
pub const LANES: usize = 8;

/// Numbers computed side by side, one per sample.
///
/// ```
/// use boltzflow_num::Lanes;
///
/// /// ½x² + ln x, for one number or for eight side by side.
/// fn energy<L: Lanes>(x: L) -> L {
///     L::splat(0.5) * x.square() + x.ln()
/// }
/// assert_eq!(energy(1.0), 0.5);
/// ```
pub trait Lanes:
    Copy
    + core::fmt::Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
{
    /// The same number in each lane.
    fn splat(value: f64) -> Self;
    /// e^self.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// The larger of two numbers; `other` if self is NaN.
    fn larger(self, other: Self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The angle of the point (x, self) in radians, from −π to π; 0 for the origin, whatever the signs of its zeros.
    fn atan2(self, x: Self) -> Self;
    /// `then` where self < other, else `otherwise`; `otherwise`, too, where one of them is NaN.
    fn if_less(self, other: Self, then: Self, otherwise: Self) -> Self;

    /// self².
    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }
}

impl Lanes for f64 {
    #[inline(always)]
    fn splat(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn exp(self) -> Self {
        Real::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        Real::ln(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Real::sqrt(self)
    }
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Real::larger(self, other)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Real::abs(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        Real::tanh(self)
    }
    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        atan2(self, x)
    }
    #[inline(always)]
    fn if_less(self, other: Self, then: Self, otherwise: Self) -> Self {
        if self < other { then } else { otherwise }
    }
}

impl AddAssign for F64x8 {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for F64x8 {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
