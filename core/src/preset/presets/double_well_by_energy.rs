//! Two wells from energy alone: looks perfect, may miss a well.

use alloc::vec;

use crate::preset::{Preset, Settings};
use crate::train::Stage;

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "double-well-by-energy",
    summary: "two wells from energy alone: looks perfect, may miss a well",
    page: Some("Looks perfect. Is wrong."),
    settings: || Settings {
        example_chains: 0,
        stages: vec![Stage::default().with_weight("ml", 0.0)],
        ..Settings::default()
    },
};
