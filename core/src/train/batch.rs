//! A batch cut into groups: the unit that an executor runs.

use alloc::{vec, vec::Vec};

use super::{Examples, Stage};
use crate::generator::BoltzmannGenerator;
use crate::loss::{ChunkWork, Observed, Side, Term};
use crate::num::{Executor, Purpose, Real, Stream};
use crate::prior::Prior;

/// Samples per group aimed at. The number of groups depends on the batch alone, never on threads,
/// and partial gradients are added in group order: the same bits on any executor.
const GROUP: usize = 128;

/// One group: its samples on both sides, and its share of the gradient.
#[derive(Debug)]
struct Group<T> {
    index: u64,
    first: usize,
    generate: Option<ChunkWork<T>>,
    encode: Option<ChunkWork<T>>,
    g_theta: Vec<T>,
    values: Vec<f64>,
}

/// All groups of a stage's batch; made once per stage, reused in every step.
#[derive(Debug)]
pub(super) struct Batch<T: Real> {
    groups: Vec<Group<T>>,
    terms: Vec<Term>,
    temperatures: Vec<f64>,
    totals: [Vec<f64>; 2],
    /// ∂L/∂θ of the last step.
    pub(super) g_theta: Vec<T>,
    /// Value of each term in the last step.
    pub(super) values: Vec<f64>,
    /// What the generating side saw in the last step.
    pub(super) observed: Observed,
}

/// The two sides in a fixed order.
const SIDES: [Side; 2] = [Side::Generate, Side::Encode];

impl<T: Real> Group<T> {
    fn side(&mut self, side: Side) -> Option<&mut ChunkWork<T>> {
        match side {
            Side::Generate => self.generate.as_mut(),
            Side::Encode => self.encode.as_mut(),
        }
    }
}

impl<T: Real> Batch<T> {
    pub(super) fn new(stage: &Stage, terms: Vec<Term>, dim: usize, n_params: usize) -> Self {
        let n_groups = stage.batch.div_ceil(GROUP);
        let has = |side| terms.iter().any(|t: &Term| t.loss.side() == side);
        let groups = (0..n_groups)
            .map(|g| {
                let first = stage.batch * g / n_groups;
                let n = stage.batch * (g + 1) / n_groups - first;
                let work = |side| has(side).then(|| ChunkWork::new(side, n, dim));
                Group {
                    index: g as u64,
                    first,
                    generate: work(Side::Generate),
                    encode: work(Side::Encode),
                    g_theta: vec![T::ZERO; n_params],
                    values: vec![0.0; terms.len()],
                }
            })
            .collect();
        let sums = |side| {
            vec![0.0; terms.iter().filter(|t| t.loss.side() == side).map(|t| t.loss.n_sums()).sum()]
        };
        Self {
            groups,
            totals: SIDES.map(sums),
            temperatures: stage.temperatures.clone(),
            g_theta: vec![T::ZERO; n_params],
            values: vec![0.0; terms.len()],
            observed: Observed::default(),
            terms,
        }
    }

    /// Number of generated samples per step, each costing one energy evaluation.
    pub(super) fn energy_evaluations(&self) -> u64 {
        self.groups.iter().filter_map(|g| g.generate.as_ref()).map(|w| w.batch.nrows() as u64).sum()
    }

    /// Names and weights of the terms.
    pub(super) fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Loss values and ∂L/∂θ of step `step`.
    pub(super) fn evaluate(
        &mut self,
        generator: &BoltzmannGenerator<T>,
        examples: Option<&Examples>,
        seed: u64,
        step: u64,
        executor: &impl Executor,
    ) {
        let Self { groups, terms, temperatures, totals, .. } = self;
        let BoltzmannGenerator { flow, theta, target, .. } = generator;
        executor.for_each(groups, |group| {
            let (index, first) = (group.index, group.first);
            if let Some(work) = &mut group.generate {
                let mut rng = Stream::new(seed, Purpose::Prior, step, index);
                draw_latent(work, first, temperatures, &mut rng);
                work.map(flow, theta, target, temperatures, terms);
            }
            if let (Some(work), Some(examples)) = (&mut group.encode, examples) {
                let mut rng = Stream::new(seed, Purpose::Batch, step, index);
                draw_examples(work, examples, &mut rng);
                work.map(flow, theta, target, &[1.0], terms);
            }
        });

        for (side, totals) in SIDES.into_iter().zip(totals.iter_mut()) {
            totals.fill(0.0);
            for work in groups.iter_mut().filter_map(|g| g.side(side)) {
                for (total, sum) in totals.iter_mut().zip(&work.sums) {
                    *total += sum;
                }
            }
        }
        executor.for_each(groups, |group| {
            group.g_theta.fill(T::ZERO);
            group.values.fill(0.0);
            let Group { generate, encode, g_theta, values, .. } = group;
            for (work, totals) in [generate, encode].into_iter().zip(totals.iter()) {
                if let Some(work) = work {
                    work.pull_back(flow, theta, terms, totals, values, g_theta);
                }
            }
        });
        self.collect();
    }

    /// Adds up the groups in order.
    fn collect(&mut self) {
        self.g_theta.fill(T::ZERO);
        self.values.fill(0.0);
        self.observed = Observed::default();
        for group in &self.groups {
            (T::kernels().add)(&group.g_theta, &mut self.g_theta);
            for (v, part) in self.values.iter_mut().zip(&group.values) {
                *v += part;
            }
            for work in [&group.generate, &group.encode].into_iter().flatten() {
                self.observed.dropped += work.observed.dropped;
            }
            if let Some(work) = &group.generate {
                self.observed.count += work.observed.count;
                self.observed.u += work.observed.u;
                self.observed.log_det += work.observed.log_det;
            }
        }
    }
}

/// Latent samples z ~ N(0, τ), the temperatures taking turns over the batch.
fn draw_latent<T: Real>(
    work: &mut ChunkWork<T>,
    first: usize,
    temperatures: &[f64],
    rng: &mut Stream,
) {
    Prior::standard(work.batch.ncols()).sample(&mut work.batch, rng);
    work.weight.fill(1.0);
    for (i, index) in work.temperature.iter_mut().enumerate() {
        *index = (first + i) % temperatures.len();
        let tau = temperatures[*index];
        if tau != 1.0 {
            let sigma = T::lit(Real::sqrt(tau));
            work.batch.row_mut(i).iter_mut().for_each(|z| *z *= sigma);
        }
    }
}

/// Examples drawn uniformly; their weights go into the loss.
fn draw_examples<T: Real>(work: &mut ChunkWork<T>, examples: &Examples, rng: &mut Stream) {
    for row in 0..work.batch.nrows() {
        let chosen = rng.below(examples.x().nrows());
        for column in 0..work.batch.ncols() {
            work.batch[(row, column)] = T::lit(examples.x()[(chosen, column)]);
        }
        work.weight[row] = examples.weight(chosen);
    }
}
