//! `boltzflow analyze`: free energies with error bars, and whether to believe them.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use boltzflow::generator::{BoltzmannGenerator, PriorScaling};
use boltzflow::system::Relabelling;
use clap::Args;

use super::sample::{self, check_count};
use super::settings_help::HelpSettings;
use crate::analysis::annealed::AnnealedAnalysis;
use crate::analysis::annealing::{AnnealingArgs, AnnealingPlan};
use crate::analysis::configurations as drawn;
use crate::analysis::figures;
use crate::analysis::held_out::Comparison;
use crate::analysis::material::Material;
use crate::analysis::plain::Analysis;
use crate::analysis::reference::Reference;
use crate::analysis::report::Report;
use crate::analysis::trial::Trial;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::checkpoint::RunFolder;
use crate::file::reference_file::{self, Wanted};
use crate::file::{atomic, configurations};
use crate::plot::Plot;
use crate::{interrupt, setting, table};

/// Estimate free energies with error bars, and say how far to trust them
#[derive(Args, Debug)]
#[command(after_help = "\
REPORT_DIR receives report.json and, as SVG and PNG:
  profile         free energy along the coordinate, with bands
  energies        u = U/kT of what is generated, of held-out examples and of annealed particles
  gaps            how far flow and target are apart, in nats
  weights         how even the weights are
  losses          training
  configurations  generated particles of both states and of the barrier, if there are particles
Each says below which system, run and seeds it shows.

Exact values by quadrature are compared with where the system has them; --reference takes
values from a file instead: a report.json, or reference values with `cases`.

Where plain weights are poor, --method smc carries samples of the flow to the target by
sequential Monte Carlo: exact for any flow, with errors from the spread of independent runs,
and free energies by histogram and by mean force. The plain estimate stands beside it.

Energy evaluations count training, data and every estimate.

Examples:
  boltzflow analyze run -o report
  boltzflow analyze run -n 10000 --method smc --runs 8 --particles 2000 -o report
  boltzflow analyze run -n 500000 --coordinate x1 --seed 3 -o report
  boltzflow analyze run --temperature 2 -o hot --json")]
pub(crate) struct Analyze {
    /// Folder of the run, or a file of export
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Number of samples
    #[arg(short, long = "samples", value_name = "N", default_value_t = 100_000)]
    n: usize,
    /// Reaction coordinate [default: that of the run]
    #[arg(long, value_name = "NAME")]
    coordinate: Option<String>,
    /// Width of the bins of the profile [default: 0.1]
    #[arg(long, value_name = "W")]
    bin_width: Option<f64>,
    /// File of reference values to compare with
    #[arg(long, value_name = "FILE.json")]
    reference: Option<PathBuf>,
    /// Configurations of the target, for the forward effective sample size: .npy, .csv or .xyz
    #[arg(long, value_name = "FILE")]
    equilibrium: Option<PathBuf>,
    /// kT in units of the energy [default: that of the run]
    #[arg(long, short = 'T', value_name = "T")]
    temperature: Option<f64>,
    /// Set a parameter of the system, for example dimer_slope=-0.5: the same model serves it, and weights make it exact
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Seed of the samples
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = setting::seed)]
    seed: u64,
    /// Folder of the report
    #[arg(long, short, value_name = "REPORT_DIR")]
    output: PathBuf,
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Go on although the estimate is expected to take more than an hour
    #[arg(long)]
    patient: bool,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    help: HelpSettings,
    #[command(flatten, next_help_heading = "Annealing (--method smc)")]
    annealing: AnnealingArgs,
}

