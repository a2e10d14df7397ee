//! The bodies of all slice kernels, written once. `#[inline(always)]` lets each table compile them for
//! its own instruction set.

use super::AdamStep;
use crate::kernel::{Activation, Real};

/// Numbers that a loop body handles at once. A slice's rest is handled as a whole block too, in a copy: the columns of a
/// panel are short, and a scalar rest would cost more than all the blocks before it.
const BLOCK: usize = 16;

/// x ← f(x).
#[inline(always)]
fn map<T: Real>(x: &mut [T], f: impl Fn(T) -> T) {
    let (blocks, rest) = x.as_chunks_mut::<BLOCK>();
    for block in blocks {
        block.iter_mut().for_each(|x| *x = f(*x));
    }
    if !rest.is_empty() {
        let mut block = [T::ZERO; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        block.iter_mut().for_each(|x| *x = f(*x));
        rest.copy_from_slice(&block[..rest.len()]);
    }
}

/// x ← f(x, y), for bodies that are cheap enough to leave the rest to the compiler.
#[inline(always)]
fn zip<T: Real>(x: &mut [T], y: &[T], f: impl Fn(T, T) -> T) {
    for (x, y) in x.iter_mut().zip(y) {
        *x = f(*x, *y);
    }
}

/// x ← a(x).
#[inline(always)]
pub(super) fn activate<T: Real>(activation: Activation, x: &mut [T]) {
    match activation {
        Activation::Tanh => map(x, T::tanh),
        // A NaN must stay one: it is dropped and counted later, not hidden here.
        Activation::Relu => map(x, |v| if v < T::ZERO { T::ZERO } else { v }),
        Activation::Silu => map(x, |v| v * v.sigmoid()),
    }
}

/// g ← g·a′(x).
#[inline(always)]
pub(super) fn activation_gradient<T: Real>(activation: Activation, saved: &[T], g: &mut [T]) {
    match activation {
        // d tanh x/dx = 1 − tanh² x
        Activation::Tanh => zip(g, saved, |g, y| g * (T::ONE - y * y)),
        // d max(x,0)/dx = 1 for x > 0, else 0
        Activation::Relu => zip(g, saved, |g, y| if y > T::ZERO { g } else { T::ZERO }),
        // d xσ(x)/dx = σ(x)·(1 + x·(1 − σ(x)))
        Activation::Silu => zip(g, saved, |g, x| {
            let s = x.sigmoid();
            g * (s * (T::ONE + x * (T::ONE - s)))
        }),
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

/// Interleaved sums of a sum in f32, and of one in f64: as many as a machine adds side by side and the smallest register
/// files hold.
const SUMS: usize = 32;
const WIDE_SUMS: usize = 16;

/// Σ of `N` numbers, halves by halves.
#[inline(always)]
fn fold<T: Real, const N: usize>(mut sums: [T; N]) -> T {
    let mut half = N / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

/// Σ f(x): `N` interleaved sums, then these.
#[inline(always)]
fn sum_of<T: Real, S: Real, const N: usize>(x: &[T], f: impl Fn(T) -> S) -> S {
    let (blocks, rest) = x.as_chunks::<N>();
    let mut sums = [S::ZERO; N];
    for block in blocks {
        for (s, v) in sums.iter_mut().zip(block) {
            *s += f(*v);
        }
    }
    for (s, v) in sums.iter_mut().zip(rest) {
        *s += f(*v);
    }
    fold(sums)
}

/// Σ x.
#[inline(always)]
pub(super) fn sum<T: Real>(x: &[T]) -> T {
    sum_of::<T, T, SUMS>(x, |v| v)
}

/// Σ x² in f64.
#[inline(always)]
pub(super) fn sum_of_squares<T: Real>(x: &[T]) -> f64 {
    sum_of::<T, f64, WIDE_SUMS>(x, |v| v.to_f64() * v.to_f64())
}

/// Σ x·y, in the same manner.
#[inline(always)]
pub(super) fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    let ((blocks, rest), (other, other_rest)) = (x.as_chunks::<SUMS>(), y.as_chunks::<SUMS>());
    let mut sums = [T::ZERO; SUMS];
    for (x, y) in blocks.iter().zip(other) {
        for ((s, x), y) in sums.iter_mut().zip(x).zip(y) {
            *s += *x * *y;
        }
    }
    for ((s, x), y) in sums.iter_mut().zip(rest).zip(other_rest) {
        *s += *x * *y;
    }
    fold(sums)
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
