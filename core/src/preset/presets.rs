//! The presets: one row each.

use alloc::{string::ToString, vec, vec::Vec};

use super::{LabelKind, Settings};
use crate::ensemble::Annealing;
use crate::flow::{Architecture, SplitKind};
use crate::num::{Activation, Error, Result};
use crate::optim::Adam;
use crate::potential::{Parameters, Value};
use crate::sampler::Hmc;
use crate::train::Stage;

/// A named system with architecture and training plan.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Name for menus, the command line and URLs.
    pub name: &'static str,
    /// One line of description.
    pub summary: &'static str,
    /// Its settings.
    pub settings: fn() -> Settings,
}

/// The settings of a preset.
///
/// # Errors
/// [`Error::UnknownName`] with the known names.
pub fn preset(name: &str) -> Result<Settings> {
    let found = PRESETS.iter().find(|p| p.name == name);
    found.map(|p| (p.settings)()).ok_or_else(|| Error::UnknownName {
        kind: "preset",
        name: name.to_string(),
        known: PRESETS.iter().map(|p| p.name).collect::<Vec<_>>().join(", "),
    })
}

/// Every preset, in the order menus show them.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "double-well",
        summary: "two wells, learnt from energy and from examples in the wrong proportion",
        settings: Settings::default,
    },
    Preset {
        name: "double-well-by-energy",
        summary: "two wells from energy alone: looks perfect, may miss a well",
        settings: || Settings {
            example_chains: 0,
            stages: vec![Stage { w_ml: 0.0, ..Stage::default() }],
            ..Settings::default()
        },
    },
    Preset {
        name: "mueller-brown",
        summary: "three basins on a curved valley, learnt from energy and from examples",
        settings: || Settings {
            system: "mueller-brown".into(),
            flow: "R5".into(),
            // Hot chains show the flanks of the deep basin, which few samples reach at T = 1.
            example_chains: 36,
            example_steps: 3000,
            example_step_size: 0.15,
            stages: vec![Stage { w_ml: 3.0, ..Stage::default() }],
            ..Settings::default()
        },
    },
    Preset {
        name: "ring",
        summary: "a closed valley, which a map of the plane can only cover with a seam",
        settings: || Settings {
            system: "ring".into(),
            flow: "R6".into(),
            stages: vec![Stage { w_ml: 3.0, ..Stage::default() }],
            ..Settings::default()
        },
    },
    Preset {
        name: "own",
        summary: "your own formula, with wells dug into it",
        settings: || Settings {
            system: "formula".into(),
            dim: Some(2),
            parameters: own_landscape(),
            flow: "R6".into(),
            example_chains: 8,
            example_steps: 10_000,
            ..Settings::default()
        },
    },
    Preset {
        name: "gaussian-mixture",
        summary: "forty Gaussians in the plane, from energy and examples",
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
    },
    Preset {
        name: "many-well",
        summary: "sixteen double wells at once (32 dimensions), from energy and examples",
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
                    w_kl: 0.0,
                    iterations: 40_000,
                    batch: 128,
                    learning_rate: 4e-3,
                    ..Stage::default()
                },
                // Energy thins out what lies between the wells.
                Stage {
                    w_ml: 3.0,
                    iterations: 3000,
                    batch: 256,
                    learning_rate: 5e-4,
                    ..Stage::default()
                },
            ],
            ..Settings::default()
        },
    },
    Preset {
        name: "many-well-live",
        summary: "two double wells at once, or up to sixteen, while one looks on",
        settings: || Settings {
            system: "many-well".into(),
            dim: Some(4),
            flow: "R6".into(),
            // Many short walks: the wells are shown by variety, not by length.
            example_chains: 1000,
            example_steps: 200,
            example_stride: 20,
            example_temperature: 1.0,
            stages: vec![Stage { iterations: 2000, w_ml: 3.0, ..Stage::default() }],
            ..Settings::default()
        },
    },
    Preset {
        name: "dimer",
        summary: "a dimer that opens in a dense fluid (76 dimensions), flat in its length, then annealed",
        settings: || Settings {
            system: "dimer".into(),
            // The fluid given the dimer; d itself by a flow of its own, which keeps both states.
            flow: "D(W)WR8(Q4)".into(),
            architecture: Architecture {
                hidden: vec![256, 256],
                shift_activation: Activation::Silu,
                split: SplitKind::Particles,
                scale_bound: 2.0,
                ..Settings::default().architecture
            },
            optimizer: Adam { clip_norm: 10.0, ..Adam::default() },
            moving_average: 0.999,
            // Windows along d, without the dimer's own energy: closed, open and all between are learnt alike.
            // The lattice that they start from has no room for the dimer: the first steps must be short.
            example_chains: 1,
            example_method: "umbrella".into(),
            example_burn_in: 500,
            example_steps: 5000,
            example_stride: 1,
            example_step_size: 0.021,
            example_temperature: 1.0,
            example_labels: LabelKind::Mirrored,
            example_held_out: 0.1,
            smc_runs: 8,
            smc: Annealing {
                particles: 800,
                // The flow makes a part of the fluid's arrangements too rarely, which a wider start reaches.
                prior_variance: 1.5,
                conditional_ess: 0.91,
                kernel: Hmc { step_size: 0.02, steps: 10, jitter: 0.2 }.into(),
                // With one move a level, single runs found several times the others' weight in one lineage.
                moves: 3,
                relaxation: 40,
                keep: 10,
                leave_region: true,
                ..Annealing::default()
            },
            stages: vec![
                // Examples first: energy would narrow a flow that covers little yet.
                Stage { w_ml: 1.0, w_kl: 0.0, iterations: 12_000, ..Stage::default() },
                // Then a little energy thins out the clashes, as long as the examples stay well described. More of it makes
                // arrangements rare that annealing then finds in few lineages of large weight.
                Stage {
                    w_ml: 1.0,
                    w_kl: 0.1,
                    iterations: 2000,
                    learning_rate: 1e-3,
                    stop_rise: 3.0,
                    ..Stage::default()
                },
            ],
            ..Settings::default()
        },
    },
    Preset {
        name: "harmonic",
        summary: "eight springs from 0.25 to 4 and a flow of constant Jacobian: exact at any temperature",
        settings: || Settings {
            system: "harmonic".into(),
            parameters: springs(),
            flow: "N6S".into(),
            architecture: Architecture { hidden: vec![16], ..Settings::default().architecture },
            example_chains: 0,
            stages: vec![Stage {
                w_ml: 0.0,
                iterations: 3000,
                batch: 512,
                learning_rate: 1e-2,
                ..Stage::default()
            }],
            ..Settings::default()
        },
    },
];

/// A round bowl with a deep well on the left and a shallow one on the right.
fn own_landscape() -> Parameters {
    let mut parameters = Parameters::new();
    parameters.set("formula", Value::Text("(x^2 + y^2)/4".into()));
    let wells = [[-1.5, -0.5, 6.0, 0.6], [1.5, 0.5, 5.0, 0.6]];
    parameters.set("wells", Value::Points(wells.map(|w| w.to_vec()).to_vec()));
    parameters
}

/// Eight force constants from 0.25 to 4, each 16^(1/7) times the one before.
fn springs() -> Parameters {
    let k = [0.25, 0.3715, 0.5520, 0.8203, 1.2190, 1.8114, 2.6918, 4.0];
    let mut parameters = Parameters::new();
    parameters.set("k", Value::List(k.to_vec()));
    parameters
}
