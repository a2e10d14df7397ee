//! AVX2 + FMA: the generic bodies compiled with these instructions enabled.
#![allow(unsafe_code)] // calling a function compiled for more instructions than the crate's target

use super::{AdamStep, Kernels, Product, generic};
use crate::num::real::Activation;

/// True if this machine has the instructions of the table.
pub(super) fn detected() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

/// A kernel compiled for AVX2 + FMA behind a plain function pointer.
macro_rules! compiled {
    ($name:ident = $body:expr; ($($arg:ident: $type:ty),*) $(-> $out:ty)?) => {
        fn $name($($arg: $type),*) $(-> $out)? {
            #[target_feature(enable = "avx2,fma")]
            fn inner($($arg: $type),*) $(-> $out)? {
                $body($($arg),*)
            }
            // SAFETY: the table is reached only after `detected()` returned true.
            unsafe { inner($($arg),*) }
        }
    };
}

macro_rules! x86_table {
    ($t:ident, $rows:literal, $columns:literal) => {
        pub(super) mod $t {
            use super::{Activation, AdamStep, Kernels, Product, generic};

            compiled!(gemm = generic::gemm::<$t, $rows, $columns, true>;
                (p: &Product, a: &[$t], b: &[$t], c: &mut [$t], pack: &mut [$t]));
            compiled!(activate = generic::activate::<$t>; (kind: Activation, x: &mut [$t]));
            compiled!(activation_gradient = generic::activation_gradient::<$t>;
                (kind: Activation, saved: &[$t], g: &mut [$t]));
            compiled!(affine_forward = generic::affine_forward::<$t>;
                (s: &[$t], t: &[$t], x: &mut [$t], log_det: &mut [$t]));
            compiled!(affine_inverse = generic::affine_inverse::<$t>;
                (s: &[$t], t: &[$t], x: &mut [$t], log_det: &mut [$t]));
            compiled!(affine_forward_vjp = generic::affine_forward_vjp::<$t>;
                (s: &[$t], x: &[$t], l: &[$t], g: &mut [$t], g_s: &mut [$t]));
            compiled!(affine_inverse_vjp = generic::affine_inverse_vjp::<$t>;
                (s: &[$t], x: &[$t], l: &[$t], g: &mut [$t], g_s: &mut [$t], g_t: &mut [$t]));
            compiled!(sum = generic::sum::<$t>; (x: &[$t]) -> $t);
            compiled!(adam = generic::adam::<$t>;
                (step: &AdamStep<$t>, g: &[$t], m: &mut [$t], v: &mut [$t], theta: &mut [$t]));

            pub(in super::super) static TABLE: Kernels<$t> = Kernels {
                name: "avx2+fma",
                gemm,
                activate,
                activation_gradient,
                affine_forward,
                affine_inverse,
                affine_forward_vjp,
                affine_inverse_vjp,
                sum,
                adam,
            };
        }
    };
}
x86_table!(f32, 16, 4);
x86_table!(f64, 8, 4);
