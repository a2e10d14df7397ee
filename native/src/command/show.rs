//! `boltzflow show`: what a run is, or a molecule.

mod molecule;

use std::path::PathBuf;

use boltzflow::objective::Source;
use clap::Args;
use serde_json::json;

use crate::digests::Digests;
use crate::failure::Failure;
use crate::file::checkpoint::RunFolder;
use crate::file::format::extension;
use crate::{setting, table};

/// Tell what a run is: system, settings, steps, energy evaluations, digests; or what a molecule is
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  boltzflow show run
  boltzflow show www/assets/dimer.safetensors
  boltzflow show system.xml --structure structure.pdb
  boltzflow show run --json")]
pub(crate) struct Show {
    /// Folder of the run, a file of export, or a System of OpenMM
    #[arg(value_name = "DIR|SYSTEM.xml")]
    folder: PathBuf,
    /// Names and positions of the atoms of a System of OpenMM
    #[arg(long, value_name = "FILE.pdb")]
    structure: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        if extension(&self.folder) == "xml" {
            return molecule::show(&self.folder, self.structure.as_deref(), self.json);
        }
        setting::refuse_given(
            &[(self.structure.is_some(), "--structure")],
            "for a run",
            "leave it out, or give a System of OpenMM",
        )?;
        let folder = RunFolder::new(&self.folder);
        let mut model = folder.model()?;
        // A model alone has no state of training.
        let state = if folder.has_run() { Some(folder.state()?) } else { None };
        if let Some(state) = &state {
            // Models of before did not tell.
            model.skipped = state.trainer.skipped;
        }
        let settings = &model.settings;
        let total_steps = model.total_steps();
        let done = model.step >= total_steps;
        let ended_early = folder.ended_early();
        let (training, data) = (model.training_evaluations, model.data_evaluations);
        let parameters = model.generator.theta.len();
        let layout = model.generator.flow.layout();
        let digests = Digests::new(&model, state.as_ref().map(|s| s.digest(&layout)));
        if self.json {
            let system_parameters: serde_json::Map<_, _> =
                settings.parameters.iter().map(|(k, v)| (k.into(), setting::to_json(v))).collect();
            return table::print_json(&json!({
                "system": settings.system,
                "dim": model.generator.target.dim(),
                "temperature": settings.temperature,
                "system_parameters": system_parameters,
                "flow": settings.flow,
                "parameters": parameters,
                "seed": settings.seed,
                "step": model.step,
                "total_steps": total_steps,
                "done": done,
                "ended_early": ended_early,
                "rewinds": state.as_ref().map(|s| s.trainer.rewinds),
                "energy_evaluations": { "training": training, "data": data, "total": training + data },
                "seconds": state.as_ref().map(|s| s.seconds),
                "digest": digests.to_json(),
                "version": model.version,
            }));
        }
        let mut progress =
            if done { "complete".into() } else { format!("to go: {}", total_steps - model.step) };
        if model.skipped > 0 && ended_early.is_empty() {
            progress.push_str("; a stage ended early");
        }
        for stage in &ended_early {
            progress.push_str(&format!("; stage {stage} ended early"));
        }
        let examples = match state.as_ref().and_then(|s| s.data.lines().nth(1)) {
            Some(file) => format!("from {file}"),
            None if settings.stages.iter().any(|s| s.learns_from(Source::Examples)) => {
                format!(
                    "{} {} chains of {} steps",
                    settings.example_chains, settings.example_method, settings.example_steps
                )
            }
            None => "none".into(),
        };
        let values: Vec<String> =
            settings.parameters.iter().map(|(k, v)| format!("{k} = {v}")).collect();
        let mut rows = vec![
            ("system", format!("{}, dim {}", settings.system, model.generator.target.dim())),
            ("temperature", settings.temperature.to_string()),
            (
                "flow",
                format!(
                    "{} with hidden {:?}, {parameters} parameters",
                    settings.flow, settings.architecture.hidden
                ),
            ),
            ("examples", examples),
            ("seed", settings.seed.to_string()),
            ("steps", format!("{} of {total_steps}, {progress}", model.step)),
            (
                "energy evaluations",
                format!("{} ({training} training, {data} data)", training + data),
            ),
            ("version", model.version.clone()),
        ];
        rows.extend(digests.rows());
        if let Some(state) = &state {
            rows.push(("rewinds", state.trainer.rewinds.to_string()));
            rows.push(("seconds", format!("{:.1}", state.seconds)));
        }
        if !values.is_empty() {
            rows.insert(1, ("parameters", values.join(", ")));
        }
        let rows: Vec<Vec<String>> = rows.into_iter().map(|(k, v)| vec![k.into(), v]).collect();
        table::print(&table::align(&rows))
    }
}
