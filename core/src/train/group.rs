//! One group of a batch: its samples, its buffers, its part of ∂L/∂θ.

use alloc::{vec, vec::Vec};

use super::Examples;
use crate::generator::BoltzmannGenerator;
use crate::loss::{ChunkWork, Observed, Side, Term};
use crate::num::kernel::CHAIN_LEN;
use crate::num::{Accumulator, Purpose, Real, Stream};
use crate::prior::Prior;

/// Most samples that go through the flow together.
const CHUNK: usize = 512;
/// Numbers of [`Observed`], the first of a group's sums.
const OBSERVED: usize = 4;

/// The two sides in a fixed order.
const SIDES: [Side; 2] = [Side::Generate, Side::Encode];

/// What all groups of a step are computed from.
#[derive(Debug)]
pub(super) struct Inputs<'a, T: Real> {
    pub(super) generator: &'a BoltzmannGenerator<T>,
    pub(super) examples: Option<&'a Examples>,
    pub(super) seed: u64,
    pub(super) step: u64,
}

/// What a stage minimises.
#[derive(Debug)]
pub(super) struct Objective {
    pub(super) terms: Vec<Term>,
    pub(super) temperatures: Vec<f64>,
}

/// How far a group is in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing is known.
    Open,
    /// Its sums came from elsewhere.
    Summed,
    /// Its samples went through the flow here.
    Mapped,
    /// Its part of the gradient is known.
    Done,
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

/// One group: its chunks, its sums over them, its share of the gradient.
#[derive(Debug)]
pub(super) struct Group<T> {
    chunks: Vec<Chunk<T>>,
    phase: Phase,
    n_params: usize,
    /// What was observed, then the sums of the terms of each side.
    sums: Vec<f64>,
    /// Share of each term's value.
    pub(super) values: Vec<f64>,
    /// Share of ∂L/∂θ; empty until it is first known.
    pub(super) g_theta: Vec<T>,
}

/// Number of sums of a side.
fn n_sums(terms: &[Term], side: Side) -> usize {
    terms.iter().filter(|t| t.loss.side() == side).map(|t| t.loss.n_sums()).sum()
}

/// Number of all sums of a group.
pub(super) fn n_totals(terms: &[Term]) -> usize {
    SIDES.into_iter().map(|side| n_sums(terms, side)).sum::<usize>() + OBSERVED
}

/// What was observed, from sums.
pub(super) fn observed(sums: &[f64]) -> Observed {
    match sums.first_chunk::<OBSERVED>() {
        Some(&[count, dropped, u, log_det]) => {
            Observed { count: count as usize, dropped: dropped as usize, u, log_det }
        }
        None => Observed::default(),
    }
}

/// total ← total + part.
pub(super) fn add(part: &[f64], total: &mut [f64]) {
    for (total, part) in total.iter_mut().zip(part) {
        *total += part;
    }
}

/// Samples that kernels handle at once: the size of every part but the last is a multiple of it.
const LANES: usize = 16;

/// The parts of nearly equal size of a range, at most `count`.
pub(super) fn parts(
    start: usize,
    end: usize,
    count: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let rows = (end - start).div_ceil(count).next_multiple_of(LANES);
    let edge = move |i: usize| (start + i * rows).min(end);
    (0..count).map(move |i| (edge(i), edge(i + 1))).filter(|(start, end)| start < end)
}

impl<T: Real> Chunk<T> {
    /// Samples of its sides.
    fn rows(&self) -> usize {
        self.generate.iter().chain(&self.encode).map(|work| work.batch.nrows()).max().unwrap_or(0)
    }

    fn side(&mut self, side: Side) -> Option<&mut ChunkWork<T>> {
        match side {
            Side::Generate => self.generate.as_mut(),
            Side::Encode => self.encode.as_mut(),
        }
    }
}

impl<T: Real> Group<T> {
    /// The group of the samples `first..end` of a batch; `indices` numbers its chunks.
    pub(super) fn new(
        (first, end): (usize, usize),
        terms: &[Term],
        dim: usize,
        n_params: usize,
        indices: &mut impl Iterator<Item = u64>,
    ) -> Self {
        let has = |side| terms.iter().any(|t: &Term| t.loss.side() == side);
        let chunks = parts(first, end, (end - first).div_ceil(CHUNK)).map(|(first, end)| {
            let work = |side| has(side).then(|| ChunkWork::new(side, end - first, dim));
            Chunk {
                index: indices.next().unwrap_or_default(),
                first,
                generate: work(Side::Generate),
                encode: work(Side::Encode),
            }
        });
        Self {
            chunks: chunks.collect(),
            phase: Phase::Open,
            n_params,
            sums: vec![0.0; n_totals(terms)],
            values: vec![0.0; terms.len()],
            g_theta: Vec::new(),
        }
    }

    /// Samples that are generated, each costing one energy evaluation.
    pub(super) fn generated(&self) -> u64 {
        let works = self.chunks.iter().filter_map(|c| c.generate.as_ref());
        works.map(|w| w.batch.nrows() as u64).sum()
    }

    /// Forgets the last step.
    pub(super) fn open(&mut self) {
        self.phase = Phase::Open;
    }

