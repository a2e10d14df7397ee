//! Two wells, learnt from energy and from examples in the wrong proportion.

use crate::preset::{Preset, Settings};

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "double-well",
    summary: "two wells, learnt from energy and from examples in the wrong proportion",
    page: Some("Double well"),
    settings: Settings::default,
};
