//! The networks of a coupling: from the columns that stay to the numbers that change the others.

use alloc::{boxed::Box, format, vec, vec::Vec};

use super::architecture::{Architecture, Trunk};
use crate::nn::{Network, ParamLayout, Shape};
use crate::num::{Accumulator, Activation, Buffer, Real, Stream, Tape};

/// Initial scale of the output layers: couplings start near the identity.
const OUTPUT_SCALE: f64 = 0.1;

/// One or several networks side by side: their outputs are the columns of one `n × outputs` buffer. What they see of a chunk
/// says [`super::Split::inputs`].
#[derive(Debug)]
pub struct Conditioner<T: Real> {
    networks: Vec<(&'static str, Box<dyn Network<T>>)>,
}

impl<T: Real> Conditioner<T> {
    /// Networks with their names, all of the same inputs.
    #[must_use]
    pub fn of(networks: Vec<(&'static str, Box<dyn Network<T>>)>) -> Self {
        Self { networks }
    }

    /// A single network named `name`, of the kind and hidden widths of an architecture.
    #[must_use]
    pub fn single(
        name: &'static str,
        architecture: &Architecture,
        inputs: usize,
        outputs: usize,
        activation: Activation,
    ) -> Self {
        let shape = Shape { inputs, hidden: &architecture.hidden, outputs, activation };
        Self::of(vec![(name, architecture.network.build(&shape))])
    }

    /// Scale and shift of `changed` columns: S in the first half of the outputs, T in the second.
    #[must_use]
    pub fn scale_and_shift(architecture: &Architecture, inputs: usize, changed: usize) -> Self {
        let Architecture { scale_activation: scale, shift_activation: shift, .. } = *architecture;
        match architecture.trunk {
            Trunk::Shared => Self::single("st", architecture, inputs, 2 * changed, shift),
            Trunk::Separate => {
                let mut both = Self::single("s", architecture, inputs, changed, scale);
                both.networks
                    .extend(Self::single("t", architecture, inputs, changed, shift).networks);
                both
            }
        }
    }

    /// Number of parameters.
    #[must_use]
    pub fn n_params(&self) -> usize {
        self.networks.iter().map(|(_, net)| net.n_params()).sum()
    }

    /// Appends the names of the parameters.
    pub fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        for (name, net) in &self.networks {
            net.describe(&format!("{prefix}/{name}"), layout);
        }
    }

    /// Draws initial parameters with small outputs.
    pub fn init(&self, theta: &mut [T], rng: &mut Stream) {
        let mut rest = theta;
        for (_, net) in &self.networks {
            let (this, next) = rest.split_at_mut(net.n_params());
            net.init(this, OUTPUT_SCALE, rng);
            rest = next;
        }
    }

    /// Outputs (`n × outputs`) from inputs (`n × inputs`).
    pub fn forward(&self, theta: &[T], n: usize, input: &[T], tape: &mut Tape<T>) -> Buffer<T> {
        let total: usize = self.networks.iter().map(|(_, net)| net.outputs()).sum();
        let mut out = tape.take(n * total);
        let (mut rest, mut slot) = (theta, &mut *out);
        for (_, net) in &self.networks {
            let (target, next_slot) = slot.split_at_mut(n * net.outputs());
            net.forward(rest, n, input, target, tape);
            (rest, slot) = (&rest[net.n_params()..], next_slot);
        }
        out
    }

    /// Given ∂L/∂outputs: returns ∂L/∂inputs (`n × inputs`), adds ∂L/∂θ.
    pub fn vjp(
        &self,
        theta: &[T],
        n: usize,
        input: &[T],
        g_output: &[T],
        mut g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) -> Buffer<T> {
        let mut g_input = tape.take(input.len());
        let mut sum = Accumulator::empty(&mut g_input);
        let (mut end, mut column) = (self.n_params(), g_output.len());
        // Last network first: the tape is last-in, first-out.
        for (_, net) in self.networks.iter().rev() {
            let start = end - net.n_params();
            let first = column - n * net.outputs();
            net.vjp(
                &theta[start..end],
                n,
                input,
                &g_output[first..column],
                sum.contribution(),
                g_theta.part(start..end),
                tape,
            );
            (end, column) = (start, first);
        }
        g_input
    }
}
