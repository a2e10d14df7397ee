//! The bodies of all slice kernels, written once. `#[inline(always)]` lets each table compile them for
//! its own instruction set.

use super::AdamStep;
use crate::num::real::{Activation, Real};

/// x ← a(x).
#[inline(always)]
pub(super) fn activate<T: Real>(activation: Activation, x: &mut [T]) {
    match activation {
        Activation::Tanh => x.iter_mut().for_each(|v| *v = v.tanh()),
        // A NaN must stay one: it is dropped and counted later, not hidden here.
        Activation::Relu => x.iter_mut().for_each(|v| *v = if *v < T::ZERO { T::ZERO } else { *v }),
        Activation::Silu => x.iter_mut().for_each(|v| *v *= v.sigmoid()),
    }
}

/// g ← g·a′(x).
#[inline(always)]
pub(super) fn activation_gradient<T: Real>(activation: Activation, saved: &[T], g: &mut [T]) {
    match activation {
        // d tanh x/dx = 1 − tanh² x
        Activation::Tanh => {
            for (g, y) in g.iter_mut().zip(saved) {
                *g *= T::ONE - *y * *y;
            }
        }
        // d max(x,0)/dx = 1 for x > 0, else 0
        Activation::Relu => {
            for (g, y) in g.iter_mut().zip(saved) {
                *g = if *y > T::ZERO { *g } else { T::ZERO };
            }
        }
        // d xσ(x)/dx = σ(x)·(1 + x·(1 − σ(x)))
        Activation::Silu => {
            for (g, x) in g.iter_mut().zip(saved) {
                let s = x.sigmoid();
                *g *= s * (T::ONE + *x * (T::ONE - s));
            }
        }
    }
}

/// x ← x·e^s + t, log_det += s.
#[inline(always)]
pub(super) fn affine_forward<T: Real>(s: &[T], t: &[T], x: &mut [T], log_det: &mut [T]) {
    for (((x, l), s), t) in x.iter_mut().zip(log_det).zip(s).zip(t) {
        *x = *x * s.exp() + *t;
        *l += *s;
    }
}

/// x ← (x − t)·e^(−s), log_det −= s.
#[inline(always)]
pub(super) fn affine_inverse<T: Real>(s: &[T], t: &[T], x: &mut [T], log_det: &mut [T]) {
    for (((x, l), s), t) in x.iter_mut().zip(log_det).zip(s).zip(t) {
        *x = (*x - *t) * (-*s).exp();
        *l -= *s;
    }
}

/// y = x·e^s + t: ∂L/∂s = g·x·e^s + ∂L/∂log_det, ∂L/∂x = g·e^s.
#[inline(always)]
pub(super) fn affine_forward_vjp<T: Real>(
    s: &[T],
    x: &[T],
    g_log_det: &[T],
    g: &mut [T],
    g_s: &mut [T],
) {
    for ((((g, g_s), s), x), l) in g.iter_mut().zip(g_s).zip(s).zip(x).zip(g_log_det) {
        *g *= s.exp();
        *g_s = *g * *x + *l;
    }
}

/// x = (y − t)·e^(−s): ∂L/∂y = g·e^(−s), ∂L/∂t = −∂L/∂y, ∂L/∂s = −g·x − ∂L/∂log_det.
#[inline(always)]
pub(super) fn affine_inverse_vjp<T: Real>(
    s: &[T],
    x: &[T],
    g_log_det: &[T],
    g: &mut [T],
    g_s: &mut [T],
    g_t: &mut [T],
) {
    for (((((g, g_s), g_t), s), x), l) in
        g.iter_mut().zip(g_s).zip(g_t).zip(s).zip(x).zip(g_log_det)
    {
        *g_s = -(*g * *x) - *l;
        *g *= (-*s).exp();
        *g_t = -*g;
    }
}

/// Σ x: sixteen interleaved sums, added up in order.
#[inline(always)]
pub(super) fn sum<T: Real>(x: &[T]) -> T {
    let (blocks, rest) = x.as_chunks::<16>();
    let mut sums = [T::ZERO; 16];
    for block in blocks {
        for (s, v) in sums.iter_mut().zip(block) {
            *s += *v;
        }
    }
    for (s, v) in sums.iter_mut().zip(rest) {
        *s += *v;
    }
    sums.into_iter().fold(T::ZERO, |total, s| total + s)
}

/// Σ x² in f64, as [`sum`].
#[inline(always)]
pub(super) fn sum_of_squares<T: Real>(x: &[T]) -> f64 {
    let (blocks, rest) = x.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for block in blocks {
        for (s, v) in sums.iter_mut().zip(block) {
            let v = v.to_f64();
            *s += v * v;
        }
    }
    for (s, v) in sums.iter_mut().zip(rest) {
        let v = v.to_f64();
        *s += v * v;
    }
    sums.into_iter().sum()
}

/// y ← y + x.
#[inline(always)]
pub(super) fn add<T: Real>(x: &[T], y: &mut [T]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += *x;
    }
}

/// One Adam update of θ.
#[inline(always)]
pub(super) fn adam<T: Real>(
    step: &AdamStep<T>,
    g: &[T],
    m: &mut [T],
    v: &mut [T],
    theta: &mut [T],
) {
    let (rest1, rest2) = (T::ONE - step.beta1, T::ONE - step.beta2);
    for (((theta, m), v), g) in theta.iter_mut().zip(m).zip(v).zip(g) {
        let g = *g * step.gradient_scale;
        *m = step.beta1 * *m + rest1 * g;
        *v = step.beta2 * *v + rest2 * (g * g);
        let direction = *m / (v.sqrt() * step.root_correction + step.epsilon);
        *theta = *theta - step.decay * *theta - step.rate * direction;
    }
}
