//! Hamiltonian Monte Carlo.

use alloc::boxed::Box;

use super::state::add_scaled;
use super::{Info, Kernel, KernelEntry, State, Target};
use crate::num::Stream;
use crate::setting::{Description, Kind, Parameters, Value};

/// Momenta p ~ N(0, 1), `steps` leapfrog steps of H = u(x) + ½|p|², accepted with probability
/// min(1, e^(−ΔH)) (Duane et al., 1987; Neal, 2011). `steps` evaluations a step, fewer if all walkers
/// diverge; one that diverged waits at its start, and is counted, as long as others move. Leapfrog steps are reversible and keep
/// volumes for any field of forces, so that rounding in a gradient costs acceptance but no exactness.
///
/// Every trajectory draws its step length uniformly from ε(1 ± jitter): a fixed length can come
/// back to its start in a harmonic well and never mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hmc {
    /// ε, in units of x (the mass is 1).
    pub step_size: f64,
    /// Leapfrog steps of a trajectory, at least 1.
    pub steps: usize,
    /// Relative half-width of the distribution of step lengths, 0 to below 1.
    pub jitter: f64,
}

/// Registry entry.
pub(super) static ENTRY: KernelEntry = KernelEntry {
    name: "hmc",
    aliases: &[],
    summary: "Hamiltonian Monte Carlo: leapfrog trajectories with Metropolis correction",
    settings: &[
        Description::new(
            "step_size",
            Kind::Positive,
            "0.1",
            "length of a leapfrog step, in units of x",
        ),
        Description::new(
            "steps",
            Kind::Integer { min: 1, max: 100_000 },
            "10",
            "leapfrog steps of a trajectory",
        ),
        Description::new(
            "jitter",
            Kind::Number { min: 0.0, max: 0.99 },
            "0.2",
            "relative half-width of the random step length",
        ),
    ],
    build: |s| {
        Box::new(Hmc {
            step_size: s.number("step_size", 0.1),
            steps: s.integer("steps", 10),
            jitter: s.number("jitter", 0.2),
        })
    },
};

/// Growth of H at which a trajectory is given up: it would be accepted with probability e^(−1000).
const DIVERGENCE: f64 = 1000.0;

impl Kernel for Hmc {
    fn entry(&self) -> &'static KernelEntry {
        &ENTRY
    }

    fn settings(&self) -> Parameters {
        let mut settings = Parameters::new();
        settings.set("step_size", Value::Number(self.step_size));
        settings.set("steps", Value::Number(self.steps as f64));
        settings.set("jitter", Value::Number(self.jitter));
        settings
    }

    fn step(&self, u: &dyn Target, state: &mut State, rng: &mut [Stream], info: &mut [Info]) {
        let n = state.walkers();
        state.begin(|i| self.step_size * (1.0 + self.jitter * (2.0 * rng[i].uniform() - 1.0)));
        state.draw_noise(rng);
        // H = u + ½|p|²
        state.sum_squares_of_noise();
        for i in 0..n {
            state.step.start[i] = state.current.u[i] + 0.5 * state.step.sum[i];
        }
        // p ← p − ½ε∇u(x)
        add_scaled(&mut state.noise, -0.5, &state.step.length, &state.current.gradient);
        let mut evaluations = 0;
        for s in 1..=self.steps.max(1) {
            // x ← x + εp
            add_scaled(&mut state.proposal.x, 1.0, &state.step.length, &state.noise);
            state.evaluate_proposals(u);
            evaluations += 1;
            // p ← p − ε∇u(x), half of it at the end
            let factor = if s >= self.steps { -0.5 } else { -1.0 };
            add_scaled(&mut state.noise, factor, &state.step.length, &state.proposal.gradient);
            state.mark_divergences();
            for i in 0..n {
                let change = state.proposal.u[i] - state.step.start[i];
                if state.step.diverged[i] || change > DIVERGENCE {
                    state.stop(i);
                }
            }
            if state.step.diverged.iter().all(|d| *d) {
                break;
            }
        }
        state.sum_squares_of_noise();
        for i in 0..n {
            let change = state.proposal.u[i] - state.step.start[i];
            state.step.log_ratio[i] = -(change + 0.5 * state.step.sum[i]);
        }
        state.decide(u, evaluations, rng, info);
    }

    fn step_size(&self) -> f64 {
        self.step_size
    }

    fn set_step_size(&mut self, step_size: f64) {
        self.step_size = step_size;
    }

    /// 0.65 is optimal in many dimensions, more is safer (Beskos et al., 2013).
    fn target_acceptance(&self) -> f64 {
        0.8
    }
}
