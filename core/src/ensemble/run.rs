//! A run of annealing, step by step.

use alloc::{boxed::Box, vec::Vec};

use super::particles::Particles;
use super::{Annealed, Annealing, Level, Path, Population, Region};
use crate::generator::BoltzmannGenerator;
use crate::num::{Error, Executor, Purpose, Real, Result, Stream};
use crate::sampler::Kernel;
use crate::stats::LogWeights;

/// Levels after which a run gives up.
const MAX_LEVELS: usize = 10_000;
/// Smallest step of b: a flow so far from the target that even this is too much is carried on at a loss of particles.
const MIN_STEP: f64 = 1e-12;
/// How strongly the step size follows the acceptance: ln σ ← ln σ + GAIN·(acceptance − target).
const GAIN: f64 = 2.0;

/// Address of the seeds of runs, beyond those of all particles and of resampling.
const RUNS: u64 = u64::MAX - 1;

impl Annealing {
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

    /// A run, with the levels and step sizes of an earlier one if there is one.
    pub(super) fn carry<T: Real>(
        &self,
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        schedule: Option<&Annealed>,
        seed: u64,
        executor: &impl Executor,
    ) -> Result<Annealed> {
        self.check()?;
        let mut wider = generator.clone();
        wider.prior = wider.prior.scaled(self.prior_variance);
        let mut run = Run::new(self, &wider, region, schedule, seed, executor);
        while !run.has_arrived() {
            run.level()?;
        }
        let (population, relaxation) = run.relax();
        run.finish(population, relaxation)
    }
}

/// A run under way.
struct Run<'a, T: Real, E: Executor> {
    settings: &'a Annealing,
    path: Path<'a, T>,
    /// The run whose levels and step sizes are taken over.
    schedule: Option<&'a Annealed>,
    particles: Particles,
    /// The kernel with the step size of the next moves.
    kernel: Box<dyn Kernel>,
    levels: Vec<Level>,
    executor: &'a E,
}

impl<'a, T: Real, E: Executor> Run<'a, T, E> {
    /// At the start of the path.
    pub(super) fn new(
        settings: &'a Annealing,
        generator: &'a BoltzmannGenerator<T>,
        region: Option<Region<'a>>,
        schedule: Option<&'a Annealed>,
        seed: u64,
        executor: &'a E,
    ) -> Self {
        let path = Path { generator, region, b: 0.0 };
        let particles = Particles::new(&path, settings.particles, seed, executor);
        let kernel = settings.kernel.build();
        Self { settings, path, schedule, particles, kernel, levels: Vec::new(), executor }
    }

    /// True at the target.
    pub(super) fn has_arrived(&self) -> bool {
        self.path.b >= 1.0
    }

    /// Goes on to the next level: weights, resampling, moves.
    pub(super) fn level(&mut self) -> Result<()> {
        let planned = self.planned()?;
        self.advance_to(planned.map(|level| level.b))?;
        if let Some(level) = planned {
            self.kernel.set_step_size(level.step_size);
        }
        let (ess, resampled) = self.resample()?;
        let step_size = self.kernel.step_size();
        let acceptance = self.moves();
        let (b, ancestors) = (self.path.b, self.particles.unique_ancestors());
        self.levels.push(Level { b, step_size, ess, resampled, acceptance, ancestors });
        if self.levels.len() > MAX_LEVELS {
            let problem = alloc::format!("the target is not reached in {MAX_LEVELS} levels");
            return Err(Error::data("annealing", problem));
        }
        if self.settings.moves > 0 {
            self.adapt(acceptance);
        }
        Ok(())
    }

    /// The next level of the run that is repeated.
    fn planned(&self) -> Result<Option<Level>> {
        let Some(schedule) = self.schedule else { return Ok(None) };
        let level = schedule.levels.get(self.levels.len()).copied();
        let exhausted = || Error::data("annealing", "the levels to repeat end before the target");
        level.map(Some).ok_or_else(exhausted)
    }

