//! Eight f64 as an array, which the compiler puts into the registers of whatever set it compiles for.

use core::ops::{Add, Div, Mul, Neg, Sub};

use super::{LANES, Lanes};
use crate::elementary::atan2;
use crate::kernel::Real;

/// Eight f64 side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct F64x8([f64; LANES]);

impl F64x8 {
    /// These numbers.
    #[inline(always)]
    #[must_use]
    pub fn new(numbers: [f64; LANES]) -> Self {
        Self(numbers)
    }

    /// The numbers.
    #[inline(always)]
    #[must_use]
    pub fn numbers(self) -> [f64; LANES] {
        self.0
    }

    #[inline(always)]
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        let mut out = self.0;
        for v in &mut out {
            *v = f(*v);
        }
        Self(out)
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let mut out = self.0;
        for (v, o) in out.iter_mut().zip(other.0) {
            *v = f(*v, o);
        }
        Self(out)
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
    #[inline(always)]
    fn tanh(self) -> Self {
        self.map(Real::tanh)
    }
    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        self.zip(x, atan2)
    }
    #[inline(always)]
    fn if_less(self, other: Self, then: Self, otherwise: Self) -> Self {
        let mut out = otherwise.0;
        for i in 0..LANES {
            out[i] = if self.0[i] < other.0[i] { then.0[i] } else { out[i] };
        }
        Self(out)
    }
}
