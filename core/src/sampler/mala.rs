//! MALA: Langevin steps with Metropolis correction.

use alloc::boxed::Box;

use super::state::add_scaled;
use super::{Info, Kernel, KernelEntry, State, Target};
use crate::num::Stream;
use crate::setting::{Description, Kind, Parameters, Value};

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
    settings: &[Description::new(
        "step_size",
        Kind::Positive,
        "0.2",
        "standard deviation of the noise of one coordinate, in units of x",
    )],
    build: |s| Box::new(Mala { step_size: s.number("step_size", 0.2) }),
};

impl Kernel for Mala {
    fn entry(&self) -> &'static KernelEntry {
        &ENTRY
    }

    fn settings(&self) -> Parameters {
        let mut settings = Parameters::new();
        settings.set("step_size", Value::Number(self.step_size));
        settings
    }

    fn step(&self, u: &dyn Target, state: &mut State, rng: &mut [Stream], info: &mut [Info]) {
        let n = state.walkers();
        state.begin(|_| self.step_size);
        state.draw_noise(rng);
        // x' = x − ½σ²∇u(x) + σξ
        let s = &mut state.step;
        s.sum.iter_mut().zip(&s.length).for_each(|(square, length)| *square = length * length);
        add_scaled(&mut state.proposal.x, -0.5, &s.sum, &state.current.gradient);
        add_scaled(&mut state.proposal.x, 1.0, &s.length, &state.noise);
        state.evaluate_proposals(u);
        state.mark_divergences();
        state.sum_squares_of_noise();
        let s = &mut state.step;
        s.start.copy_from_slice(&s.sum);
        // ξ' = (x − x' + ½σ²∇u(x'))/σ
        s.sum.fill(0.0);
        let (x, to) = (state.current.x.as_slice(), &state.proposal);
        let columns = x.chunks_exact(n).zip(to.x.as_slice().chunks_exact(n));
        for ((x, to), gradient) in columns.zip(to.gradient.as_slice().chunks_exact(n)) {
            for i in 0..n {
                let noise = (x[i] - to[i]) / s.length[i] + 0.5 * s.length[i] * gradient[i];
                s.sum[i] += noise * noise;
            }
        }
        for i in 0..n {
            s.log_ratio[i] = state.current.u[i] - to.u[i] + 0.5 * (s.start[i] - s.sum[i]);
        }
        state.decide(u, 1, rng, info);
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
