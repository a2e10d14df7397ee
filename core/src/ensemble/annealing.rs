//! Adaptive annealed importance sampling from a flow to the target.

use alloc::{vec, vec::Vec};

use nalgebra::DMatrix;

use super::block::Points;
use super::particles::{Particles, path};
use super::{BLOCK, Move, MoveReport, Region};
use crate::generator::BoltzmannGenerator;
use crate::num::{Error, Executor, Purpose, Real, Result, Stream};
use crate::stats::LogWeights;

/// Levels after which a run gives up.
const MAX_LEVELS: usize = 10_000;
/// Smallest step of b: a flow so far from the target that even this is too much is carried on at a loss of particles.
const MIN_STEP: f64 = 1e-12;
/// How strongly the step size follows the acceptance: ln σ ← ln σ + GAIN·(acceptance − target).
const GAIN: f64 = 2.0;

/// Sequential Monte Carlo from the density q of a flow to the target e^(−u) (Neal, Statistics and Computing 11, 125,
/// 2001; Del Moral, Doucet, Jasra, JRSS B 68, 411, 2006), along
///
/// $$ \ln \pi_b(x) = (1 - b)\,\ln q(x) - b\,u(x), \qquad b: 0 \to 1. $$
///
/// Every level multiplies the weights by π_b'/π_b, with b' such that the conditional effective sample size stays at
/// [`conditional_ess`](Self::conditional_ess) (Zhou, Johansen, Aston, J. Comput. Graph. Stat. 25, 701, 2016), resamples when the effective sample size
/// falls below [`resample_below`](Self::resample_below), and moves every particle by a kernel that leaves π_b' unchanged. The mean
/// of w estimates Z = ∫ e^(−u) over the region, weighted means estimate averages over the target, whatever the flow;
/// a poor flow only takes more levels.
///
/// **Exactness.** Step sizes change between levels only: within a level the kernel is fixed, and leaves its density
/// unchanged. Given levels and step sizes, E\[mean w·O\] = Z⟨O⟩ exactly, for any number of particles
/// ([`Annealing::repeat`]). Where they are chosen from the particles themselves ([`Annealing::run`]) there is a bias of order 1/n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Annealing {
    /// Number of particles n.
    pub particles: usize,
    /// Variance of the prior that q is made of, relative to the flow's own. Above 1 the path starts wider: it is longer, by
    /// ½d(τ − 1 − ln τ) nats, but what the flow makes too rarely is there from the beginning.
    pub prior_variance: f64,
    /// Conditional effective sample size of a level, as a fraction, 0 to below 1.
    pub conditional_ess: f64,
    /// Effective sample size below which particles are resampled, as a fraction; 0 never resamples.
    pub resample_below: f64,
    /// The kernel and its first step size.
    pub kernel: Move,
    /// Moves of every level.
    pub moves: usize,
    /// Moves at b = 1 after the last level; they need no flow.
    pub relaxation: usize,
    /// Populations kept during the relaxation, evenly spaced, the last at its end.
    pub keep: usize,
    /// Whether the relaxation may leave the region: right where it is a cell of labels, one of many copies of the same, and
    /// only what does not know labels is averaged. The moves know no labels either, so that to leave the cell and to be
    /// folded back into it are the same, and particles mix that walls would hold.
    pub leave_region: bool,
}

impl Default for Annealing {
    fn default() -> Self {
        Self {
            particles: 2000,
            prior_variance: 1.0,
            conditional_ess: 0.9,
            resample_below: 0.5,
            kernel: Move::default(),
            moves: 1,
            relaxation: 0,
            keep: 1,
            leave_region: false,
        }
    }
}

/// One level of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Position on the path.
    pub b: f64,
    /// Step size of its moves.
    pub step_size: f64,
    /// Effective sample size of the weights after reweighting, as a fraction.
    pub ess: f64,
    /// True if particles were resampled.
    pub resampled: bool,
    /// Mean acceptance probability of its moves.
    pub acceptance: f64,
    /// Samples of the flow that have a descendant.
    pub ancestors: usize,
}

