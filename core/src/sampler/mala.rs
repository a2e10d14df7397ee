//! MALA: Langevin steps with Metropolis correction.

use alloc::boxed::Box;

use super::acceptance::decide;
use super::{Info, Kernel, KernelEntry, State};
use crate::num::Stream;
use crate::potential::{ParameterKind, ParameterSpec, ReducedPotential};

/// x' = x − ½σ²∇u(x) + σξ, ξ ~ N(0, 1), accepted with probability
/// min(1, e^(u(x) − u(x') + ½|ξ|² − ½|ξ'|²)), where ξ' is the noise of the way back
/// (Roberts, Tweedie, Bernoulli 2, 1996). One evaluation a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mala {
    /// σ, in units of x.
    pub step_size: f64,
}

/// Registry entry.
pub(super) static ENTRY: KernelEntry = KernelEntry {
    name: "mala",
    aliases: &["langevin"],
    summary: "overdamped Langevin step with Metropolis correction",
    settings: &[ParameterSpec {
        name: "step_size",
        kind: ParameterKind::Positive,
        default: "0.2",
        help: "standard deviation of the noise of one coordinate, in units of x",
    }],
    build: |s| Box::new(Mala { step_size: s.number("step_size", 0.2) }),
};

impl Kernel for Mala {
    fn name(&self) -> &'static str {
        ENTRY.name
    }

    fn step(&self, u: &ReducedPotential, state: &mut State, rng: &mut Stream) -> Info {
        let s = self.step_size;
        let mut out = 0.0;
        for i in 0..u.dim() {
            let noise = rng.normal();
            out += noise * noise;
            state.proposal.x[i] = state.x()[i] - 0.5 * s * s * state.gradient()[i] + s * noise;
        }
        state.evaluate_proposal(u);
        // ξ' = (x − x' + ½σ²∇u(x'))/σ
        let mut back = 0.0;
        for i in 0..u.dim() {
            let noise =
                (state.x()[i] - state.proposal.x[i]) / s + 0.5 * s * state.proposal.gradient[i];
            back += noise * noise;
        }
        let diverged = !state.proposal.is_finite();
        decide(state, state.u() - state.proposal.u + 0.5 * (out - back), diverged, 1, rng)
    }

    fn step_size(&self) -> f64 {
        self.step_size
    }

    fn set_step_size(&mut self, step_size: f64) {
        self.step_size = step_size;
    }

    /// 0.574 is optimal in many dimensions (Roberts, Rosenthal, 1998).
    fn target_acceptance(&self) -> f64 {
        0.574
    }
}
