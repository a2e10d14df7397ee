//! The table of rates in the book, from what the benches measured.

use crate::step::root;
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Where the table stands, and the lines between which it does.
const PLACE: &str = "docs/results/speed.md";
const BEGIN: &str = "<!-- rates: cargo xtask bench --table -->";
const END: &str = "<!-- end of rates -->";

/// What the rows are called, in their order, and the measurement that each shows.
const ROWS: [(&str, &str); 8] = [
    ("W1, a step by energy", "w1/step-by-energy"),
    ("W1, a step by examples", "w1/step-by-examples"),
    ("W2, a step by energy", "w2/step-by-energy"),
    ("W2, a step by examples", "w2/step-by-examples"),
    ("W2, sampling a batch with weights", "w2/sample"),
    ("W2p, a step by energy", "w2p/step-by-energy"),
    ("W2p, a step by examples", "w2p/step-by-examples"),
    ("W2p, sampling a batch with weights", "w2p/sample"),
];
/// Samples of a batch of each workload.
const BATCHES: [(&str, f64); 3] = [("w1", 1000.0), ("w2", 1024.0), ("w2p", 1024.0)];

/// Writes the table into the book, from the JSON files of the native program and of the wasm modules.
pub(crate) fn write(native: &Path, web: &Path) -> Result<()> {
    let read = |path: &Path| -> Result<Value> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))
    };
    let (native, web) = (read(native)?, read(web)?);
    let mut table = String::from(
        "| milliseconds (share of the peak) | one core | two cores | Node, relaxed SIMD | Node, simd128 |\n|---|---|---|---|---|\n",
    );
    for (title, name) in ROWS {
        let cells = [
            native_cell(&native, name, 1),
            native_cell(&native, name, 2),
            web_cell(&web, name, "relaxed"),
            web_cell(&web, name, "simd"),
        ];
        table.push_str(&format!("| {title} | {} |\n", cells.join(" | ")));
    }
    let peak = |threads| found(&native, "peak/multiply-add", threads)?["median"].as_f64();
    if let (Some(one), Some(two)) = (peak(1), peak(2)) {
        table.push_str(&format!(
            "\nInstruction set {}; peak {:.0} GFLOP/s on one core, {:.0} on two.\n",
            native["kernels"].as_str().unwrap_or("unknown"),
            one / 1e9,
            two / 1e9
        ));
    }
    let path = root().join(PLACE);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {PLACE}"))?;
    let lost = |what: &str| format!("{PLACE} lost the {what} of its rates");
    let (before, rest) = text.split_once(BEGIN).with_context(|| lost("place"))?;
    let (_, after) = rest.split_once(END).with_context(|| lost("end"))?;
    fs::write(&path, format!("{before}{BEGIN}\n{table}{END}{after}"))
        .with_context(|| format!("cannot write {PLACE}"))
}

fn found<'a>(native: &'a Value, name: &str, threads: u64) -> Option<&'a Value> {
    let results = native["results"].as_array()?;
    results.iter().find(|r| r["name"] == name && r["threads"] == threads)
}

/// The program gives steps or samples a second.
fn native_cell(native: &Value, name: &str, threads: u64) -> String {
    let batch = if name.ends_with("/sample") {
        let of = |(workload, _): &&(&str, f64)| name.split('/').next() == Some(*workload);
        BATCHES.iter().find(of).map_or(1.0, |(_, batch)| *batch)
    } else {
        1.0
    };
    let cell = || {
        let result = found(native, name, threads)?;
        let share = result["share_of_peak"].as_f64()?;
        Some(format!("{:.1} ({:.0} %)", 1e3 * batch / result["median"].as_f64()?, 100.0 * share))
    };
    cell().unwrap_or_else(|| "–".into())
}

fn web_cell(web: &Value, name: &str, flavour: &str) -> String {
    let cell = || {
        let is = |r: &&Value| r["name"] == name && r["flavour"] == flavour && r["where"] == "Node";
        let result = web["results"].as_array()?.iter().find(is)?;
        let share = result["share"].as_f64()?;
        Some(format!("{:.1} ({:.0} %)", result["ms"].as_f64()?, 100.0 * share))
    };
    cell().unwrap_or_else(|| "–".into())
}
