//! `boltzflow systems`: the energies that can be evaluated, simulated and learnt.

use boltzflow::setting::Parameters;
use boltzflow::system::{self, Coordinate, SYSTEMS, System, SystemEntry};
use clap::Args;
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::table;

/// List the systems (energies): dimension, parameters with defaults, variants, coordinates
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  boltzflow systems                 all systems in short
  boltzflow systems double-well     one system with its parameters
  boltzflow systems --json          everything, for programs

What `train` starts from is a preset: a system with a network and a plan. See `boltzflow
presets`.")]
pub(crate) struct Systems {
    /// Show this system alone
    name: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Systems {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let shown: Vec<&SystemEntry> = match &self.name {
            Some(name) => vec![system::entry(name)?],
            None => SYSTEMS.to_vec(),
        };
        if self.json {
            let systems: Vec<Json> = shown.iter().map(|s| describe(s)).collect();
            return table::print_json(&json!({ "systems": systems }));
        }
        let mut text = String::new();
        for entry in shown {
            text.push_str(&paragraph(entry));
        }
        table::print(&text)
    }
}

/// The system with its defaults; `None` if something must be given first.
fn defaults(entry: &SystemEntry) -> Option<System> {
    (entry.build)(&Parameters::new(), None).ok()
}

fn paragraph(entry: &SystemEntry) -> String {
    let defaults = defaults(entry);
    let dim = match &defaults {
        Some(system) if entry.default_dim.is_some() => {
            format!("dim {} (any with --dim)", system.dim())
        }
        Some(system) => format!("dim {}", system.dim()),
        None => "dim as given".into(),
    };
    let mut text = format!("{}: {}; {dim}\n", entry.name, entry.summary);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for p in entry.parameters {
        let default =
            if p.default.is_empty() { "must be given".into() } else { format!("= {}", p.default) };
        rows.push(vec![
            "   ".into(),
            p.name.into(),
            default,
            format!("{} ({})", p.help, p.words()),
        ]);
    }
    for v in entry.variants {
        rows.push(vec![
            "   ".into(),
            format!("--variant {}", v.name),
            String::new(),
            v.help.into(),
        ]);
    }
    let words =
        |c: &Coordinate| format!("{} below {}, {} above", c.states.0, c.boundary, c.states.1);
    let coordinates = defaults.as_ref().map(System::coordinates).unwrap_or_default();
    // Coordinates with the same states share a row.
    for group in coordinates.chunk_by(|a, b| words(a) == words(b)) {
        let (first, last) = (&group[0], &group[group.len() - 1]);
        let name = if group.len() > 2 {
            format!("coordinates {} to {}", first.name, last.name)
        } else {
            format!("coordinate {}", group.iter().map(|c| &*c.name).collect::<Vec<_>>().join(", "))
        };
        rows.push(vec!["   ".into(), name, String::new(), words(first)]);
    }
    text.push_str(&table::align(&rows));
    text
}

fn describe(entry: &SystemEntry) -> Json {
    let defaults = defaults(entry);
    let parameters: Vec<Json> = entry
        .parameters
        .iter()
        .map(|p| json!({ "name": p.name, "default": p.default, "allowed": p.words(), "help": p.help }))
        .collect();
    let variants: Vec<Json> =
        entry.variants.iter().map(|v| json!({ "name": v.name, "help": v.help })).collect();
    let coordinates: Vec<Json> = defaults
        .iter()
        .flat_map(System::coordinates)
        .map(|c| {
            json!({
                "name": c.name,
                "range": [c.range.0, c.range.1],
                "boundary": c.boundary,
                "states": [c.states.0, c.states.1],
            })
        })
        .collect();
    json!({
        "name": entry.name,
        "summary": entry.summary,
        "dim": defaults.as_ref().map(System::dim),
        "any_dim": entry.default_dim.is_some(),
        "parameters": parameters,
        "variants": variants,
        "coordinates": coordinates,
    })
}
