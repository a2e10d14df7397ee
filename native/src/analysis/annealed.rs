//! The numbers of an analysis by annealing from the flow to the target, with errors from independent runs.

use std::time::Instant;

use boltzflow::ensemble::{Annealed, Annealing, Level, Move, Population, Region};
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::num::{Error, Executor};
use boltzflow::potential::{Parameters, Relabelling};
use boltzflow::preset::Settings;
use boltzflow::stats::{DeltaF, Estimate, LogWeights, Profile, Runs, pareto_k};
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use super::plain::Analysis;
use super::reference::Reference;
use crate::difference;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::forecast::Piece;
use crate::interrupt::{self, Postponed};
use crate::progress::Meter;
use crate::{setting, table};

/// Independent runs unless told otherwise.
const RUNS: usize = 8;
/// Runs whose spread is an error.
const FEWEST_RUNS: usize = 4;
/// Particles of the trial from which the time of all runs is told.
const TRIAL: usize = 64;
/// Particles that a thread moves at a time.
const BLOCK: usize = 256;

/// How averages over the target are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// By the weights of the flow's samples
    Plain,
    /// By sequential Monte Carlo from flow to target, beside the plain weights
    Smc,
}

/// Options of annealing.
#[derive(Args, Clone, Debug)]
pub(crate) struct AnnealingArgs {
    /// How averages over the target are taken [default: as the run's settings say]
    #[arg(long, value_enum)]
    method: Option<Method>,
    /// Independent runs of smc; errors are those of their spread [default: smc_runs of the run, or 8]
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// Particles of each run [default: smc_particles of the run]
    #[arg(long, value_name = "N")]
    particles: Option<usize>,
    /// Variance of the prior at their start, relative to the flow's: above 1 reaches what the flow makes too rarely
    /// [default: smc_prior_variance of the run]
    #[arg(long, value_name = "X")]
    prior_variance: Option<f64>,
    /// Conditional effective sample size of a level, as a fraction: closer to 1 takes more levels
    /// [default: smc_conditional_ess of the run]
    #[arg(long, value_name = "X")]
    conditional_ess: Option<f64>,
    /// Effective sample size below which particles are resampled, as a fraction
    #[arg(long, value_name = "X", default_value_t = 0.5)]
    resample_below: f64,
    /// Moves of every level: metropolis, langevin or hmc [default: hmc]
    #[arg(long, value_name = "NAME")]
    kernel: Option<String>,
    /// Set a setting of the moves, for example step_size=0.05; the step size is adapted from there
    #[arg(long, value_name = "KEY=VALUE")]
    kernel_set: Vec<String>,
    /// Moves of a particle in every level [default: smc_moves of the run]
    #[arg(long, value_name = "N")]
    moves: Option<usize>,
    /// Moves on the target after the last level, which need no flow [default: smc_relaxation of the run]
    #[arg(long, value_name = "N")]
    relaxation: Option<usize>,
    /// Populations kept during the relaxation [default: smc_keep of the run]
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
}

/// Runs of annealing to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnnealingPlan {
    /// What each run does.
    annealing: Annealing,
    /// Number of independent runs.
    runs: usize,
}

impl AnnealingArgs {
    /// What to do with a run of these settings; `None` for plain weights.
    pub(crate) fn plan(&self, settings: &Settings) -> Result<Option<AnnealingPlan>, Failure> {
        let usual = if settings.smc_runs > 0 { Method::Smc } else { Method::Plain };
        if self.method.unwrap_or(usual) == Method::Plain {
            return Ok(None);
        }
        let usual = if settings.smc_runs > 0 { settings.smc_runs } else { RUNS };
        let runs = self.runs.unwrap_or(usual);
        if !(1..=10_000).contains(&runs) {
            return Err(Error::setting("runs", runs, "from 1 to 10000").into());
        }
        let mut parameters = Parameters::new();
        for assignment in &self.kernel_set {
            let (name, value) = setting::parse(assignment)?;
            parameters.set(name, value);
        }
        let smc = &settings.smc;
        let kernel = match (&self.kernel, self.kernel_set.is_empty()) {
            (None, true) => smc.kernel,
            (name, _) => Move::build(name.as_deref().unwrap_or("hmc"), &parameters)?,
        };
        let annealing = Annealing {
            particles: self.particles.unwrap_or(smc.particles),
            prior_variance: self.prior_variance.unwrap_or(smc.prior_variance),
            conditional_ess: self.conditional_ess.unwrap_or(smc.conditional_ess),
            resample_below: self.resample_below,
            kernel,
            moves: self.moves.unwrap_or(smc.moves),
            relaxation: self.relaxation.unwrap_or(smc.relaxation),
            keep: self.keep.unwrap_or(smc.keep),
            leave_region: smc.leave_region,
        };
        annealing.check()?;
        Ok(Some(AnnealingPlan { annealing, runs }))
    }
}

