//! What `--help-settings` prints: every setting of a command, from the registries.

use std::ffi::OsString;

use boltzflow::flow;
use boltzflow::preset::{Access, PRESETS, SCHEMA, SettingSpec, Settings};
use boltzflow::sampler::{KERNELS, LADDERS};
use boltzflow::setting::Description;
use clap::Args;

use crate::file::run_file;
use crate::table;

/// The option, for the commands that have settings.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct HelpSettings {
    /// List every setting with its default, its help and what it may be
    #[arg(long)]
    help_settings: bool,
}

/// The first setting of each group of the schema, with the words above it.
const GROUPS: [(&str, &str); 6] = [
    ("system", "System"),
    ("flow", "Flow"),
    ("example_chains", "Examples that the system is simulated for"),
    ("smc_runs", "Annealing from the flow to the target, for estimates"),
    ("clip_norm", "Training"),
    (
        "iterations",
        "Training, in each stage: stages.0.batch is that of the first one, batch that of all",
    ),
];

/// The text, if the arguments ask for it, wherever it stands among them, as `--help` may.
pub(super) fn asked_for(arguments: impl Iterator<Item = OsString>) -> Option<String> {
    let arguments: Vec<OsString> = arguments.skip(1).take_while(|a| a != "--").collect();
    if arguments.iter().all(|a| a != "--help-settings") {
        return None;
    }
    let command = arguments.iter().find(|a| !a.to_string_lossy().starts_with('-'))?;
    match command.to_str()? {
        "train" | "explore" | "bootstrap" => Some(of_runs()),
        "simulate" => Some(of_methods()),
        "analyze" => Some(of_annealing()),
        _ => None,
    }
}

/// Settings of a run.
fn of_runs() -> String {
    let mut text = String::from(
        "Settings of a run: as --set KEY=VALUE, or as lines KEY = VALUE of a run file. The values shown are those without a preset.\n\
         Parameters of a system are set alike: boltzflow systems NAME lists them.\n",
    );
    let defaults = Settings::default();
    let mut rows = Vec::new();
    for spec in SCHEMA {
        if let Some((_, heading)) = GROUPS.iter().find(|(key, _)| *key == spec.description.name) {
            text.push_str(&table::align(&rows));
            rows.clear();
            text.push_str(&format!("\n{heading}:\n"));
        }
        rows.push(row(spec, &defaults));
    }
    text.push_str(&table::align(&rows));
    text.push_str("\nLayers of a flow:\n");
    let layers = flow::letters::<f32>().into_iter();
    let layers = layers.map(|l| vec!["  ".into(), l.letter.to_string(), l.help.into()]);
    text.push_str(&table::align(&layers.collect::<Vec<_>>()));
    text.push_str("\nPresets:\n");
    let presets = PRESETS.iter().map(|p| vec!["  ".into(), p.name.into(), p.summary.into()]);
    text.push_str(&table::align(&presets.collect::<Vec<_>>()));
    text
}

/// Key with default, help with unit, and what is allowed.
fn row(spec: &SettingSpec, defaults: &Settings) -> Vec<String> {
    let value = match spec.access {
        Access::Run { get, .. } => get(defaults),
        access => defaults.stages.first().and_then(|stage| access.get_in_stage(stage)),
    };
    let value = value.map_or(String::new(), |v| format!(" = {}", run_file::shown(spec, &v)));
    let spec = &spec.description;
    let unit = if spec.unit.is_empty() { String::new() } else { format!(" [{}]", spec.unit) };
    vec![
        "  ".into(),
        format!("{}{value}", spec.name),
        format!("{}{unit} ({})", spec.help, spec.words()),
    ]
}

/// A method with its settings.
fn method(
    name: &str,
    aliases: &[&str],
    summary: &str,
    settings: &[Description],
) -> Vec<Vec<String>> {
    let names = [&[name], aliases].concat().join(", ");
    let mut rows = vec![vec!["  ".into(), names, summary.into()]];
    rows.extend(settings.iter().map(|s| {
        vec![
            "  ".into(),
            format!("  {} = {}", s.name, s.default),
            format!("{} ({})", s.help, s.words()),
        ]
    }));
    rows
}

fn kernels() -> Vec<Vec<String>> {
    KERNELS.iter().flat_map(|k| method(k.name, k.aliases, k.summary, k.settings)).collect()
}

/// Methods of a simulation with their settings.
fn of_methods() -> String {
    let mut rows = kernels();
    rows.extend(LADDERS.iter().flat_map(|l| method(l.name, l.aliases, l.summary, l.settings)));
    format!(
        "Methods with their settings: --method NAME --method-set KEY=VALUE\n\n{}",
        table::align(&rows)
    )
}

/// Kernels of annealing, and the settings of a run that hold where no option is given.
fn of_annealing() -> String {
    let defaults = Settings::default();
    let settings = SCHEMA.iter().filter(|spec| spec.description.name.starts_with("smc_"));
    let settings: Vec<Vec<String>> = settings.map(|spec| row(spec, &defaults)).collect();
    format!(
        "Kernels with their settings: --kernel NAME --kernel-set KEY=VALUE\n\n{}\n\
         Settings of the run, which options of annealing change for this analysis; the values shown are those without a preset:\n\n{}",
        table::align(&kernels()),
        table::align(&settings)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_line_and_every_group_its_heading() {
        let text = of_runs();
        for spec in SCHEMA.iter().map(|s| &s.description) {
            let line = text.lines().find(|l| l.trim_start().split(' ').next() == Some(spec.name));
            let line = line.unwrap_or_else(|| panic!("{} is not listed", spec.name));
            assert!(line.contains(spec.help), "{line}");
        }
        for (key, heading) in GROUPS {
            assert!(SCHEMA.iter().any(|s| s.description.name == key), "{key}");
            assert!(text.contains(&format!("\n{heading}:\n")), "{heading}");
        }
        assert!(text.lines().any(|line| line.trim_start().starts_with("R ")), "{text}");
        let methods = of_methods();
        assert!(KERNELS.iter().all(|k| methods.contains(k.summary)));
        let annealing = of_annealing();
        assert!(KERNELS.iter().all(|k| annealing.contains(k.summary)));
        assert!(annealing.contains("smc_relaxation = 0"), "{annealing}");
    }

    #[test]
    fn it_may_stand_anywhere() {
        let asked = |arguments: &[&str]| {
            asked_for(arguments.iter().map(OsString::from)).map(|t| t.lines().next().unwrap().len())
        };
        let run = asked(&["boltzflow", "train", "--help-settings"]);
        assert!(run.is_some());
        assert_eq!(asked(&["boltzflow", "train", "double-well", "--help-settings", "-q"]), run);
        assert_eq!(asked(&["boltzflow", "train", "double-well"]), None);
        assert_eq!(asked(&["boltzflow", "show", "--help-settings"]), None);
        assert_eq!(asked(&["boltzflow", "train", "--", "--help-settings"]), None);
    }
}
