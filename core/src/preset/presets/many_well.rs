//! Sixteen double wells at once (32 dimensions), from energy and examples.

use alloc::vec;

use crate::flow::Architecture;
use crate::preset::{Preset, Settings};
use crate::train::Stage;

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "many-well",
    summary: "sixteen double wells at once (32 dimensions), from energy and examples",
    page: None,
    settings: || Settings {
        system: "many-well".into(),
        dim: Some(32),
        // Deep and narrow: the pairs do not see each other, and little is to be unlearnt between them.
        flow: "R12".into(),
        architecture: Architecture { hidden: vec![32], ..Settings::default().architecture },
        moving_average: 0.999,
        // Many short chains: 2^16 wells are shown by variety, not by length.
        example_chains: 60_000,
        example_method: "hmc".into(),
        example_steps: 40,
        example_stride: 8,
        example_step_size: 0.1,
        example_temperature: 1.0,
        stages: vec![
            // Energy alone would fall into the deepest of the wells: examples first.
            Stage {
                iterations: 40_000,
                batch: 128,
                learning_rate: 4e-3,
                ..Stage::default().with_weight("kl", 0.0)
            },
            // Energy thins out what lies between the wells.
            Stage {
                iterations: 3000,
                batch: 256,
                learning_rate: 5e-4,
                ..Stage::default().with_weight("ml", 3.0)
            },
        ],
        ..Settings::default()
    },
};
