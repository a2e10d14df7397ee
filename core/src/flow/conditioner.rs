//! The networks of a coupling: from the columns that stay to the numbers that change the others.

use alloc::{format, vec, vec::Vec};

use crate::nn::{Mlp, ParamLayout};
use crate::num::{Accumulator, Activation, Buffer, Real, Stream, Tape};

/// Initial scale of the output layers: couplings start near the identity.
const OUTPUT_SCALE: f64 = 0.1;

/// Separate networks for scale and shift, or one network with both outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trunk {
    /// Networks S and T of their own.
    #[default]
    Separate,
    /// One network whose outputs are S and T.
    Shared,
}

impl Trunk {
    /// Names for settings.
    pub const NAMES: &'static [&'static str] = &["separate", "shared"];

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "separate" => Some(Self::Separate),
            "shared" => Some(Self::Shared),
            _ => None,
        }
    }
}

/// One or several networks side by side: their outputs are the columns of one `n × outputs` buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditioner {
    networks: Vec<(&'static str, Mlp)>,
}

impl Conditioner {
    /// A single network named `name`.
    #[must_use]
    pub fn single(
        name: &'static str,
        inputs: usize,
        hidden: &[usize],
        outputs: usize,
        activation: Activation,
    ) -> Self {
        let mut sizes = vec![inputs];
        sizes.extend_from_slice(hidden);
        sizes.push(outputs);
        Self { networks: vec![(name, Mlp::new(sizes, activation))] }
    }

    /// Scale and shift of `changed` columns: S in the first half of the outputs, T in the second.
    #[must_use]
    pub fn scale_and_shift(
        trunk: Trunk,
        inputs: usize,
        hidden: &[usize],
        changed: usize,
        scale: Activation,
        shift: Activation,
    ) -> Self {
        match trunk {
            Trunk::Shared => Self::single("st", inputs, hidden, 2 * changed, shift),
            Trunk::Separate => {
                let mut networks = Self::single("s", inputs, hidden, changed, scale).networks;
                networks.extend(Self::single("t", inputs, hidden, changed, shift).networks);
                Self { networks }
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
            layout.push_dense(&format!("{prefix}/{name}"), net.sizes());
        }
    }

    /// Draws initial parameters with small outputs.
    pub fn init<T: Real>(&self, theta: &mut [T], rng: &mut Stream) {
        let mut rest = theta;
        for (_, net) in &self.networks {
            let (this, next) = rest.split_at_mut(net.n_params());
            net.init(this, OUTPUT_SCALE, rng);
            rest = next;
        }
    }

    /// Outputs (`n × outputs`) from inputs (`n × inputs`).
    pub fn forward<T: Real>(
        &self,
        theta: &[T],
        n: usize,
        input: &[T],
        tape: &mut Tape<T>,
    ) -> Buffer<T> {
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

    /// Pulls ∂L/∂outputs back: returns ∂L/∂inputs (`n × inputs`), adds ∂L/∂θ.
    pub fn vjp<T: Real>(
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