impl AnnealingPlan {
    /// Those of the settings.
    pub(crate) fn of(settings: &Settings) -> Self {
        let runs = if settings.smc_runs > 0 { settings.smc_runs } else { RUNS };
        Self { annealing: settings.smc, runs }
    }

    /// What all runs are expected to take, from one of few particles; `None` where they are few anyway, and where these few do
    /// not reach the target, which says nothing of more.
    pub(crate) fn trial(
        &self,
        generator: &BoltzmannGenerator<f32>,
        cell: Option<&Relabelling>,
        seed: u64,
        threads: &Threads,
    ) -> Option<Trial> {
        let all = self.annealing.particles * self.runs;
        if all < 16 * TRIAL {
            return None;
        }
        let few = Annealing { particles: TRIAL, ..self.annealing };
        let inside = |x: &[f64]| cell.is_none_or(|cell| cell.holds(x));
        let region = cell.map(|_| &inside as Region<'_>);
        let started = Instant::now();
        let run = few.run(generator, region, seed, threads).ok()?;
        // Few particles are one block, which one thread moves.
        let side_by_side = threads.width().min(self.annealing.particles.div_ceil(BLOCK));
        let seconds = started.elapsed().as_secs_f64() / side_by_side.max(1) as f64;
        let piece = Piece { done: TRIAL, of: all, seconds };
        Some(Trial { piece, energy_evaluations: run.energy_evaluations })
    }

    /// Makes the independent runs, within a cell of labels, all of them or, with `stop`, until it says so: what is finished by then
    /// is kept.
    pub(crate) fn carry_out(
        &self,
        generator: &BoltzmannGenerator<f32>,
        cell: Option<&Relabelling>,
        seed: u64,
        threads: &Threads,
        quiet: bool,
        stop: Option<&dyn Fn() -> bool>,
    ) -> Result<CarriedOut, Failure> {
        let inside = |x: &[f64]| cell.is_none_or(|cell| cell.holds(x));
        let region = cell.map(|_| &inside as Region<'_>);
        let mut meter = Meter::new("annealing", 0, self.runs as u64, quiet);
        let mut carried = CarriedOut { runs: Vec::new(), planned: self.runs, _keeping: None };
        while carried.runs.len() < self.runs {
            match stop {
                None => interrupt::check()?,
                Some(stop) if !stop() => {}
                Some(_) if carried.runs.is_empty() => {
                    let kept = "no run was finished, nothing was written".into();
                    return Err(Failure::Interrupted { kept });
                }
                Some(_) => break,
            }
            let run = self.annealing.next_run(&carried.runs, generator, region, seed, threads)?;
            let done = carried.runs.len() as u64 + 1;
            meter.update(done, || format!("log Z {:.3}", run.log_z));
            carried.runs.push(run);
            // From now on there is something to keep.
            if stop.is_some() {
                carried._keeping.get_or_insert_with(interrupt::postpone);
            }
        }
        meter.finish();
        Ok(carried)
    }
}

/// A run of few particles that was made to see how long all of them take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trial {
    /// The share of the work that it was.
    pub(crate) piece: Piece,
    /// What it cost.
    pub(crate) energy_evaluations: u64,
}

/// The runs that were finished; an interrupt does not end the program while they live.
#[derive(Debug)]
pub(crate) struct CarriedOut {
    /// The runs, at least one.
    pub(crate) runs: Vec<Annealed>,
    /// How many were asked for.
    pub(crate) planned: usize,
    _keeping: Option<Postponed>,
}

impl CarriedOut {
    /// Fails with what was kept if an interrupt came before the last run.
    pub(crate) fn check_whole(&self, kept: &str) -> Result<(), Failure> {
        let (done, planned) = (self.runs.len(), self.planned);
        if done == planned {
            return Ok(());
        }
        Err(Failure::Interrupted { kept: format!("{done} of {planned} annealing runs, {kept}") })
    }
}

/// Numbers with error bars from independent annealing runs.
#[derive(Clone, Debug)]
pub(crate) struct AnnealedAnalysis {
    annealing: Annealing,
    planned: usize,
    definition: String,
    states: (&'static str, &'static str),
    runs: Runs,
    delta_f: DeltaF,
    /// Profile by the histogram of the coordinate.
    pub(crate) histogram: Profile,
    /// Profile by the mean force along it.
    pub(crate) mean_force: Profile,
    levels: Vec<Level>,
    relaxation: Option<(f64, f64)>,
    /// Fewest ancestors that a run ended with.
    ancestors: usize,
    dropped: usize,
    /// ln Z of the target that the flow has learnt.
    pub(crate) learnt_log_z: Estimate,
    /// The coordinate of all particles, and their u and weights on that target.
    pub(crate) values: Vec<f64>,
    pub(crate) learnt_u: Vec<f64>,
    pub(crate) learnt_weights: LogWeights,
    /// Energy evaluations of all runs.
    pub(crate) energy_evaluations: u64,
    flow_evaluations: u64,
}

impl AnnealedAnalysis {
    /// Estimates what `plain` estimates from independent runs.
    pub(crate) fn new(
        generator: &BoltzmannGenerator<f32>,
        plan: AnnealingPlan,
        plain: &Analysis,
        carried: &CarriedOut,
    ) -> Result<Self, Failure> {
        let runs = &carried.runs[..];
        let count = runs.len();
        let population = Population::of_runs(runs);
        let weights = LogWeights::new(&population.log_weight)?;
        let coordinate = &plain.coordinate;
        let mut values = vec![0.0; population.u.len()];
        coordinate.values(&population.x, &mut values);
        let mut forces = values.clone();
        coordinate.forces(&population.x, &population.u_gradient, &mut forces);
        let target = &generator.target;
        let Population { x, u: mut learnt_u, log_weight: mut learnt, .. } = population;
        target.retilt(&x, &mut learnt_u, &mut learnt);
        let tilted = Runs::new(&runs.iter().map(|r| r.tilted_log_z).collect::<Vec<f64>>())?;
        let known = |r: f64| target.untilted_along(coordinate, r);
        let bins = &plain.bins;
        let last = |run: &Annealed| run.levels.last().map_or(0, |level| level.ancestors);
        Ok(Self {
            annealing: plan.annealing,
            planned: carried.planned,
            definition: difference::definition(coordinate),
            states: coordinate.states,
            runs: Runs::new(&runs.iter().map(|r| r.log_z).collect::<Vec<f64>>())?,
            delta_f: DeltaF::of_runs(&values, &weights, coordinate.boundary, count)?,
            histogram: Profile::of_runs(&values, &weights, bins, count)?,
            mean_force: Profile::by_mean_force(&values, &forces, &weights, &known, bins, count)?,
            relaxation: runs[0].relaxation,
            ancestors: runs.iter().map(last).min().unwrap_or(0),
            learnt_log_z: tilted.log_z,
            learnt_u,
            learnt_weights: LogWeights::new(&learnt)?,
            values,
            dropped: runs.iter().map(|r| r.dropped).sum(),
            energy_evaluations: runs.iter().map(|r| r.energy_evaluations).sum(),
            flow_evaluations: runs.iter().map(|r| r.flow_evaluations).sum(),
            levels: runs[0].levels.clone(),
        })
    }

