//! The figures of an analysis: profile, weights, losses.

use std::path::Path;

use boltzflow::stats::Profile;
use serde_json::Value as Json;

use super::Analysis;
use super::annealed::AnnealedAnalysis;
use super::reference::Reference;
use crate::failure::Failure;
use crate::plot::{BLUE, Figure, GREEN, GREY, Mark, ORANGE, Series};

/// Highest free energy shown in a profile, in kT.
const HIGHEST: f64 = 16.0;
/// Bars of the histogram of weights.
const BARS: usize = 60;

/// Writes all figures to a folder; `log` holds one JSON object a line.
pub(crate) fn write(
    folder: &Path,
    analysis: &Analysis,
    annealed: Option<&AnnealedAnalysis>,
    reference: Option<&Reference>,
    log: &str,
) -> Result<(), Failure> {
    profile(analysis, annealed, reference).write(folder, "profile")?;
    if let Some(figure) = weights(analysis) {
        figure.write(folder, "weights")?;
    }
    if let Some(figure) = losses(log) {
        figure.write(folder, "losses")?;
    }
    Ok(())
}

fn series(label: &str, colour: plotters::style::RGBColor, mark: Mark) -> Series {
    Series { label: label.into(), colour, mark }
}

/// Free energy along the coordinate: as generated, reweighted and annealed with their bands, exact.
fn profile(
    a: &Analysis,
    annealed: Option<&AnnealedAnalysis>,
    reference: Option<&Reference>,
) -> Figure {
    let x = &a.profile.center;
    let line = |f: &[f64]| Mark::Line(x.iter().copied().zip(f.iter().copied()).collect());
    let band = |profile: &Profile| {
        let band = x.iter().zip(profile.lower.iter().zip(&profile.upper));
        let shown = band.filter(|(_, (lower, _))| lower.is_finite());
        Mark::Band(shown.map(|(x, (lower, upper))| (*x, *lower, *upper)).collect())
    };
    let mut marks = vec![
        series("", BLUE, band(&a.profile)),
        series("as generated", ORANGE, line(&a.raw.value)),
        series("reweighted, 95 % band", BLUE, line(&a.profile.value)),
    ];
    if let Some(annealed) = annealed {
        marks.push(series("", GREEN, band(&annealed.mean_force)));
        let label = "annealed, mean force, 95 % band";
        marks.push(series(label, GREEN, line(&annealed.mean_force.value)));
    }
    if let Some(exact) = reference.and_then(Reference::profile_above_minimum) {
        marks.push(series("reference", GREY, line(&exact)));
    }
    let half = 0.5 * a.bins.width();
    let ends = x.first().zip(x.last()).map_or((0.0, 1.0), |(a, b)| (a - half, b + half));
    let other = annealed.map_or(&[][..], |annealed| &annealed.mean_force.value);
    let all = a.profile.value.iter().chain(&a.raw.value).chain(other);
    let finite = all.filter(|v| v.is_finite());
    let top = finite.copied().fold(1.0, f64::max).min(HIGHEST);
    Figure {
        title: format!("Free energy along {}", a.coordinate.name),
        x_label: a.coordinate.name.into(),
        y_label: "F / kT above the minimum".into(),
        x: ends,
        y: (0.0, 1.05 * top),
        series: marks,
    }
}

/// Histogram of ln(w/Z): a narrow peak at 0 is a good generator.
fn weights(a: &Analysis) -> Option<Figure> {
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
        x_label: "ln(w / Z)".into(),
        y_label: "share of samples".into(),
        x: (low, high),
        y: (0.0, 1.05 * top),
        series: vec![series("", BLUE, Mark::Bars(width, bars))],
    })
}

/// Losses over training: the true KL where log Z is known, else the free energy; and the likelihood.
fn losses(log: &str) -> Option<Figure> {
    let lines: Vec<Json> = log.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
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
        x_label: "step".into(),
        y_label: "nats".into(),
        x: (0.0, last),
        y: (low - margin, high + margin),
        series: curves
            .into_iter()
            .zip(colours)
            .map(|((label, points), colour)| series(label, colour, Mark::Line(points)))
            .collect(),
    })
}
