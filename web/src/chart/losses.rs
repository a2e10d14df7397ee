//! Losses over training steps.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlCanvasElement;

use super::frame::{Axes, Frame, Inks, area};

/// Steps on each side of a running median.
const REACH: usize = 8;

/// Draws the divergence of learning from energy and the negative log-likelihood of examples, thin, with their
/// running medians, and the line KL = 0. Absent values are NaN. `scale` and `inks` as for the profile.
///
/// # Errors
/// A JavaScript error if the canvas or a colour cannot be used.
#[wasm_bindgen]
pub fn draw_losses(
    canvas: HtmlCanvasElement,
    scale: f64,
    inks: Vec<String>,
    step: &[f64],
    kl: &[f64],
    nll: &[f64],
) -> Result<(), JsValue> {
    let inks = Inks::parse(&inks)?;
    let last = step.last().copied().unwrap_or(1.0).max(10.0);
    let (low, high) = value_range(&[kl, nll]);
    let axes = Axes { x: "training step", y: "loss / nats" };
    let area = area(canvas)?;
    let mut frame = Frame::new(&area, scale, &inks, 0.0..last, low..high, &axes)?;
    let cut = |values: &[f64]| -> Vec<f64> { values.iter().map(|v| v.min(high)).collect() };
    frame.dashed(&[0.0, last], &[0.0, 0.0], inks.ink, 1.0, (7.0, 4.0))?;
    for (values, colour) in [(nll, inks.example), (kl, inks.flow)] {
        // NaN stays NaN: `min` would replace it.
        let values: Vec<f64> =
            cut(values).iter().zip(values).map(|(c, v)| if v.is_nan() { *v } else { *c }).collect();
        frame.solid(step, &values, colour, 0.5)?;
        frame.solid(step, &running_median(&values), colour, 2.0)?;
    }
    Ok(())
}

/// The interval that shows zero and nearly all values: a few early ones would flatten the rest.
fn value_range(lines: &[&[f64]]) -> (f64, f64) {
    let mut all: Vec<f64> =
        lines.iter().flat_map(|l| l.iter().copied()).filter(|v| v.is_finite()).collect();
    if all.is_empty() {
        return (-0.2, 4.0);
    }
    all.sort_unstable_by(f64::total_cmp);
    let high = all[(all.len() - 1) * 96 / 100].max(0.5);
    let low = all[(all.len() - 1) / 100].min(0.0);
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
