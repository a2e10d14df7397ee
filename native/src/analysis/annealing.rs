//! Annealing from the flow to the target: its options and its independent runs.

use boltzflow::ensemble::{Annealed, Annealing, Region};
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::num::Error;
use boltzflow::preset::{SCHEMA, Settings};
use boltzflow::setting::Value;
use boltzflow::system::Relabelling;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value as Json, json};

use crate::executor::Threads;
use crate::failure::Failure;
use crate::interrupt::{self, Postponed};
use crate::progress::Meter;
use crate::setting;

/// Independent runs unless told otherwise.
const RUNS: usize = 8;
/// Runs whose spread is an error.
pub(super) const FEWEST_RUNS: usize = 4;
/// Effective sample size below which particles are resampled unless told otherwise, as a fraction.
const RESAMPLE_BELOW: f64 = 0.5;

/// How averages over the target are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// By the weights of the flow's samples.
    Plain,
    /// By sequential Monte Carlo from flow to target, beside the plain weights.
    Smc,
}

/// Options of annealing.
#[derive(Args, Clone, Debug)]
pub(crate) struct AnnealingArgs {
    /// plain: averages by the weights of the flow's samples; smc: by sequential Monte Carlo from flow to target, too
    /// [default: as the run's settings say]
    #[arg(long, value_enum, value_name = "plain|smc", hide_possible_values = true)]
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
    /// Effective sample size below which particles are resampled, as a fraction [default: 0.5]
    #[arg(long, value_name = "X")]
    resample_below: Option<f64>,
    /// Kernel of the moves of every level, any of those of simulate [default: that of the run, which is hmc]
    #[arg(long, value_name = "NAME")]
    kernel: Option<String>,
    /// Set a setting of the moves, for example step_size=0.05, which is adapted from there; the others of the run's kernel stay
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
#[derive(Clone, Debug)]
pub(crate) struct AnnealingPlan {
    /// What each run does.
    pub(super) annealing: Annealing,
    /// Number of independent runs.
    runs: usize,
}

impl AnnealingArgs {
    /// What to do with a run of these settings; `None` for plain weights.
    pub(crate) fn plan(&self, settings: &Settings) -> Result<Option<AnnealingPlan>, Failure> {
        let usual = if settings.smc_runs > 0 { Method::Smc } else { Method::Plain };
        if self.method.unwrap_or(usual) == Method::Plain {
            self.refuse()?;
            return Ok(None);
        }
        let usual = if settings.smc_runs > 0 { settings.smc_runs } else { RUNS };
        let runs = self.runs.unwrap_or(usual);
        if !(1..=10_000).contains(&runs) {
            return Err(Error::setting("runs", runs, "from 1 to 10000").into());
        }
        let parameters = setting::parameters(&self.kernel_set)?;
        let smc = &settings.smc;
        // What is not given stays as the run has it, as long as the kernel does.
        let kernel = smc.kernel.overlaid(self.kernel.as_deref(), &parameters)?;
        let annealing = Annealing {
            particles: self.particles.unwrap_or(smc.particles),
            prior_variance: self.prior_variance.unwrap_or(smc.prior_variance),
            conditional_ess: self.conditional_ess.unwrap_or(smc.conditional_ess),
            resample_below: self.resample_below.unwrap_or(RESAMPLE_BELOW),
            kernel,
            moves: bounded("moves", self.moves)?.unwrap_or(smc.moves),
            relaxation: bounded("relaxation", self.relaxation)?.unwrap_or(smc.relaxation),
            keep: self.keep.unwrap_or(smc.keep),
            leave_region: smc.leave_region,
        };
        annealing.check()?;
        Ok(Some(AnnealingPlan { annealing, runs }))
    }

    /// Fails for one of these options that was given for plain weights.
    fn refuse(&self) -> Result<(), Failure> {
        let options = [
            (self.runs.is_some(), "--runs"),
            (self.particles.is_some(), "--particles"),
            (self.prior_variance.is_some(), "--prior-variance"),
            (self.conditional_ess.is_some(), "--conditional-ess"),
            (self.resample_below.is_some(), "--resample-below"),
            (self.kernel.is_some(), "--kernel"),
            (!self.kernel_set.is_empty(), "--kernel-set"),
            (self.moves.is_some(), "--moves"),
            (self.relaxation.is_some(), "--relaxation"),
            (self.keep.is_some(), "--keep"),
        ];
        setting::refuse_given(&options, "without --method smc", "leave it out, or add --method smc")
    }
}

/// A number that was given, within the bounds of the run's setting of that name.
fn bounded(name: &str, given: Option<usize>) -> Result<Option<usize>, Failure> {
    let Some(value) = given else { return Ok(None) };
    let is_its_own = |known: &str| known.strip_prefix("smc_") == Some(name);
    let setting = SCHEMA.iter().map(|s| &s.description).find(|s| is_its_own(s.name));
    match setting.filter(|s| s.accept(&Value::Number(value as f64)).is_err()) {
        Some(setting) => Err(Error::setting(name, value, setting.words()).into()),
        None => Ok(Some(value)),
    }
}

impl AnnealingPlan {
    /// Those of the settings.
    pub(crate) fn of(settings: &Settings) -> Self {
        let runs = if settings.smc_runs > 0 { settings.smc_runs } else { RUNS };
        Self { annealing: settings.smc.clone(), runs }
    }

