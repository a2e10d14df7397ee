//! The hot path: one group of a batch from samples to its share of ∂L/∂θ, for all losses of one direction.

use alloc::{boxed::Box, sync::Arc, vec, vec::Vec};

use nalgebra::DMatrix;

use super::values::GENERATED;
use super::{
    Inputs, Known, Loss, LossChunk, LossGradient, Needs, Objective, Rows, Source, Values, Work,
};
use crate::flow::{Bijector, Derivatives, Pass};
use crate::num::kernel::CHAIN_LEN;
use crate::num::{Accumulator, Real, Tape};
use crate::potential::Scratch;

/// A loss and its weight in the sum that is minimised.
#[derive(Clone, Debug)]
pub struct Term {
    /// Weight.
    pub weight: f64,
    /// Loss.
    pub loss: Arc<dyn Loss>,
}

/// Losses of one direction, which share one pass through the flow.
#[derive(Clone, Debug)]
pub struct Densities {
    blueprint: Arc<Blueprint>,
}

#[derive(Debug)]
struct Blueprint {
    source: Source,
    terms: Vec<Term>,
    temperatures: Vec<f64>,
}

/// Number of [`Observed`], the first of the sums.
const OBSERVED: usize = 4;

/// Sums over the generated samples that were kept; of examples only the dropped ones are counted.
#[derive(Clone, Copy, Debug, Default)]
struct Observed {
    /// Samples kept at relative temperature 1.
    count: f64,
    /// Samples dropped because a number was not finite.
    dropped: f64,
    /// Σ u over the kept samples at relative temperature 1.
    u: f64,
    /// Σ log_det over the same samples.
    log_det: f64,
}

impl Observed {
    fn of(sums: &[f64]) -> Self {
        match sums.first_chunk::<OBSERVED>() {
            Some(&[count, dropped, u, log_det]) => Self { count, dropped, u, log_det },
            None => Self::default(),
        }
    }
}

impl Densities {
    /// The losses among `terms` that learn from `source`, with generated samples at relative `temperatures`, which take turns;
    /// `None` if there are none.
    #[must_use]
    pub fn new(source: Source, terms: &[Term], temperatures: &[f64]) -> Option<Self> {
        let terms: Vec<Term> =
            terms.iter().filter(|t| t.loss.source() == source).cloned().collect();
        // Examples are those of the target.
        let temperatures = match source {
            Source::Prior => temperatures.to_vec(),
            Source::Examples => vec![1.0],
        };
        let some = !terms.is_empty();
        some.then(|| Self { blueprint: Arc::new(Blueprint { source, terms, temperatures }) })
    }
}

impl<T: Real> Objective<T> for Densities {
    fn needs(&self) -> Needs {
        let source = self.blueprint.source;
        let derivatives =
            Derivatives { forward: source == Source::Prior, inverse: source == Source::Examples };
        Needs { source, derivatives }
    }

    fn n_sums(&self) -> usize {
        OBSERVED + self.blueprint.terms.iter().map(|t| t.loss.n_sums()).sum::<usize>()
    }

    fn n_values(&self) -> usize {
        self.blueprint.terms.len()
    }

    fn work(&self, weight: f64, rows: Rows, dim: usize) -> Box<dyn Work<T>> {
        Box::new(ChunkWork::new(Arc::clone(&self.blueprint), weight, rows, dim))
    }

    fn energy_evaluations(&self, rows: usize) -> u64 {
        match self.blueprint.source {
            Source::Prior => rows as u64,
            Source::Examples => 0,
        }
    }

    fn dropped(&self, totals: &[f64]) -> usize {
        Observed::of(totals).dropped as usize
    }

    fn report(&self, totals: &[f64], values: &[f64], known: Known<'_>, report: &mut Values) {
        for (term, value) in self.blueprint.terms.iter().zip(values) {
            report.set(term.loss.name(), *value);
        }
        let Observed { count, u, log_det, .. } = Observed::of(totals);
        if count > 0.0 {
            let (u, s) = (u / count, known.prior.entropy() + log_det / count);
            let kl = known.log_z.map(|log_z| u - s + log_z);
            for (spec, value) in GENERATED.iter().zip([Some(u), Some(s), Some(u - s), kl]) {
                if let Some(value) = value {
                    report.set(spec.name, value);
                }
            }
        }
    }
}

