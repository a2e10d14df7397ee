//! Metropolis: a Gaussian random walk.

use alloc::boxed::Box;

use super::state::add_scaled;
use super::{Info, Kernel, KernelEntry, State, Target};
use crate::num::Stream;
use crate::setting::{Description, Kind, Parameters, Value};

/// x' = x + σξ, ξ ~ N(0, 1), accepted with probability min(1, e^(u(x) − u(x')))
/// (Metropolis et al., 1953). One evaluation a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metropolis {
    /// σ, in units of x.
    pub step_size: f64,
}

/// Registry entry.
pub(super) static ENTRY: KernelEntry = KernelEntry {
    name: "metropolis",
    aliases: &[],
    summary: "Gaussian random walk with Metropolis acceptance; needs no gradient",
    settings: &[Description::new(
        "step_size",
        Kind::Positive,
        "0.1",
        "standard deviation of a move of one coordinate, in units of x",
    )],
    build: |s| Box::new(Metropolis { step_size: s.number("step_size", 0.1) }),
};

impl Kernel for Metropolis {
    fn entry(&self) -> &'static KernelEntry {
        &ENTRY
    }

    fn settings(&self) -> Parameters {
        let mut settings = Parameters::new();
        settings.set("step_size", Value::Number(self.step_size));
        settings
    }

    fn step(&self, u: &dyn Target, state: &mut State, rng: &mut [Stream], info: &mut [Info]) {
        state.begin(|_| self.step_size);
        state.draw_noise(rng);
        add_scaled(&mut state.proposal.x, 1.0, &state.step.length, &state.noise);
        state.evaluate_energies(u);
        for (i, u) in state.proposal.u.iter().enumerate() {
            state.step.log_ratio[i] = state.current.u[i] - u;
            state.step.diverged[i] = !u.is_finite();
        }
        state.decide(u, 1, rng, info);
    }

    fn step_size(&self) -> f64 {
        self.step_size
    }

    fn set_step_size(&mut self, step_size: f64) {
        self.step_size = step_size;
    }

    /// Between 0.44 in one dimension and 0.234 in many (Gelman, Roberts, Gilks, 1996).
    fn target_acceptance(&self) -> f64 {
        0.3
    }
}