impl Analyze {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let is_new = !self.output.exists();
        let analyzed = self.analyze();
        if analyzed.is_err() && is_new {
            // An empty folder tells nothing; one with files in it stays.
            let _ = fs::remove_dir(&self.output);
        }
        analyzed
    }

    fn analyze(&self) -> Result<(), Failure> {
        let started = Instant::now();
        let threads = Threads::new(self.threads)?;
        let folder = RunFolder::new(&self.folder);
        let mut model = folder.model()?;
        let mut settings = model.settings.clone();
        if !self.set.is_empty() {
            settings.set_parameters(&setting::parameters(&self.set)?)?;
            let target = &model.generator.target;
            model.generator.target = target.with_system(settings.system()?)?;
        }
        // Plain weights need a prior that reaches beyond; annealing is better off with the narrower one, and reaches by its moves.
        let temperature = self.temperature.unwrap_or(settings.temperature);
        let start = model.generator.at_temperature(temperature, PriorScaling::Scaled)?;
        model.generator = model.generator.at_temperature(temperature, PriorScaling::Suited)?;
        let generator = &model.generator;
        let system = generator.target.system();
        check_count(self.n, generator.target.dim())?;
        if let Some(name) = &self.coordinate {
            settings.coordinate.clone_from(name);
        }
        let coordinate = settings.reaction_coordinate(system)?;
        let equilibrium = self.equilibrium.as_deref();
        let equilibrium = equilibrium.map(|path| configurations::read(path, system)).transpose()?;
        let file = match &self.reference {
            Some(path) => {
                let wanted = Wanted {
                    name: &settings.system,
                    system,
                    parameters: &settings.parameters,
                    defaults: &reference_file::defaults(&settings.system)?,
                    temperature: generator.target.temperature(),
                    coordinate: &coordinate,
                };
                Some((path, reference_file::read(path, &wanted)?))
            }
            None => None,
        };
        let cell = settings.cell()?;
        let annealing = self.annealing.plan(&settings)?;
        let report_file = self.output.join("report.json");
        atomic::check_folder(&self.output)?;
        if self.output.is_dir() {
            atomic::check_writable(&report_file)?;
        }

        let trial =
            self.forecast(generator, annealing.as_ref(), &start, cell.as_ref(), &threads)?;
        let samples = generator.sample(self.n, self.seed, &threads);
        let caption = sample::caption(&model, self.n, self.seed);
        let particles = drawn::generated(system, &samples, &coordinate, &caption);
        let analysis = Analysis::new(
            generator,
            samples,
            coordinate,
            cell,
            self.bin_width,
            equilibrium.as_ref(),
            self.seed,
        )?;
        let (cell, quiet) = (analysis.cell.as_ref(), self.quiet || self.json);
        let stop: Option<&dyn Fn() -> bool> = Some(&interrupt::requested);
        let carried = annealing
            .as_ref()
            .map(|plan| plan.carry_out(&start, cell, self.seed, &threads, quiet, stop))
            .transpose()?;
        let annealed = annealing
            .as_ref()
            .zip(carried.as_ref())
            .map(|(plan, carried)| AnnealedAnalysis::new(&start, plan, &analysis, carried))
            .transpose()?;
        // They are samples of what was learnt, at its temperature.
        let same = self.set.is_empty() && temperature == settings.temperature;
        let held_out = if same { folder.held_out()? } else { None };
        let comparison =
            Comparison::new(generator, &analysis, held_out.as_ref(), annealed.as_ref())?;
        let reference = match file {
            Some((path, values)) => Some(Reference::from_file(path, values, &analysis.bins)),
            None => {
                let Analysis { coordinate, temperature, bins, .. } = &analysis;
                Reference::exact(system, coordinate, *temperature, bins)
            }
        };
        let log = fs::read_to_string(folder.log_file()).unwrap_or_default();
        let bias = generator.target.bias();
        let material = Material {
            analysis: &analysis,
            annealed: annealed.as_ref(),
            comparison: &comparison,
            reference: reference.as_ref(),
            log: &log,
            biased_along: bias.map(|bias| &*bias.coordinate().name),
            caption: &caption,
        };
        // The folder comes with what is in it, whatever ends the program.
        let _whole = interrupt::postpone();
        fs::create_dir_all(&self.output).map_err(|e| Failure::writing(&self.output, &e))?;
        figures::write(&self.output, &material)?;
        if let Some(particles) = &particles {
            particles.write(&self.output, "configurations")?;
        }
        let report = Report {
            analysis: &analysis,
            annealed: annealed.as_ref(),
            comparison: &comparison,
            reference: reference.as_ref(),
            model: &model,
            changes: &self.set,
            trial: trial.map_or(0, |trial| trial.energy_evaluations),
            seed: self.seed,
            seconds: started.elapsed().as_secs_f64(),
        };
        let json = report.to_json();
        atomic::write_text(&report_file, &format!("{json:#}\n"))?;
        if self.json {
            table::print_json(&json)?;
        } else {
            let saved = format!("report and figures in {}\n", self.output.display());
            table::print(&format!("{}{saved}", report.to_table()))?;
        }
        // An interrupt is told by the exit code, whatever was kept.
        carried.map_or(Ok(()), |carried| carried.check_whole("which the report is of"))
    }

    /// Says how long all will take, from a small piece of it.
    fn forecast(
        &self,
        generator: &BoltzmannGenerator<f32>,
        annealing: Option<&AnnealingPlan>,
        start: &BoltzmannGenerator<f32>,
        cell: Option<&Relabelling>,
        threads: &Threads,
    ) -> Result<Option<Trial>, Failure> {
        let quiet = self.quiet || self.json;
        sample::forecast(generator, self.n, threads, self.patient, quiet)?;
        let trial = annealing.and_then(|plan| Trial::of(plan, start, cell, self.seed, threads));
        if let Some(trial) = &trial
            && let Some(line) = trial.allow(self.patient)?.filter(|_| !quiet)
        {
            eprintln!(
                "{line}; Ctrl-C ends it after the run under way and keeps those that are done"
            );
        }
        Ok(trial)
    }
}
