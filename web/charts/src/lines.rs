//! A chart of any lines and bands, in the styles that this page gives to what made them.

use plotters::prelude::RGBColor;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlCanvasElement;

use super::frame::{Axes, Frame, Inks, area};

/// Draws lines over one pair of axes, in order. `labels` names the axes, `range` is [x₀, x₁, y₀, y₁]. Each of `styles` is one or two words:
/// what is drawn (`thin`, `solid`, `dashed`, `dotted`, `band`) and its ink (`flow`, `example`, `grey`; `ink` where it is missing).
/// `x` and `y` hold the points of all of them, `length[i]` those of line i; a band takes two lines, its lower end and its upper
/// end. Lines break where a value is not finite. `scale` and `inks` as for the profile.
///
/// # Errors
/// A JavaScript error if the canvas or a colour cannot be used.
#[wasm_bindgen]
pub fn draw_lines(
    canvas: HtmlCanvasElement,
    scale: f64,
    inks: Vec<String>,
    labels: Vec<String>,
    range: &[f64],
    styles: Vec<String>,
    length: &[usize],
    x: &[f64],
    y: &[f64],
) -> Result<(), JsValue> {
    let inks = Inks::parse(&inks)?;
    let (&[x0, x1, low, high], [across, up]) = (range, &labels[..]) else { return Ok(()) };
    let axes = Axes { x: across, y: up };
    let area = area(canvas)?;
    let mut frame = Frame::new(&area, scale, &inks, x0..x1, low..high, &axes)?;
    // What leaves the frame is cut at its edge, not drawn beyond it.
    let cut: Vec<f64> =
        y.iter().map(|v| if v.is_nan() { *v } else { v.clamp(low, high) }).collect();
    let mut start = 0;
    let mut lower: Option<&[f64]> = None;
    for (style, length) in styles.iter().zip(length) {
        let end = (start + length).min(x.len()).min(y.len());
        let (x, y) = (&x[start..end], &cut[start..end]);
        start = end;
        let (kind, ink) = style.split_once(' ').unwrap_or((style, ""));
        let colour = colour(&inks, ink);
        match (kind, lower.take()) {
            ("band", Some(lower)) => frame.band(x, lower, y, colour)?,
            ("band", None) => lower = Some(y),
            ("dashed", _) => frame.dashed(x, y, colour, 1.5, (7.0, 4.0))?,
            ("dotted", _) => frame.dashed(x, y, colour, 1.5, (2.0, 4.0))?,
            ("thin", _) => frame.solid(x, y, colour, 1.0)?,
            _ => frame.solid(x, y, colour, 2.0)?,
        }
    }
    Ok(())
}

fn colour(inks: &Inks, name: &str) -> RGBColor {
    match name {
        "flow" => inks.flow,
        "example" => inks.example,
        "grey" => inks.grey,
        _ => inks.ink,
    }
}
