//! Kernels: the only hot loops, behind one table per instruction set.
//!
//! The bodies are written once in `generic` and compiled for each table; the best table that the
//! machine can run is chosen at run time (feature `std`) or at compile time. Every output element
//! is one sequential chain of multiply-adds, so that a result depends neither on the tile size nor on
//! the number of threads. All `unsafe` of the library lives in this room.

mod dispatch;
mod generic;
mod scalar;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod x86;

use alloc::vec::Vec;

use super::real::Activation;

pub use dispatch::{Body, InstructionSet};
pub use generic::PACK_LEN;

/// Which operand of a product is transposed. All matrices are column-major and contiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transpose {
    /// C(m×n) = A(m×k)·B(k×n)
    None,
    /// C(m×n) = A(m×k)·Bᵀ, B stored n×k
    Right,
    /// C(m×n) = Aᵀ·B(k×n), A stored k×m
    Left,
}

/// Shape of a product C = op(A)·op(B), or C += … if `accumulate`.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Which operand is transposed.
    pub transpose: Transpose,
    /// Rows of C.
    pub m: usize,
    /// Columns of C.
    pub n: usize,
    /// Length of the sums.
    pub k: usize,
    /// Adds to C instead of overwriting it.
    pub accumulate: bool,
}

/// Constants of one Adam step; see [`crate::optim::Adam`] for the formula.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep<T> {
    /// Decay of the first moment.
    pub beta1: T,
    /// Decay of the second moment.
    pub beta2: T,
    /// Learning rate over the bias correction of the first moment.
    pub rate: T,
    /// 1/√(bias correction of the second moment).
    pub root_correction: T,
    /// Added to the root.
    pub epsilon: T,
    /// Decoupled weight decay per step (learning rate × coefficient).
    pub decay: T,
    /// The gradient is multiplied by this first (clipping).
    pub gradient_scale: T,
}

/// One instruction set's kernels. Slices that belong together have equal lengths.
#[allow(missing_debug_implementations)] // function pointers say nothing
pub struct Kernels<T: 'static> {
    /// Name of the instruction set.
    pub name: &'static str,
    /// `(product, a, b, c, pack)`: matrix product; `pack` holds [`PACK_LEN`] work values.
    pub gemm: fn(&Product, &[T], &[T], &mut [T], &mut [T]),
    /// `(activation, x)`: x ← a(x).
    pub activate: fn(Activation, &mut [T]),
    /// `(activation, saved, g)`: g ← g·a′; `saved` is a(x) for tanh and relu, x for silu.
    pub activation_gradient: fn(Activation, &[T], &mut [T]),
    /// `(s, t, x, log_det)`: x ← x·e^s + t, log_det += s.
    pub affine_forward: fn(&[T], &[T], &mut [T], &mut [T]),
    /// `(s, t, x, log_det)`: x ← (x − t)·e^(−s), log_det −= s.
    pub affine_inverse: fn(&[T], &[T], &mut [T], &mut [T]),
    /// `(s, x, g_log_det, g, g_s)`: with y = x·e^s + t and g = ∂L/∂y on entry,
    /// ∂L/∂s = g·x·e^s + ∂L/∂log_det, ∂L/∂x = g·e^s (into g); ∂L/∂t is g on entry.
    pub affine_forward_vjp: fn(&[T], &[T], &[T], &mut [T], &mut [T]),
    /// `(s, x, g_log_det, g, g_s, g_t)`: with x = (y − t)·e^(−s) and g = ∂L/∂x on entry,
    /// ∂L/∂y = g·e^(−s) (into g), ∂L/∂t = −g·e^(−s), ∂L/∂s = −g·x − ∂L/∂log_det.
    pub affine_inverse_vjp: fn(&[T], &[T], &[T], &mut [T], &mut [T], &mut [T]),
    /// Sum of a slice, in a fixed order that does not depend on the instruction set.
    pub sum: fn(&[T]) -> T,
    /// `(step, g, m, v, theta)`: one Adam update.
    pub adam: fn(&AdamStep<T>, &[T], &mut [T], &mut [T], &mut [T]),
}

macro_rules! choice {
    ($choose:ident, $tables:ident, $t:ident) => {
        /// The fastest table this machine can run.
        pub(super) fn $choose() -> &'static Kernels<$t> {
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            if x86::detected() {
                return &x86::$t::TABLE;
            }
            &scalar::$t::TABLE
        }

        /// All tables this machine can run.
        #[allow(clippy::vec_init_then_push)] // other targets have more than the first
        pub(super) fn $tables() -> Vec<&'static Kernels<$t>> {
            let mut tables = Vec::new();
            tables.push(&scalar::$t::TABLE);
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            if x86::detected() {
                tables.push(&x86::$t::TABLE);
            }
            tables
        }
    };
}
choice!(choose_f32, tables_f32, f32);
choice!(choose_f64, tables_f64, f64);
