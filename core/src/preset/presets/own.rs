//! Your own formula, with wells dug into it.

use crate::preset::{Preset, Settings};
use crate::setting::{Parameters, Value};

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "own",
    summary: "your own formula, with wells dug into it",
    page: Some("Your own"),
    settings: || Settings {
        system: "formula".into(),
        dim: Some(2),
        parameters: own_landscape(),
        flow: "R6".into(),
        example_chains: 8,
        example_steps: 10_000,
        ..Settings::default()
    },
};

/// A round bowl with a deep well on the left and a shallow one on the right.
fn own_landscape() -> Parameters {
    let mut parameters = Parameters::new();
    parameters.set("formula", Value::Text("(x^2 + y^2)/4".into()));
    let wells = [[-1.5, -0.5, 6.0, 0.6], [1.5, 0.5, 5.0, 0.6]];
    parameters.set("wells", Value::Points(wells.map(|w| w.to_vec()).to_vec()));
    parameters
}
