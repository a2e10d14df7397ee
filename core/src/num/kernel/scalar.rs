//! The portable table: plain arithmetic, vectorised as far as the compiler's target allows.

use super::{Kernels, generic};

macro_rules! scalar_table {
    ($t:ident, $rows:literal, $columns:literal) => {
        pub(super) mod $t {
            use super::{Kernels, generic};

            pub(in super::super) static TABLE: Kernels<$t> = Kernels {
                name: "scalar",
                gemm: generic::gemm::<$t, $rows, $columns, false>,
                activate: generic::activate::<$t>,
                activation_gradient: generic::activation_gradient::<$t>,
                affine_forward: generic::affine_forward::<$t>,
                affine_inverse: generic::affine_inverse::<$t>,
                affine_forward_vjp: generic::affine_forward_vjp::<$t>,
                affine_inverse_vjp: generic::affine_inverse_vjp::<$t>,
                sum: generic::sum::<$t>,
                adam: generic::adam::<$t>,
            };
        }
    };
}
scalar_table!(f32, 8, 4);
scalar_table!(f64, 4, 4);
