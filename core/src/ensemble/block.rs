//! A block of configurations and its moves on the annealing path.

use alloc::{vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Move, MoveReport, Region};
use crate::generator::{BoltzmannGenerator, LogProbWork};
use crate::num::{Real, Stream};
use crate::potential::Scratch;

/// A trajectory whose density has fallen by this factor (in nats) is given up, as in [`crate::sampler::Hmc`].
const DIVERGENCE: f64 = 1000.0;

/// The density ln π_b(x) = (1 − b)·log q(x) − b·u(x), up to a constant.
#[derive(Clone, Copy)]
pub(super) struct Path<'a, T: Real> {
    pub(super) generator: &'a BoltzmannGenerator<T>,
    /// Where the target lives, if not everywhere.
    pub(super) region: Option<Region<'a>>,
    /// Position between flow (0) and target (1); at 1 the flow is not evaluated.
    pub(super) b: f64,
}

/// Configurations with both densities and their gradients.
#[derive(Clone, Debug)]
pub(super) struct Points {
    pub(super) x: DMatrix<f64>,
    pub(super) u: Vec<f64>,
    pub(super) u_gradient: DMatrix<f64>,
    pub(super) log_q: Vec<f64>,
    pub(super) log_q_gradient: DMatrix<f64>,
}

impl Points {
    fn new(n: usize, dim: usize) -> Self {
        let zero = DMatrix::zeros(n, dim);
        Self {
            x: zero.clone(),
            u: vec![0.0; n],
            u_gradient: zero.clone(),
            log_q: vec![0.0; n],
            log_q_gradient: zero,
        }
    }

    /// ln π_b; the flow's part is left out at b = 1, where it may be out of date.
    fn log_density(&self, b: f64, i: usize) -> f64 {
        if b == 1.0 { -self.u[i] } else { (1.0 - b) * self.log_q[i] - b * self.u[i] }
    }

    /// p ← p + cᵢ·∂ ln π_b/∂x, ∂ ln π_b/∂x = (1 − b)·∂ log q/∂x − b·∂u/∂x.
    fn kick(&self, b: f64, factors: &[f64], momentum: &mut DMatrix<f64>) {
        let n = factors.len();
        let flow = self.log_q_gradient.as_slice().chunks_exact(n);
        let energy = self.u_gradient.as_slice().chunks_exact(n);
        for ((p, gq), gu) in momentum.as_mut_slice().chunks_exact_mut(n).zip(flow).zip(energy) {
            if b == 1.0 {
                for ((p, c), gu) in p.iter_mut().zip(factors).zip(gu) {
                    *p -= c * gu;
                }
            } else {
                for (((p, c), gq), gu) in p.iter_mut().zip(factors).zip(gq).zip(gu) {
                    *p += c * ((1.0 - b) * gq - b * gu);
                }
            }
        }
    }

    /// Row `to` becomes row `from` of other points.
    pub(super) fn copy_row(&mut self, to: usize, other: &Self, from: usize) {
        for k in 0..self.x.ncols() {
            self.x[(to, k)] = other.x[(from, k)];
            self.u_gradient[(to, k)] = other.u_gradient[(from, k)];
            self.log_q_gradient[(to, k)] = other.log_q_gradient[(from, k)];
        }
        self.u[to] = other.u[from];
        self.log_q[to] = other.log_q[from];
    }
}

/// A block: its configurations, proposals and work memory.
#[derive(Debug)]
pub(super) struct Block<T: Real> {
    /// Address of its random numbers.
    pub(super) index: u64,
    pub(super) current: Points,
    /// False for configurations of weight zero, which stay where they are.
    pub(super) alive: Vec<bool>,
    /// Result of the last round of moves: sum of acceptance probabilities.
    pub(super) accepted: f64,
    proposal: Points,
    momentum: DMatrix<f64>,
    /// Step length, its factor, ln π_b − ½|p|² at the start, of each trajectory.
    step: Vec<f64>,
    factor: Vec<f64>,
    start: Vec<f64>,
    diverged: Vec<bool>,
    row: Vec<f64>,
    log_prob: LogProbWork<T>,
    scratch: Scratch,
}

