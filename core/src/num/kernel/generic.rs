//! The bodies of all kernels, written once. `#[inline(always)]` lets each table compile them for
//! its own instruction set; fixed-size tiles let the compiler keep them in registers.

use super::{AdamStep, Product, Transpose};
use crate::num::real::{Activation, Real};

/// Length of the sums done between two visits of C.
const KC: usize = 256;
/// Columns of B packed at a time.
const NC: usize = 96;
/// Largest tile height of any table.
const MAX_ROWS: usize = 16;
/// Work values that a product needs: one packed block of B and one packed panel of A.
pub const PACK_LEN: usize = KC * (NC + MAX_ROWS);

/// a·b + c, with one rounding where `FMA` says the instruction exists.
#[inline(always)]
fn mul_add<T: Real, const FMA: bool>(a: T, b: T, c: T) -> T {
    if FMA { a.fused_mul_add(b, c) } else { a * b + c }
}

/// Matrix product by packed tiles of `MR × NR`.
#[inline(always)]
pub(super) fn gemm<T: Real, const MR: usize, const NR: usize, const FMA: bool>(
    p: &Product,
    a: &[T],
    b: &[T],
    c: &mut [T],
    pack: &mut [T],
) {
    debug_assert!(a.len() == p.m * p.k && b.len() == p.k * p.n && c.len() == p.m * p.n);
    if p.k == 0 && !p.accumulate {
        c.fill(T::ZERO);
    }
    let (pack_b, pack_a) = pack.split_at_mut(KC * NC);
    for k0 in (0..p.k).step_by(KC) {
        let kc = KC.min(p.k - k0);
        let fresh = k0 == 0 && !p.accumulate;
        for n0 in (0..p.n).step_by(NC) {
            let nc = NC.min(p.n - n0);
            pack_right::<T, NR>(p, b, k0, kc, n0, nc, pack_b);
            for m0 in (0..p.m).step_by(MR) {
                let rows = MR.min(p.m - m0);
                pack_left::<T, MR>(p, a, k0, kc, m0, rows, pack_a);
                for j0 in (0..nc).step_by(NR) {
                    let panel = &pack_b[j0 * kc..(j0 + NR) * kc];
                    let columns = NR.min(nc - j0);
                    let corner = (n0 + j0) * p.m + m0;
                    tile::<T, MR, NR, FMA>(
                        &pack_a[..MR * kc],
                        panel,
                        &mut c[corner..],
                        p.m,
                        rows,
                        columns,
                        fresh,
                    );
                }
            }
        }
    }
}

/// Panel of `MR` rows of op(A), k-major; missing rows are zero.
#[inline(always)]
fn pack_left<T: Real, const MR: usize>(
    p: &Product,
    a: &[T],
    k0: usize,
    kc: usize,
    m0: usize,
    rows: usize,
    out: &mut [T],
) {
    let out = &mut out[..MR * kc];
    if rows < MR {
        out.fill(T::ZERO);
    }
    if p.transpose == Transpose::Left {
        for i in 0..rows {
            let column = &a[(m0 + i) * p.k + k0..][..kc];
            for (slot, v) in out.iter_mut().skip(i).step_by(MR).zip(column) {
                *slot = *v;
            }
        }
    } else {
        for (q, slot) in out.chunks_exact_mut(MR).enumerate() {
            let column = &a[(k0 + q) * p.m + m0..][..rows];
            if rows == MR {
                slot.copy_from_slice(column);
            } else {
                slot[..rows].copy_from_slice(column);
            }
        }
    }
}

/// Panels of `NR` columns of op(B), k-major; missing columns are zero.
#[inline(always)]
fn pack_right<T: Real, const NR: usize>(
    p: &Product,
    b: &[T],
    k0: usize,
    kc: usize,
    n0: usize,
    nc: usize,
    out: &mut [T],
) {
    for (panel, j0) in out.chunks_mut(NR * kc).zip((0..nc).step_by(NR)) {
        let columns = NR.min(nc - j0);
        if columns < NR {
            panel.fill(T::ZERO);
        }
        for j in 0..columns {
            let column = n0 + j0 + j;
            if p.transpose == Transpose::Right {
                for q in 0..kc {
                    panel[q * NR + j] = b[(k0 + q) * p.n + column];
                }
            } else {
                let source = &b[column * p.k + k0..][..kc];
                for (slot, v) in panel.iter_mut().skip(j).step_by(NR).zip(source) {
                    *slot = *v;
                }
            }
        }
    }
}

/// One tile of C: sums over a packed panel pair, continued from C unless `fresh`.
#[inline(always)]
fn tile<T: Real, const MR: usize, const NR: usize, const FMA: bool>(
    a: &[T],
    b: &[T],
    c: &mut [T],
    stride: usize,
    rows: usize,
    columns: usize,
    fresh: bool,
) {
    let mut sum = [[T::ZERO; MR]; NR];
    if !fresh {
        for (j, s) in sum.iter_mut().enumerate().take(columns) {
            s[..rows].copy_from_slice(&c[j * stride..][..rows]);
        }
    }
    for (a, b) in a.as_chunks::<MR>().0.iter().zip(b.as_chunks::<NR>().0) {
        for j in 0..NR {
            for i in 0..MR {
                sum[j][i] = mul_add::<T, FMA>(a[i], b[j], sum[j][i]);
            }
        }
    }
    for (j, s) in sum.iter().enumerate().take(columns) {
        if rows == MR {
            c[j * stride..][..MR].copy_from_slice(s);
        } else {
            c[j * stride..][..rows].copy_from_slice(&s[..rows]);
        }
    }
}

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
