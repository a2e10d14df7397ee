//! Forty Gaussians in the plane, from energy and examples.

use alloc::vec;

use crate::preset::{Preset, Settings};
use crate::train::Stage;

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "gaussian-mixture",
    summary: "forty Gaussians in the plane, from energy and examples",
    page: Some("Gaussian mixture"),
    settings: || Settings {
        system: "gaussian-mixture".into(),
        flow: "R8S".into(),
        example_chains: 40,
        example_steps: 500,
        example_stride: 5,
        example_step_size: 1.0,
        example_temperature: 1.0,
        stages: vec![Stage { iterations: 1500, batch: 512, ..Stage::default() }],
        ..Settings::default()
    },
};
