//! Fills a table: every body compiled for one instruction set, behind plain function pointers.

/// `tables! { "name", features ["…"] f32: Register, L lanes, MV x NR; f64: …; }` makes the tables `f32::TABLE` and
/// `f64::TABLE`. With `features []` the bodies are compiled for the crate's own target.
macro_rules! tables {
    ($name:expr, features $features:tt
     $($t:ident: $register:ty, $lanes:literal lanes, $rows:literal x $columns:literal;)*) => {$(
        pub(super) mod $t {
            #[allow(unused_imports)] // the register of a table without a type of its own
            use super::*;
            use crate::kernel::{AdamStep, Kernels, Product, gemm, slices};
            use crate::kernel::Activation;

            $crate::kernel::table::compiled! {
                $features
                gemm = gemm::gemm::<$register, $lanes, $rows, $columns>;
                    (p: &Product<'_, $t>, a: &[$t], b: &[$t], c: &mut [$t], pack: &mut [$t]);
                multiply_adds = gemm::multiply_adds::<$register, $lanes, $rows, $columns>;
                    (rounds: usize) -> f64;
                activate = slices::activate::<$t>; (kind: Activation, x: &mut [$t]);
                activation_gradient = slices::activation_gradient::<$t>;
                    (kind: Activation, saved: &[$t], g: &mut [$t]);
                affine_forward = slices::affine_forward::<$t>;
                    (s: &[$t], t: &[$t], x: &mut [$t], log_det: &mut [$t]);
                affine_inverse = slices::affine_inverse::<$t>;
                    (s: &[$t], t: &[$t], x: &mut [$t], log_det: &mut [$t]);
                affine_forward_vjp = slices::affine_forward_vjp::<$t>;
                    (s: &[$t], x: &[$t], l: &[$t], g: &mut [$t], g_s: &mut [$t]);
                affine_inverse_vjp = slices::affine_inverse_vjp::<$t>;
                    (s: &[$t], x: &[$t], l: &[$t], g: &mut [$t], g_s: &mut [$t], g_t: &mut [$t]);
                sum = slices::sum::<$t>; (x: &[$t]) -> $t;
                sum_of_squares = slices::sum_of_squares::<$t>; (x: &[$t]) -> f64;
                add = slices::add::<$t>; (x: &[$t], y: &mut [$t]);
                adam = slices::adam::<$t>;
                    (step: &AdamStep<$t>, g: &[$t], m: &mut [$t], v: &mut [$t], theta: &mut [$t]);
            }

            pub(in super::super) static TABLE: Kernels<$t> = Kernels {
                name: $name,
                gemm,
                multiply_adds,
                activate,
                activation_gradient,
                affine_forward,
                affine_inverse,
                affine_forward_vjp,
                affine_inverse_vjp,
                sum,
                sum_of_squares,
                add,
                adam,
            };
        }
    )*};
}

/// Functions `name` that run a body compiled with the features of the table.
macro_rules! compiled {
    ([$features:literal] $($name:ident = $body:expr; ($($arg:ident: $type:ty),*) $(-> $out:ty)?;)*) => {$(
        #[allow(unused_unsafe)] // only the product's body is unsafe to call
        fn $name($($arg: $type),*) $(-> $out)? {
            #[target_feature(enable = $features)]
            fn inner($($arg: $type),*) $(-> $out)? {
                // SAFETY: this function is compiled for the instructions that the body uses.
                unsafe { $body($($arg),*) }
            }
            // SAFETY: the table is reached only after `detected()` returned true.
            unsafe { inner($($arg),*) }
        }
    )*};
    ([] $($name:ident = $body:expr; ($($arg:ident: $type:ty),*) $(-> $out:ty)?;)*) => {$(
        #[allow(unused_unsafe)] // only the product's body is unsafe to call
        fn $name($($arg: $type),*) $(-> $out)? {
            // SAFETY: the instructions that the body uses are those of the crate's target.
            unsafe { $body($($arg),*) }
        }
    )*};
}

pub(super) use {compiled, tables};