    /// Sums over the group's samples.
    pub(super) fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// Takes sums that were computed elsewhere.
    pub(super) fn put_sums(&mut self, sums: &[f64]) {
        self.sums.copy_from_slice(sums);
        self.phase = Phase::Summed;
    }

    /// Takes values that were computed elsewhere; the gradient belongs into what it returns.
    pub(super) fn put_gradient(&mut self, values: &[f64]) -> &mut [T] {
        self.values.copy_from_slice(values);
        self.phase = Phase::Done;
        self.g_theta.resize(self.n_params, T::ZERO);
        &mut self.g_theta
    }

    /// First pass, unless the sums are known: samples through the flow.
    pub(super) fn map(&mut self, inputs: &Inputs<'_, T>, objective: &Objective) {
        if self.phase == Phase::Open {
            self.send(inputs, objective);
        }
    }

    fn send(&mut self, inputs: &Inputs<'_, T>, objective: &Objective) {
        let Inputs { generator, examples, seed, step } = *inputs;
        let Objective { terms, temperatures } = objective;
        let BoltzmannGenerator { flow, theta, constants, prior, target } = generator;
        for chunk in &mut self.chunks {
            if let Some(work) = &mut chunk.generate {
                let mut rng = Stream::new(seed, Purpose::Prior, step, chunk.index);
                draw_latent(work, prior, chunk.first, temperatures, &mut rng);
                work.map(flow, theta, constants, target, temperatures, terms);
            }
            if let (Some(work), Some(examples)) = (&mut chunk.encode, examples) {
                let mut rng = Stream::new(seed, Purpose::Batch, step, chunk.index);
                draw_examples(work, examples, &mut rng);
                work.map(flow, theta, constants, target, &[1.0], terms);
            }
        }
        self.add_up(terms);
        self.phase = Phase::Mapped;
    }

    /// Sums over the chunks, in order.
    fn add_up(&mut self, terms: &[Term]) {
        let Self { sums, chunks, .. } = self;
        sums.fill(0.0);
        let (seen, mut rest) = sums.split_at_mut(OBSERVED);
        for side in SIDES {
            let (these, after) = rest.split_at_mut(n_sums(terms, side));
            rest = after;
            for work in chunks.iter_mut().filter_map(|c| c.side(side)) {
                let Observed { count, dropped, u, log_det } = work.observed;
                add(&[count as f64, dropped as f64, u, log_det], seen);
                add(&work.sums, these);
            }
        }
    }

    /// True if the gradient is not known yet and each of its elements will be a single sum, of one side's one chunk.
    /// Then it makes no difference whether it is added up first and then added to those of the groups before, or added to
    /// them as it comes.
    pub(super) fn is_single_sum(&self) -> bool {
        let one =
            |c: &Chunk<T>| c.generate.is_some() != c.encode.is_some() && c.rows() <= CHAIN_LEN;
        self.phase != Phase::Done && self.chunks.len() == 1 && self.chunks.iter().all(one)
    }

    /// Second pass, unless the gradient is known: pulls the gradient back, given the batch-wide totals.
    pub(super) fn pull_back(
        &mut self,
        inputs: &Inputs<'_, T>,
        objective: &Objective,
        totals: &[f64],
    ) {
        if self.phase != Phase::Done {
            let mut g_theta = core::mem::take(&mut self.g_theta);
            g_theta.resize(self.n_params, T::ZERO);
            self.pull_back_into(inputs, objective, totals, Accumulator::empty(&mut g_theta));
            self.g_theta = g_theta;
        }
    }

    /// As [`Group::pull_back`] for a gradient that is not known, to where it is added up.
    pub(super) fn pull_back_into(
        &mut self,
        inputs: &Inputs<'_, T>,
        objective: &Objective,
        totals: &[f64],
        mut g_theta: Accumulator<'_, T>,
    ) {
        if matches!(self.phase, Phase::Open | Phase::Summed) {
            self.send(inputs, objective);
        }
        let Self { chunks, values, .. } = self;
        values.fill(0.0);
        let BoltzmannGenerator { flow, theta, constants, .. } = inputs.generator;
        for chunk in chunks {
            let (_, mut rest) = totals.split_at(OBSERVED);
            for side in SIDES {
                let (totals, after) = rest.split_at(n_sums(&objective.terms, side));
                rest = after;
                if let Some(work) = chunk.side(side) {
                    let sum = g_theta.contribution();
                    let terms = &objective.terms;
                    work.pull_back(flow, theta, constants, terms, totals, values, sum);
                }
            }
        }
        self.phase = Phase::Done;
    }
}

/// Latent samples of the prior, its normals at the relative temperatures τ, which take turns over the batch.
fn draw_latent<T: Real>(
    work: &mut ChunkWork<T>,
    prior: &Prior,
    first: usize,
    temperatures: &[f64],
    rng: &mut Stream,
) {
    prior.sample(&mut work.batch, rng);
    work.weight.fill(1.0);
    for (i, index) in work.temperature.iter_mut().enumerate() {
        *index = (first + i) % temperatures.len();
        let tau = temperatures[*index];
        if tau != 1.0 {
            prior.heat(&mut work.batch, i, tau);
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
