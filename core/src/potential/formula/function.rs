//! The functions that a formula may use, each with its derivative.

use core::f64::consts::{LN_2, LN_10};

use crate::num::Real;

/// A function of one argument; `derivative` is given the argument and the value there.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) value: fn(f64) -> f64,
    pub(super) derivative: fn(f64, f64) -> f64,
}

macro_rules! functions {
    ($($name:literal: $value:expr, $derivative:expr;)*) => {
        &[$(Function { name: $name, value: $value, derivative: $derivative }),*]
    };
}

/// The known functions in the order messages name them.
pub(super) static FUNCTIONS: &[Function] = functions! {
    "abs": |a| a.abs(), |a, _| if a == 0.0 { 0.0 } else { a.signum() };
    "acos": f64::acos, |a, _| -1.0 / root(1.0 - a * a);
    "acosh": f64::acosh, |a, _| 1.0 / root(a * a - 1.0);
    "asin": f64::asin, |a, _| 1.0 / root(1.0 - a * a);
    "asinh": f64::asinh, |a, _| 1.0 / root(a * a + 1.0);
    "atan": f64::atan, |a, _| 1.0 / (a * a + 1.0);
    "atanh": f64::atanh, |a, _| 1.0 / (1.0 - a * a);
    "cos": f64::cos, |a, _| -a.sin();
    "cosh": f64::cosh, |a, _| a.sinh();
    "exp": exp, |_, r| r;
    "ln": ln, |a, _| 1.0 / a;
    "log": ln, |a, _| 1.0 / a;
    "log10": |a| ln(a) / LN_10, |a, _| 1.0 / (a * LN_10);
    "log2": |a| ln(a) / LN_2, |a, _| 1.0 / (a * LN_2);
    "sin": f64::sin, |a, _| a.cos();
    "sinh": f64::sinh, |a, _| a.cosh();
    "sqrt": root, |_, r| 0.5 / r;
    "tan": f64::tan, |_, r| 1.0 + r * r;
    "tanh": |a| Real::tanh(a), |_, r| 1.0 - r * r;
};

/// The function of two arguments, a power.
pub(super) const POWER: &str = "pow";

fn exp(a: f64) -> f64 {
    Real::exp(a)
}

pub(super) fn ln(a: f64) -> f64 {
    Real::ln(a)
}

fn root(a: f64) -> f64 {
    Real::sqrt(a)
}

/// aᵖ; whole powers by multiplication.
pub(super) fn power(a: f64, p: f64) -> f64 {
    let whole = p as i32;
    if f64::from(whole) == p && whole.abs() <= 64 { a.powi(whole) } else { a.powf(p) }
}
