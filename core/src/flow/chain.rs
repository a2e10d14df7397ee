//! A flow: a chain of bijectors on one θ.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Architecture, Bijector, Derivatives};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Real, Result, Stream, Tape};

/// Examples that go through a layer together while a flow is fitted.
const BLOCK: usize = 512;

/// Layers applied one after the other in the direction z → x; itself a [`Bijector`].
#[derive(Debug)]
pub struct Flow<T: Real> {
    dim: usize,
    layers: Vec<Layer<T>>,
}

/// A layer with its name and its range in θ.
#[derive(Debug)]
struct Layer<T: Real> {
    name: String,
    bijector: Box<dyn Bijector<T>>,
    start: usize,
    end: usize,
}

impl<T: Real> Layer<T> {
    /// True if it has numbers that come from examples.
    fn is_fitted(&self) -> bool {
        let mut layout = ParamLayout::default();
        self.bijector.describe("", &mut layout);
        layout.entries().iter().any(|e| e.fitted)
    }

    /// x → z for any number of samples, a block at a time.
    fn encode(&self, theta: &[T], x: &mut DMatrix<T>) {
        let mut tape = Tape::off();
        for start in (0..x.nrows()).step_by(BLOCK) {
            let rows = BLOCK.min(x.nrows() - start);
            let mut block = x.rows(start, rows).into_owned();
            self.bijector.inverse(theta, &mut block, &mut vec![T::ZERO; rows], &mut tape);
            x.rows_mut(start, rows).copy_from(&block);
        }
    }
}

impl<T: Real> Flow<T> {
    /// A chain without layers: the identity.
    #[must_use]
    pub fn new(dim: usize) -> Self {
        Self { dim, layers: Vec::new() }
    }

    /// Appends a layer at the x end.
    pub fn push(&mut self, name: String, bijector: Box<dyn Bijector<T>>) {
        debug_assert_eq!(bijector.dim(), self.dim);
        let start = self.layers.last().map_or(0, |l| l.end);
        let end = start + bijector.n_params();
        self.layers.push(Layer { name, bijector, start, end });
    }

    /// Number of layers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// True for the identity.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Names, shapes and ranges of all parameters.
    #[must_use]
    pub fn layout(&self) -> ParamLayout {
        let mut layout = ParamLayout::default();
        self.describe("", &mut layout);
        layout
    }

    /// z → x through the first `layers` layers only, for looking inside.
    pub fn forward_through(
        &self,
        theta: &[T],
        layers: usize,
        x: &mut DMatrix<T>,
        log_det: &mut [T],
        tape: &mut Tape<T>,
    ) {
        for layer in self.layers.iter().take(layers) {
            layer.bijector.forward(&theta[layer.start..layer.end], x, log_det, tape);
        }
    }

    /// The way back from there: x → z from behind the first `layers` layers.
    pub fn inverse_through(
        &self,
        theta: &[T],
        layers: usize,
        x: &mut DMatrix<T>,
        log_det: &mut [T],
        tape: &mut Tape<T>,
    ) {
        for layer in self.layers.iter().take(layers).rev() {
            layer.bijector.inverse(&theta[layer.start..layer.end], x, log_det, tape);
        }
    }
}

impl<T: Real> Bijector<T> for Flow<T> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn n_params(&self) -> usize {
        self.layers.last().map_or(0, |l| l.end)
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        for layer in &self.layers {
            let name = if prefix.is_empty() {
                layer.name.clone()
            } else {
                format!("{prefix}/{}", layer.name)
            };
            layer.bijector.describe(&name, layout);
        }
    }

    fn init(&self, theta: &mut [T], rng: &mut Stream) {
        for layer in &self.layers {
            layer.bijector.init(&mut theta[layer.start..layer.end], rng);
        }
    }

    /// From x to z: each layer is fitted to what those before it made of the examples.
    fn fit(&self, theta: &mut [T], x: &DMatrix<T>, weights: &[f64]) -> Result<()> {
        let Some(last) = self.layers.iter().position(Layer::is_fitted) else { return Ok(()) };
        let mut x = x.clone();
        for layer in self.layers[last..].iter().rev() {
            let theta = &mut theta[layer.start..layer.end];
            layer.bijector.fit(theta, &x, weights)?;
            layer.encode(theta, &mut x);
        }
        Ok(())
    }

    fn forward(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        self.forward_through(theta, self.layers.len(), x, log_det, tape);
    }

    fn inverse(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        self.inverse_through(theta, self.layers.len(), x, log_det, tape);
    }

    fn forward_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        mut g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        for layer in self.layers.iter().rev() {
            let range = layer.start..layer.end;
            let g_layer = g_theta.part(range.clone());
            layer.bijector.forward_vjp(&theta[range], g, g_log_det, g_layer, tape);
        }
    }

    fn inverse_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        mut g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        for layer in &self.layers {
            let range = layer.start..layer.end;
            let g_layer = g_theta.part(range.clone());
            layer.bijector.inverse_vjp(&theta[range], g, g_log_det, g_layer, tape);
        }
    }

    fn has_constant_jacobian(&self) -> bool {
        self.layers.iter().all(|l| l.bijector.has_constant_jacobian())
    }

    /// Those that all layers have.
    fn derivatives(&self) -> Derivatives {
        let layers = self.layers.iter().map(|l| l.bijector.derivatives());
        layers.fold(Derivatives { forward: true, inverse: true }, |all, layer| Derivatives {
            forward: all.forward && layer.forward,
            inverse: all.inverse && layer.inverse,
        })
    }
}

/// Examples for the contract tests.
pub(super) fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let flow = |notation, dim, space| -> Option<Box<dyn Bijector<T>>> {
        let architecture = Architecture { hidden: vec![6, 6], ..Architecture::default() };
        let flow = architecture.build_in_space(notation, dim, space, 1).ok();
        flow.map(|f| Box::new(f) as Box<dyn Bijector<T>>)
    };
    [
        ("R2", flow("R2", 2, 1)),
        ("N2S", flow("N2S", 4, 1)),
        ("SPRN", flow("SPRN", 3, 1)),
        ("WQ", flow("WQ", 3, 1)),
        ("D(W)WRSNP(QS)", flow("D(W)WRSNP(QS)", 8, 2)),
    ]
    .into_iter()
    .filter_map(|(name, flow)| Some((name, flow?)))
    .collect()
}
