//! Three basins on a curved valley, learnt from energy and from examples.

use alloc::vec;

use crate::preset::{Preset, Settings};
use crate::train::Stage;

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "mueller-brown",
    summary: "three basins on a curved valley, learnt from energy and from examples",
    page: Some("Müller–Brown"),
    settings: || Settings {
        system: "mueller-brown".into(),
        flow: "R5".into(),
        // Hot chains show the flanks of the deep basin, which few samples reach at T = 1.
        example_chains: 36,
        example_steps: 3000,
        example_step_size: 0.15,
        stages: vec![Stage::default().with_weight("ml", 3.0)],
        ..Settings::default()
    },
};
