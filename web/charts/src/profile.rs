//! The free-energy profile: raw, reweighted with its band, exact.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlCanvasElement;

use super::frame::{Axes, Frame, Inks, area};

/// Draws profiles over the same bins, in kT above the minimum; values that are not finite are left out, and so are those above
/// `most`. `scale` is device pixels per CSS pixel, `inks` are `rgb(…)` texts for ink, grey, line, flow, example.
///
/// # Errors
/// A JavaScript error if the canvas or a colour cannot be used.
#[wasm_bindgen]
pub fn draw_profile(
    canvas: HtmlCanvasElement,
    scale: f64,
    inks: Vec<String>,
    coordinate: &str,
    most: f64,
    center: &[f64],
    raw: &[f64],
    value: &[f64],
    lower: &[f64],
    upper: &[f64],
    exact: &[f64],
) -> Result<(), JsValue> {
    let inks = Inks::parse(&inks)?;
    let (Some(first), Some(last)) = (center.first(), center.last()) else {
        return Ok(());
    };
    let reached = exact.iter().chain(value).copied().filter(|v| v.is_finite() && *v < most);
    let top = reached.fold(4.0, f64::max) + 1.0;
    let half = 0.5 * (last - first) / (center.len().max(2) - 1) as f64;
    let axes = Axes { x: coordinate, y: "F / kT" };
    let area = area(canvas)?;
    let range = first - half..last + half;
    let mut frame = Frame::new(&area, scale, &inks, range, -0.4..top, &axes)?;
    // What leaves the frame is cut at its edge, not drawn beyond it.
    let cut = |values: &[f64]| -> Vec<f64> {
        values.iter().map(|v| if v.is_nan() { *v } else { v.clamp(-0.4, top) }).collect()
    };
    let within = |values: &[f64]| -> Vec<f64> {
        values.iter().map(|v| if *v <= top { *v } else { f64::NAN }).collect()
    };
    frame.band(center, &cut(lower), &cut(upper), inks.flow)?;
    frame.dashed(center, &within(raw), inks.flow, 1.5, (2.0, 4.0))?;
    frame.solid(center, &within(value), inks.flow, 2.0)?;
    frame.dashed(center, &within(exact), inks.ink, 1.5, (7.0, 4.0))
}
