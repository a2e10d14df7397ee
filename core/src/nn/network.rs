//! What a network promises.

use core::fmt::{self, Debug};

use super::ParamLayout;
use crate::num::{Accumulator, Activation, Real, Stream, Tape};

/// What a network of a registered kind is made from.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// Numbers that it sees of each sample.
    pub inputs: usize,
    /// Hidden widths.
    pub hidden: &'a [usize],
    /// Numbers that it gives for each sample.
    pub outputs: usize,
    /// What lies between its layers.
    pub activation: Activation,
}

/// A function of samples with parameters and a hand-derived vector-Jacobian product.
///
/// Chunks are `n × columns`, column-major. What `forward` records on the tape, `vjp` takes back.
pub trait Network<T: Real>: Send + Sync {
    /// Number of inputs.
    fn inputs(&self) -> usize;

    /// Number of outputs.
    fn outputs(&self) -> usize;

    /// Length of its slice of θ.
    fn n_params(&self) -> usize;

    /// Appends the names of the parameters under `prefix`.
    fn describe(&self, prefix: &str, layout: &mut ParamLayout);

    /// Draws initial parameters whose outputs are of the size of `output_scale`, so that a small value starts a coupling near the identity.
    fn init(&self, theta: &mut [T], output_scale: f64, rng: &mut Stream);

    /// Writes the outputs (`n × outputs`) of `n` samples (`n × inputs`). θ begins with this network's parameters; what
    /// follows is expected to be needed next.
    fn forward(&self, theta: &[T], n: usize, input: &[T], output: &mut [T], tape: &mut Tape<T>);

    /// After `forward`: contributes ∂L/∂input (`n × inputs`) and ∂L/∂θ, given ∂L/∂output (`n × outputs`).
    fn vjp(
        &self,
        theta: &[T],
        n: usize,
        input: &[T],
        g_output: &[T],
        g_input: Accumulator<'_, T>,
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    );
}

impl<T: Real> Debug for dyn Network<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a network of {} parameters", self.n_params())
    }
}
