//! The weighted population of an annealing run.

use alloc::{vec, vec::Vec};

use super::block::{Block, Path, Points};
use super::{BLOCK, Move, MoveReport};
use crate::generator::BoltzmannGenerator;
use crate::num::{Executor, Purpose, Real, Result, Stream};
use crate::stats::{LogWeights, systematic};

/// Whether a configuration (`dim`) lies where the target lives: e^(−u) times this indicator is sampled.
pub type Region<'a> = &'a (dyn Fn(&[f64]) -> bool + Sync);

/// Address of the random numbers of resampling, beyond those of all blocks.
const RESAMPLING: u64 = u64::MAX;

/// Particles in blocks, their log-weights and where they came from.
#[derive(Debug)]
pub(super) struct Particles<T: Real> {
    pub(super) blocks: Vec<Block<T>>,
    /// ln w: the mean of w estimates Z_b; −∞ for particles that do not count.
    pub(super) log_weight: Vec<f64>,
    /// Index of the flow's sample that each particle descends from.
    pub(super) ancestor: Vec<u32>,
    /// Samples outside the region, and samples with a number that was not finite.
    pub(super) outside: usize,
    pub(super) dropped: usize,
    seed: u64,
    /// Rounds of moves so far.
    round: u64,
}

impl<T: Real> Particles<T> {
    /// `n` samples of the flow. Their density is computed twice: as they are generated, log p, which is what they
    /// are distributed by; and by the inverse, log q, which the path is made of. The weight q/p corrects for the
    /// rounding between the two, so that without any move the weights at b = 1 are the plain ones, e^(−u)/p.
    pub(super) fn new(path: &Path<'_, T>, n: usize, seed: u64, executor: &impl Executor) -> Self {
        let samples = path.generator.sample(n, seed, executor);
        let dim = samples.x.ncols();
        let mut blocks: Vec<Block<T>> = (0..n.div_ceil(BLOCK))
            .map(|c| Block::new(c as u64, BLOCK.min(n - c * BLOCK), dim))
            .collect();
        executor.for_each(&mut blocks, |block| {
            let x = samples.x.rows(block.index as usize * BLOCK, block.len()).into_owned();
            block.enter(path, x);
        });
        let mut particles = Self {
            blocks,
            log_weight: Vec::with_capacity(n),
            ancestor: (0..n as u32).collect(),
            outside: 0,
            dropped: 0,
            seed,
            round: 0,
        };
        for i in 0..n {
            let block = &mut particles.blocks[i / BLOCK];
            let log_p = -samples.u[i] - samples.log_weight[i];
            let log_weight = block.current.log_q[i % BLOCK] - log_p;
            let undefined = block.is_undefined(i % BLOCK) || !log_weight.is_finite();
            let outside =
                !undefined && path.region.is_some_and(|region| !block.is_inside(region, i % BLOCK));
            particles.dropped += usize::from(undefined);
            particles.outside += usize::from(outside);
            block.alive[i % BLOCK] = !undefined && !outside;
            let weight = if undefined || outside { f64::NEG_INFINITY } else { log_weight };
            particles.log_weight.push(weight);
        }
        particles
    }

    pub(super) fn len(&self) -> usize {
        self.log_weight.len()
    }

    /// −u − log q of each particle: what its log-weight grows by for each unit of b; −∞ for those that do not count.
    pub(super) fn slopes(&self) -> Vec<f64> {
        let slope = |i: usize| {
            let Points { u, log_q, .. } = &self.blocks[i / BLOCK].current;
            if self.log_weight[i] == f64::NEG_INFINITY {
                f64::NEG_INFINITY
            } else {
                -u[i % BLOCK] - log_q[i % BLOCK]
            }
        };
        (0..self.len()).map(slope).collect()
    }

    /// Multiplies the weights by (π_b'/π_b)(x) = e^((b' − b)·slope).
    pub(super) fn reweight(&mut self, step: f64, slopes: &[f64]) {
        for (w, slope) in self.log_weight.iter_mut().zip(slopes) {
            if *w > f64::NEG_INFINITY {
                *w += step * slope;
            }
        }
    }

    /// Draws the particles anew in proportion to their weights, which become equal with the same mean.
    pub(super) fn resample(&mut self, weights: &LogWeights) {
        let n = self.len();
        let mut rng = Stream::new(self.seed, Purpose::Ensemble, self.round, RESAMPLING);
        let chosen = systematic(weights, n, &mut rng);
        let old: Vec<Points> = self.blocks.iter().map(|b| b.current.clone()).collect();
        let ancestors = self.ancestor.clone();
        for (to, from) in chosen.into_iter().enumerate() {
            let block = &mut self.blocks[to / BLOCK];
            block.current.copy_row(to % BLOCK, &old[from / BLOCK], from % BLOCK);
            block.alive[to % BLOCK] = true;
            self.ancestor[to] = ancestors[from];
        }
        self.log_weight.fill(weights.log_z().value);
    }

    /// One move of every particle on π_b.
    pub(super) fn advance(
        &mut self,
        path: &Path<'_, T>,
        kernel: &Move,
        step_size: f64,
        executor: &impl Executor,
    ) -> MoveReport {
        let (seed, round) = (self.seed, self.round);
        executor.for_each(&mut self.blocks, |block| {
            let mut rng = Stream::new(seed, Purpose::Ensemble, round, block.index);
            block.advance(path, kernel, step_size, &mut rng);
        });
        self.round += 1;
        let mut report = MoveReport::default();
        let mut alive = 0;
        for block in &self.blocks {
            let cost = block.cost(kernel, path.b);
            report.energy_evaluations += cost.energy_evaluations;
            report.flow_evaluations += cost.flow_evaluations;
            report.acceptance += block.accepted;
            alive += block.alive.iter().filter(|a| **a).count();
        }
        report.acceptance /= alive.max(1) as f64;
        report
    }

    /// Number of the flow's samples that still have a descendant with a weight.
    pub(super) fn unique_ancestors(&self) -> usize {
        let mut seen = vec![false; self.len()];
        for (a, w) in self.ancestor.iter().zip(&self.log_weight) {
            seen[*a as usize] |= *w > f64::NEG_INFINITY;
        }
        seen.iter().filter(|s| **s).count()
    }

    /// The weights.
    ///
    /// # Errors
    /// [`crate::num::Error::InvalidData`] if no particle has one.
    pub(super) fn weights(&self) -> Result<LogWeights> {
        LogWeights::new(&self.log_weight)
    }
}

/// The path of a generator at b = 0.
pub(super) fn path<'a, T: Real>(
    generator: &'a BoltzmannGenerator<T>,
    region: Option<Region<'a>>,
) -> Path<'a, T> {
    Path { generator, region, b: 0.0 }
}
