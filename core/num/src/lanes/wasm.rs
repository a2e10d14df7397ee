//! Eight f64 in four registers of WebAssembly, by its own instructions: the page's modules are compiled for size, which leaves
//! out the steps by which the compiler finds them itself. The bits are those of plain arithmetic.

use core::arch::wasm32::{
    f64x2, f64x2_abs, f64x2_add, f64x2_div, f64x2_extract_lane, f64x2_lt, f64x2_mul, f64x2_neg,
    f64x2_pmax, f64x2_splat, f64x2_sqrt, f64x2_sub, v128, v128_bitselect,
};
use core::ops::{Add, Div, Mul, Neg, Sub};

use super::{LANES, Lanes};
use crate::elementary::atan2;
use crate::kernel::Real;

/// Eight f64 side by side.
#[derive(Clone, Copy, Debug)]
pub struct F64x8([v128; LANES / 2]);

impl F64x8 {
    /// These numbers.
    #[inline(always)]
    #[must_use]
    pub fn new([a, b, c, d, e, f, g, h]: [f64; LANES]) -> Self {
        Self([f64x2(a, b), f64x2(c, d), f64x2(e, f), f64x2(g, h)])
    }

    /// The numbers.
    #[inline(always)]
    #[must_use]
    pub fn numbers(self) -> [f64; LANES] {
        let Self([p, q, r, s]) = self;
        let (low, high) = (f64x2_extract_lane::<0>, f64x2_extract_lane::<1>);
        [low(p), high(p), low(q), high(q), low(r), high(r), low(s), high(s)]
    }
}

macro_rules! instruction {
    ($instruction:ident $a:expr) => {{
        let Self([p, q, r, s]) = $a;
        Self([$instruction(p), $instruction(q), $instruction(r), $instruction(s)])
    }};
    ($instruction:ident $a:expr, $b:expr) => {{
        let (Self([p, q, r, s]), Self([t, u, v, w])) = ($a, $b);
        Self([$instruction(p, t), $instruction(q, u), $instruction(r, v), $instruction(s, w)])
    }};
}

macro_rules! lanewise {
    ($($trait:ident $method:ident $instruction:ident),*) => {$(
        impl $trait for F64x8 {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                instruction!($instruction self, other)
            }
        }
    )*};
}
lanewise!(Add add f64x2_add, Sub sub f64x2_sub, Mul mul f64x2_mul, Div div f64x2_div);

impl Neg for F64x8 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        instruction!(f64x2_neg self)
    }
}

#[inline(always)]
fn each(numbers: &mut [f64; LANES], f: impl Fn(f64) -> f64) {
    for number in numbers {
        *number = f(*number);
    }
}

/// A function of many steps: compiled here, for speed, and called.
#[inline(never)]
fn exp(numbers: &mut [f64; LANES]) {
    each(numbers, Real::exp);
}

/// As [`exp`].
#[inline(never)]
fn ln(numbers: &mut [f64; LANES]) {
    each(numbers, Real::ln);
}

/// As [`exp`].
#[inline(never)]
fn tanh(numbers: &mut [f64; LANES]) {
    each(numbers, Real::tanh);
}

/// As [`exp`]: y becomes the angle of (x, y).
#[inline(never)]
fn angles(y: &mut [f64; LANES], x: &[f64; LANES]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = atan2(*y, *x);
    }
}

impl Lanes for F64x8 {
    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([f64x2_splat(value); LANES / 2])
    }
    #[inline(always)]
    fn exp(self) -> Self {
        let mut numbers = self.numbers();
        exp(&mut numbers);
        Self::new(numbers)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        let mut numbers = self.numbers();
        ln(&mut numbers);
        Self::new(numbers)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        instruction!(f64x2_sqrt self)
    }
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        // The second operand where it is above the first, else the first: as for one number, NaN included.
        instruction!(f64x2_pmax other, self)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        instruction!(f64x2_abs self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        let mut numbers = self.numbers();
        tanh(&mut numbers);
        Self::new(numbers)
    }
    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        let mut numbers = self.numbers();
        angles(&mut numbers, &x.numbers());
        Self::new(numbers)
    }
    #[inline(always)]
    fn if_less(self, other: Self, then: Self, otherwise: Self) -> Self {
        let Self(less) = instruction!(f64x2_lt self, other);
        let choose = |i: usize| v128_bitselect(then.0[i], otherwise.0[i], less[i]);
        Self([choose(0), choose(1), choose(2), choose(3)])
    }
}
