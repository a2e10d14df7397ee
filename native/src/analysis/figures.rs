//! The figures of an analysis: profile, gaps, weights, losses, and energies in a file of their own.

use std::path::Path;

use boltzflow::stats::Estimate;
use serde_json::Value as Json;

use super::energies;
use super::held_out::nats;
use super::material::Material;
use super::reference::Reference;
use crate::failure::Failure;
use crate::plot::{BLUE, Figure, GREEN, GREY, Mark, ORANGE, Plot, series};

/// Highest free energy shown in a profile, in kT.
const HIGHEST: f64 = 30.0;
/// Bars of the histogram of weights.
const BARS: usize = 60;

/// Writes all figures to a folder.
pub(crate) fn write(folder: &Path, of: &Material<'_>) -> Result<(), Failure> {
    profile(of).write(folder, "profile")?;
    gaps(of).write(folder, "gaps")?;
    for (name, figure) in
        [("weights", weights(of)), ("energies", energies::figure(of)), ("losses", losses(of))]
    {
        if let Some(figure) = figure {
            figure.write(folder, name)?;
        }
    }
    Ok(())
}

/// Free energy along the coordinate: as generated, reweighted and annealed with their bands, exact.
fn profile(of: &Material<'_>) -> Figure {
    let Material { analysis: a, annealed, reference, .. } = *of;
    let x = &a.profile.center;
    let points = |f: &[f64]| x.iter().copied().zip(f.iter().copied()).collect();
    let line = |f: &[f64]| Mark::Line(points(f));
    let band = |lower: &[f64], upper: &[f64]| {
        let ends = x.iter().zip(lower.iter().zip(upper));
        Mark::Band(ends.map(|(x, (lower, upper))| (*x, *lower, *upper)).collect())
    };
    // What the flow hardly makes has a value and a band that cannot be believed.
    let [value, lower, upper] =
        [&a.profile.value, &a.profile.lower, &a.profile.upper].map(|f| a.profile.where_sampled(f));
    let mut marks = vec![
        series("", BLUE, band(&lower, &upper)),
        series("as generated", ORANGE, line(&a.raw.value)),
        series("reweighted, 95 % band where sampled", BLUE, line(&value)),
    ];
    if let Some(annealed) = annealed {
        marks.push(series("", GREEN, band(&annealed.mean_force.lower, &annealed.mean_force.upper)));
        let label = "annealed, mean force, 95 % band";
        marks.push(series(label, GREEN, line(&annealed.mean_force.value)));
    }
    let exact = reference.and_then(Reference::profile_above_minimum).unwrap_or_default();
    if !exact.is_empty() {
        marks.push(series("reference", GREY, Mark::Dashes(points(&exact))));
    }
    let half = 0.5 * a.bins.width();
    let ends = x.first().zip(x.last()).map_or((0.0, 1.0), |(a, b)| (a - half, b + half));
    let other = annealed.map_or(&[][..], |annealed| &annealed.mean_force.value);
    let all = value.iter().chain(&a.raw.value).chain(other).chain(&exact);
    let finite = all.filter(|v| v.is_finite());
    let top = finite.copied().fold(1.0, f64::max).min(HIGHEST);
    Figure {
        title: format!("Free energy along {}", a.coordinate.name),
        caption: of.caption.into(),
        x_label: a.coordinate.name.to_string(),
        y_label: "F / kT above the minimum".into(),
        x: ends,
        x_names: Vec::new(),
        y: (0.0, 1.05 * top),
        series: marks,
    }
}

