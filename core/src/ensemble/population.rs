//! What an annealing run gives.

use alloc::{vec, vec::Vec};

use nalgebra::DMatrix;

use super::BLOCK;
use super::particles::Particles;
use super::path::ENERGY;
use crate::sampler::{Part, Points};

/// One level of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Position on the path.
    pub b: f64,
    /// Step size of its moves.
    pub step_size: f64,
    /// Effective sample size of the weights after reweighting, as a fraction.
    pub ess: f64,
    /// True if particles were resampled.
    pub resampled: bool,
    /// Mean acceptance probability of its moves.
    pub acceptance: f64,
    /// Samples of the flow that have a descendant.
    pub ancestors: usize,
}

/// Weighted configurations of e^(−U/kT): a bias of the target is taken away again.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// Configurations, `rows × dim`.
    pub x: DMatrix<f64>,
    /// Reduced energies u(x).
    pub u: Vec<f64>,
    /// ∂u/∂x, `rows × dim`.
    pub u_gradient: DMatrix<f64>,
    /// ln w: the mean of w estimates Z. Particles share ancestors, so that the spread of these weights says nothing
    /// about errors: only independent runs do. −∞ for particles that do not count.
    pub log_weight: Vec<f64>,
}

/// What a run gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Annealed {
    /// `keep` populations of n particles, one after the other.
    pub population: Population,
    /// ln of the mean weight: log Z of the target within the region.
    pub log_z: f64,
    /// The same of the biased target, which the path leads to; equal without a bias.
    pub biased_log_z: f64,
    /// The levels, the last at b = 1.
    pub levels: Vec<Level>,
    /// Step size and acceptance of the moves after the last level.
    pub relaxation: Option<(f64, f64)>,
    /// Samples of the flow outside the region.
    pub outside: usize,
    /// Samples of the flow with a number that was not finite: they have weight 0.
    pub dropped: usize,
    /// Energy evaluations, those of rejected moves included.
    pub energy_evaluations: u64,
    /// Configurations sent through the flow, in either direction, with or without its gradient.
    pub flow_evaluations: u64,
}

impl Population {
    pub(super) fn empty(rows: usize, dim: usize) -> Self {
        let zero = DMatrix::zeros(rows, dim);
        let values = vec![0.0; rows];
        Self { x: zero.clone(), u: values.clone(), u_gradient: zero, log_weight: values }
    }

    /// Copies the particles to the rows from `first` on.
    pub(super) fn store(&mut self, first: usize, particles: &Particles) {
        for (c, block) in particles.blocks.iter().enumerate() {
            let Points { x, parts, .. } = block.state.points();
            let Part { value: u, gradient } = &parts[ENERGY];
            let row = first + c * BLOCK;
            self.x.rows_mut(row, u.len()).copy_from(x);
            self.u_gradient.rows_mut(row, u.len()).copy_from(gradient);
            self.u[row..row + u.len()].copy_from_slice(u);
        }
        let n = particles.len();
        self.log_weight[first..first + n].copy_from_slice(&particles.log_weight);
    }

    /// The populations of several runs, one after the other.
    #[must_use]
    pub fn of_runs(runs: &[Annealed]) -> Self {
        let rows = runs.iter().map(|r| r.population.u.len()).sum();
        let dim = runs.first().map_or(0, |r| r.population.x.ncols());
        let mut all = Self::empty(rows, dim);
        let mut row = 0;
        for Annealed { population: p, .. } in runs {
            all.x.rows_mut(row, p.u.len()).copy_from(&p.x);
            all.u_gradient.rows_mut(row, p.u.len()).copy_from(&p.u_gradient);
            all.u[row..row + p.u.len()].copy_from_slice(&p.u);
            all.log_weight[row..row + p.u.len()].copy_from_slice(&p.log_weight);
            row += p.u.len();
        }
        all
    }
}