/// One group's buffers for one direction of the flow; reused in every step.
#[derive(Debug)]
struct ChunkWork<T: Real> {
    blueprint: Arc<Blueprint>,
    scale: f64,
    rows: Rows,
    /// Samples in, images out, then gradients: `n × dim`.
    batch: DMatrix<T>,
    input: DMatrix<T>,
    log_det: Vec<T>,
    tape: Tape<T>,
    observed: Observed,
    weight: Vec<f64>,
    temperature: Vec<usize>,
    point: DMatrix<f64>,
    log_det_f64: Vec<f64>,
    /// Energies and their gradients of configurations, ln q_Z and its gradients of latent points.
    density: Vec<f64>,
    slope: DMatrix<f64>,
    gradient: LossGradient,
    scratch: Scratch,
}

impl<T: Real> ChunkWork<T> {
    fn new(blueprint: Arc<Blueprint>, scale: f64, rows: Rows, dim: usize) -> Self {
        let n = rows.count;
        let turns = blueprint.temperatures.len();
        Self {
            blueprint,
            scale,
            rows,
            batch: DMatrix::from_element(n, dim, T::ZERO),
            input: DMatrix::from_element(n, dim, T::ZERO),
            log_det: vec![T::ZERO; n],
            tape: Tape::new(),
            observed: Observed::default(),
            weight: vec![1.0; n],
            temperature: (0..n).map(|i| (rows.first + i) % turns).collect(),
            point: DMatrix::from_element(n, dim, 0.0),
            log_det_f64: vec![0.0; n],
            density: vec![0.0; n],
            slope: DMatrix::from_element(n, dim, 0.0),
            gradient: LossGradient::new(n, dim),
            scratch: Scratch::default(),
        }
    }

    /// Draws the samples of a step.
    fn draw(&mut self, inputs: &Inputs<'_, T>) {
        let Self { blueprint, rows, batch, .. } = self;
        let Blueprint { source, temperatures, .. } = &**blueprint;
        let drawn = inputs.draw(*source, *rows, temperatures, batch);
        // A plan without the examples that it needs is refused before it gets here.
        self.weight.fill(if drawn { 1.0 } else { 0.0 });
    }

    /// Flow and conversion of the images to f64.
    fn send(&mut self, inputs: &Inputs<'_, T>) {
        self.log_det.fill(T::ZERO);
        self.tape.clear();
        let Self { blueprint, batch, log_det, tape, .. } = self;
        let mut pass = Pass::new(inputs.theta, inputs.constants, tape);
        match blueprint.source {
            Source::Prior => inputs.flow.forward(&mut pass, batch, log_det),
            Source::Examples => inputs.flow.inverse(&mut pass, batch, log_det),
        }
        for (wide, x) in self.point.iter_mut().zip(self.batch.iter()) {
            *wide = x.to_f64();
        }
        for (wide, l) in self.log_det_f64.iter_mut().zip(&self.log_det) {
            *wide = l.to_f64();
        }
    }

    /// Samples whose image is not finite get weight 0 and the origin as their input; true if
    /// there are any.
    fn drop_undefined_images(&mut self) -> bool {
        let mut any = false;
        for i in 0..self.weight.len() {
            let finite =
                self.log_det_f64[i].is_finite() && self.point.row(i).iter().all(|v| v.is_finite());
            if !finite {
                any = true;
                self.weight[i] = 0.0;
                self.observed.dropped += 1.0;
                self.input.row_mut(i).fill(T::ZERO);
            }
        }
        any
    }

