//! Lanes: the scalar of potentials. A potential is written once over [`Lanes`]; one lane is a plain f64.

use core::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use super::real::Real;

/// Samples that a potential evaluates side by side.
pub const LANES: usize = 8;

/// Numbers computed side by side, one per sample.
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
}

/// Eight f64 side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct F64x8(pub [f64; LANES]);

impl F64x8 {
    #[inline(always)]
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        let [a, b, c, d, p, q, r, s] = self.0;
        Self([f(a), f(b), f(c), f(d), f(p), f(q), f(r), f(s)])
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let (x, y) = (self.0, other.0);
        Self([
            f(x[0], y[0]),
            f(x[1], y[1]),
            f(x[2], y[2]),
            f(x[3], y[3]),
            f(x[4], y[4]),
            f(x[5], y[5]),
            f(x[6], y[6]),
            f(x[7], y[7]),
        ])
    }
}

macro_rules! lanewise {
    ($($trait:ident $method:ident $op:tt),*) => {$(
        impl $trait for F64x8 {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.zip(other, |a, b| a $op b)
            }
        }
    )*};
}
lanewise!(Add add +, Sub sub -, Mul mul *, Div div /);

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

impl Neg for F64x8 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|a| -a)
    }
}

impl Lanes for F64x8 {
    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    fn exp(self) -> Self {
        self.map(Real::exp)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        self.map(Real::ln)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(Real::sqrt)
    }
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.zip(other, Real::larger)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.map(Real::abs)
    }
}
