//! `boltzflow presets`: what `train` can start from.

use boltzflow::preset::{PRESETS, preset};
use clap::Args;
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::file::run_file;
use crate::table;

/// List the presets: a system with a network and a training plan, ready to train
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  boltzflow presets                 all presets, each with its system
  boltzflow presets double-well     all settings of one, as a run file
  boltzflow presets --json          everything, for programs")]
pub(crate) struct Presets {
    /// Print all settings of this preset, as a run file
    name: Option<String>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "name")]
    json: bool,
}

impl Presets {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        if let Some(name) = &self.name {
            return table::print(&run_file::write(&preset(name)?));
        }
        let mut rows =
            vec![vec!["preset".to_string(), "system".into(), "dim".into(), String::new()]];
        let mut all = Vec::<Json>::new();
        for preset in PRESETS {
            let settings = (preset.settings)();
            let dim = settings.system()?.dim();
            rows.push(vec![
                preset.name.into(),
                settings.system.clone(),
                dim.to_string(),
                preset.summary.into(),
            ]);
            all.push(json!({
                "name": preset.name,
                "system": settings.system,
                "dim": dim,
                "summary": preset.summary,
            }));
        }
        match self.json {
            true => table::print_json(&json!({ "presets": all })),
            false => table::print(&table::align(&rows)),
        }
    }
}
