//! `boltzflow train`: a run from its first step, or on from its last checkpoint.

mod data;
pub(super) mod session;

use std::path::PathBuf;

use boltzflow::preset::{self, Settings};
use boltzflow::setting::Value;
use clap::Args;

use super::settings_help::HelpSettings;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::checkpoint::RunFolder;
use crate::file::format::extension;
use crate::file::run_file;
use crate::{provenance, setting, table};
use data::Data;
use session::Session;

/// Train a generator, or go on with a run that was interrupted
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Train {
    /// Name of a preset, or a run file
    #[arg(value_name = "PRESET|RUN.toml", required_unless_present = "resume")]
    run: Option<String>,
    /// Folder of the run
    #[arg(long, short, value_name = "DIR", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// Change a setting, as TOML: --set batch=256 --set 'hidden=[64, 64]'
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N", value_parser = setting::seed)]
    seed: Option<u64>,
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Go on with the run in DIR, if there is one
    #[arg(long)]
    resume: bool,
    /// Learn from these configurations: .npy or .csv (n × dim), .xyz, or .npz as explore and bootstrap write it
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Weights of these configurations: .npy or .csv (n)
    #[arg(long, value_name = "FILE", requires = "data")]
    data_weights: Option<PathBuf>,
    /// Print the run file with all settings, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Seconds between checkpoints
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    checkpoint_every: f64,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    help: HelpSettings,
}

/// What every reader of the help needs.
const EXAMPLES: &str = "\
DIR receives run.toml (all settings), model.safetensors (the parameters), state.safetensors
(what training needs to go on) and log.jsonl (losses). A run that was killed at any moment
goes on with --resume and gives the same bits as one that never was. The same seed gives the
same digest on any number of threads.

--set takes any setting (--help-settings lists them), `stages.0.batch` for one stage, or a
parameter of the system. --dry-run prints the run file that a run would have; its output is a
run file, too.

Examples:
  boltzflow train double-well -o run
  boltzflow train mueller-brown -o run --set iterations=2000 --set flow=R6 --seed 7
  boltzflow train my_run.toml -o run --data x.npy --data-weights w.npy
  boltzflow train dimer --set batch=512 --dry-run > my_run.toml
  boltzflow train -o run --resume";

impl Train {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let threads = Threads::new(self.threads)?;
        let Some(output) = &self.output else { return self.show_settings(None) };
        let folder = RunFolder::new(output);
        if self.dry_run {
            let saved = folder.has_run().then(|| folder.settings()).transpose()?;
            return self.show_settings(saved.as_ref());
        }
        if folder.is_used()? && !self.resume {
            return Err(Failure::input(
                "exists",
                format!("{} is not empty", output.display()),
                "give another folder, or --resume to go on with the run in it",
            ));
        }
        // A run that was killed before its settings were written starts anew.
        if self.run.is_none() || !(folder.has_run() || folder.is_unborn()?) {
            folder.require()?;
        }
        let saved = folder.has_run().then(|| folder.settings()).transpose()?;
        let settings = self.settings(saved.as_ref())?;
        let (data, weights) = (self.data.as_deref(), self.data_weights.as_deref());
        let session = Session::open(folder, settings, data, weights, threads)?;
        session.run(self.checkpoint_every, self.quiet || self.json)?.show(self.json)
    }

    /// Prints the settings that a run would have, once they are known to make one.
    fn show_settings(&self, saved: Option<&Settings>) -> Result<(), Failure> {
        let settings = self.settings(saved)?;
        let system = settings.system()?;
        let coordinate = settings.reaction_coordinate(&system)?;
        let (data, weights) = (self.data.as_deref(), self.data_weights.as_deref());
        let data = Data::load(data, weights, None, &system, &coordinate)?;
        session::check(&settings, &data)?;
        match self.json {
            true => table::print_json(&provenance::settings(&settings)),
            false => table::print(&run_file::write(&settings)),
        }
    }

    /// Preset or file, then `--seed` and `--set`; on top of the saved run if neither is named.
    fn settings(&self, saved: Option<&Settings>) -> Result<Settings, Failure> {
        match (&self.run, saved) {
            (Some(run), _) => settings_of(run, self.seed, &self.set),
            (None, Some(saved)) => changed(saved.clone(), self.seed, &self.set),
            (None, None) => {
                Err(Failure::input("usage", "no preset or run file is given", "see --help"))
            }
        }
    }
}

/// The settings of a preset or of a run file, then `--seed` and `--set`.
pub(super) fn settings_of(
    run: &str,
    seed: Option<u64>,
    assignments: &[String],
) -> Result<Settings, Failure> {
    let path = PathBuf::from(run);
    let settings =
        if extension(&path) == "toml" { run_file::read(&path)? } else { preset::preset(run)? };
    changed(settings, seed, assignments)
}

fn changed(
    mut settings: Settings,
    seed: Option<u64>,
    assignments: &[String],
) -> Result<Settings, Failure> {
    if let Some(seed) = seed {
        settings.set("seed", &Value::Number(seed as f64))?;
    }
    run_file::apply(&mut settings, assignments)?;
    Ok(settings)
}
