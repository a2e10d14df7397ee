//! The weighted particles of an annealing run.

use alloc::{vec, vec::Vec};

use super::path::{ENERGY, LOG_Q, Path};
use super::{BLOCK, MoveReport, in_blocks};
use crate::num::{Executor, Purpose, Real, Result, Stream};
use crate::sampler::{Kernel, Points, Region, State, Walkers};
use crate::stats::{LogWeights, systematic};

/// Address of the random numbers of resampling, beyond those of all particles.
const RESAMPLING: u64 = u64::MAX;

/// Particles in blocks, their log-weights and where they came from.
#[derive(Debug)]
pub(super) struct Particles {
    pub(super) blocks: Vec<Walkers>,
    /// ln w: the mean of w estimates Z_b; −∞ for particles that do not count, which rest where they are.
    pub(super) log_weight: Vec<f64>,
    /// Index of the flow's sample that each particle descends from.
    ancestor: Vec<u32>,
    /// Samples outside the region, and samples with a number that was not finite.
    pub(super) outside: usize,
    pub(super) dropped: usize,
    seed: u64,
    /// Rounds of moves so far.
    round: u64,
}

impl Particles {
    /// `n` samples of the flow. Their density is computed twice: as they are generated, log p, which is what they
    /// are distributed by; and by the inverse, log q, which the path is made of. The weight q/p corrects for the
    /// rounding between the two, so that without any move the weights at b = 1 are the plain ones, e^(−u)/p.
    pub(super) fn new<T: Real>(
        path: &Path<'_, T>,
        n: usize,
        seed: u64,
        executor: &impl Executor,
    ) -> Self {
        let samples = path.generator.sample(n, seed, executor);
        let mut particles = Self {
            blocks: in_blocks(path, &samples.x, seed, executor),
            log_weight: Vec::with_capacity(n),
            ancestor: (0..n as u32).collect(),
            outside: 0,
            dropped: 0,
            seed,
            round: 0,
        };
        for (i, (u, plain)) in samples.u.iter().zip(&samples.log_weight).enumerate() {
            let state = &mut particles.blocks[i / BLOCK].state;
            let log_p = -u - plain;
            let log_weight = entry_weight(state.points(), i % BLOCK, log_p, path.region);
            let log_weight = match log_weight {
                Entry::Counts(log_weight) => log_weight,
                Entry::Undefined => {
                    particles.dropped += 1;
                    f64::NEG_INFINITY
                }
                Entry::Outside => {
                    particles.outside += 1;
                    f64::NEG_INFINITY
                }
            };
            state.set_resting(i % BLOCK, log_weight == f64::NEG_INFINITY);
            particles.log_weight.push(log_weight);
        }
        particles
    }

    pub(super) fn len(&self) -> usize {
        self.log_weight.len()
    }

    /// Takes over another position on the path, whose energies follow from the parts that are known.
    pub(super) fn recombine<T: Real>(&mut self, path: &Path<'_, T>) {
        self.blocks.iter_mut().for_each(|block| block.state.recombine(path));
    }

    /// −u − log q of each particle: what its log-weight grows by for each unit of b; −∞ for those that do not count.
    pub(super) fn slopes(&self) -> Vec<f64> {
        let slope = |(i, log_weight): (usize, &f64)| {
            let parts = &self.blocks[i / BLOCK].state.points().parts;
            if *log_weight == f64::NEG_INFINITY {
                f64::NEG_INFINITY
            } else {
                -parts[ENERGY].value[i % BLOCK] - parts[LOG_Q].value[i % BLOCK]
            }
        };
        self.log_weight.iter().enumerate().map(slope).collect()
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
        let old: Vec<Points> = self.blocks.iter().map(|b| b.state.points().clone()).collect();
        let ancestors = self.ancestor.clone();
        for (to, from) in chosen.into_iter().enumerate() {
            let State { current, .. } = &mut self.blocks[to / BLOCK].state;
            current.copy_row(to % BLOCK, &old[from / BLOCK], from % BLOCK);
            self.blocks[to / BLOCK].state.set_resting(to % BLOCK, false);
            self.ancestor[to] = ancestors[from];
        }
        self.log_weight.fill(weights.log_z().value);
    }

    /// One move of every particle on π_b; the mean of the acceptance probabilities of those that count.
    pub(super) fn advance<T: Real>(
        &mut self,
        path: &Path<'_, T>,
        kernel: &dyn Kernel,
        executor: &impl Executor,
    ) -> f64 {
        executor.for_each(&mut self.blocks, |block| block.step(kernel, path));
        self.round += 1;
        let info = self.blocks.iter().flat_map(|block| &block.info);
        let accepted: f64 = info.map(|info| info.acceptance_probability).sum();
        let counting = self.log_weight.iter().filter(|w| **w > f64::NEG_INFINITY).count();
        accepted / counting.max(1) as f64
    }

    /// What all particles have cost so far, their generation included.
    pub(super) fn cost(&self) -> MoveReport {
        // Generating evaluates energies, entering evaluates them once more beside the flow.
        let mut cost = MoveReport {
            energy_evaluations: self.len() as u64,
            flow_evaluations: self.len() as u64,
            ..MoveReport::default()
        };
        for block in &self.blocks {
            cost.energy_evaluations += block.state.evaluations();
            cost.flow_evaluations += block.state.flow_evaluations();
        }
        cost
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

/// What a sample of the flow counts for.
enum Entry {
    /// ln(q/p).
    Counts(f64),
    /// Nothing: one of its numbers is not finite.
    Undefined,
    /// Nothing: it lies outside of the region.
    Outside,
}

fn entry_weight(points: &Points, i: usize, log_p: f64, region: Option<Region<'_>>) -> Entry {
    let (u, log_q) = (points.parts[ENERGY].value[i], points.parts[LOG_Q].value[i]);
    let row: Vec<f64> = points.x.row(i).iter().copied().collect();
    let log_weight = log_q - log_p;
    if !u.is_finite() || !log_weight.is_finite() || !row.iter().all(|x| x.is_finite()) {
        Entry::Undefined
    } else if region.is_some_and(|region| !region(&row)) {
        Entry::Outside
    } else {
        Entry::Counts(log_weight)
    }
}
