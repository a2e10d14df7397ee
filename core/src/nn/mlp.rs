//! Multilayer perceptron: dense layers with an activation between them, linear at the end.

use alloc::{boxed::Box, vec, vec::Vec};

use super::{Network, ParamLayout, Shape};
use crate::num::kernel::{Finish, PACK_LEN, Product, Start, Transpose};
use crate::num::{Accumulator, Activation, Buffer, Real, Stream, Tape};

/// h₀ = input, h_l = a(h_{l−1} W_l + b_l) for the hidden layers, output = h_{L−1} W_L + b_L.
///
/// Rows are samples; W_l is `in × out`, column-major. θ holds W₁, b₁, W₂, … in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mlp {
    sizes: Vec<usize>,
    activation: Activation,
}

impl Mlp {
    /// `sizes` = inputs, hidden widths, outputs.
    #[must_use]
    pub fn new(sizes: Vec<usize>, activation: Activation) -> Self {
        Self { sizes, activation }
    }

    /// Sizes: inputs, hidden widths, outputs.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }
}

/// The network of a shape.
pub(super) fn build<T: Real>(shape: &Shape<'_>) -> Box<dyn Network<T>> {
    let mut sizes = vec![shape.inputs];
    sizes.extend_from_slice(shape.hidden);
    sizes.push(shape.outputs);
    Box::new(Mlp::new(sizes, shape.activation))
}

impl<T: Real> Network<T> for Mlp {
    fn inputs(&self) -> usize {
        self.sizes.first().copied().unwrap_or(0)
    }

    fn outputs(&self) -> usize {
        self.sizes.last().copied().unwrap_or(0)
    }

    fn n_params(&self) -> usize {
        self.sizes.windows(2).map(|p| (p[0] + 1) * p[1]).sum()
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        layout.push_dense(prefix, &self.sizes);
    }

    /// Draws parameters uniformly from ±1/√inputs of each layer; those of the last layer are
    /// multiplied by `output_scale`.
    fn init(&self, theta: &mut [T], output_scale: f64, rng: &mut Stream) {
        let mut rest = theta;
        let layers = self.sizes.len() - 1;
        for (l, pair) in self.sizes.windows(2).enumerate() {
            let (this, next) = rest.split_at_mut((pair[0] + 1) * pair[1]);
            let bound = Real::sqrt(1.0 / pair[0].max(1) as f64);
            let scale = if l + 1 == layers { bound * output_scale } else { bound };
            for value in this {
                *value = T::lit((2.0 * rng.uniform() - 1.0) * scale);
            }
            rest = next;
        }
    }

    /// Records the hidden layers.
    fn forward(&self, theta: &[T], n: usize, input: &[T], output: &mut [T], tape: &mut Tape<T>) {
        let kernels = T::kernels();
        let mut pack = tape.take(PACK_LEN);
        // Weights of the layer after layer l; after the last one, of the first layer of a network like this one.
        let weights_after = |l: usize| match self.sizes.get(l + 1..l + 3) {
            Some(next) => next[0] * next[1],
            None => self.sizes[0] * self.sizes[1],
        };
        let mut rest = theta;
        let mut hidden: Option<Buffer<T>> = None;
        for (l, pair) in self.sizes.windows(2).enumerate() {
            let (weights, next) = rest.split_at(pair[0] * pair[1]);
            let (bias, next) = next.split_at(pair[1]);
            rest = next;
            let last = l + 2 == self.sizes.len();
            let mut made = if last { Buffer::default() } else { tape.take(n * pair[1]) };
            let target: &mut [T] = if last { output } else { &mut made };
            // The gradient of silu needs its argument, so that it is applied to a copy.
            let copies = self.activation == Activation::Silu;
            let product = Product {
                transpose: Transpose::None,
                m: n,
                n: pair[1],
                k: pair[0],
                start: Start::Bias(bias),
                finish: if last || copies {
                    Finish::Nothing
                } else {
                    Finish::Activate(self.activation)
                },
                soon: &rest[..weights_after(l).min(rest.len())],
            };
            let source = hidden.as_deref().unwrap_or(input);
            (kernels.gemm)(&product, source, weights, target, &mut pack);
            if let Some(done) = hidden.take() {
                tape.push(done);
            }
            if !last {
                if copies {
                    let mut argument = tape.take(n * pair[1]);
                    argument.copy_from_slice(&made);
                    tape.push(argument);
                    (kernels.activate)(self.activation, &mut made);
                }
                hidden = Some(made);
            }
        }
        tape.recycle(pack);
    }

    /// For Y = X W + b: ∂L/∂W = Xᵀ G, ∂L/∂b = Σ_samples G, ∂L/∂X = G Wᵀ with G = ∂L/∂Y; through an
    /// activation G ← G ∘ a′.
    fn vjp(
        &self,
        theta: &[T],
        n: usize,
        input: &[T],
        g_output: &[T],
        mut g_input: Accumulator<'_, T>,
        mut g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        let kernels = T::kernels();
        let mut pack = tape.take(PACK_LEN);
        let mut upstream: Option<Buffer<T>> = None;
        let mut end = Network::<T>::n_params(self);
        for (l, pair) in self.sizes.windows(2).enumerate().rev() {
            let start = end - (pair[0] + 1) * pair[1];
            let (bias, weights) = (start + pair[0] * pair[1], &theta[start..][..pair[0] * pair[1]]);
            let g = upstream.as_deref().unwrap_or(g_output);
            let record = (l > 0).then(|| tape.pop());
            let source = record.as_deref().unwrap_or(input);

            if let Some((target, from)) = g_theta.part(start..bias).target() {
                let product = Product {
                    transpose: Transpose::Left,
                    m: pair[0],
                    n: pair[1],
                    k: n,
                    start: from,
                    finish: Finish::Nothing,
                    soon: weights,
                };
                (kernels.gemm)(&product, source, g, target, &mut pack);
                for (j, column) in g.chunks_exact(n).enumerate() {
                    g_theta.add(bias + j, (kernels.sum)(column));
                }
            }
            end = start;

            let product = Product {
                transpose: Transpose::Right,
                m: n,
                n: pair[0],
                k: pair[1],
                start: Start::Zero,
                finish: Finish::Nothing,
                // What the vjp of the next layer down, or of the next network, begins with.
                soon: &[],
            };
            let Some(saved) = record else {
                if let Some((target, from)) = g_input.target() {
                    let product = Product { start: from, soon: tape.top(), ..product };
                    (kernels.gemm)(&product, g, weights, target, &mut pack);
                }
                continue;
            };
            let argument = (self.activation == Activation::Silu).then(|| tape.pop());
            let through = argument.as_deref().unwrap_or(&saved);
            let mut g_source = tape.take(n * pair[0]);
            let product = Product {
                finish: Finish::Vjp(self.activation, through),
                soon: if l > 1 { tape.top() } else { input },
                ..product
            };
            (kernels.gemm)(&product, g, weights, &mut g_source, &mut pack);
            argument.into_iter().for_each(|used| tape.recycle(used));
            tape.recycle(saved);
            if let Some(used) = upstream.replace(g_source) {
                tape.recycle(used);
            }
        }
        if let Some(used) = upstream {
            tape.recycle(used);
        }
        tape.recycle(pack);
    }
}
