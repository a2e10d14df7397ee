//! What a training step tells.

use super::Plan;
use super::batch::Batch;
use crate::num::Real;
use crate::prior::Prior;

/// One optimiser step in numbers. Energies in kT, entropies in k, losses in nats with all their constants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Steps done, this one included.
    pub step: u64,
    /// Stage of this step, counted from 0.
    pub stage: usize,
    /// Learning rate of this step.
    pub learning_rate: f64,
    /// Negative log-likelihood of the examples: −E[log p_X(x)].
    pub nll: Option<f64>,
    /// The same of held-out examples, with the parameters that samples are drawn with; every 100 steps.
    pub held_out: Option<f64>,
    /// Energy U = E[u(x)] of the generated ensemble, without the cap.
    pub u: Option<f64>,
    /// Entropy S = H_q + E[log|det ∂x/∂z|] of the generated ensemble.
    pub s: Option<f64>,
    /// Free energy F = U − S of the generated ensemble.
    pub f: Option<f64>,
    /// KL(p_X‖μ) = F + log Z ≥ 0 (up to noise), where log Z is known.
    pub kl: Option<f64>,
    /// Reaction-coordinate loss minus its minimum.
    pub rc: Option<f64>,
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
    /// What the batch of a stage tells.
    pub(super) fn new<T: Real>(plan: &Plan, stage: usize, prior: &Prior, batch: &Batch<T>) -> Self {
        let value = |name| {
            let found = batch.terms().iter().position(|t| t.loss.name() == name)?;
            Some(batch.values[found])
        };
        let observed = batch.observed();
        let n = observed.count as f64;
        let seen = observed.count > 0;
        let u = seen.then(|| observed.u / n);
        let s = seen.then(|| prior.entropy() + observed.log_det / n);
        let f = u.zip(s).map(|(u, s)| u - s);
        let eleven = 11.0;
        let temperatures = plan.stages[stage].temperatures.len() as f64;
        Self {
            stage,
            nll: value("ml").map(|v| v - prior.peak()),
            u,
            s,
            f,
            kl: f.zip(plan.log_z).map(|(f, log_z)| f + log_z),
            rc: value("rc").map(|v| v - temperatures * eleven * Real::ln(eleven)),
            dropped: observed.dropped,
            ..Self::default()
        }
    }
}