impl<T: Real> Block<T> {
    pub(super) fn new(index: u64, n: usize, dim: usize) -> Self {
        let points = Points::new(n, dim);
        Self {
            index,
            proposal: points.clone(),
            current: points,
            alive: vec![true; n],
            accepted: 0.0,
            momentum: DMatrix::zeros(n, dim),
            step: vec![0.0; n],
            factor: vec![0.0; n],
            start: vec![0.0; n],
            diverged: vec![false; n],
            row: vec![0.0; dim],
            log_prob: LogProbWork::default(),
            scratch: Scratch::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.alive.len()
    }

    /// Densities of the proposals: the energy with its gradient, the flow's where it counts.
    fn evaluate(&mut self, path: &Path<'_, T>, gradient: bool) {
        let Points { x, u, u_gradient, log_q, log_q_gradient } = &mut self.proposal;
        path.generator.target.evaluate(x, u, u_gradient, &mut self.scratch);
        if path.b < 1.0 {
            let wanted = gradient.then_some(log_q_gradient);
            path.generator.evaluate_log_prob(x, log_q, wanted, &mut self.log_prob);
        }
    }

    /// Takes configurations with their energies, and adds the flow's density and gradient.
    pub(super) fn enter(&mut self, path: &Path<'_, T>, x: DMatrix<f64>) {
        self.proposal.x = x;
        self.evaluate(path, true);
        core::mem::swap(&mut self.current, &mut self.proposal);
        for i in 0..self.len() {
            self.alive[i] = true;
            self.diverged[i] = !self.current.u[i].is_finite()
                || !self.current.log_q[i].is_finite()
                || !self.current.x.row(i).iter().all(|v| v.is_finite());
        }
    }

    /// Evaluates the densities of the configurations anew.
    pub(super) fn refresh(&mut self, path: &Path<'_, T>) {
        core::mem::swap(&mut self.current.x, &mut self.proposal.x);
        self.evaluate(path, true);
        core::mem::swap(&mut self.current, &mut self.proposal);
    }

    /// True if a number of configuration `i` was not finite when it entered.
    pub(super) fn is_undefined(&self, i: usize) -> bool {
        self.diverged[i]
    }

    /// True if configuration `i` lies where the target lives.
    pub(super) fn is_inside(&mut self, region: Region<'_>, i: usize) -> bool {
        inside(region, &self.current.x, i, &mut self.row)
    }

    /// One move of every configuration, with a fixed step size: leaves π_b unchanged.
    pub(super) fn advance(
        &mut self,
        path: &Path<'_, T>,
        kernel: &Move,
        step_size: f64,
        rng: &mut Stream,
    ) {
        self.diverged.fill(false);
        match kernel {
            Move::Metropolis(_) => self.walk(path, step_size, rng),
            Move::Mala(_) => self.leapfrog(path, step_size, 1, 0.0, rng),
            Move::Hmc(hmc) => self.leapfrog(path, step_size, hmc.steps.max(1), hmc.jitter, rng),
        }
        self.decide(path, rng);
    }

    /// x' = x + σξ.
    fn walk(&mut self, path: &Path<'_, T>, step_size: f64, rng: &mut Stream) {
        rng.fill_normal(self.momentum.as_mut_slice());
        let Self { proposal, current, momentum, .. } = self;
        for ((new, old), noise) in proposal.x.iter_mut().zip(&current.x).zip(&*momentum) {
            *new = old + step_size * noise;
        }
        self.evaluate(path, false);
        for i in 0..self.len() {
            self.start[i] = self.current.log_density(path.b, i);
        }
        self.momentum.fill(0.0);
    }

    /// Leapfrog steps of H = ½|p|² − ln π_b(x); one step is MALA with σ = ε. Reversible and volume-preserving for
    /// any field of forces, so that rounding in the flow's gradient costs acceptance but no exactness.
    fn leapfrog(
        &mut self,
        path: &Path<'_, T>,
        step_size: f64,
        steps: usize,
        jitter: f64,
        rng: &mut Stream,
    ) {
        let n = self.len();
        for step in &mut self.step {
            *step = step_size * (1.0 + jitter * (2.0 * rng.uniform() - 1.0));
        }
        rng.fill_normal(self.momentum.as_mut_slice());
        for i in 0..n {
            self.start[i] = self.current.log_density(path.b, i) - kinetic(&self.momentum, i);
            self.factor[i] = 0.5 * self.step[i];
        }
        self.current.kick(path.b, &self.factor, &mut self.momentum);
        self.proposal.x.copy_from(&self.current.x);
        for s in 1..=steps {
            let Self { proposal, momentum, step, .. } = self;
            for (x, p) in proposal
                .x
                .as_mut_slice()
                .chunks_exact_mut(n)
                .zip(momentum.as_slice().chunks_exact(n))
            {
                for ((x, p), step) in x.iter_mut().zip(p).zip(&*step) {
                    *x += step * p;
                }
            }
            self.evaluate(path, true);
            let last = s == steps;
            for i in 0..n {
                let lost = self.start[i] - self.proposal.log_density(path.b, i);
                if !lost.is_finite() || lost > DIVERGENCE {
                    self.stop(i);
                }
                self.factor[i] = if last { 0.5 * self.step[i] } else { self.step[i] };
            }
            self.proposal.kick(path.b, &self.factor, &mut self.momentum);
        }
    }

    /// Gives trajectory `i` up: it stays at its start, whose densities are known to be finite.
    fn stop(&mut self, i: usize) {
        self.diverged[i] = true;
        self.step[i] = 0.0;
        self.proposal.copy_row(i, &self.current, i);
        self.momentum.row_mut(i).fill(0.0);
    }

    /// Accepts each proposal with probability min(1, e^(ln π_b(x') − ½|p'|² − start)), never outside the region.
    fn decide(&mut self, path: &Path<'_, T>, rng: &mut Stream) {
        self.accepted = 0.0;
        for i in 0..self.len() {
            let uniform = rng.uniform();
            if !self.alive[i] || self.diverged[i] {
                continue;
            }
            let end = self.proposal.log_density(path.b, i) - kinetic(&self.momentum, i);
            let log_ratio = end - self.start[i];
            let known = path.b == 1.0 || self.proposal.log_q[i].is_finite();
            let possible = known && self.proposal.u[i].is_finite() && !log_ratio.is_nan();
            let possible = possible
                && path
                    .region
                    .is_none_or(|region| inside(region, &self.proposal.x, i, &mut self.row));
            if possible {
                let probability = Real::exp(log_ratio.min(0.0));
                self.accepted += probability;
                if uniform < probability {
                    self.current.copy_row(i, &self.proposal, i);
                }
            }
        }
    }

    /// What a move costs.
    pub(super) fn cost(&self, kernel: &Move, b: f64) -> MoveReport {
        let evaluations = (self.len() * kernel.evaluations()) as u64;
        MoveReport {
            energy_evaluations: evaluations,
            flow_evaluations: if b < 1.0 { evaluations } else { 0 },
            ..MoveReport::default()
        }
    }
}

pub(super) fn inside(region: Region<'_>, x: &DMatrix<f64>, i: usize, row: &mut [f64]) -> bool {
    for (value, k) in row.iter_mut().zip(0..) {
        *value = x[(i, k)];
    }
    region(row)
}

/// ½|p|² of a row.
fn kinetic(p: &DMatrix<f64>, i: usize) -> f64 {
    0.5 * p.row(i).iter().map(|p| p * p).sum::<f64>()
}
