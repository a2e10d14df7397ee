//! All settings of a run.

use alloc::{string::String, sync::Arc, vec, vec::Vec};

use crate::ensemble::Annealing;
use crate::flow::{Architecture, SplitKind, Trunk};
use crate::num::{Activation, Result};
use crate::optim::Adam;
use crate::setting::Parameters;
use crate::system::{self, System};
use crate::train::Stage;

/// What becomes of the labels of identical particles in examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelKind {
    /// They stay.
    #[default]
    Kept,
    /// Those that suit the system's reference best: see [`crate::system::Relabelling`].
    Reference,
    /// The same for each example and all its mirror images.
    Mirrored,
}

crate::num::words!(LabelKind: Kept = "kept", Reference = "reference", Mirrored = "mirrored");

/// What is trained and how; a run is a function of these (and of the user's data, if any).
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Name of the system.
    pub system: String,
    /// A system of the user's own in place of the one of that name: a function, say. Files do not hold it.
    pub own: Option<Arc<System>>,
    /// Its parameters; missing ones take their defaults.
    pub parameters: Parameters,
    /// Total dimension, where the system does not derive it.
    pub dim: Option<usize>,
    /// kT in the units of the energy.
    pub temperature: f64,
    /// Seed of all random streams.
    pub seed: u64,
    /// Flow in the field's notation.
    pub flow: String,
    /// Hidden widths, trunk, activations, split.
    pub architecture: Architecture,
    /// The optimiser without its learning rate.
    pub optimizer: Adam,
    /// Decay of the moving average of θ; 0 for none.
    pub moving_average: f64,
    /// Name of the reaction coordinate; empty for the system's default.
    pub coordinate: String,
    /// Number of chains that make examples; 0 for none.
    pub example_chains: usize,
    /// Name of their kernel, or of a ladder of states: then each chain is a run of all its states.
    pub example_method: String,
    /// Steps that each chain makes before, in which its step size is tuned to the kernel's usual acceptance; 0 for none.
    pub example_burn_in: usize,
    /// Steps of each chain.
    pub example_steps: usize,
    /// Every how many steps a configuration is kept.
    pub example_stride: usize,
    /// Length of their moves: the kernel's step size.
    pub example_step_size: f64,
    /// Temperature of these chains relative to the target's; above 1 they also show the tails, and
    /// the examples are weighted back.
    pub example_temperature: f64,
    /// What becomes of the labels of identical particles in examples, the user's included.
    pub example_labels: LabelKind,
    /// Share of the examples, the end of each chain, that is not learnt from.
    pub example_held_out: f64,
    /// Independent runs of sequential Monte Carlo from flow to target that an analysis makes; 0 for plain weights alone.
    pub smc_runs: usize,
    /// What each of them does.
    pub smc: Annealing,
    /// Stages of training.
    pub stages: Vec<Stage>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            system: "double-well".into(),
            own: None,
            parameters: Parameters::new(),
            dim: None,
            temperature: 1.0,
            seed: 1,
            flow: "R4".into(),
            architecture: Architecture {
                hidden: vec![32, 32],
                trunk: Trunk::Shared,
                scale_activation: Activation::Tanh,
                shift_activation: Activation::Tanh,
                split: SplitKind::EvenOdd,
                ..Architecture::default()
            },
            optimizer: Adam { clip_norm: 100.0, ..Adam::default() },
            moving_average: 0.99,
            coordinate: String::new(),
            example_chains: 2,
            example_method: "metropolis".into(),
            example_burn_in: 0,
            example_steps: 40_000,
            example_stride: 10,
            example_step_size: 0.3,
            example_temperature: 1.5,
            example_labels: LabelKind::Kept,
            example_held_out: 0.0,
            smc_runs: 0,
            smc: Annealing::default(),
            stages: vec![Stage::default()],
        }
    }
}

impl Settings {
    /// The usual settings for a system of the user's own: see `examples/own_potential.rs`.
    ///
    /// ```
    /// use boltzflow::preset::Settings;
    /// use boltzflow::system::System;
    ///
    /// let bowl = System::closure(vec![(-4.0, 4.0); 2], |x, gradient| {
    ///     gradient.copy_from_slice(x);
    ///     0.5 * (x[0] * x[0] + x[1] * x[1])
    /// })?;
    /// let settings = Settings { flow: "R2".into(), ..Settings::of(bowl) };
    /// let samples = settings.generator::<f32>()?.sample(10, 1, &boltzflow::num::Sequential);
    /// assert_eq!(samples.x.shape(), (10, 2));
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    #[must_use]
    pub fn of(system: System) -> Self {
        Self { own: Some(Arc::new(system)), ..Self::default() }
    }

    /// Sets parameters of the system that belong together: a formula without wells, for example, leaves none of the wells that
    /// were dug into another (see [`Parameters::change`]).
    ///
    /// ```
    /// use boltzflow::preset::preset;
    /// use boltzflow::setting::{Parameters, Value};
    ///
    /// let mut own = preset("own")?;
    /// assert!(own.parameters.get("wells").is_some());
    /// own.set_parameters(&Parameters::new().with("formula", Value::Text("x^4 - 3x^2 + y^2".into())))?;
    /// assert!(own.parameters.get("wells").is_none());
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::num::Error::UnknownName) for the system or a parameter that it does not have, [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for a value outside
    /// its range.
    pub fn set_parameters(&mut self, given: &Parameters) -> Result<()> {
        let entry = system::entry(&self.system)?;
        self.parameters.change(entry.checked(given)?, entry.parameters);
        Ok(())
    }
}
