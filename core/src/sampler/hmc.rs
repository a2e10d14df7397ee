//! Hamiltonian Monte Carlo.

use alloc::boxed::Box;

use super::acceptance::decide;
use super::{Info, Kernel, KernelEntry, State};
use crate::num::Stream;
use crate::potential::{ParameterKind, ParameterSpec, ReducedPotential};

/// Momenta p ~ N(0, 1), `steps` leapfrog steps of H = u(x) + ½|p|², accepted with probability
/// min(1, e^(−ΔH)) (Duane et al., 1987; Neal, 2011). `steps` evaluations a step, fewer if it diverges.
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
        ParameterSpec {
            name: "step_size",
            kind: ParameterKind::Positive,
            default: "0.1",
            help: "length of a leapfrog step, in units of x",
        },
        ParameterSpec {
            name: "steps",
            kind: ParameterKind::Integer { min: 1, max: 100_000 },
            default: "10",
            help: "leapfrog steps of a trajectory",
        },
        ParameterSpec {
            name: "jitter",
            kind: ParameterKind::Number { min: 0.0, max: 0.99 },
            default: "0.2",
            help: "relative half-width of the random step length",
        },
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
    fn name(&self) -> &'static str {
        ENTRY.name
    }

    fn step(&self, u: &ReducedPotential, state: &mut State, rng: &mut Stream) -> Info {
        let step = self.step_size * (1.0 + self.jitter * (2.0 * rng.uniform() - 1.0));
        rng.fill_normal(&mut state.noise);
        let start = state.u() + kinetic(&state.noise);
        let dim = u.dim();
        // p ← p − ½ε∇u(x)
        for i in 0..dim {
            state.noise[i] -= 0.5 * step * state.gradient()[i];
            state.proposal.x[i] = state.x()[i];
        }
        let (mut evaluations, mut change, mut diverged) = (0, 0.0, false);
        for s in 1..=self.steps.max(1) {
            // x ← x + εp
            for i in 0..dim {
                state.proposal.x[i] += step * state.noise[i];
            }
            state.evaluate_proposal(u);
            evaluations += 1;
            // p ← p − ε∇u(x), half of it at the end
            let last = s >= self.steps;
            let factor = if last { 0.5 * step } else { step };
            for i in 0..dim {
                state.noise[i] -= factor * state.proposal.gradient[i];
            }
            change = state.proposal.u - start;
            diverged = !state.proposal.is_finite() || change > DIVERGENCE;
            if diverged {
                break;
            }
        }
        decide(state, -(change + kinetic(&state.noise)), diverged, evaluations, rng)
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

/// ½|p|²
fn kinetic(p: &[f64]) -> f64 {
    0.5 * p.iter().map(|p| p * p).sum::<f64>()
}
