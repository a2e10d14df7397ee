//! Two double wells at once, or up to sixteen, while one looks on.

use alloc::vec;

use crate::preset::{Preset, Settings};
use crate::train::Stage;

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "many-well-live",
    summary: "two double wells at once, or up to sixteen, while one looks on",
    page: Some("Many wells"),
    settings: || Settings {
        system: "many-well".into(),
        dim: Some(4),
        flow: "R6".into(),
        // Many short walks: the wells are shown by variety, not by length.
        example_chains: 1000,
        example_steps: 200,
        example_stride: 20,
        example_temperature: 1.0,
        stages: vec![Stage { iterations: 2000, ..Stage::default().with_weight("ml", 3.0) }],
        ..Settings::default()
    },
};
