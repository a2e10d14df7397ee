//! Losses over training steps.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlCanvasElement;

use super::frame::{Axes, Frame, Inks, area, tick};

/// Steps on each side of a running median.
const REACH: usize = 8;

/// Draws the divergence of learning from energy and the negative log-likelihood of examples, thin, with their
/// running medians, up to step `end`. Absent values are NaN. With `log` values have a logarithmic axis, where those that
/// are not positive are left out; without it there is the line KL = 0. A dot marks the steps of `marks`, a vertical line
/// the step `shown` unless it is NaN. `scale` and `inks` as for the profile.
///
/// # Errors
/// A JavaScript error if the canvas or a colour cannot be used.
#[wasm_bindgen]
#[allow(clippy::too_many_arguments)] // JavaScript would have to make an object, and this to take it apart
pub fn draw_losses(
    canvas: HtmlCanvasElement,
    scale: f64,
    inks: Vec<String>,
    step: &[f64],
    kl: &[f64],
    nll: &[f64],
    log: bool,
    end: f64,
    marks: &[f64],
    shown: f64,
) -> Result<(), JsValue> {
    let inks = Inks::parse(&inks)?;
    let height = |values: Vec<f64>| match log {
        true => values
            .into_iter()
            .map(f64::log10)
            .map(|v| if v.is_finite() { v } else { f64::NAN })
            .collect(),
        false => values,
    };
    // Thin line, median and colour of each; the median before the logarithm, so that it misses no value.
    let lines = [(nll, inks.example), (kl, inks.flow)]
        .map(|(v, colour)| (height(v.to_vec()), height(running_median(v)), colour));
    let (low, high) = value_range(lines.iter().flat_map(|(thin, ..)| thin), log);
    let axes = Axes { x: "training step", y: "loss / nats" };
    let area = area(canvas)?;
    let ticks = if log { power } else { tick };
    let mut frame = Frame::with_ticks(&area, scale, &inks, 0.0..end, low..high, &axes, ticks)?;
    // NaN stays NaN: `min` would replace it, and so does a comparison that becomes a relaxed minimum.
    let cut = |values: &[f64]| -> Vec<f64> {
        values.iter().map(|v| if v.is_nan() { *v } else { v.min(high) }).collect()
    };
    if !log {
        frame.dashed(&[0.0, end], &[0.0, 0.0], inks.ink, 1.0, (7.0, 4.0))?;
    }
    for (thin, median, colour) in &lines {
        frame.solid(step, &cut(thin), *colour, 0.5)?;
        frame.solid(step, &cut(median), *colour, 2.0)?;
    }
    for mark in marks {
        let at = step.partition_point(|s| s < mark).min(step.len().saturating_sub(1));
        let heights = lines.iter().filter_map(|(_, median, _)| median.get(at));
        frame.dots(
            heights.filter(|v| v.is_finite()).map(|v| (*mark, v.min(high))),
            inks.ink,
            4.0,
        )?;
    }
    if shown.is_finite() {
        frame.dashed(&[shown, shown], &[low, high], inks.ink, 1.5, (3.0, 3.0))?;
    }
    Ok(())
}

/// The interval that shows nearly all values: a few early ones would flatten the rest. Zero is in it unless it is one of
/// logarithms.
fn value_range<'a>(values: impl Iterator<Item = &'a f64>, log: bool) -> (f64, f64) {
    let mut all: Vec<f64> = values.copied().filter(|v| v.is_finite()).collect();
    if all.is_empty() {
        return (-0.2, 4.0);
    }
    all.sort_unstable_by(f64::total_cmp);
    let most = if log { 100 } else { 96 };
    let (low, high) = (all[(all.len() - 1) / 100], all[(all.len() - 1) * most / 100]);
    let (low, high) = if log { (low, high.max(low + 0.5)) } else { (low.min(0.0), high.max(0.5)) };
    let margin = 0.08 * (high - low);
    (low - margin, high + margin)
}

/// Median over the neighbours of each value; NaN stays where all of them are.
fn running_median(values: &[f64]) -> Vec<f64> {
    (0..values.len())
        .map(|i| {
            let range = i.saturating_sub(REACH)..(i + REACH + 1).min(values.len());
            let mut near: Vec<f64> =
                values[range].iter().copied().filter(|v| v.is_finite()).collect();
            near.sort_unstable_by(f64::total_cmp);
            near.get(near.len() / 2).copied().unwrap_or(f64::NAN)
        })
        .collect()
}

/// A tick of a logarithmic axis: the number itself, with two digits that count.
fn power(log: f64) -> String {
    let decimals = (1.0 - log.floor()).clamp(0.0, 9.0) as usize;
    let text = format!("{:.decimals$}", 10f64.powf(log));
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}
