//! Energies over a rectangle, for contours and thumbnails.

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Purpose, Stream};
use boltzflow::potential::Scratch;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::settings::parse;

/// Reduced energies u = U/kT at `n × n` points of the rectangle `range` = [x₀, x₁, y₀, y₁], its edges included:
/// rows of constant y, from the bottom. Of more than two coordinates the first two vary, the others stand in a well.
///
/// # Errors
/// Those of the settings; `dimension-mismatch` for a system of one coordinate.
#[wasm_bindgen]
pub fn landscape(
    keys: Vec<String>,
    values: Vec<String>,
    range: &[f64],
    n: usize,
) -> Result<Vec<f32>, JsValue> {
    let target = parse(&keys, &values).and_then(|s| s.target()).map_err(to_js)?;
    let &[x0, x1, y0, y1] = range else {
        return Err(mismatch("the range", 4, range.len()));
    };
    let dim = target.dim();
    if dim < 2 {
        return Err(mismatch("a system that is shown in the plane", 2, dim));
    }
    let mut stream = Stream::new(0, Purpose::Display, 0, 0);
    let others = target.system().starts(1, target.temperature(), &mut stream).remove(0);
    let at = |low: f64, high: f64, i: usize| low + (high - low) * i as f64 / (n.max(2) - 1) as f64;
    let x = DMatrix::from_fn(n * n, dim, |row, column| match column {
        0 => at(x0, x1, row % n),
        1 => at(y0, y1, row / n),
        _ => others[column],
    });
    let mut u = vec![0.0; n * n];
    let mut gradient = DMatrix::from_element(n * n, dim, 0.0);
    target.evaluate(&x, &mut u, &mut gradient, &mut Scratch::default());
    Ok(u.into_iter().map(|u| u as f32).collect())
}

/// The rectangle [x₀, x₁, y₀, y₁] in which the first two coordinates of a system's equilibrium samples lie.
///
/// # Errors
/// As [`landscape`].
#[wasm_bindgen]
pub fn plot_range(keys: Vec<String>, values: Vec<String>) -> Result<Vec<f64>, JsValue> {
    // The target rather than the system: one without an equilibrium has no place where its samples lie.
    let target = parse(&keys, &values).and_then(|s| s.target()).map_err(to_js)?;
    match target.system().space().domain[..] {
        [(x0, x1), (y0, y1), ..] => Ok(vec![x0, x1, y0, y1]),
        ref other => Err(mismatch("a system that is shown in the plane", 2, other.len())),
    }
}

fn mismatch(what: &'static str, expected: usize, found: usize) -> JsValue {
    to_js(Error::DimensionMismatch { what, expected, found })
}
