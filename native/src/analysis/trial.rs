//! How long annealing is going to take, from a run of few particles that is short whatever the options ask for.

use std::time::Instant;

use boltzflow::ensemble::{Annealed, Annealing, Region};
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Executor};
use boltzflow::sampler::KernelSettings;
use boltzflow::setting::Value;
use boltzflow::system::Relabelling;

use super::annealing::AnnealingPlan;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::forecast;

/// Particles of the trial.
const PARTICLES: usize = 64;
/// Its moves on the target, and its leapfrog steps at most.
const RELAXATION: usize = 8;
const STEPS: f64 = 5.0;
/// How often their energies are timed.
const ENERGIES: usize = 8;
/// Conditional effective sample size of its levels at most: few levels, far apart.
const FAR: f64 = 0.5;
/// Levels after which a run gives up.
const MOST_LEVELS: f64 = 10_000.0;
/// Moves of a particle that are made sooner than told of.
const FEW: usize = 16 * PARTICLES;
/// Particles that a thread moves at a time.
const BLOCK: usize = 256;

/// What a run of few particles says of all runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trial {
    /// Seconds that all runs are expected to take; not a number where the trial did not reach the target, which says nothing of more
    /// particles.
    pub(crate) seconds: f64,
    /// What it cost.
    pub(crate) energy_evaluations: u64,
}

