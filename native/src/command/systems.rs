//! `boltzflow systems`: what can be simulated.

use boltzflow::num::Error;
use boltzflow::potential::{Coordinate, Parameters, SYSTEMS, SystemEntry};
use clap::Args;
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::table;

/// List the registered systems: dimension, parameters with defaults, variants, coordinates
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  boltzflow systems                 all systems in short
  boltzflow systems double-well     one system with its parameters
  boltzflow systems --json          everything, for programs")]
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
            Some(name) => vec![boltzflow::potential::system(name)?],
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

/// Dimension and coordinates of the system with its defaults; `None` if something must be given first.
fn defaults(entry: &SystemEntry) -> Option<(usize, Vec<Coordinate>)> {
    let built: Result<_, Error> = (entry.build)(&Parameters::new(), None);
    built.ok().map(|p| (p.dim(), p.coordinates()))
}

fn paragraph(entry: &SystemEntry) -> String {
    let defaults = defaults(entry);
    let dim = match &defaults {
        Some((dim, _)) if entry.default_dim.is_some() => format!("dim {dim} (any with --dim)"),
        Some((dim, _)) => format!("dim {dim}"),
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
            format!("{} ({})", p.help, p.kind.words()),
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
    let coordinates = defaults.map(|d| d.1).unwrap_or_default();
    // Coordinates with the same states share a row.
    for group in coordinates.chunk_by(|a, b| words(a) == words(b)) {
        let (first, last) = (&group[0], &group[group.len() - 1]);
        let name = if group.len() > 2 {
            format!("coordinates {} to {}", first.name, last.name)
        } else {
            format!("coordinate {}", group.iter().map(|c| c.name).collect::<Vec<_>>().join(", "))
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
        .map(|p| json!({ "name": p.name, "default": p.default, "allowed": p.kind.words(), "help": p.help }))
        .collect();
    let variants: Vec<Json> =
        entry.variants.iter().map(|v| json!({ "name": v.name, "help": v.help })).collect();
    let coordinates: Vec<Json> = defaults
        .iter()
        .flat_map(|(_, coordinates)| coordinates)
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
        "dim": defaults.as_ref().map(|d| d.0),
        "any_dim": entry.default_dim.is_some(),
        "parameters": parameters,
        "variants": variants,
        "coordinates": coordinates,
    })
}
