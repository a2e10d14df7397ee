//! A dimer that opens in a dense fluid (76 dimensions), flat in its length, then annealed.

use alloc::vec;

use crate::ensemble::Annealing;
use crate::flow::{Architecture, SplitKind};
use crate::num::Activation;
use crate::optim::Adam;
use crate::preset::{LabelKind, Preset, Settings};
use crate::sampler::Hmc;
use crate::train::Stage;

/// The preset.
pub(super) const PRESET: Preset = Preset {
    name: "dimer",
    summary: "a dimer that opens in a dense fluid (76 dimensions), flat in its length, then annealed",
    page: None,
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
            Stage {
                iterations: 12_000,
                ..Stage::default().with_weight("ml", 1.0).with_weight("kl", 0.0)
            },
            // Then a little energy thins out the clashes, as long as the examples stay well described. More of it makes
            // arrangements rare that annealing then finds in few lineages of large weight.
            Stage {
                iterations: 2000,
                learning_rate: 1e-3,
                stop_rise: 3.0,
                ..Stage::default().with_weight("ml", 1.0).with_weight("kl", 0.1)
            },
        ],
        ..Settings::default()
    },
};
