//! What can be laid over the planes: the flow's density, and where the losses pull.

use boltzflow::generator::LogProbWork;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Result};
use boltzflow::potential::Scratch;
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{Engine, limit, pairs};
use crate::error::to_js;
use crate::grid::behind;
use crate::object::{f32_array, object};

/// Most cells on a side of a density.
const MOST_CELLS: usize = 200;

#[wasm_bindgen]
impl Engine {
    /// p_X at the centres of `cells × cells` cells of `[x₀, x₁, y₀, y₁]`, relative to the highest, rows from y₀ up; coordinates
    /// that the plane does not show stand at the image of z = 0.
    ///
    /// # Errors
    /// `invalid-setting` for too many cells or an empty range.
    pub fn density(&self, range: &[f64], cells: usize) -> core::result::Result<JsValue, JsValue> {
        self.heights(range, cells).map_err(to_js)
    }

    /// Where the losses of the run's present stage pull the first `points` points that the planes show.
    ///
    /// `{ x, push, z, pull }`, all (x, y) pairs: samples `x` with −∂(u + log p_X)/∂x, the direction in which moving them
    /// lowers KL(p_X‖μ) fastest, which is zero everywhere once p_X = μ; and images `z` of examples with
    /// ∂ ln q_Z/∂z, the pull of the prior. Empty where the loss has no weight.
    ///
    /// # Errors
    /// `invalid-setting` for more points than a screen shows.
    pub fn pulls(&self, points: usize) -> core::result::Result<Object, JsValue> {
        limit("points", points).and_then(|()| self.arrows(points)).map_err(to_js)
    }
}

impl Engine {
    fn heights(&self, range: &[f64], cells: usize) -> Result<JsValue> {
        let &[x0, x1, y0, y1] = range else {
            let (what, expected) = ("a range", 4);
            return Err(Error::DimensionMismatch { what, expected, found: range.len() });
        };
        if !(1..=MOST_CELLS).contains(&cells) {
            let allowed = format!("a whole number from 1 to {MOST_CELLS}");
            return Err(Error::setting("cells", cells, allowed));
        }
        let at =
            |i: usize, low: f64, high: f64| low + (i as f64 + 0.5) * (high - low) / cells as f64;
        let x = DMatrix::from_fn(cells * cells, 2, |row, column| match column {
            0 => at(row % cells, x0, x1),
            _ => at(row / cells, y0, y1),
        });
        let generator = self.generator();
        let log_p = generator.log_prob(&behind(&generator, x, self.layers)?)?;
        let highest = log_p.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let relative: Vec<f32> = log_p.iter().map(|l| (l - highest).exp() as f32).collect();
        Ok(f32_array(&relative))
    }

    fn arrows(&self, points: usize) -> Result<Object> {
        let generator = self.generator();
        let (w_ml, w_kl) = self.present_weights();
        let x = match w_kl > 0.0 {
            true => self.drawn(&generator, points)?.x,
            false => DMatrix::from_element(0, self.dim(), 0.0),
        };
        let (mut u, mut log_p) = (vec![0.0; x.nrows()], vec![0.0; x.nrows()]);
        let (mut force, mut gradient) = (x.clone(), x.clone());
        generator.target.evaluate(&x, &mut u, &mut force, &mut Scratch::default());
        let mut work = LogProbWork::default();
        generator.evaluate_log_prob(&x, &mut log_p, Some(&mut gradient), &mut work);
        let push = force.zip_map(&gradient, |u, p| -u - p);

        let example = match w_ml > 0.0 {
            true => self.example_rows(points),
            false => DMatrix::from_element(0, self.dim(), 0.0),
        };
        let (z, _) = generator.inverse(&example)?;
        let mut pull = z.clone();
        generator.prior.score(&z, &mut pull);
        Ok(object([
            ("x", pairs(&x)),
            ("push", pairs(&push)),
            ("z", pairs(&z)),
            ("pull", pairs(&pull)),
        ]))
    }

    /// w_ML and w_KL of the stage of the next step, of the last stage after the end.
    fn present_weights(&self) -> (f64, f64) {
        let trainer = self.training.trainer();
        let plan = trainer.plan();
        let place = plan.locate(trainer.step_count() + trainer.skipped());
        let stage = place.map_or(plan.stages.len().saturating_sub(1), |(stage, _)| stage);
        plan.stages.get(stage).map_or((0.0, 0.0), |s| (s.weight("ml"), s.weight("kl")))
    }
}