    /// Independent runs of some settings.
    #[cfg(test)]
    pub(super) fn new(annealing: Annealing, runs: usize) -> Self {
        Self { annealing, runs }
    }

    /// Number of independent runs.
    pub(super) fn runs(&self) -> usize {
        self.runs
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

/// What the runs were made with.
pub(super) fn settings(of: &Annealing) -> Json {
    let mut kernel = Map::from_iter([("name".into(), of.kernel.entry().name.into())]);
    kernel.extend(of.kernel.settings().iter().map(|(k, v)| (k.into(), setting::to_json(v))));
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use boltzflow::preset::preset;
    use boltzflow::sampler::KernelSettings;
    use clap::Parser;

    use super::*;

    /// Eight small runs from a flow that is not trained.
    fn plan() -> (BoltzmannGenerator<f32>, AnnealingPlan) {
        let settings = preset("double-well").unwrap();
        let annealing = Annealing { particles: 8, ..Annealing::default() };
        (settings.generator().unwrap(), AnnealingPlan::new(annealing, 8))
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

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        annealing: AnnealingArgs,
    }

    fn refusal(preset_name: &str, options: &[&str]) -> String {
        let program = Program::parse_from([&["analyze"], options].concat());
        program.annealing.plan(&preset(preset_name).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn options_of_annealing_have_no_meaning_for_plain_weights() {
        for option in ["--particles", "--relaxation", "--resample-below", "--keep"] {
            let said = refusal("double-well", &[option, "0"]);
            assert!(
                said.contains(&format!("{option} has no meaning without --method smc")),
                "{said}"
            );
        }
        // Runs of the dimer are annealed unless they are told not to be.
        let plan = |options: &[&str]| {
            let program = Program::parse_from([&["analyze"], options].concat());
            program.annealing.plan(&preset("dimer").unwrap())
        };
        assert_eq!(plan(&["--particles", "70"]).unwrap().unwrap().annealing.particles, 70);
        assert!(plan(&["--method", "plain"]).unwrap().is_none());
        assert!(
            refusal("dimer", &["--method", "plain", "--kernel", "hmc"]).contains("--kernel has")
        );
    }

    #[test]
    fn lengths_are_bounded_as_in_the_settings_of_a_run() {
        for (option, value, words) in [
            (
                "--moves",
                "1001",
                "moves = 1001 is not allowed: it must be a whole number from 1 to 1000",
            ),
            ("--moves", "0", "moves = 0"),
            ("--relaxation", "1000001", "from 0 to 1000000"),
        ] {
            let said = refusal("dimer", &[option, value]);
            assert!(said.contains(words), "{said}");
        }
    }

    fn kernel(options: &[&str]) -> KernelSettings {
        let program = Program::parse_from([&["analyze"], options].concat());
        let plan = program.annealing.plan(&preset("dimer").unwrap()).unwrap();
        plan.unwrap().annealing.kernel
    }

    #[test]
    fn a_kernel_setting_leaves_the_others_of_the_preset() {
        let of = |options: &[&str]| {
            let kernel = kernel(options);
            let number = |name| kernel.number(name);
            (kernel.entry().name, number("step_size"), number("steps"))
        };
        assert_eq!(of(&[]), ("hmc", Some(0.02), Some(10.0)));
        let step = ["--kernel-set", "step_size=0.3"];
        assert_eq!(of(&step), ("hmc", Some(0.3), Some(10.0)));
        assert_eq!(of(&[&["--kernel", "hmc"], &step[..]].concat()), ("hmc", Some(0.3), Some(10.0)));
        assert_eq!(of(&["--kernel", "hmc"]), of(&[]));
        assert_eq!(of(&["--kernel-set", "steps=7"]), ("hmc", Some(0.02), Some(7.0)));
        // Another kernel has settings of its own.
        assert_eq!(of(&["--kernel", "langevin"]), ("mala", Some(0.2), None));
        assert_eq!(of(&[&["--kernel", "metropolis"], &step[..]].concat()).1, Some(0.3));
    }
}