impl Trial {
    /// Of the runs of a plan; `None` where they are short anyway.
    pub(crate) fn of(
        plan: &AnnealingPlan,
        generator: &BoltzmannGenerator<f32>,
        cell: Option<&Relabelling>,
        seed: u64,
        threads: &Threads,
    ) -> Option<Self> {
        let Annealing { particles, moves, relaxation, conditional_ess, .. } = plan.annealing;
        let all = particles.saturating_mul(plan.runs());
        let (kernel, longer) = shortened(&plan.annealing.kernel);
        let work = all.saturating_mul(moves.saturating_add(relaxation)) as f64 * longer;
        if work < FEW as f64 {
            return None;
        }
        let timed = |conditional_ess: f64, relaxation: usize| -> Result<(Annealed, f64), Error> {
            let few = Annealing {
                particles: PARTICLES,
                moves: 1,
                relaxation,
                keep: 1,
                conditional_ess,
                kernel: kernel.clone(),
                ..plan.annealing.clone()
            };
            let inside = |x: &[f64]| cell.is_none_or(|cell| cell.holds(x));
            let region = cell.map(|_| &inside as Region<'_>);
            let started = Instant::now();
            let run = few.run(generator, region, seed, threads)?;
            Ok((run, started.elapsed().as_secs_f64()))
        };
        let far = FAR.min(conditional_ess);
        let Ok((first, seconds)) = timed(far, 0) else {
            return Some(Self { seconds: f64::NAN, energy_evaluations: PARTICLES as u64 });
        };
        let mut energy_evaluations = first.energy_evaluations;
        let level = seconds / first.levels.len().max(1) as f64;
        let mut of_relaxation = 0.0;
        if relaxation > 0
            && let Ok((second, seconds)) = timed(far, RELAXATION)
        {
            energy_evaluations += second.energy_evaluations;
            let rest = seconds - level * second.levels.len() as f64;
            // They need no flow, so that they never take longer than the moves that do, and never less than their energies.
            let energies = seconds_of_energies(generator, &first.population.x);
            energy_evaluations += (ENERGIES * PARTICLES) as u64;
            let least = energies * kernel.number("steps").unwrap_or(1.0);
            let one = (rest / RELAXATION as f64).clamp(0.0, level).max(least);
            of_relaxation = one * relaxation as f64;
        }
        let levels = levels(first.levels.len(), far, conditional_ess);
        // Few particles are one block, which one thread moves.
        let side_by_side = threads.width().min(particles.div_ceil(BLOCK)).max(1) as f64;
        let times = all as f64 / PARTICLES as f64 / side_by_side;
        let one = level * levels * moves.max(1) as f64 + of_relaxation;
        Some(Self { seconds: one * longer * times, energy_evaluations })
    }

    /// What is to be said before the runs start.
    ///
    /// # Errors
    /// More than an hour, unless it was asked for.
    pub(crate) fn allow(&self, patient: bool) -> Result<Option<String>, Failure> {
        if self.seconds.is_nan() {
            let why = "64 particles do not reach the target, which says nothing of more";
            return Ok(Some(format!("annealing: how long it takes is not known, for {why}")));
        }
        let cheaper = "ask for fewer --particles or --runs, shorter --relaxation or --moves";
        forecast::allow("annealing", self.seconds, patient, cheaper)
    }
}

/// Seconds that the energies of all rows take.
fn seconds_of_energies(generator: &BoltzmannGenerator<f32>, x: &DMatrix<f64>) -> f64 {
    let (mut u, mut gradient) = (vec![0.0; x.nrows()], x.clone());
    let mut scratch = Default::default();
    let started = Instant::now();
    for _ in 0..ENERGIES {
        generator.target.evaluate_unbiased(x, &mut u, &mut gradient, &mut scratch);
    }
    started.elapsed().as_secs_f64() / ENERGIES as f64
}

/// Levels at one conditional effective sample size from those at another: it is e^(−s²) where the log-weights of a level spread by s, and
/// s grows with the length of the level.
fn levels(count: usize, far: f64, wanted: f64) -> f64 {
    let times = (far.ln() / wanted.ln()).sqrt();
    (count as f64 * times).clamp(1.0, MOST_LEVELS)
}

/// The kernel with fewer steps in each move, where it has many, and how much longer its own moves take.
fn shortened(kernel: &KernelSettings) -> (KernelSettings, f64) {
    let mut short = kernel.clone();
    match kernel.number("steps") {
        Some(steps) if steps > STEPS && short.set("steps", Value::Number(STEPS)).is_ok() => {
            (short, steps / STEPS)
        }
        _ => (short, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use boltzflow::preset::preset;

    use super::*;

    fn trial(change: impl Fn(&mut Annealing), runs: usize) -> Option<Trial> {
        let settings = preset("double-well").unwrap();
        let mut annealing = Annealing { particles: 8, ..Annealing::default() };
        change(&mut annealing);
        let plan = AnnealingPlan::new(annealing, runs);
        let threads = Threads::new(Some(1)).unwrap();
        Trial::of(&plan, &settings.generator().unwrap(), None, 1, &threads)
    }

    #[test]
    fn a_trial_is_made_where_it_is_a_small_part() {
        assert!(trial(|_| {}, 8).is_none());
        let few = trial(|a| a.particles = 6400, 8).unwrap();
        let many = trial(|a| a.particles = 640_000, 8).unwrap();
        // More particles are told of by the same trial.
        assert_eq!(many.energy_evaluations, few.energy_evaluations);
        assert!(few.energy_evaluations > 2 * PARTICLES as u64);
        assert!(few.seconds > 0.0 && many.seconds > 0.0, "{few:?} {many:?}");
    }

    /// Whatever is long in them is extrapolated: the trial itself is not.
    #[test]
    fn few_particles_with_long_runs_are_told_of_by_a_short_trial() {
        let told = [
            trial(|a| a.relaxation = 1_000_000, 8),
            trial(|a| a.moves = 1000, 8),
            trial(|a| a.conditional_ess = 0.999_999, 200),
            trial(|a| a.kernel.set("steps", Value::Number(10_000.0)).unwrap(), 200),
        ];
        for told in told.map(Option::unwrap) {
            assert!(told.energy_evaluations < 500_000, "{told:?}");
        }
        assert!(told[0].unwrap().seconds > 0.0);
    }

    #[test]
    fn closer_levels_are_more_of_them() {
        assert_eq!(levels(7, 0.5, 0.5), 7.0);
        // s² = ln 2 and ln(10/9).
        assert!((levels(10, 0.5, 0.9) - 25.65).abs() < 0.01);
        assert_eq!(levels(50, 0.5, 0.999_999), MOST_LEVELS);
    }

    #[test]
    fn a_trial_that_fails_says_that_nothing_is_known() {
        let trial = Trial { seconds: f64::NAN, energy_evaluations: 64 };
        assert!(trial.allow(false).unwrap().unwrap().contains("how long it takes is not known"));
        let long = Trial { seconds: 1e5, energy_evaluations: 64 };
        assert!(long.allow(false).unwrap_err().to_string().contains("--patient"));
        assert!(long.allow(true).unwrap().unwrap().contains("28 hours"));
    }
}
