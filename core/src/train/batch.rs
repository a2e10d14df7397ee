//! A batch cut into groups: the unit that an executor runs.

use alloc::{vec, vec::Vec};

use super::{Examples, Stage};
use crate::generator::BoltzmannGenerator;
use crate::loss::{ChunkWork, Observed, Side, Term};
use crate::num::{Executor, Purpose, Real, SEGMENTS, Stream, segment, segments_mut};
use crate::prior::Prior;

/// Samples per group aimed at.
const GROUP: usize = 128;
/// Numbers in the partial gradients of all groups aimed at.
const PARTIAL: usize = 1 << 24;
/// Fewest groups that the above may lead to, and most.
const GROUPS: (usize, usize) = (4, 64);
/// Most samples that go through the flow together.
const CHUNK: usize = 512;

/// Groups of a batch. Their number depends on batch and network alone, never on threads, and partial
/// gradients are added in group order: the same bits on any executor.
fn group_count(batch: usize, n_params: usize) -> usize {
    let (fewest, most) = GROUPS;
    let fit = (PARTIAL / n_params.max(1)).clamp(fewest, most);
    // A multiple of the fewest, so that two and four threads have equal shares.
    batch.div_ceil(GROUP).min(fit - fit % fewest)
}

/// Samples that kernels handle at once: the size of every part but the last is a multiple of it.
const LANES: usize = 16;

/// The parts of nearly equal size of a range, at most `count`.
fn parts(start: usize, end: usize, count: usize) -> impl Iterator<Item = (usize, usize)> {
    let rows = (end - start).div_ceil(count).next_multiple_of(LANES);
    let edge = move |i: usize| (start + i * rows).min(end);
    (0..count).map(move |i| (edge(i), edge(i + 1))).filter(|(start, end)| start < end)
}

/// Samples that go through the flow together, on both sides.
#[derive(Debug)]
struct Chunk<T> {
    /// Address of its random numbers.
    index: u64,
    first: usize,
    generate: Option<ChunkWork<T>>,
    encode: Option<ChunkWork<T>>,
}

/// One group: its chunks, and its share of the gradient.
#[derive(Debug)]
struct Group<T> {
    chunks: Vec<Chunk<T>>,
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

impl<T: Real> Chunk<T> {
    fn side(&mut self, side: Side) -> Option<&mut ChunkWork<T>> {
        match side {
            Side::Generate => self.generate.as_mut(),
            Side::Encode => self.encode.as_mut(),
        }
    }
}

impl<T: Real> Batch<T> {
    pub(super) fn new(stage: &Stage, terms: Vec<Term>, dim: usize, n_params: usize) -> Self {
        let has = |side| terms.iter().any(|t: &Term| t.loss.side() == side);
        let mut indices = 0..;
        let mut chunk = |(first, end): (usize, usize)| {
            let work = |side| has(side).then(|| ChunkWork::new(side, end - first, dim));
            Chunk {
                index: indices.next().unwrap_or_default(),
                first,
                generate: work(Side::Generate),
                encode: work(Side::Encode),
            }
        };
        let groups = parts(0, stage.batch, group_count(stage.batch, n_params))
            .map(|(first, end)| Group {
                chunks: parts(first, end, (end - first).div_ceil(CHUNK)).map(&mut chunk).collect(),
                g_theta: vec![T::ZERO; n_params],
                values: vec![0.0; terms.len()],
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
        let chunks = self.groups.iter().flat_map(|g| &g.chunks);
        chunks.filter_map(|c| c.generate.as_ref()).map(|w| w.batch.nrows() as u64).sum()
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
            for chunk in &mut group.chunks {
                if let Some(work) = &mut chunk.generate {
                    let mut rng = Stream::new(seed, Purpose::Prior, step, chunk.index);
                    draw_latent(work, chunk.first, temperatures, &mut rng);
                    work.map(flow, theta, target, temperatures, terms);
                }
                if let (Some(work), Some(examples)) = (&mut chunk.encode, examples) {
                    let mut rng = Stream::new(seed, Purpose::Batch, step, chunk.index);
                    draw_examples(work, examples, &mut rng);
                    work.map(flow, theta, target, &[1.0], terms);
                }
            }
        });

        for (side, totals) in SIDES.into_iter().zip(totals.iter_mut()) {
            totals.fill(0.0);
            let chunks = groups.iter_mut().flat_map(|g| &mut g.chunks);
            for work in chunks.filter_map(|c| c.side(side)) {
                for (total, sum) in totals.iter_mut().zip(&work.sums) {
                    *total += sum;
                }
            }
        }
        executor.for_each(groups, |group| {
            let Group { chunks, g_theta, values } = group;
            g_theta.fill(T::ZERO);
            values.fill(0.0);
            for chunk in chunks {
                for (side, totals) in SIDES.into_iter().zip(totals.iter()) {
                    if let Some(work) = chunk.side(side) {
                        work.pull_back(flow, theta, terms, totals, values, g_theta);
                    }
                }
            }
        });
        self.collect(executor);
    }

    /// Adds up the groups in order.
    fn collect(&mut self, executor: &impl Executor) {
        let Self { groups, g_theta, values, observed, .. } = self;
        let n = g_theta.len();
        let mut parts = segments_mut(g_theta).into_iter().enumerate();
        let mut parts: [_; SEGMENTS] = core::array::from_fn(|_| parts.next().unwrap_or_default());
        executor.for_each(&mut parts, |(i, total)| {
            let (first, rest) = match groups.split_first() {
                Some((first, rest)) => (&first.g_theta, rest),
                None => return,
            };
            total.copy_from_slice(&first[segment(*i, n)]);
            for group in rest {
                (T::kernels().add)(&group.g_theta[segment(*i, n)], total);
            }
        });

        values.fill(0.0);
        *observed = Observed::default();
        for group in groups.iter() {
            for (v, part) in values.iter_mut().zip(&group.values) {
                *v += part;
            }
            for chunk in &group.chunks {
                for work in [&chunk.generate, &chunk.encode].into_iter().flatten() {
                    observed.dropped += work.observed.dropped;
                }
                if let Some(work) = &chunk.generate {
                    observed.count += work.observed.count;
                    observed.u += work.observed.u;
                    observed.log_det += work.observed.log_det;
                }
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
