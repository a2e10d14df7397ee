//! What a training step tells.

use crate::objective::Values;

/// One optimiser step in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Steps done, this one included.
    pub step: u64,
    /// Stage of this step, counted from 0.
    pub stage: usize,
    /// Learning rate of this step.
    pub learning_rate: f64,
    /// What the objectives tell, by the names of [`crate::objective::value_specs`]: energies in kT, entropies in k, losses
    /// in nats with all their constants unless their help says otherwise.
    pub values: Values,
    /// Negative log-likelihood of held-out examples, with the parameters that samples are drawn with; every 100 steps.
    pub held_out: Option<f64>,
    /// Norm of the gradient before clipping.
    pub gradient_norm: f64,
    /// Samples of this step dropped because a number was not finite.
    pub dropped: usize,
    /// Energy evaluations so far: examples and training.
    pub energy_evaluations: u64,
    /// True if the stage ends here because `held_out` has risen.
    pub stopped: bool,
    /// The step that training went back to, if this one blew up.
    pub rewound: Option<u64>,
}

impl Report {
    /// The value of a name, if this step has it.
    ///
    /// ```
    /// use boltzflow::num::Sequential;
    /// use boltzflow::preset::preset;
    ///
    /// let mut trainer = preset("double-well-by-energy")?.trainer::<f32>(None)?;
    /// let report = trainer.step(&Sequential)?;
    /// assert!(report.value("kl").is_some() && report.value("nll").is_none());
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.get(name)
    }
}
