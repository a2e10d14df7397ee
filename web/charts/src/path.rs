//! The energy along a path through latent space, and where on it one stands.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlCanvasElement;

use super::frame::{Axes, Frame, Inks, area};

/// Energies are cut off at the largest of the ends plus this, in kT: overlapping particles have millions.
const MOST_KT: f64 = 150.0;

/// Draws reduced energies `u` over the way `t` (0 to 1) with a mark at `at`; returns the energy above which the curve is
/// cut off. `scale` and `inks` as for the profile.
///
/// # Errors
/// A JavaScript error if the canvas or a colour cannot be used.
#[wasm_bindgen]
pub fn draw_path(
    canvas: HtmlCanvasElement,
    scale: f64,
    inks: Vec<String>,
    t: &[f64],
    u: &[f64],
    at: f64,
) -> Result<f64, JsValue> {
    let inks = Inks::parse(&inks)?;
    let (Some(first), Some(last)) = (u.first(), u.last()) else { return Ok(f64::NAN) };
    let low = u.iter().copied().filter(|v| v.is_finite()).fold(f64::INFINITY, f64::min);
    let top = first.max(*last) + MOST_KT;
    let high = u.iter().copied().filter(|v| *v <= top).fold(low + 10.0, f64::max);
    let margin = 0.08 * (high - low);
    let axes = Axes { x: "way from closed to open", y: "u / kT" };
    let area = area(canvas)?;
    let range = low - margin..high + margin;
    let mut frame = Frame::new(&area, scale, &inks, 0.0..1.0, range, &axes)?;
    let cut: Vec<f64> =
        u.iter().map(|v| if v.is_nan() { *v } else { v.min(high + margin) }).collect();
    frame.solid(t, &cut, inks.flow, 2.0)?;
    frame.dashed(&[at, at], &[low - margin, high + margin], inks.ink, 1.0, (4.0, 3.0))?;
    Ok(top)
}
