//! A closed valley, which a map of the plane can only cover with a seam.

use alloc::vec;

use crate::preset::{Preset, Settings};
use crate::train::Stage;

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "ring",
    summary: "a closed valley, which a map of the plane can only cover with a seam",
    page: Some("Ring"),
    settings: || Settings {
        system: "ring".into(),
        flow: "R6".into(),
        stages: vec![Stage::default().with_weight("ml", 3.0)],
        ..Settings::default()
    },
};