/// Weighted configurations of e^(−U/kT): a tilt of the target is taken away again.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// Configurations, `rows × dim`.
    pub x: DMatrix<f64>,
    /// Reduced energies u(x).
    pub u: Vec<f64>,
    /// ∂u/∂x, `rows × dim`.
    pub u_gradient: DMatrix<f64>,
    /// ln w: the mean of w estimates Z. Particles share ancestors, so that the spread of these weights says nothing
    /// about errors: only independent runs do. −∞ for particles that do not count.
    pub log_weight: Vec<f64>,
}

/// What a run gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Annealed {
    /// `keep` populations of n particles, one after the other.
    pub population: Population,
    /// ln of the mean weight: log Z of the target within the region.
    pub log_z: f64,
    /// The same of the tilted target, which the path leads to; equal without a tilt.
    pub tilted_log_z: f64,
    /// The levels, the last at b = 1.
    pub levels: Vec<Level>,
    /// Step size and acceptance of the moves after the last level.
    pub relaxation: Option<(f64, f64)>,
    /// Samples of the flow outside the region.
    pub outside: usize,
    /// Samples of the flow with a number that was not finite: they have weight 0.
    pub dropped: usize,
    /// Energy evaluations, those of rejected moves included.
    pub energy_evaluations: u64,
    /// Configurations sent through the flow, in either direction, with or without its gradient.
    pub flow_evaluations: u64,
}

impl Annealing {
    /// # Errors
    /// [`Error::InvalidSetting`] for a setting outside its range.
    pub fn check(&self) -> Result<()> {
        if !(2..=u32::MAX as usize).contains(&self.particles) {
            return Err(Error::setting("particles", self.particles, "at least 2"));
        }
        if !(self.prior_variance > 0.0 && self.prior_variance.is_finite()) {
            let allowed = "a positive number";
            return Err(Error::setting("prior_variance", self.prior_variance, allowed));
        }
        if !(self.conditional_ess > 0.0 && self.conditional_ess < 1.0) {
            let allowed = "between 0 and 1";
            return Err(Error::setting("conditional_ess", self.conditional_ess, allowed));
        }
        if !(0.0..=1.0).contains(&self.resample_below) {
            return Err(Error::setting("resample_below", self.resample_below, "from 0 to 1"));
        }
        let step_size = self.kernel.step_size();
        if !(step_size > 0.0 && step_size.is_finite()) {
            return Err(Error::setting("step_size", step_size, "a positive number"));
        }
        if !(1..=self.relaxation.max(1)).contains(&self.keep) {
            let allowed = "from 1 to the number of moves of the relaxation";
            return Err(Error::setting("keep", self.keep, allowed));
        }
        Ok(())
    }

    /// A run with levels chosen on the way. The same (settings, generator, seed) gives the same bits on any executor.
    ///
    /// # Errors
    /// Those of [`Annealing::check`]; [`Error::InvalidData`] if no sample has a weight above zero, or the target
    /// is not reached.
    pub fn run<T: Real>(
        &self,
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        seed: u64,
        executor: &impl Executor,
    ) -> Result<Annealed> {
        self.carry(generator, region, None, seed, executor)
    }

    /// A run with the levels and step sizes of an earlier one of the same settings: its estimate of Z is unbiased.
    ///
    /// # Errors
    /// As [`Annealing::run`].
    pub fn repeat<T: Real>(
        &self,
        of: &Annealed,
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        seed: u64,
        executor: &impl Executor,
    ) -> Result<Annealed> {
        self.carry(generator, region, Some(of), seed, executor)
    }

    /// Run number `before.len()` of independent runs of a seed: the first one chooses its levels, the others take them
    /// over. Their populations, one after the other, are estimated from with the errors of independent runs
    /// ([`crate::stats::Profile::of_runs`] and its like).
    ///
    /// # Errors
    /// As [`Annealing::run`].
    pub fn next_run<T: Real>(
        &self,
        before: &[Annealed],
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        seed: u64,
        executor: &impl Executor,
    ) -> Result<Annealed> {
        let seed = Stream::new(seed, Purpose::Ensemble, before.len() as u64, RUNS).bits();
        self.carry(generator, region, before.first(), seed, executor)
    }

