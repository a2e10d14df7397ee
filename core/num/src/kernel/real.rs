//! The scalar of networks: f32 or f64, sealed.

use core::fmt::{Debug, Display};
use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::elementary::{exp32, exp64, ln64, sqrt32, sqrt64, tanh32, tanh64};
use crate::kernel::{self, Kernels};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// Scalar type of parameters and chunks.
///
/// Elementary functions are the library's own, not the platform's: see [`crate`].
///
/// ```
/// use boltzflow_num::Real;
///
/// fn half_of_the_norm<T: Real>(x: &[T]) -> f64 {
///     0.5 * Real::sqrt((T::kernels().sum_of_squares)(x))
/// }
/// assert_eq!(half_of_the_norm(&[3.0_f32, 4.0]), 2.5);
/// assert_eq!(half_of_the_norm(&[3.0_f64, 4.0]), 2.5);
/// ```
pub trait Real:
    sealed::Sealed
    + nalgebra::Scalar
    + Copy
    + Default
    + PartialOrd
    + Debug
    + Display
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + Sum
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Distance from 1 to the next larger number.
    const EPSILON: Self;
    /// `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// The nearest number to a literal.
    fn lit(value: f64) -> Self;
    /// Exact conversion to f64.
    fn to_f64(self) -> f64;
    /// e^self.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// self·b + c with one rounding. Only for kernels compiled where the instruction exists.
    fn fused_mul_add(self, b: Self, c: Self) -> Self;
    /// False for infinities and NaN.
    fn is_finite(self) -> bool;
    /// The kernels chosen for this machine.
    fn kernels() -> &'static Kernels<Self>;
    /// Every kernel table this machine can run, the scalar one first.
    fn kernel_tables() -> alloc::vec::Vec<&'static Kernels<Self>>;

    /// The larger of two numbers; `other` if self is NaN.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self > other { self } else { other }
    }

    /// 1/(1 + e^(−self)).
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::ONE / (Self::ONE + (-self).exp())
    }
}

macro_rules! real {
    ($t:ident, $exp:ident, $tanh:ident, $sqrt:ident, $choose:path, $tables:path) => {
        impl Real for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: Self = $t::EPSILON;
            const NAME: &'static str = stringify!($t);

            #[inline(always)]
            fn lit(value: f64) -> Self {
                value as $t
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                ln64(f64::from(self)) as $t
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $tanh(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn fused_mul_add(self, b: Self, c: Self) -> Self {
                #[cfg(feature = "std")]
                {
                    self.mul_add(b, c)
                }
                #[cfg(not(feature = "std"))]
                {
                    self * b + c
                }
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                self.is_finite()
            }
            fn kernels() -> &'static Kernels<Self> {
                $choose()
            }
            fn kernel_tables() -> alloc::vec::Vec<&'static Kernels<Self>> {
                $tables()
            }
        }
    };
}
real!(f32, exp32, tanh32, sqrt32, kernel::choose_f32, kernel::tables_f32);
real!(f64, exp64, tanh64, sqrt64, kernel::choose_f64, kernel::tables_f64);

/// Activation of a hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// tanh x
    Tanh,
    /// max(x, 0)
    Relu,
    /// x/(1 + e^(−x))
    Silu,
}

crate::words!(Activation: Tanh = "tanh", Relu = "relu", Silu = "silu");
