//! `boltzflow bootstrap`: rounds of training and annealing, each learning from what the last one was annealed to.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use boltzflow::bootstrap;
use boltzflow::num::Error;
use boltzflow::preset::Settings;
use boltzflow_model::Model;
use clap::Args;
use serde_json::{Value as Json, json};

use super::settings_help::HelpSettings;
use super::train::session::Session;
use super::train::settings_of;
use crate::analysis::annealed::AnnealedAnalysis;
use crate::analysis::annealing::AnnealingPlan;
use crate::analysis::held_out::Comparison;
use crate::analysis::plain::Analysis;
use crate::analysis::reference::Reference;
use crate::analysis::report::Report;
use crate::analysis::trial::Trial;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::checkpoint::RunFolder;
use crate::file::lock::FolderLock;
use crate::file::{atomic, examples_file, run_file};
use crate::{setting, table};

/// Samples of the flow that each round is judged by, beside its annealing.
const SAMPLES: usize = 4000;
/// Seconds between checkpoints of training.
const CHECKPOINT: f64 = 5.0;

/// Train, anneal to the target, and learn from the result, again and again
#[derive(Args, Debug)]
#[command(after_help = "\
Little data makes a poor flow. Sequential Monte Carlo corrects what a poor flow makes, at the
price of energy evaluations, and its particles are the examples of the next round, which
trains a new flow. Every state has to be in the first examples: what no run reaches no round
will learn.

Round 0 learns from the examples of the settings, or from --data. DIR receives round-0,
round-1, …, each a run like those of boltzflow train with a report.json as of boltzflow
analyze, and examples-1.npz, examples-2.npz, …, which rounds learn from. What is finished is
not done again: an interrupted bootstrap goes on with --resume, and with more --rounds. Energy
evaluations of a round are those of all rounds up to it.

Examples:
  boltzflow bootstrap double-well -o rounds --set example_steps=500 --set smc_runs=4
  boltzflow bootstrap dimer -o rounds --rounds 3 --set example_steps=500
  boltzflow explore dimer -o found.npz
  boltzflow bootstrap dimer -o rounds --data found.npz")]
pub(crate) struct Bootstrap {
    /// Name of a preset, or a run file
    #[arg(value_name = "PRESET|RUN.toml")]
    run: String,
    /// Folder of the rounds
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Rounds that learn from annealed particles, after the first training
    #[arg(long, value_name = "N", default_value_t = 2)]
    rounds: usize,
    /// Change a setting, as TOML, in all rounds: --set smc_particles=500
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N", value_parser = setting::seed)]
    seed: Option<u64>,
    /// Round 0 learns from these configurations: .npy or .csv (n × dim), .xyz or .npz
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Go on with the rounds in DIR, if there are any
    #[arg(long)]
    resume: bool,
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    help: HelpSettings,
}

