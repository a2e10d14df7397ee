//! F4: invertible maps with their log-determinants and hand-derived vector-Jacobian products.
//!
//! **Directions.** `forward` is z → x (generate) and adds log|det ∂x/∂z|; `inverse` is x → z
//! (encode) and adds log|det ∂z/∂x|. A layer is a blueprint: it knows shapes, all numbers live in
//! a slice of θ that the caller passes.

mod additive_coupling;
mod affine_coupling;
mod chain;
mod conditioner;
mod exp_scaling;
mod fixed_affine;
mod notation;
mod pair_frame;
mod permutation;
mod spline_coupling;
mod split;
mod whitening;

pub use additive_coupling::AdditiveCoupling;
pub use affine_coupling::AffineCoupling;
pub use chain::Flow;
pub use conditioner::{Conditioner, Trunk};
pub use exp_scaling::ExpScaling;
pub use fixed_affine::FixedAffine;
pub use notation::Architecture;
pub use pair_frame::PairFrame;
pub use permutation::Permutation;
pub use spline_coupling::SplineCoupling;
pub use split::{Columns, Split, SplitKind};
pub use whitening::{Whitening, WhiteningKind};

use alloc::{boxed::Box, vec::Vec};
use core::fmt::Debug;

use nalgebra::DMatrix;

use crate::nn::ParamLayout;
use crate::num::{Accumulator, Real, Result, Stream, Tape};

/// An invertible map between z and x, both of dimension `dim`.
///
/// Chunks are `n × dim` matrices changed in place; log-determinants are added to a slice of `n`.
/// What a pass records on the tape, its vector-Jacobian product takes back.
pub trait Bijector<T: Real>: Debug + Send + Sync {
    /// Dimension of z and x.
    fn dim(&self) -> usize;

    /// Length of this map's slice of θ.
    fn n_params(&self) -> usize;

    /// Appends the names of the parameters under `prefix`.
    fn describe(&self, prefix: &str, layout: &mut ParamLayout);

    /// Draws initial parameters, near the identity where the map has any.
    fn init(&self, theta: &mut [T], rng: &mut Stream);

    /// Computes the numbers that come from examples (those of [`ParamLayout::push_fitted`]) of examples x
    /// (`n × dim`) with weights (`n`); training leaves them alone. Most maps have none.
    ///
    /// # Errors
    /// [`crate::num::Error::InvalidData`] if the examples are too few.
    fn fit(&self, _theta: &mut [T], _x: &DMatrix<T>, _weights: &[f64]) -> Result<()> {
        Ok(())
    }

    /// z → x; adds log|det ∂x/∂z|.
    fn forward(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>);

    /// x → z; adds log|det ∂z/∂x|.
    fn inverse(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>);

    /// After `forward`: turns g = ∂L/∂x into ∂L/∂z, given ∂L/∂log_det, and contributes ∂L/∂θ.
    fn forward_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    );

    /// After `inverse`: turns g = ∂L/∂z into ∂L/∂x, given ∂L/∂log_det, and contributes ∂L/∂θ.
    fn inverse_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    );

    /// True if log|det ∂x/∂z| is the same for all z: then scaling the variance of the prior by τ
    /// samples the temperature τT exactly.
    fn has_constant_jacobian(&self) -> bool;

    /// The vector-Jacobian products that it has; objectives that need others are refused.
    fn derivatives(&self) -> Derivatives {
        Derivatives { forward: true, inverse: true }
    }
}

/// Vector-Jacobian products of a map, as it has them or as somebody needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derivatives {
    /// [`Bijector::forward_vjp`].
    pub forward: bool,
    /// [`Bijector::inverse_vjp`].
    pub inverse: bool,
}

impl Derivatives {
    /// Those that `self` needs and `there` lacks.
    #[must_use]
    pub fn without(self, there: Self) -> Self {
        Self { forward: self.forward && !there.forward, inverse: self.inverse && !there.inverse }
    }
}

/// A constructor of examples of a layer for the contract tests: several shapes of it.
pub type Examples<T> = fn() -> Vec<(&'static str, Box<dyn Bijector<T>>)>;

/// Registers layers: one line each.
macro_rules! bijectors {
    ($($module:ident),* $(,)?) => {
        /// Every registered layer with its examples, for tests and menus.
        #[must_use]
        pub fn bijectors<T: Real>() -> Vec<(&'static str, Examples<T>)> {
            alloc::vec![$((stringify!($module), $module::examples::<T> as Examples<T>)),*]
        }
    };
}
bijectors! {
    additive_coupling,
    affine_coupling,
    spline_coupling,
    exp_scaling,
    fixed_affine,
    permutation,
    pair_frame,
    whitening,
    chain,
}