    /// One object.
    pub(crate) fn to_json(&self, reference: Option<&Reference>) -> Json {
        let levels: Vec<Json> = self
            .levels
            .iter()
            .map(|l| {
                json!({
                    "b": l.b,
                    "step_size": l.step_size,
                    "ess": l.ess,
                    "resampled": l.resampled,
                    "acceptance": l.acceptance,
                    "ancestors": l.ancestors,
                })
            })
            .collect();
        let (delta_f, share) = (self.delta_f.delta_f, self.delta_f.share);
        let (below, above) = self.states;
        let mut found = json!({
            "method": "smc",
            "runs": self.runs.each.len(),
            "effective_runs": self.runs.effective,
            "planned_runs": self.planned,
            "particles": self.annealing.particles,
            "settings": settings(&self.annealing),
            "dropped": self.dropped,
            "delta_f": {
                "value": delta_f.value,
                "error": delta_f.error,
                "interval": [self.delta_f.interval.lower, self.delta_f.interval.upper],
                "definition": self.definition,
            },
            "log_z": {
                "value": self.runs.log_z.value,
                "error": self.runs.log_z.error,
                "interval": [self.runs.interval.lower, self.runs.interval.upper],
                "each": self.runs.each,
            },
            "shares": { below: table::object(complement(share)), above: table::object(share) },
            "profile": profile(&self.histogram, reference),
            "mean_force": profile(&self.mean_force, reference),
            "levels": levels,
            "relaxation": self.relaxation.map(|(step_size, acceptance)| {
                json!({ "step_size": step_size, "acceptance": acceptance })
            }),
            "ess": self.learnt_weights.ess_fraction(),
            "pareto_k": pareto_k(&self.learnt_weights),
            "fewest_ancestors": self.ancestors,
            "energy_evaluations": self.energy_evaluations,
            "flow_evaluations": self.flow_evaluations,
        });
        if let Some(reference) = reference {
            found["delta_f_error"] = json!(reference.delta_f.map(|r| delta_f.value - r));
            found["log_z_error"] = json!(reference.log_z.map(|r| self.runs.log_z.value - r));
        }
        found
    }