    /// Goes to another b, or to the next that the weights allow, and weighs the particles there.
    fn advance_to(&mut self, planned: Option<f64>) -> Result<()> {
        let (b, slopes) = (self.path.b, self.particles.slopes());
        let wanted = self.settings.conditional_ess;
        let next = match planned {
            Some(next) => next,
            None => next_b(b, &self.particles.weights()?, &slopes, wanted),
        };
        self.particles.reweight(next - b, &slopes);
        self.path.b = next;
        self.particles.recombine(&self.path);
        Ok(())
    }

    /// Resamples if it is time; the effective sample size before, as a fraction, and whether it was time.
    fn resample(&mut self) -> Result<(f64, bool)> {
        let weights = self.particles.weights()?;
        let ess = weights.ess() / self.particles.len() as f64;
        let resampled = ess < self.settings.resample_below;
        if resampled {
            self.particles.resample(&weights);
        }
        Ok((ess, resampled))
    }

    /// The moves of a level; their mean acceptance.
    fn moves(&mut self) -> f64 {
        let count = self.settings.moves;
        let sum: f64 = (0..count).map(|_| self.move_once()).sum();
        sum / count.max(1) as f64
    }

    fn move_once(&mut self) -> f64 {
        self.particles.advance(&self.path, &*self.kernel, self.executor)
    }

    fn adapt(&mut self, acceptance: f64) {
        let excess = acceptance - self.kernel.target_acceptance();
        self.kernel.set_step_size(self.kernel.step_size() * Real::exp(GAIN * excess));
    }

    /// The moves at the target; the populations that are kept, and the last step size with the mean acceptance.
    pub(super) fn relax(&mut self) -> (Population, Option<(f64, f64)>) {
        let Annealing { relaxation, keep, leave_region, .. } = *self.settings;
        let n = self.particles.len();
        let mut kept = Population::empty(keep * n, self.path.generator.target.dim());
        if relaxation == 0 {
            kept.store(0, &self.particles);
            return (kept, None);
        }
        if leave_region {
            self.path.region = None;
        }
        // Its moves may be longer than those of the last level, which the region and the flow held back.
        let planned = self.schedule.and_then(|s| s.relaxation).map(|(size, _)| size);
        if let Some(step_size) = planned {
            self.kernel.set_step_size(step_size);
        }
        let (mut stored, mut sum) = (0, 0.0);
        for moved in 1..=relaxation {
            let acceptance = self.move_once();
            sum += acceptance;
            if planned.is_none() {
                self.adapt(acceptance);
            }
            // Population k of K is kept after a part k/K of the moves.
            if moved * keep / relaxation > stored {
                kept.store(stored * n, &self.particles);
                stored += 1;
            }
        }
        (kept, Some((self.kernel.step_size(), sum / relaxation as f64)))
    }

    /// Takes the bias of the target away from what was kept.
    pub(super) fn finish(
        self,
        mut population: Population,
        relaxation: Option<(f64, f64)>,
    ) -> Result<Annealed> {
        let Population { x, u, u_gradient, log_weight } = &mut population;
        let biased_log_z = LogWeights::new(log_weight)?.log_z().value;
        self.path.generator.target.unbias(x, u, u_gradient, log_weight);
        let cost = self.particles.cost();
        Ok(Annealed {
            log_z: LogWeights::new(&population.log_weight)?.log_z().value,
            biased_log_z,
            population,
            levels: self.levels,
            relaxation,
            outside: self.particles.outside,
            dropped: self.particles.dropped,
            energy_evaluations: cost.energy_evaluations,
            flow_evaluations: cost.flow_evaluations,
        })
    }
}

/// The next b by bisection: the largest whose conditional effective sample size is as wanted.
fn next_b(b: f64, weights: &LogWeights, slopes: &[f64], wanted: f64) -> f64 {
    let enough = |step: f64| conditional_ess(weights, slopes, step) >= wanted;
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
