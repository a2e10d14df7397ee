//! A trained flow as numbers that go to a file and come from one, and samples to keep.

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::num::{CheckpointFault, Error, Result, Sequential, digest};
use boltzflow::optim::AdamState;
use boltzflow::train::{Examples, Moments};
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::engine::{Engine, limit};
use crate::error::to_js;
use crate::object::{f32_array, f64_array, object};
use crate::training::Training;

#[wasm_bindgen]
impl Engine {
    /// What a file of the model that is shown holds: `{ theta, digest, step, training_evaluations, data_evaluations }`, the parameters that samples are
    /// drawn with in the order of [`crate::parameter_layout`].
    #[must_use]
    pub fn model(&self) -> Object {
        let trainer = self.training.trainer();
        let data = trainer.examples().map_or(0, Examples::energy_evaluations);
        model(&self.generator().numbers(), self.step(), self.energy_evaluations() - data, data)
    }

    /// Takes the parameters of a file, as [`Engine::model`] gives them: training goes on from there, without the optimiser's memory.
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
        self.training.restart(&numbers, step as u64, training_evaluations as u64).map_err(to_js)
    }

    /// Draws to keep: `{ dim, x, energy, log_weight }`, the configurations one after the other, energies in units of kT.
    ///
    /// # Errors
    /// `invalid-setting` for none or too many.
    pub fn samples(&self, count: usize) -> core::result::Result<Object, JsValue> {
        limit("samples", count).map_err(to_js)?;
        let seed = self.training.trainer().seed();
        Ok(draws(&self.generator(), count, seed))
    }
}

/// The properties of [`Engine::model`].
pub(crate) fn model(numbers: &[f32], step: u64, training: u64, data: u64) -> Object {
    object([
        ("theta", f32_array(numbers)),
        ("digest", format!("{:016x}", digest(numbers)).into()),
        ("step", (step as f64).into()),
        ("training_evaluations", (training as f64).into()),
        ("data_evaluations", (data as f64).into()),
    ])
}

/// The properties of [`Engine::samples`].
pub(crate) fn draws(generator: &BoltzmannGenerator<f32>, count: usize, seed: u64) -> Object {
    let drawn = generator.sample(count, seed, &Sequential);
    object([
        ("dim", drawn.x.ncols().into()),
        ("x", f64_array(drawn.x.transpose().as_slice())),
        ("energy", f64_array(&drawn.u)),
        ("log_weight", f64_array(&drawn.log_weight)),
    ])
}

impl Training {
    /// Goes on from the numbers of a flow that was trained elsewhere, without the optimiser's memory.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] for parameters of another network.
    pub(crate) fn restart(
        &self,
        numbers: &[f32],
        step: u64,
        energy_evaluations: u64,
    ) -> Result<()> {
        let (theta, constants) = self.trainer().layout().divide(numbers)?;
        let mut state = self.trainer().state();
        let average = if state.current.average.is_empty() { Vec::new() } else { theta.clone() };
        let moments = Moments {
            step,
            adam: AdamState::new(theta.len()),
            average,
            average_updates: step,
            theta,
        };
        state.keyframe = moments.clone();
        state.current = moments;
        state.energy_evaluations = energy_evaluations;
        self.adopt(&constants, state)
    }
}
