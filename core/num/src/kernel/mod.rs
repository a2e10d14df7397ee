//! Kernels: the only hot loops, behind one table per instruction set.
//!
//! The bodies are written once, the product in `gemm` over the trait `Register`, all others in `slices` as plain
//! loops that the compiler vectorises; each set compiles them for its instructions and fills a table. The best
//! table that the machine can run is chosen at run time (feature `std`) or at compile time. Every output
//! element is a fixed sequence of multiply-adds, so that a result depends neither on the tile size nor on
//! the number of threads; tables with fused multiply-add agree bit for bit. All `unsafe` of the library
//! lives in this room.
#![allow(unsafe_code)] // intrinsics, and pointers in the product

mod ahead;
mod dispatch;
mod gemm;
mod panel;
mod real;
mod register;
mod slices;
mod table;

#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod avx2;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

// What every machine of the target has. A module with simd128 runs nowhere without it, so there the portable tables
// would only be bytes to download.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use scalar as least;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use wasm as least;

use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::error::{Error, Result};

pub use dispatch::{Body, InstructionSet};
pub use gemm::{CHAIN_LEN, PACK_LEN};
pub use real::{Activation, Real};

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

/// What the sums of a product start from.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a, T> {
    /// C = op(A)·op(B)
    Zero,
    /// C = bias + op(A)·op(B), one number for each column.
    Bias(&'a [T]),
    /// C += op(A)·op(B)
    Add,
}

/// What is done to C once its sums are complete.
#[derive(Clone, Copy, Debug)]
pub enum Finish<'a, T> {
    /// Nothing.
    Nothing,
    /// C ← a(C).
    Activate(Activation),
    /// C ← C ∘ a′, the vector-Jacobian product of an activation, with the saved numbers (as long as C) that [`Kernels::activation_gradient`] takes.
    Vjp(Activation, &'a [T]),
}

/// A product C(m×n) = op(A)·op(B).
#[derive(Clone, Copy, Debug)]
pub struct Product<'a, T> {
    /// Which operand is transposed.
    pub transpose: Transpose,
    /// Rows of C.
    pub m: usize,
    /// Columns of C.
    pub n: usize,
    /// Length of the sums.
    pub k: usize,
    /// What the sums start from.
    pub start: Start<'a, T>,
    /// What is done to the sums.
    pub finish: Finish<'a, T>,
    /// What will be read after the product: fetched into the cache meanwhile, without effect on the result.
    pub soon: &'a [T],
}

/// Constants of one Adam step; see `Adam` of the library for the formula.
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
    pub gemm: fn(&Product<'_, T>, &[T], &[T], &mut [T], &mut [T]),
    /// `(rounds)`: multiply-adds in registers alone, for measuring the peak rate; returns the number of operations.
    pub multiply_adds: fn(usize) -> f64,
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
    /// Σ x² in f64, in the same manner.
    pub sum_of_squares: fn(&[T]) -> f64,
    /// `(x, y)`: y ← y + x.
    pub add: fn(&[T], &mut [T]),
    /// `(step, g, m, v, theta)`: one Adam update.
    pub adam: fn(&AdamStep<T>, &[T], &mut [T], &mut [T], &mut [T]),
}

/// Position in [`SETS`] up to which sets may be chosen.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Registers the instruction sets of the targets, the slowest first: module, name, whether this machine has it.
macro_rules! sets {
    ($($(#[$target:meta])* $module:ident $name:expr, if $present:expr;)*) => {
        /// Names of the sets of this target, in the order of their speed.
        const SETS: &[&str] = &[$($(#[$target])* $name),*];

        sets!(functions choose_f32, tables_f32, f32; $($(#[$target])* $module if $present;)*);
        sets!(functions choose_f64, tables_f64, f64; $($(#[$target])* $module if $present;)*);
    };
    (functions $choose:ident, $tables:ident, $t:ident;
     $($(#[$target:meta])* $module:ident if $present:expr;)*) => {
        /// The fastest table this machine can run, within what was allowed.
        #[allow(unused_assignments)] // of the last position
        pub(super) fn $choose() -> &'static Kernels<$t> {
            let limit = LIMIT.load(Ordering::Relaxed);
            let (mut best, mut position) = (&least::$t::TABLE, 0);
            $(
                $(#[$target])*
                {
                    if position <= limit && $present {
                        best = &$module::$t::TABLE;
                    }
                    position += 1;
                }
            )*
            best
        }

        /// All tables this machine can run.
        pub(super) fn $tables() -> Vec<&'static Kernels<$t>> {
            let all = [$($(#[$target])* $present.then_some(&$module::$t::TABLE)),*];
            all.into_iter().flatten().collect()
        }
    };
}
sets! {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    scalar "scalar", if true;
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    avx2 "avx2", if avx2::detected();
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    avx512 "avx512", if avx512::detected();
    #[cfg(target_arch = "aarch64")]
    neon "neon", if true;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    wasm wasm::NAME, if true;
}

/// True unless [`limit_to`] excludes the set of this name.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
fn allowed(name: &str) -> bool {
    let limit = LIMIT.load(Ordering::Relaxed);
    SETS.iter().position(|s| *s == name).is_some_and(|position| position <= limit)
}

/// Uses no instruction set beyond the one named, everywhere from now on: for comparing them.
///
/// # Errors
/// [`Error::UnknownName`] for a set that this machine does not have.
///
/// ```
/// use boltzflow_num::{Real, kernel};
///
/// kernel::limit_to("scalar")?;
/// assert_eq!(f32::kernels().name, "scalar");
/// assert!(kernel::limit_to("abacus").is_err());
/// # Ok::<(), boltzflow_num::Error>(())
/// ```
pub fn limit_to(name: &str) -> Result<()> {
    let present: Vec<&str> = tables_f32().iter().map(|t| t.name).collect();
    match SETS.iter().position(|s| *s == name).filter(|_| present.contains(&name)) {
        Some(position) => {
            LIMIT.store(position, Ordering::Relaxed);
            Ok(())
        }
        None => Err(Error::UnknownName {
            kind: "instruction set of this machine",
            name: name.into(),
            known: present.join(", "),
        }),
    }
}