    /// Whether the spread of the runs can be trusted as an error.
    pub(crate) fn verdict(&self) -> String {
        let (count, effective) = (self.runs.each.len(), self.runs.effective);
        if count < FEWEST_RUNS {
            return format!("{count} runs are too few for error bars, it takes {FEWEST_RUNS}");
        }
        if effective < 0.5 * count as f64 {
            return format!(
                "{count} runs are worth {effective:.1} of equal weight: error bars may be too small, \
                 more levels, moves or particles make them even"
            );
        }
        format!("good, {count} runs are worth {effective:.1} of equal weight")
    }

    /// Rows of the table.
    pub(crate) fn rows(&self, reference: Option<&Reference>) -> Vec<Vec<String>> {
        let row = |name: &str, value: String, note: String| vec![name.into(), value, note];
        let against = |value: Option<f64>| {
            value.map(|v| format!("reference {}", table::number(v, 4))).unwrap_or_default()
        };
        let count = self.runs.each.len();
        let mut rows = vec![
            row(
                "annealed",
                format!("{count} independent runs of {} particles", self.annealing.particles),
                format!("worth {:.1} runs of equal weight", self.runs.effective),
            ),
            row(
                "  free-energy difference",
                format!("{} kT", table::estimate(self.delta_f.delta_f, 4)),
                against(reference.and_then(|r| r.delta_f)),
            ),
            row(
                "  log Z",
                table::estimate(self.runs.log_z, 4),
                against(reference.and_then(|r| r.log_z)),
            ),
        ];
        for (name, profile) in
            [("  histogram", &self.histogram), ("  mean force", &self.mean_force)]
        {
            let shape = reference.and_then(|r| r.shape_deviation(profile));
            let inside = reference.and_then(|r| r.share_in_band(profile));
            if let (Some(shape), Some(inside)) = (shape, inside) {
                rows.push(row(
                    name,
                    format!("{} kT rms over {} bins", table::number(shape.rms, 4), shape.bins),
                    format!("reference in the 95 % band of {:.0} %", 100.0 * inside),
                ));
            }
        }
        let resampled = self.levels.iter().filter(|l| l.resampled).count();
        let acceptance =
            self.levels.iter().map(|l| l.acceptance).sum::<f64>() / self.levels.len().max(1) as f64;
        rows.push(row(
            "  levels",
            format!("{}, {resampled} resampled", self.levels.len()),
            format!("mean acceptance {:.0} %", 100.0 * acceptance),
        ));
        rows.push(row(
            "  weights at the end",
            format!("{:.1} % effective", 100.0 * self.learnt_weights.ess_fraction()),
            pareto_k(&self.learnt_weights).map_or("no tail".into(), |k| format!("Pareto k {k:.2}")),
        ));
        rows.push(row(
            "  ancestors left",
            format!("{} of {}", self.ancestors, self.annealing.particles),
            "in the worst run".into(),
        ));
        rows.push(row(
            "  evaluations",
            format!("{} of the energy", self.energy_evaluations),
            format!("{} of the flow", self.flow_evaluations),
        ));
        rows
    }
}

/// 1 − p.
fn complement(p: Estimate) -> Estimate {
    Estimate { value: 1.0 - p.value, ..p }
}

/// What the runs were made with.
fn settings(of: &Annealing) -> Json {
    let kernel = match of.kernel {
        Move::Metropolis(kernel) => json!({ "name": "metropolis", "step_size": kernel.step_size }),
        Move::Mala(kernel) => json!({ "name": "mala", "step_size": kernel.step_size }),
        Move::Hmc(kernel) => json!({
            "name": "hmc",
            "step_size": kernel.step_size,
            "steps": kernel.steps,
            "jitter": kernel.jitter,
        }),
    };
    json!({
        "kernel": kernel,
        "moves": of.moves,
        "prior_variance": of.prior_variance,
        "conditional_ess": of.conditional_ess,
        "resample_below": of.resample_below,
        "relaxation": of.relaxation,
        "keep": of.keep,
        "leave_cell": of.leave_region,
    })
}

/// A profile with its distance from the reference.
fn profile(profile: &Profile, reference: Option<&Reference>) -> Json {
    let deviation = reference.and_then(|r| r.profile_deviation(profile));
    let shape = reference.and_then(|r| r.shape_deviation(profile));
    json!({
        "center": profile.center,
        "value": profile.value,
        "error": profile.error,
        "lower": profile.lower,
        "upper": profile.upper,
        "count": profile.count,
        "rms": deviation.map(|d| d.rms),
        "shape_rms": shape.map(|d| d.rms),
        "shape_bins": shape.map(|d| d.bins),
        "reference_in_band": reference.and_then(|r| r.share_in_band(profile)),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use boltzflow::preset::preset;

    use super::*;

    /// Eight small runs from a flow that is not trained.
    fn plan() -> (BoltzmannGenerator<f32>, AnnealingPlan) {
        let settings = preset("double-well").unwrap();
        let annealing = Annealing { particles: 8, ..Annealing::default() };
        (settings.generator().unwrap(), AnnealingPlan { annealing, runs: 8 })
    }

    #[test]
    fn an_interrupt_keeps_the_runs_that_are_done() {
        let (generator, plan) = plan();
        let threads = Threads::new(Some(1)).unwrap();
        let carry_out = |after: u64| {
            let looks = Cell::new(0);
            let stop = || looks.replace(looks.get() + 1) == after;
            plan.carry_out(&generator, None, 1, &threads, true, Some(&stop))
        };
        let none = carry_out(0).unwrap_err().to_string();
        assert!(none.contains("no run was finished"), "{none}");
        let some = carry_out(3).unwrap();
        let all = carry_out(99).unwrap();
        assert_eq!((some.runs.len(), some.planned, all.runs.len()), (3, 8, 8));
        assert_eq!(some.runs, all.runs[..3]);
        assert!(all.check_whole("kept").is_ok());
        let said = some.check_whole("which the report is of").unwrap_err().to_string();
        assert!(said.contains("3 of 8 annealing runs, which the report is of"), "{said}");
    }

    #[test]
    fn a_trial_is_made_where_it_is_a_small_part() {
        let (generator, mut plan) = plan();
        let threads = Threads::new(Some(1)).unwrap();
        assert!(plan.trial(&generator, None, 1, &threads).is_none());
        plan.annealing.particles = 100 * TRIAL;
        let trial = plan.trial(&generator, None, 1, &threads).unwrap();
        assert_eq!((trial.piece.done, trial.piece.of), (TRIAL, 800 * TRIAL));
        assert!(trial.energy_evaluations > 2 * TRIAL as u64);
    }
}
