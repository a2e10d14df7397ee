//! A Markov chain beside independent draws: what each pays for a sample.

mod one_shot;
mod walk;

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::num::Result;
use boltzflow::preset::Settings;
use boltzflow::system::{Coordinate, ReducedPotential};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::settings::parse;

pub use one_shot::OneShot;
pub use walk::Walk;

/// The system that a chain and a flow race on.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Race {
    settings: Settings,
    target: ReducedPotential,
    coordinate: Coordinate,
}

#[wasm_bindgen]
impl Race {
    /// The system of settings as texts, as for [`crate::Engine::new`].
    ///
    /// # Errors
    /// Those of the settings.
    #[wasm_bindgen(constructor)]
    pub fn new(keys: Vec<String>, values: Vec<String>) -> core::result::Result<Self, JsValue> {
        Self::of(&keys, &values).map_err(to_js)
    }
}

impl Race {
    fn of(keys: &[String], values: &[String]) -> Result<Self> {
        let settings = parse(keys, values)?;
        let target = settings.target()?;
        let coordinate = settings.reaction_coordinate(target.system())?;
        Ok(Self { settings, target, coordinate })
    }

    /// The flow with the numbers of another module's training.
    fn flow(&self, numbers: &[f32]) -> Result<BoltzmannGenerator<f32>> {
        Ok(boltzflow_model::Model::of_numbers(&self.settings, numbers, 0, [0, 0])?.generator)
    }
}
