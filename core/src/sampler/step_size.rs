//! Adaptation of the step size during burn-in.

use crate::num::Real;

/// Dual averaging of ln σ towards an acceptance probability (Hoffman, Gelman, JMLR 15, 2014,
/// section 3.2, with their constants γ = 0.05, t₀ = 10, κ = 0.75).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DualAveraging {
    target: f64,
    /// ln of ten times the first step size: the value the iterates shrink to.
    centre: f64,
    error: f64,
    log_average: f64,
    t: f64,
}

impl DualAveraging {
    /// Starts from a step size (positive) towards a mean acceptance probability.
    #[must_use]
    pub fn new(step_size: f64, target: f64) -> Self {
        let centre = Real::ln(10.0 * step_size);
        Self { target, centre, error: 0.0, log_average: Real::ln(step_size), t: 0.0 }
    }

    /// Takes the acceptance probability of a step and gives the step size of the next one.
    pub fn update(&mut self, acceptance_probability: f64) -> f64 {
        self.t += 1.0;
        let t = self.t;
        // h ← (1 − 1/(t + t₀))h + (δ − a)/(t + t₀)
        self.error += (self.target - acceptance_probability - self.error) / (t + 10.0);
        // ln σ = μ − √t/γ·h
        let log_step = self.centre - Real::sqrt(t) / 0.05 * self.error;
        // average with weights t^(−κ)
        let weight = Real::exp(-0.75 * Real::ln(t));
        self.log_average += weight * (log_step - self.log_average);
        Real::exp(log_step)
    }

    /// The averaged step size, to be kept when the adaptation ends.
    #[must_use]
    pub fn step_size(&self) -> f64 {
        Real::exp(self.log_average)
    }
}
