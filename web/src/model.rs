//! A trained flow as numbers that go to a file and come from one, and samples to keep.

use boltzflow::num::{CheckpointFault, Error, Sequential, digest};
use boltzflow::train::Examples;

use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::engine::Engine;
use crate::error::to_js;
use crate::object::{draws, f32_array, object};
use crate::settings::limit;

#[wasm_bindgen]
impl Engine {
    /// What a file of the model that is shown holds: `{ theta, digest, step, training_evaluations, data_evaluations }`, the parameters that samples are
    /// drawn with, block after block, as [`crate::model_file`] takes them.
    #[must_use]
    pub fn model(&self) -> Object {
        let data = self.training.trainer().examples().map_or(0, Examples::energy_evaluations);
        let theta = self.generator().numbers();
        object([
            ("theta", f32_array(&theta)),
            ("digest", format!("{:016x}", digest(&theta)).into()),
            ("step", (self.step() as f64).into()),
            ("training_evaluations", ((self.energy_evaluations() - data) as f64).into()),
            ("data_evaluations", (data as f64).into()),
        ])
    }

    /// Takes parameters from elsewhere, as [`Engine::model`] gives them: training goes on from there, without the optimiser's memory.
    ///
    /// # Errors
    /// `checkpoint` for parameters of another network or with another digest.
    pub fn adopt(
        &self,
        numbers: Vec<f32>,
        expected: &str,
        step: f64,
        training_evaluations: f64,
    ) -> core::result::Result<(), JsValue> {
        if format!("{:016x}", digest(&numbers)) != expected {
            return Err(to_js(Error::Checkpoint { reason: CheckpointFault::Checksum }));
        }
        self.training.restart(numbers, step as u64, training_evaluations as u64).map_err(to_js)
    }

    /// Draws to keep: `{ dim, x, energy, log_weight }`, the configurations one after the other, energies in units of kT.
    ///
    /// # Errors
    /// `invalid-setting` for none or too many.
    pub fn samples(&self, count: usize) -> core::result::Result<Object, JsValue> {
        limit("samples", count).map_err(to_js)?;
        let seed = self.training.trainer().seed();
        Ok(draws(&self.generator().sample(count, seed, &Sequential)))
    }
}
