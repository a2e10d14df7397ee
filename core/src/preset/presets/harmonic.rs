//! Eight springs from 0.25 to 4 and a flow of constant Jacobian: exact at any temperature.

use alloc::vec;

use crate::flow::Architecture;
use crate::preset::{Preset, Settings};
use crate::setting::{Parameters, Value};
use crate::train::Stage;

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "harmonic",
    summary: "eight springs from 0.25 to 4 and a flow of constant Jacobian: exact at any temperature",
    page: None,
    settings: || Settings {
        system: "harmonic".into(),
        parameters: springs(),
        flow: "N6S".into(),
        architecture: Architecture { hidden: vec![16], ..Settings::default().architecture },
        example_chains: 0,
        stages: vec![Stage {
            iterations: 3000,
            batch: 512,
            learning_rate: 1e-2,
            ..Stage::default().with_weight("ml", 0.0)
        }],
        ..Settings::default()
    },
};

/// Eight force constants from 0.25 to 4, each 16^(1/7) times the one before.
fn springs() -> Parameters {
    let k = [0.25, 0.3715, 0.5520, 0.8203, 1.2190, 1.8114, 2.6918, 4.0];
    let mut parameters = Parameters::new();
    parameters.set("k", Value::List(k.to_vec()));
    parameters
}