/// Histogram of ln(w/Z): a narrow peak at 0 is a good generator.
fn weights(of: &Material<'_>) -> Option<Figure> {
    let a = of.analysis;
    let mut relative: Vec<f64> = a.weights.log_w().iter().map(|w| w - a.log_z.value).collect();
    relative.retain(|w| w.is_finite());
    relative.sort_by(f64::total_cmp);
    // Without the lowest 0.1 %, which carry no weight and would stretch the axis.
    let low = *relative.get(relative.len() / 1000)?;
    let high = relative.last()?.max(low + 1e-9);
    let width = (high - low) / BARS as f64;
    let mut counts = vec![0.0; BARS];
    for w in relative.iter().filter(|w| **w >= low) {
        counts[(((w - low) / width) as usize).min(BARS - 1)] += 1.0 / relative.len() as f64;
    }
    let top = counts.iter().copied().fold(1e-6, f64::max);
    let bars =
        counts.iter().enumerate().map(|(i, c)| (low + (i as f64 + 0.5) * width, *c)).collect();
    Some(Figure {
        title: "Weights of the samples".into(),
        caption: format!("{}; the lowest 0.1 % are left out", of.caption),
        x_label: "ln(w / Z)".into(),
        y_label: "share of samples".into(),
        x: (low, high),
        x_names: Vec::new(),
        y: (0.0, 1.05 * top),
        series: vec![series("", BLUE, Mark::Bars(width, bars))],
    })
}

/// Both gaps between flow and target with their standard errors; a perfect flow has both at 0.
fn gaps(of: &Material<'_>) -> Figure {
    let gaps = &of.comparison.gaps;
    let mut marks =
        vec![series("a perfect flow: 0", GREY, Mark::Dashes(vec![(-0.5, 0.0), (1.5, 0.0)]))];
    let mut caption = of.caption.to_string();
    let mut names = ["forward gap", "reverse gap"].map(String::from);
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    let mut mark = |at: f64, gap: Estimate, what: &str, colour| {
        let error = if gap.error.is_finite() { gap.error } else { 0.0 };
        low = low.min(gap.value - error);
        high = high.max(gap.value + error);
        let label = format!("{what}: {}", nats(gap));
        marks.push(series(&label, colour, Mark::Points(vec![(at, gap.value, error)])));
    };
    match gaps.forward {
        Some(forward) => mark(0.0, forward, "KL(target, flow), held-out examples", ORANGE),
        None => names[0].push_str(" (unknown: no held-out examples)"),
    }
    mark(1.0, gaps.reverse, "KL(flow, target), without the worst 1 % of samples", BLUE);
    if let Some(k) = of.analysis.quality.pareto_k {
        caption.push_str(&format!("; Pareto k of the weights {k:.2}"));
    }
    let margin = 0.1 * (high - low).max(0.1);
    Figure {
        title: "Gaps between the flow and its target".into(),
        caption,
        x_label: "one standard error each way".into(),
        y_label: "nats".into(),
        x: (-0.5, 1.5),
        x_names: names.into(),
        y: (low - margin, high + margin),
        series: marks,
    }
}

/// Losses over training: the true KL where log Z is known, else the free energy; and the likelihood.
fn losses(of: &Material<'_>) -> Option<Figure> {
    let lines: Vec<Json> = of.log.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    let curve = |key: &str| -> Vec<(f64, f64)> {
        let point = |l: &Json| Some((l.get("step")?.as_f64()?, l.get(key)?.as_f64()?));
        lines.iter().filter_map(point).collect()
    };
    let (kl, f, nll) = (curve("kl"), curve("f"), curve("nll"));
    let first =
        if kl.is_empty() { ("free energy F / kT", f) } else { ("KL(generated, Boltzmann)", kl) };
    let curves: Vec<(&str, Vec<(f64, f64)>)> =
        [first, ("negative log-likelihood of examples", nll)]
            .into_iter()
            .filter(|(_, c)| c.len() > 1)
            .collect();
    let mut values: Vec<f64> = curves.iter().flat_map(|(_, c)| c).map(|p| p.1).collect();
    values.sort_by(f64::total_cmp);
    // The first steps and single spikes would hide everything else.
    let (low, high) = (*values.first()?, *values.get(values.len() * 97 / 100)?);
    let margin = 0.05 * (high - low).max(1e-6);
    let last = curves.iter().filter_map(|(_, c)| c.last()).map(|p| p.0).fold(1.0, f64::max);
    let colours = [BLUE, ORANGE];
    Some(Figure {
        title: "Training".into(),
        caption: of.caption.into(),
        x_label: "step".into(),
        y_label: "nats".into(),
        x: (0.0, last),
        x_names: Vec::new(),
        y: (low - margin, high + margin),
        series: curves
            .into_iter()
            .zip(colours)
            .map(|((label, points), colour)| series(label, colour, Mark::Line(points)))
            .collect(),
    })
}
