//! The stored baseline of the benches: what each measurement is worth beside the peak of the same processor in the same run.

use crate::step::root;
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

/// Where the baseline is.
const PLACE: &str = "native/benches/baseline.json";
/// The measurement that all others are divided by.
const PEAK: &str = "peak/multiply-add";
/// The least change that is told.
const CHANGE: f64 = 0.05;

/// Writes the baseline from the JSON file of the native program's `bench`.
pub(crate) fn write(measured: &Path) -> Result<()> {
    let (measured, names) = read(measured)?;
    let baseline = json!({
        "what": "units of work in the time of one multiply-add of as many threads at their peak; cargo xtask bench --new-baseline",
        "kernels": measured["kernels"],
        "version": measured["version"],
        "ratios": names,
    });
    fs::write(root().join(PLACE), format!("{baseline:#}\n"))
        .with_context(|| format!("cannot write {PLACE}"))?;
    println!("{} measurements are in {PLACE}", names.len());
    Ok(())
}

/// Prints what has changed since the baseline by more than 5 %: information, no test.
pub(crate) fn compare(measured: &Path) -> Result<()> {
    let (measured, now) = read(measured)?;
    let text =
        fs::read_to_string(root().join(PLACE)).with_context(|| format!("cannot read {PLACE}"))?;
    let baseline: Value =
        serde_json::from_str(&text).with_context(|| format!("{PLACE} is no JSON"))?;
    if baseline["kernels"] != measured["kernels"] {
        bail!(
            "the baseline is of {} kernels, this machine has {}: write one of its own with --new-baseline",
            baseline["kernels"],
            measured["kernels"]
        );
    }
    let before = baseline["ratios"].as_object().context("the baseline has no ratios")?;
    println!("{}", report(before, &now));
    Ok(())
}

/// One line for each measurement that changed, came or went, the largest changes first.
fn report(before: &Map<String, Value>, now: &Map<String, Value>) -> String {
    let mut changed: Vec<(f64, &str)> = now
        .iter()
        .filter_map(|(name, ratio)| {
            let change = ratio.as_f64()? / before.get(name)?.as_f64()? - 1.0;
            (change.abs() > CHANGE).then_some((change, name.as_str()))
        })
        .collect();
    changed.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let mut lines: Vec<String> =
        changed.iter().map(|(change, name)| format!("{:+5.1} %  {name}", 100.0 * change)).collect();
    let missing = |from: &Map<String, Value>, to: &Map<String, Value>, what: &str| -> Vec<String> {
        from.keys().filter(|name| !to.contains_key(*name)).map(|n| format!("{what}  {n}")).collect()
    };
    lines.extend(missing(now, before, "new    "));
    lines.extend(missing(before, now, "gone   "));
    let same = now.len() - changed.len();
    lines.push(format!("{same} of {} measurements are within 5 % of the baseline", now.len()));
    lines.join("\n")
}

/// What was measured, and each rate over the peak of as many threads.
fn read(path: &Path) -> Result<(Value, Map<String, Value>)> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let measured: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?;
    let results = measured["results"].as_array().context("nothing was measured")?;
    let peak = |threads: &Value| {
        let is = |r: &&Value| r["name"] == PEAK && r["threads"] == *threads;
        results.iter().find(is).and_then(|r| r["median"].as_f64())
    };
    let mut ratios = Map::new();
    for result in results.iter().filter(|r| r["name"] != PEAK) {
        let (name, threads) = (&result["name"], &result["threads"]);
        if let (Some(name), Some(rate), Some(peak)) =
            (name.as_str(), result["median"].as_f64(), peak(threads))
        {
            ratios.insert(format!("{name} on {threads}"), json!(rate / peak));
        }
    }
    Ok((measured, ratios))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratios(values: &[(&str, f64)]) -> Map<String, Value> {
        values.iter().map(|(name, ratio)| ((*name).to_string(), json!(ratio))).collect()
    }

    #[test]
    fn changes_above_five_percent_are_told() {
        let before = ratios(&[("a", 1.0), ("b", 1.0), ("c", 2.0), ("gone", 1.0)]);
        let now = ratios(&[("a", 1.04), ("b", 0.9), ("c", 2.4), ("new", 1.0)]);
        let told = report(&before, &now);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(
            lines,
            [
                "+20.0 %  c",
                "-10.0 %  b",
                "new      new",
                "gone     gone",
                "2 of 4 measurements are within 5 % of the baseline"
            ]
        );
    }
}
