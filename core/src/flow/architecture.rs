//! What the layers of a flow are made of, beside the letters of its notation.

use alloc::{vec, vec::Vec};

use super::SplitKind;
use crate::nn::NetworkKind;
use crate::num::Activation;

/// What the letters of a notation do not say.
///
/// ```
/// use boltzflow::flow::{Architecture, Bijector};
///
/// // Two RealNVP blocks and a scaling, on three coordinates.
/// let small = Architecture { hidden: vec![8], ..Architecture::default() };
/// let flow = small.build::<f32>("R2S", 3, 1)?;
/// assert!(flow.dim() == 3 && flow.n_params() > 0);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// Kind of the networks.
    pub network: NetworkKind,
    /// Hidden widths of each network.
    pub hidden: Vec<usize>,
    /// Separate or shared networks for S and T.
    pub trunk: Trunk,
    /// Activation of S.
    pub scale_activation: Activation,
    /// Activation of T, and of a shared network.
    pub shift_activation: Activation,
    /// How couplings divide the coordinates.
    pub split: SplitKind,
    /// Bound b of the scales S of affine couplings, S = b·tanh(S̃/b); 0 for none.
    pub scale_bound: f64,
    /// Number of bins of spline couplings.
    pub bins: usize,
    /// Spline couplings act on [−B, B] and leave what is outside of it alone.
    pub tail_bound: f64,
    /// Which square root of the covariance whitenings take.
    pub whitening: WhiteningKind,
    /// Degree of the mean of whitenings as a polynomial in the coordinate of the pair.
    pub mean_degree: usize,
}

impl Default for Architecture {
    fn default() -> Self {
        Self {
            network: NetworkKind::default(),
            hidden: vec![64, 64],
            trunk: Trunk::Separate,
            scale_activation: Activation::Tanh,
            shift_activation: Activation::Tanh,
            split: SplitKind::EvenOdd,
            scale_bound: 0.0,
            bins: 8,
            tail_bound: 5.0,
            whitening: WhiteningKind::Zca,
            mean_degree: 4,
        }
    }
}

/// Separate networks for scale and shift, or one network with both outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trunk {
    /// Networks S and T of their own.
    #[default]
    Separate,
    /// One network whose outputs are S and T.
    Shared,
}

crate::num::words!(Trunk: Separate = "separate", Shared = "shared");

/// Which square root A of the covariance Σ = A·Aᵀ a whitening takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhiteningKind {
    /// A = V·√Λ, Σ = V·Λ·Vᵀ: z are principal components, the softest first.
    Pca,
    /// A = V·√Λ·Vᵀ: z are as near to the coordinates as white ones can be, so that neighbours stay neighbours.
    #[default]
    Zca,
}

crate::num::words!(WhiteningKind: Pca = "pca", Zca = "zca");