impl Bootstrap {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let started = Instant::now();
        let settings = settings_of(&self.run, self.seed, &self.set)?;
        settings.smc.check()?;
        if settings.stages.iter().all(|s| s.weight("ml") <= 0.0) {
            let allowed = "above zero in a stage: a round learns from examples";
            return Err(Error::setting("w_ml", 0, allowed).into());
        }
        if RunFolder::new(&self.output).is_used()? && !self.resume {
            return Err(Failure::input(
                "exists",
                format!("{} is not empty", self.output.display()),
                "give another folder, or --resume to go on with the rounds in it",
            ));
        }
        fs::create_dir_all(&self.output).map_err(|e| Failure::writing(&self.output, &e))?;
        let _lock = FolderLock::take(&self.output)?;
        atomic::remove_leftovers(&self.output).map_err(|e| Failure::writing(&self.output, &e))?;
        let reports = (0..=self.rounds)
            .map(|round| self.round(round, &settings))
            .collect::<Result<Vec<Json>, Failure>>()?;
        if self.json {
            return table::print_json(&json!({
                "system": settings.system,
                "rounds": reports,
                "seed": settings.seed,
                "seconds": started.elapsed().as_secs_f64(),
                "output": self.output.display().to_string(),
            }));
        }
        let head = ["round", "evaluations", "forward gap", "reverse gap", "ESS", "levels"];
        let mut rows = vec![head.map(String::from).to_vec()];
        rows[0].extend(["log Z", "ΔF (kT)"].map(String::from));
        rows.extend(reports.iter().enumerate().map(|(round, report)| row(round, report)));
        let definition = reports.first().and_then(|r| r.pointer("/delta_f/definition")?.as_str());
        let definition = definition.map(|d| format!(", {d}")).unwrap_or_default();
        table::print(&format!(
            "{}evaluations of all rounds so far; gaps in nats, to held-out examples and the median of generated samples;\n\
             ESS of plain weights; levels, log Z and ΔF of annealing{}\nsaved in {}\n",
            table::align(&rows),
            definition,
            self.output.display()
        ))
    }

    fn folder(&self, round: usize) -> PathBuf {
        self.output.join(format!("round-{round}"))
    }

    /// The examples that a round learns from, where they are a file.
    fn examples(&self, round: usize) -> Option<PathBuf> {
        match round {
            0 => self.data.clone(),
            _ => Some(self.output.join(format!("examples-{round}.npz"))),
        }
    }

    /// Does what is left to do of a round, and gives its report.
    fn round(&self, round: usize, settings: &Settings) -> Result<Json, Failure> {
        let path = self.folder(round);
        let folder = RunFolder::new(&path);
        let report_file = path.join("report.json");
        if report_file.is_file() {
            let text =
                fs::read_to_string(&report_file).map_err(|e| Failure::reading(&report_file, &e))?;
            same_settings(&folder, settings)?;
            if let (0, Some(data)) = (round, &self.data) {
                Session::check_data(&folder, settings, data)?;
            }
            return serde_json::from_str(&text)
                .map_err(|e| Error::data(report_file.display().to_string(), e.to_string()).into());
        }
        let quiet = self.quiet || self.json;
        if !quiet {
            eprintln!("round {round} of {}", self.rounds);
        }
        let threads = Threads::new(self.threads)?;
        let data = self.examples(round);
        Session::open(folder.clone(), settings.clone(), data.as_deref(), None, threads)?
            .run(CHECKPOINT, quiet)?;
        let report = self.anneal(round, &folder, &report_file)?;
        Ok(report)
    }

    /// Anneals the flow of a round, writes the examples of the next one and, last of all, the report.
    fn anneal(
        &self,
        round: usize,
        folder: &RunFolder,
        report_file: &Path,
    ) -> Result<Json, Failure> {
        let started = Instant::now();
        let threads = Threads::new(self.threads)?;
        let model = folder.model()?;
        let Model { settings, generator, training_evaluations, data_evaluations, .. } = &model;
        let system = generator.target.system();
        let (seed, cell) = (settings.seed, settings.cell()?);
        let samples = generator.sample(SAMPLES, seed, &threads);
        let coordinate = settings.reaction_coordinate(system)?;
        let analysis = Analysis::new(generator, samples, coordinate, cell, None, None, seed)?;
        let plan = AnnealingPlan::of(settings);
        let quiet = self.quiet || self.json;
        let cell = analysis.cell.as_ref();
        let trial = Trial::of(&plan, generator, cell, seed, &threads);
        // Rounds are long, and nobody who asks for them waits beside.
        let line = trial.map(|trial| trial.allow(true)).transpose()?.flatten();
        if let Some(line) = line.filter(|_| !quiet) {
            eprintln!(
                "{line}; Ctrl-C ends it, and --resume begins with the annealing of this round"
            );
        }
        let trial = trial.map_or(0, |trial| trial.energy_evaluations);
        // A round is whole, or it is done again.
        let carried = plan.carry_out(generator, cell, seed, &threads, quiet, None)?;
        let annealed = AnnealedAnalysis::new(generator, &plan, &analysis, &carried)?;
        let held_out = folder.held_out()?;
        let comparison = Comparison::new(generator, &analysis, held_out.as_ref(), Some(&annealed))?;
        let Analysis { coordinate, temperature, bins, .. } = &analysis;
        let reference = Reference::exact(system, coordinate, *temperature, bins);
        let report = Report {
            analysis: &analysis,
            annealed: Some(&annealed),
            comparison: &comparison,
            reference: reference.as_ref(),
            model: &model,
            changes: &[],
            trial,
            seed,
            seconds: started.elapsed().as_secs_f64(),
        };
        let before = data_evaluations + training_evaluations + SAMPLES as u64 + trial;
        let examples = bootstrap::examples(&carried.runs, &generator.target, before)?;
        examples_file::write(&self.output.join(format!("examples-{}.npz", round + 1)), &examples)?;
        let json = report.to_json();
        atomic::write_text(report_file, &format!("{json:#}\n"))?;
        Ok(json)
    }
}

/// Fails if a finished round had other settings.
fn same_settings(folder: &RunFolder, settings: &Settings) -> Result<(), Failure> {
    let differences = run_file::differences(&folder.settings()?, settings);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Failure::input(
        "other-settings",
        format!(
            "the run in {} has other settings ({})",
            folder.path().display(),
            differences.join(", ")
        ),
        "go on without changing settings, or start in another folder",
    ))
}

/// A round as a row of the table.
fn row(round: usize, report: &Json) -> Vec<String> {
    let number =
        |pointer: &str, decimals: usize| match report.pointer(pointer).and_then(Json::as_f64) {
            Some(v) => table::number(v, decimals),
            None => "-".into(),
        };
    let with_error = |what: &str| {
        format!(
            "{} ± {}",
            number(&format!("/annealed/{what}/value"), 3),
            number(&format!("/annealed/{what}/error"), 3)
        )
    };
    let ess = report.pointer("/ess/reverse").and_then(Json::as_f64).unwrap_or(f64::NAN);
    let levels = report.pointer("/annealed/levels").and_then(Json::as_array).map_or(0, Vec::len);
    vec![
        round.to_string(),
        number("/energy_evaluations/total", 0),
        number("/gaps/forward/value", 2),
        number("/gaps/reverse_median", 2),
        format!("{:.2} %", 100.0 * ess),
        levels.to_string(),
        with_error("log_z"),
        with_error("delta_f"),
    ]
}