    /// `count` independent runs, see [`Annealing::next_run`].
    ///
    /// # Errors
    /// As [`Annealing::run`]; [`Error::InvalidSetting`] for no run.
    pub fn runs<T: Real>(
        &self,
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        count: usize,
        seed: u64,
        executor: &impl Executor,
    ) -> Result<Vec<Annealed>> {
        if count == 0 {
            return Err(Error::setting("runs", count, "at least 1"));
        }
        let mut runs: Vec<Annealed> = Vec::with_capacity(count);
        for _ in 0..count {
            runs.push(self.next_run(&runs, generator, region, seed, executor)?);
        }
        Ok(runs)
    }

    pub(super) fn carry<T: Real>(
        &self,
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        schedule: Option<&Annealed>,
        seed: u64,
        executor: &impl Executor,
    ) -> Result<Annealed> {
        self.check()?;
        let n = self.particles;
        let mut wider = generator.clone();
        wider.prior = wider.prior.scaled(self.prior_variance);
        let mut path = path(&wider, region);
        let mut particles = Particles::new(&path, n, seed, executor);
        // Generating evaluates energies, entering evaluates them once more beside the flow.
        let mut cost = MoveReport {
            energy_evaluations: 2 * n as u64,
            flow_evaluations: 2 * n as u64,
            ..MoveReport::default()
        };
        let mut levels: Vec<Level> = Vec::new();
        let mut step_size = self.kernel.step_size();
        while path.b < 1.0 {
            let slopes = particles.slopes();
            let planned = schedule.map(|s| s.levels.get(levels.len()).ok_or_else(exhausted));
            let planned = planned.transpose()?;
            let next = match planned {
                Some(level) => level.b,
                None => self.next(path.b, &particles.weights()?, &slopes),
            };
            particles.reweight(next - path.b, &slopes);
            path.b = next;
            step_size = planned.map_or(step_size, |level| level.step_size);
            let weights = particles.weights()?;
            let ess = weights.ess() / n as f64;
            let resampled = ess < self.resample_below;
            if resampled {
                particles.resample(&weights);
            }
            let acceptance = moves(self.moves, |_| {
                let report = particles.advance(&path, &self.kernel, step_size, executor);
                cost.add(&report)
            });
            let ancestors = particles.unique_ancestors();
            levels.push(Level { b: next, step_size, ess, resampled, acceptance, ancestors });
            if levels.len() > MAX_LEVELS {
                let problem = alloc::format!("the target is not reached in {MAX_LEVELS} levels");
                return Err(Error::data("annealing", problem));
            }
            if self.moves > 0 {
                step_size = self.adapted(step_size, acceptance);
            }
        }
        // Its moves may be longer than those of the last level, which the region and the flow held back.
        let planned = schedule.and_then(|s| s.relaxation).map(|(size, _)| size);
        step_size = planned.unwrap_or(step_size);
        let mut kept = Population::empty(self.keep * n, path.generator.target.dim());
        let mut stored = 0;
        if self.leave_region {
            path.region = None;
        }
        let acceptance = moves(self.relaxation, |moved| {
            let report = particles.advance(&path, &self.kernel, step_size, executor);
            if planned.is_none() {
                step_size = self.adapted(step_size, report.acceptance);
            }
            // Population k of K is kept after a part k/K of the moves.
            if moved * self.keep / self.relaxation > stored {
                kept.store(stored * n, &particles);
                stored += 1;
            }
            cost.add(&report)
        });
        if self.relaxation == 0 {
            kept.store(0, &particles);
        }
        let Population { x, u, u_gradient, log_weight } = &mut kept;
        let tilted_log_z = LogWeights::new(log_weight)?.log_z().value;
        path.generator.target.unbias(x, u, u_gradient, log_weight);
        Ok(Annealed {
            log_z: LogWeights::new(&kept.log_weight)?.log_z().value,
            tilted_log_z,
            population: kept,
            levels,
            relaxation: (self.relaxation > 0).then_some((step_size, acceptance)),
            outside: particles.outside,
            dropped: particles.dropped,
            energy_evaluations: cost.energy_evaluations,
            flow_evaluations: cost.flow_evaluations,
        })
    }

