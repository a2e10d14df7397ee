//! A flow: a chain of bijectors on one θ.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};
use core::ops::Range;

use nalgebra::DMatrix;

use super::{Architecture, Bijector, Columns, Context, Derivatives, Entry, Pass};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Real, Result, Stream, Tape};
use crate::system::Support;

/// Examples that go through a layer together while a flow is fitted.
const BLOCK: usize = 512;

/// It is what a notation makes, and has no letter itself.
pub(super) fn entry<T: Real>() -> Entry<T> {
    Entry { letter: None, examples }
}

/// Layers applied one after the other in the direction z → x; itself a [`Bijector`].
///
/// ```
/// use boltzflow::flow::{Architecture, Bijector, FixedAffine};
///
/// // Two blocks of couplings in coordinates of unit size, then to those of the system.
/// let mut flow = Architecture::default().build::<f32>("R2", 2, 1)?;
/// flow.push("units".into(), Box::new(FixedAffine::new(vec![0.0, 3.0], vec![0.1, 2.0])?));
/// assert_eq!(flow.len(), 5);
/// assert_eq!(flow.layout().n_params(), flow.n_params());
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Debug)]
pub struct Flow<T: Real> {
    dim: usize,
    layers: Vec<Layer<T>>,
}

/// A layer with its name and where its numbers lie.
#[derive(Debug)]
struct Layer<T: Real> {
    name: String,
    bijector: Box<dyn Bijector<T>>,
    theta: Range<usize>,
    constants: Range<usize>,
}

impl<T: Real> Layer<T> {
    fn pass<'a>(&self, pass: &'a mut Pass<'_, T>) -> Pass<'a, T> {
        pass.part(self.theta.clone(), self.constants.clone())
    }

