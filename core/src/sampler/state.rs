//! What walkers remember between steps.

use alloc::{format, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Info, Target, Work};
use crate::num::{Error, Real, Result, Stream};

/// The configurations of `n` walkers with their energies, and those of their proposals; a chain has one walker.
///
/// Walkers advance side by side: their configurations are the rows of a chunk, which is evaluated in
/// place. A step allocates nothing, and a walker does the same whatever the others do.
#[derive(Clone, Debug)]
pub struct State {
    pub(super) current: Points,
    pub(super) proposal: Points,
    /// Noise or momentum of the proposals (`n × dim`).
    pub(super) noise: DMatrix<f64>,
    /// Length of a walker's steps in units of the kernel's (`n`).
    pub(super) scale: Vec<f64>,
    pub(super) step: Step,
    evaluations: u64,
    work: Work,
}

/// Configurations, their reduced energies and gradients (`n × dim`).
#[derive(Clone, Debug)]
pub(super) struct Points {
    pub(super) x: DMatrix<f64>,
    pub(super) u: Vec<f64>,
    pub(super) gradient: DMatrix<f64>,
}

/// Numbers of each walker during a step (`n` each).
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Its length.
    pub(super) length: Vec<f64>,
    /// A sum over coordinates.
    pub(super) sum: Vec<f64>,
    /// u, or H of HMC, at its start.
    pub(super) start: Vec<f64>,
    /// Logarithm of the acceptance ratio.
    pub(super) log_ratio: Vec<f64>,
    /// Energy or gradient was not finite, or exploded.
    pub(super) diverged: Vec<bool>,
}

impl State {
    /// Walkers at the rows of `x` (`n × dim`); costs one evaluation each.
    pub(super) fn new(target: &dyn Target, x: DMatrix<f64>) -> Result<Self> {
        let (n, dim) = x.shape();
        let what = "start of a chain";
        if dim != target.dim() {
            return Err(Error::DimensionMismatch { what, expected: target.dim(), found: dim });
        }
        let points = Points { gradient: x.clone(), u: vec![0.0; n], x };
        let zeros = vec![0.0; n];
        let step = Step {
            length: zeros.clone(),
            sum: zeros.clone(),
            start: zeros.clone(),
            log_ratio: zeros,
            diverged: vec![false; n],
        };
        let mut state = Self {
            noise: DMatrix::zeros(n, dim),
            scale: vec![1.0; n],
            current: points.clone(),
            proposal: points,
            step,
            evaluations: 0,
            work: Work::default(),
        };
        state.evaluate_proposals(target);
        state.mark_divergences();
        if let Some(i) = state.step.diverged.iter().position(|d| *d) {
            let u = state.proposal.u[i];
            let problem = format!("energy or gradient is not finite there (u = {u})");
            return Err(Error::data(what, problem));
        }
        core::mem::swap(&mut state.current, &mut state.proposal);
        Ok(state)
    }

    /// Number of walkers.
    #[must_use]
    pub fn walkers(&self) -> usize {
        self.current.u.len()
    }

    /// The configurations (`n × dim`).
    #[must_use]
    pub fn x(&self) -> &DMatrix<f64> {
        &self.current.x
    }

    /// Their reduced energies u (`n`).
    #[must_use]
    pub fn u(&self) -> &[f64] {
        &self.current.u
    }

    /// ∂u/∂x (`n × dim`).
    #[must_use]
    pub fn gradient(&self) -> &DMatrix<f64> {
        &self.current.gradient
    }

    /// Energy evaluations of all walkers since the start, the first one and those of rejected proposals
    /// included.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// Begins a step of length `length(i)` times its scale for walker i, from its current configuration.
    pub(super) fn begin(&mut self, mut length: impl FnMut(usize) -> f64) {
        for (i, (to, scale)) in self.step.length.iter_mut().zip(&self.scale).enumerate() {
            *to = length(i) * scale;
        }
        self.step.diverged.fill(false);
        self.proposal.x.as_mut_slice().copy_from_slice(self.current.x.as_slice());
    }

    /// Fills the noise with standard normals, each walker's from its own stream.
    pub(super) fn draw_noise(&mut self, rng: &mut [Stream]) {
        let n = rng.len();
        for (i, rng) in rng.iter_mut().enumerate() {
            self.noise.as_mut_slice()[i..].iter_mut().step_by(n).for_each(|v| *v = rng.normal());
        }
    }

    /// Sets each walker's sum to that of the squares of its noise.
    pub(super) fn sum_squares_of_noise(&mut self) {
        self.step.sum.fill(0.0);
        for column in self.noise.as_slice().chunks_exact(self.step.sum.len()) {
            for (sum, v) in self.step.sum.iter_mut().zip(column) {
                *sum += v * v;
            }
        }
    }

    /// Energies and gradients of all proposals.
    pub(super) fn evaluate_proposals(&mut self, target: &dyn Target) {
        let p = &mut self.proposal;
        target.evaluate(&p.x, &mut p.u, &mut p.gradient, &mut self.work);
        self.evaluations += p.u.len() as u64;
    }

    /// Marks the walkers whose proposal has an energy or a gradient that is not finite.
    pub(super) fn mark_divergences(&mut self) {
        let (sum, diverged) = (&mut self.step.sum, &mut self.step.diverged);
        // 0·v is 0, or NaN if v is not finite.
        sum.iter_mut().zip(&self.proposal.u).for_each(|(sum, u)| *sum = 0.0 * u);
        for column in self.proposal.gradient.as_slice().chunks_exact(sum.len()) {
            sum.iter_mut().zip(column).for_each(|(sum, g)| *sum += 0.0 * g);
        }
        diverged.iter_mut().zip(sum).for_each(|(d, sum)| *d |= sum.is_nan());
    }

    /// Accepts each proposal with probability min(1, e^log_ratio), never if it diverged. One uniform
    /// number is drawn in any case, so that a stream does not depend on the outcome.
    pub(super) fn decide(&mut self, evaluations: u64, rng: &mut [Stream], info: &mut [Info]) {
        for (i, (rng, info)) in rng.iter_mut().zip(info).enumerate() {
            let (log_ratio, diverged) = (self.step.log_ratio[i], self.step.diverged[i]);
            let uniform = rng.uniform();
            let possible = !diverged && !log_ratio.is_nan();
            let acceptance_probability = if possible { Real::exp(log_ratio.min(0.0)) } else { 0.0 };
            let accepted = uniform < acceptance_probability;
            if accepted {
                self.accept(i);
            }
            *info = Info { accepted, acceptance_probability, evaluations, diverged };
        }
    }

    /// Makes the proposal of a walker its current point.
    fn accept(&mut self, i: usize) {
        let (to, from, n) = (&mut self.current, &self.proposal, self.proposal.u.len());
        to.u[i] = from.u[i];
        for (to, from) in [(&mut to.x, &from.x), (&mut to.gradient, &from.gradient)] {
            let row = to.as_mut_slice()[i..].iter_mut().step_by(n);
            row.zip(from.as_slice()[i..].iter().step_by(n)).for_each(|(to, from)| *to = *from);
        }
    }
}

/// to ← to + c·fᵢ·from for each walker i (`n × dim`; f: `n`).
pub(super) fn add_scaled(to: &mut DMatrix<f64>, c: f64, f: &[f64], from: &DMatrix<f64>) {
    let columns = to.as_mut_slice().chunks_exact_mut(f.len());
    for (to, from) in columns.zip(from.as_slice().chunks_exact(f.len())) {
        for ((to, from), f) in to.iter_mut().zip(from).zip(f) {
            *to += c * f * from;
        }
    }
}
