//! Everything that a training needs to go on with the same bits.

use boltzflow::nn::ParamLayout;
use boltzflow::num::{Result, digest};
use boltzflow::optim::AdamState;
use boltzflow::train::{Moments, Trainer, TrainerState};

use crate::tensors::Tensors;

/// A saved state of training.
///
/// ```
/// use boltzflow::num::Sequential;
/// use boltzflow::preset::preset;
/// use boltzflow_model::{SavedState, begin};
///
/// let settings = preset("double-well-by-energy")?;
/// let mut trainer = begin(&settings, None)?;
/// trainer.step(&Sequential)?;
/// let saved = SavedState {
///     trainer: trainer.state(),
///     constants: trainer.constants().to_vec(),
///     data: String::new(),
///     seconds: 0.5,
///     log_bytes: 0,
/// };
/// // Another run goes on from its file with the same bits.
/// let mut other = begin(&settings, None)?;
/// SavedState::of(&saved.tensors())?.restore(&mut other)?;
/// trainer.step(&Sequential)?;
/// other.step(&Sequential)?;
/// assert_eq!(trainer.theta(), other.theta());
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Debug)]
pub struct SavedState {
    /// For [`Trainer::restore`].
    pub trainer: TrainerState<f32>,
    /// What the flow was fitted to; empty in a file that was written when that was part of θ.
    pub constants: Vec<f32>,
    /// What identifies the user's examples; empty if there are none.
    pub data: String,
    /// Seconds of training so far.
    pub seconds: f64,
    /// Bytes of the log that belong to this state.
    pub log_bytes: u64,
}

impl SavedState {
    /// From the contents of its file.
    ///
    /// # Errors
    /// [`boltzflow::num::Error::Checkpoint`] for a file of anything else.
    pub fn of(file: &Tensors) -> Result<Self> {
        let moments = |name: &str| -> Result<Moments<f32>> {
            let values = |part: &str| {
                let name = format!("{name}/{part}");
                file.values(&name, &[file.count(&name)])
            };
            Ok(Moments {
                step: file.number(&format!("{name}/step"))?,
                theta: values("theta")?,
                adam: AdamState {
                    m: values("adam_m")?,
                    v: values("adam_v")?,
                    t: file.number(&format!("{name}/adam_t"))?,
                },
                average: values("average")?,
                average_updates: file.number(&format!("{name}/average_updates"))?,
            })
        };
        Ok(Self {
            trainer: TrainerState {
                current: moments("current")?,
                keyframe: moments("keyframe")?,
                rate_factor: file.number("rate_factor")?,
                rewinds: file.number("rewinds")?,
                skipped: file.number("skipped")?,
                lowest: file.number("lowest")?,
                energy_evaluations: file.number("training_evaluations")?,
            },
            constants: match file.count("constants") {
                0 => Vec::new(),
                n => file.values("constants", &[n])?,
            },
            data: file.text("data")?.into(),
            seconds: file.number("seconds")?,
            log_bytes: file.number("log_bytes")?,
        })
    }

    /// Puts a trainer of the same run where this one was.
    ///
    /// # Errors
    /// Those of [`Trainer::set_constants`] and [`Trainer::restore`].
    pub fn restore(mut self, trainer: &mut Trainer<f32>) -> Result<()> {
        let within = self.trainer.take_constants(&trainer.layout())?;
        trainer.set_constants(&within.unwrap_or(self.constants))?;
        trainer.restore(self.trainer)
    }

    /// The digest of the parameters that training goes on with, as [`crate::Model::digest`] is that of those that samples are drawn with.
    #[must_use]
    pub fn digest(&self, layout: &ParamLayout) -> String {
        let (theta, constants) = (&self.trainer.current.theta, &self.constants);
        let apart = theta.len() == layout.n_params() && constants.len() == layout.n_constants();
        // Files of version 0.1.0 hold the constants in θ, in the order of the layout.
        let digest = if apart { layout.digest(theta, constants) } else { digest(theta) };
        format!("{digest:016x}")
    }

    /// The contents of its file.
    #[must_use]
    pub fn tensors(&self) -> Tensors {
        let state = &self.trainer;
        let mut file = Tensors::default();
        for (name, moments) in [("current", &state.current), ("keyframe", &state.keyframe)] {
            for (part, values) in [
                ("theta", &moments.theta),
                ("adam_m", &moments.adam.m),
                ("adam_v", &moments.adam.v),
                ("average", &moments.average),
            ] {
                file.push(format!("{name}/{part}"), &[values.len()], values);
            }
            file.set(&format!("{name}/step"), &moments.step);
            file.set(&format!("{name}/adam_t"), &moments.adam.t);
            file.set(&format!("{name}/average_updates"), &moments.average_updates);
        }
        file.push("constants", &[self.constants.len()], &self.constants);
        file.set("rate_factor", &state.rate_factor);
        file.set("rewinds", &state.rewinds);
        file.set("skipped", &state.skipped);
        file.set("lowest", &state.lowest);
        file.set("training_evaluations", &state.energy_evaluations);
        file.set("data", &self.data);
        file.set("seconds", &self.seconds);
        file.set("log_bytes", &self.log_bytes);
        file
    }
}
