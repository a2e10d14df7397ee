//! A rectangle of one plane, its image in the other, and how much lies in it.

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Result};
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{Drawn, Engine, limit, pairs};
use crate::error::to_js;
use crate::grid::{behind, latent, places};
use crate::object::object;

/// Points on each edge of the outline: a straight edge becomes a bent line.
const EDGE: usize = 96;

#[wasm_bindgen]
impl Engine {
    /// The rectangle `[x₀, x₁, y₀, y₁]` of the latent plane (`latent`), or of the other plane as it is behind the first
    /// `layers` layers, among the first `points` samples that the planes show.
    ///
    /// `{ latent_outline, outline, chosen, count, n, share, share_error, mass, mass_error }`: the outline in both planes, for each
    /// sample whether it lies inside, and the parts inside of the samples and of their weights with standard errors.
    ///
    /// # Errors
    /// `invalid-setting` for too many points or an empty rectangle.
    pub fn region(
        &self,
        latent: bool,
        rectangle: &[f64],
        layers: usize,
        points: usize,
    ) -> core::result::Result<Object, JsValue> {
        limit("points", points)
            .and_then(|()| self.inside(latent, rectangle, layers, points))
            .map_err(to_js)
    }
}

impl Engine {
    fn inside(
        &self,
        is_latent: bool,
        rectangle: &[f64],
        layers: usize,
        points: usize,
    ) -> Result<Object> {
        let &[x0, x1, y0, y1] = rectangle else {
            let (what, expected) = ("a rectangle", 4);
            return Err(Error::DimensionMismatch { what, expected, found: rectangle.len() });
        };
        if !(x0 < x1 && y0 < y1) {
            let allowed = "x0 < x1 and y0 < y1";
            return Err(Error::setting("rectangle", format!("{rectangle:?}"), allowed));
        }
        let generator = self.generator();
        let layers = layers.min(self.layers);
        let outline = outline([x0, x1, y0, y1]);
        let (z_outline, outline) = if is_latent {
            let outline = latent(outline, generator.prior.dim());
            let image = generator.map_through(&outline, layers)?.0;
            (outline, image)
        } else {
            let outline = behind(&generator, outline, layers)?;
            (generator.inverse_through(&outline, layers)?.0, outline)
        };

        let Drawn { z, x, weight } = self.drawn(&generator, points)?;
        let seen = match is_latent {
            true => z,
            false if layers == self.layers => x,
            false => places(&generator, &z, layers as f64)?,
        };
        let is_in = |p: &[f64; 2]| p[0] >= x0 && p[0] <= x1 && p[1] >= y0 && p[1] <= y1;
        let chosen: Vec<u8> = seen.row_iter().map(|p| u8::from(is_in(&[p[0], p[1]]))).collect();
        let ones = vec![1.0; points];
        let (share, share_error) = part(&chosen, &ones);
        let (mass, mass_error) = part(&chosen, &weight);
        Ok(object([
            ("latent_outline", pairs(&z_outline)),
            ("outline", pairs(&outline)),
            ("count", (chosen.iter().map(|c| f64::from(*c)).sum::<f64>()).into()),
            ("chosen", js_sys::Uint8Array::from(&chosen[..]).into()),
            ("n", (points as f64).into()),
            ("share", share.into()),
            ("share_error", share_error.into()),
            ("mass", mass.into()),
            ("mass_error", mass_error.into()),
        ]))
    }
}

/// The edges as points, counter-clockwise.
fn outline([x0, x1, y0, y1]: [f64; 4]) -> DMatrix<f64> {
    let corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
    DMatrix::from_fn(4 * EDGE, 2, |row, column| {
        let (a, b) = (corners[row / EDGE][column], corners[(row / EDGE + 1) % 4][column]);
        a + (b - a) * (row % EDGE) as f64 / EDGE as f64
    })
}

/// p = Σ wᵢ·1ᵢ/Σ wᵢ with its standard error √(Σ wᵢ²(1ᵢ − p)²)/Σ wᵢ.
fn part(chosen: &[u8], weight: &[f64]) -> (f64, f64) {
    let all: f64 = weight.iter().sum();
    let each = || chosen.iter().map(|c| f64::from(*c)).zip(weight);
    let p = each().map(|(c, w)| c * w).sum::<f64>() / all;
    let square: f64 = each().map(|(c, w)| w * w * (c - p) * (c - p)).sum();
    (p, square.sqrt() / all)
}
