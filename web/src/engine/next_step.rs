//! The next training step, taken apart: some of its points before and after it. The run itself stays as it is.

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Result, Sequential};
use boltzflow::objective::Source;
use boltzflow::potential::Scratch;
use boltzflow::train::Trainer;
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{Engine, limit, pairs};
use crate::error::to_js;
use crate::object::{f64_array, object};
use crate::stages::extend;

#[wasm_bindgen]
impl Engine {
    /// The step that follows what is shown, seen by the first `count` points of its batch, at most those of its first group: latent points on their way to x (`energy`),
    /// or examples on their way to z.
    ///
    /// `{ step, learning_rate, gradient_norm, way, log_det, energy, gradient, loss, after, loss_after }`: `way` is the points
    /// before the first layer, behind it, and so on, in the order in which they go; `energy` u(x); `gradient` the direct
    /// one of the loss with respect to the points where they arrive (∇u in x, z in z); `loss` one number a point,
    /// u(x) − log|det ∂x/∂z| or −log p_X(x), before and after the step; `after` where they arrive then.
    ///
    /// # Errors
    /// `invalid-setting` for too many points, or examples where there are none.
    pub fn next_step(&self, energy: bool, count: usize) -> core::result::Result<Object, JsValue> {
        limit("count", count).and_then(|()| self.apart(energy, count)).map_err(to_js)
    }
}

/// Points at the end of their way.
struct Arrived {
    points: DMatrix<f64>,
    log_det: Vec<f64>,
    energy: Vec<f64>,
    gradient: DMatrix<f64>,
    loss: Vec<f64>,
}

impl Engine {
    fn apart(&self, energy: bool, count: usize) -> Result<Object> {
        let mut trainer = self.copy()?;
        let step = trainer.step_count();
        let source = if energy { Source::Prior } else { Source::Examples };
        let Some(start) = trainer.next_samples(source, count) else {
            return Err(Error::setting("energy", false, "true in a run without examples"));
        };
        let start = start.map(f64::from);
        let before = trained(&trainer);
        let report = trainer.step(&Sequential)?;
        let after = trained(&trainer);

        let here = arrive(&before, energy, &start)?;
        let there = arrive(&after, energy, &start)?;
        let z = if energy { &start } else { &here.points };
        let mut places = Vec::new();
        for layers in 0..=self.layers {
            places.push(before.map_through(z, layers)?.0);
        }
        if !energy {
            places.reverse();
        }
        let way = places.iter().map(pairs).collect::<js_sys::Array>();
        Ok(object([
            ("step", (step as f64 + 1.0).into()),
            ("learning_rate", report.learning_rate.into()),
            ("gradient_norm", report.gradient_norm.into()),
            ("way", way.into()),
            ("log_det", f64_array(&here.log_det)),
            ("energy", f64_array(&here.energy)),
            ("gradient", pairs(&here.gradient)),
            ("loss", f64_array(&here.loss)),
            ("after", pairs(&there.points)),
            ("loss_after", f64_array(&there.loss)),
        ]))
    }

    /// Another trainer in the state that is shown, with a step to go.
    fn copy(&self) -> Result<Trainer<f32>> {
        let run = self.training.trainer();
        let (plan, examples) = (run.plan().clone(), run.examples().cloned());
        let mut trainer = Trainer::new(run.generator(), plan, examples, run.seed())?;
        let frame = self.shown.get().and_then(|step| self.training.keyframes().at(step).cloned());
        match frame {
            Some(frame) => frame.restore(&mut trainer)?,
            None => trainer.restore(run.state())?,
        }
        if trainer.is_done() {
            trainer.adjust(extend)?;
        }
        Ok(trainer)
    }
}

/// The generator with the parameters being trained, not their average.
fn trained(trainer: &Trainer<f32>) -> BoltzmannGenerator<f32> {
    BoltzmannGenerator { theta: trainer.theta().to_vec(), ..trainer.generator() }
}

fn arrive(
    generator: &BoltzmannGenerator<f32>,
    energy: bool,
    start: &DMatrix<f64>,
) -> Result<Arrived> {
    let (points, log_det) =
        if energy { generator.map(start)? } else { generator.inverse(start)? };
    let mut u = vec![0.0; start.nrows()];
    let mut force = start.clone();
    let x = if energy { &points } else { start };
    generator.target.evaluate(x, &mut u, &mut force, &mut Scratch::default());
    let (mut log_q, mut score) = (vec![0.0; start.nrows()], points.clone());
    generator.prior.log_density(&points, &mut log_q);
    generator.prior.score(&points, &mut score);
    let terms = log_q.iter().zip(&log_det).zip(&u);
    let loss = terms.map(|((q, log_det), u)| if energy { u - log_det } else { -q - log_det });
    let loss = loss.collect();
    let gradient = if energy { force } else { -score };
    Ok(Arrived { points, log_det, energy: u, gradient, loss })
}
