//! The planted preset: a template.

use alloc::vec;

use crate::preset::{Preset, Settings};
use crate::train::Stage;

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "planted-preset",
    summary: "a planted preset",
    page: Some("Planted"),
    settings: || Settings {
        system: "double-well".into(),
        flow: "R2".into(),
        stages: vec![Stage { iterations: 10, batch: 32, ..Stage::default() }],
        ..Settings::default()
    },
};