    fn adapted(&self, step_size: f64, acceptance: f64) -> f64 {
        step_size * Real::exp(GAIN * (acceptance - self.kernel.target_acceptance()))
    }

    /// The next b by bisection: the largest whose conditional effective sample size is as wanted.
    fn next(&self, b: f64, weights: &LogWeights, slopes: &[f64]) -> f64 {
        let enough = |step: f64| conditional_ess(weights, slopes, step) >= self.conditional_ess;
        if enough(1.0 - b) {
            return 1.0;
        }
        let (mut low, mut high) = (0.0, 1.0 - b);
        while high - low > 1e-6 * high && high > MIN_STEP {
            let middle = 0.5 * (low + high);
            if enough(middle) { low = middle } else { high = middle }
        }
        (b + low.max(MIN_STEP)).min(1.0)
    }
}

/// Address of the seeds of runs, beyond those of all blocks and of resampling.
const RUNS: u64 = u64::MAX - 1;

/// Moves numbered from 1; the mean of their acceptances.
fn moves(count: usize, advance: impl FnMut(usize) -> f64) -> f64 {
    (1..=count).map(advance).sum::<f64>() / count.max(1) as f64
}

fn exhausted() -> Error {
    Error::data("annealing", "the levels to repeat end before the target")
}

/// (Σ W w)²/Σ W w² with the normalised weights W and the factors w = e^(step·slope) of the next level: 1 if all
/// factors are equal.
fn conditional_ess(weights: &LogWeights, slopes: &[f64], step: f64) -> f64 {
    let terms = || weights.normalised().iter().zip(slopes).filter(|(w, _)| **w > 0.0);
    let largest = terms().map(|(_, s)| *s).fold(f64::NEG_INFINITY, f64::max);
    let (mut sum, mut squares) = (0.0, 0.0);
    for (weight, slope) in terms() {
        let factor = Real::exp(step * (slope - largest));
        sum += weight * factor;
        squares += weight * factor * factor;
    }
    sum * sum / squares
}

impl MoveReport {
    /// Adds the cost of a round of moves and gives its acceptance.
    fn add(&mut self, other: &Self) -> f64 {
        self.energy_evaluations += other.energy_evaluations;
        self.flow_evaluations += other.flow_evaluations;
        other.acceptance
    }
}

impl Population {
    fn empty(rows: usize, dim: usize) -> Self {
        let zero = DMatrix::zeros(rows, dim);
        let values = vec![0.0; rows];
        Self { x: zero.clone(), u: values.clone(), u_gradient: zero, log_weight: values }
    }

    /// Copies the particles to the rows from `first` on.
    fn store<T: Real>(&mut self, first: usize, particles: &Particles<T>) {
        for (c, block) in particles.blocks.iter().enumerate() {
            let Points { x, u, u_gradient, .. } = &block.current;
            let row = first + c * BLOCK;
            self.x.rows_mut(row, u.len()).copy_from(x);
            self.u_gradient.rows_mut(row, u.len()).copy_from(u_gradient);
            self.u[row..row + u.len()].copy_from_slice(u);
        }
        let n = particles.len();
        self.log_weight[first..first + n].copy_from_slice(&particles.log_weight);
    }

    /// The populations of several runs, one after the other.
    #[must_use]
    pub fn of_runs(runs: &[Annealed]) -> Self {
        let rows = runs.iter().map(|r| r.population.u.len()).sum();
        let dim = runs.first().map_or(0, |r| r.population.x.ncols());
        let mut all = Self::empty(rows, dim);
        let mut row = 0;
        for Annealed { population: p, .. } in runs {
            all.x.rows_mut(row, p.u.len()).copy_from(&p.x);
            all.u_gradient.rows_mut(row, p.u.len()).copy_from(&p.u_gradient);
            all.u[row..row + p.u.len()].copy_from_slice(&p.u);
            all.log_weight[row..row + p.u.len()].copy_from_slice(&p.log_weight);
            row += p.u.len();
        }
        all
    }
}