    /// Samples whose energy is NaN, or finite with a gradient that is not, get weight 0. An
    /// infinite energy is kept: the cap deals with it.
    fn drop_undefined_energies(&mut self) {
        for i in 0..self.weight.len() {
            let u = self.density[i];
            let steep = u.is_finite() && !self.slope.row(i).iter().all(|g| g.is_finite());
            if self.weight[i] > 0.0 && (u.is_nan() || steep) {
                self.weight[i] = 0.0;
                self.observed.dropped += 1.0;
            }
        }
    }

    /// Sums over the kept samples at relative temperature 1.
    fn observe(&mut self) {
        for i in 0..self.weight.len() {
            let tau = self.blueprint.temperatures[self.temperature[i]];
            if self.weight[i] > 0.0 && tau == 1.0 {
                self.observed.count += 1.0;
                self.observed.u += self.density[i];
                self.observed.log_det += self.log_det_f64[i];
            }
        }
    }

    /// The chunk as its losses see it, beside what they write to.
    fn split(&mut self) -> (&[Term], LossChunk<'_>, &mut LossGradient) {
        let density = (&self.density[..], &self.slope);
        let chunk = LossChunk::new(
            &self.point,
            &self.log_det_f64,
            density,
            &self.weight,
            &self.temperature,
        );
        (&self.blueprint.terms, chunk, &mut self.gradient)
    }
}

impl<T: Real> Work<T> for ChunkWork<T> {
    /// Sends samples through the flow, evaluates energies or densities, drops samples that are not finite, and collects the
    /// sums.
    fn map(&mut self, inputs: &Inputs<'_, T>, sums: &mut [f64]) {
        self.draw(inputs);
        self.input.copy_from(&self.batch);
        self.observed = Observed::default();
        self.send(inputs);
        if self.drop_undefined_images() {
            // What they left on the tape would spoil the gradient even with weight 0.
            self.batch.copy_from(&self.input);
            self.send(inputs);
        }
        let Self { point, density, slope, scratch, .. } = self;
        match self.blueprint.source {
            Source::Prior => {
                inputs.target.evaluate(point, density, slope, scratch);
                self.drop_undefined_energies();
                self.observe();
            }
            Source::Examples => {
                inputs.prior.log_density(point, density);
                inputs.prior.score(point, slope);
            }
        }
        sums.fill(0.0);
        let (seen, mut rest) = sums.split_at_mut(OBSERVED);
        let Observed { count, dropped, u, log_det } = self.observed;
        seen.copy_from_slice(&[count, dropped, u, log_det]);
        let (terms, chunk, gradient) = self.split();
        for Term { loss, .. } in terms {
            let (these, after) = rest.split_at_mut(loss.n_sums());
            loss.add_sums(&chunk, gradient, these);
            rest = after;
        }
    }

    fn vjp(
        &mut self,
        inputs: &Inputs<'_, T>,
        totals: &[f64],
        values: &mut [f64],
        g_theta: Accumulator<'_, T>,
    ) {
        self.gradient.clear();
        let scale = self.scale;
        let (_, mut rest) = totals.split_at(OBSERVED);
        let (terms, chunk, gradient) = self.split();
        for (Term { weight, loss }, value) in terms.iter().zip(values) {
            let (these, after) = rest.split_at(loss.n_sums());
            *value = loss.evaluate(scale * weight, &chunk, these, gradient);
            rest = after;
        }
        for (g, wide) in self.batch.iter_mut().zip(self.gradient.point.iter()) {
            *g = T::lit(*wide);
        }
        for (g, wide) in self.log_det.iter_mut().zip(&self.gradient.log_det) {
            *g = T::lit(*wide);
        }
        let Self { blueprint, batch, log_det, tape, .. } = self;
        let mut pass = Pass::new(inputs.theta, inputs.constants, tape);
        match blueprint.source {
            Source::Prior => inputs.flow.forward_vjp(&mut pass, batch, log_det, g_theta),
            Source::Examples => inputs.flow.inverse_vjp(&mut pass, batch, log_det, g_theta),
        }
    }

    fn is_single_sum(&self) -> bool {
        self.rows.count <= CHAIN_LEN
    }
}