    /// x → z for any number of samples, a block at a time.
    fn encode(&self, theta: &[T], constants: &[T], context: Context<'_, T>, x: &mut DMatrix<T>) {
        let mut tape = Tape::off();
        for start in (0..x.nrows()).step_by(BLOCK) {
            let rows = BLOCK.min(x.nrows() - start);
            let mut block = x.rows(start, rows).into_owned();
            let values = context.rows(start, rows, &mut tape);
            let context = Context::new(&values, context.columns());
            let mut pass = Pass::new(theta, constants, &mut tape).with_context(context);
            self.bijector.inverse(&mut pass, &mut block, &mut vec![T::ZERO; rows]);
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

    /// Appends a layer at the x end, of this crate or another.
    pub fn push(&mut self, name: String, bijector: Box<dyn Bijector<T>>) {
        debug_assert_eq!(bijector.dim(), self.dim);
        let next = |end: usize, n: usize| end..end + n;
        let theta = next(self.n_params(), bijector.n_params());
        let constants = next(self.n_constants(), bijector.n_constants());
        self.layers.push(Layer { name, bijector, theta, constants });
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

    /// Names, shapes and ranges of all parameters and constants.
    #[must_use]
    pub fn layout(&self) -> ParamLayout {
        let mut layout = ParamLayout::default();
        self.describe("", &mut layout);
        layout
    }

    /// The name of the first layer that does not keep these supports.
    pub(crate) fn misfit(&self, supports: &[Support]) -> Option<&str> {
        let layer = self.layers.iter().find(|layer| !layer.bijector.keeps(supports));
        layer.map(|layer| &*layer.name)
    }

    /// z → x through the first `layers` layers only, for looking inside.
    pub fn forward_through(
        &self,
        pass: &mut Pass<'_, T>,
        layers: usize,
        x: &mut DMatrix<T>,
        log_det: &mut [T],
    ) {
        for layer in self.layers.iter().take(layers) {
            layer.bijector.forward(&mut layer.pass(pass), x, log_det);
        }
    }

    /// The way back from there: x → z from behind the first `layers` layers.
    pub fn inverse_through(
        &self,
        pass: &mut Pass<'_, T>,
        layers: usize,
        x: &mut DMatrix<T>,
        log_det: &mut [T],
    ) {
        for layer in self.layers.iter().take(layers).rev() {
            layer.bijector.inverse(&mut layer.pass(pass), x, log_det);
        }
    }
}

impl<T: Real> Bijector<T> for Flow<T> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn n_params(&self) -> usize {
        self.layers.last().map_or(0, |l| l.theta.end)
    }

    fn n_constants(&self) -> usize {
        self.layers.last().map_or(0, |l| l.constants.end)
    }

    /// All layers see the same context.
    fn n_context(&self) -> usize {
        self.layers.iter().map(|l| l.bijector.n_context()).max().unwrap_or(0)
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

    fn init(&self, theta: &mut [T], constants: &mut [T], rng: &mut Stream) {
        for Layer { bijector, theta: t, constants: c, .. } in &self.layers {
            bijector.init(&mut theta[t.clone()], &mut constants[c.clone()], rng);
        }
    }

    /// From x to z: each layer is fitted to what those before it made of the examples.
    fn fit(
        &self,
        theta: &[T],
        constants: &mut [T],
        context: Context<'_, T>,
        x: &DMatrix<T>,
        weights: &[f64],
    ) -> Result<()> {
        let is_fitted = |layer: &Layer<T>| layer.bijector.n_constants() > 0;
        let Some(last) = self.layers.iter().position(is_fitted) else { return Ok(()) };
        let mut x = x.clone();
        for layer in self.layers[last..].iter().rev() {
            let theta = &theta[layer.theta.clone()];
            let constants = &mut constants[layer.constants.clone()];
            layer.bijector.fit(theta, constants, context, &x, weights)?;
            layer.encode(theta, constants, context, &mut x);
        }
        Ok(())
    }

    fn forward(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        self.forward_through(pass, self.layers.len(), x, log_det);
    }

    fn inverse(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        self.inverse_through(pass, self.layers.len(), x, log_det);
    }

    fn forward_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        mut g_theta: Accumulator<'_, T>,
    ) {
        for layer in self.layers.iter().rev() {
            let g_layer = g_theta.part(layer.theta.clone());
            layer.bijector.forward_vjp(&mut layer.pass(pass), g, g_log_det, g_layer);
        }
    }

    fn inverse_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        mut g_theta: Accumulator<'_, T>,
    ) {
        for layer in &self.layers {
            let g_layer = g_theta.part(layer.theta.clone());
            layer.bijector.inverse_vjp(&mut layer.pass(pass), g, g_log_det, g_layer);
        }
    }

    fn has_constant_jacobian(&self) -> bool {
        self.layers.iter().all(|l| l.bijector.has_constant_jacobian())
    }

    fn keeps(&self, supports: &[Support]) -> bool {
        self.misfit(supports).is_none()
    }

    fn derivatives(&self) -> Derivatives {
        let each = self.layers.iter().map(|l| l.bijector.derivatives());
        each.fold(Derivatives::ALL, Derivatives::and)
    }
}

/// Examples for the contract tests.
fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let architecture = Architecture { hidden: vec![6, 6], ..Architecture::default() };
    let circle = Support::Circle { period: 5.0 };
    let round = Columns::all(4).on(&[Support::Line, circle, circle, Support::Line]);
    [
        ("R2", Columns::all(2)),
        ("N2S", Columns::all(4)),
        ("SPRN", Columns::all(3)),
        ("WQ", Columns::all(3)),
        ("D(W)WRSNP(QS)", Columns::all(8).in_space(2)),
        ("RWN", round.with_context(2)),
    ]
    .into_iter()
    .filter_map(|(notation, columns)| {
        let flow = architecture.build_on(notation, &columns, 1).ok()?;
        Some((notation, Box::new(flow) as Box<dyn Bijector<T>>))
    })
    .collect()
}
