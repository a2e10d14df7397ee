//! What chains and walkers give: samples, and what a burn-in did.

use alloc::vec::Vec;

use nalgebra::DMatrix;

/// What a burn-in did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurnIn {
    /// Step size at its end, a mean over walkers.
    pub step_size: f64,
    /// Mean acceptance probability over its second half; 0 without steps.
    pub acceptance: f64,
    /// Energy evaluations.
    pub evaluations: u64,
}

/// Samples of a chain, or of all replicas.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// Configurations (`n × dim`), in order of time; those of replicas at one time are side by side.
    pub x: DMatrix<f64>,
    /// Their reduced energies (`n`), each of its own replica.
    pub u: Vec<f64>,
    /// Mean acceptance probability of the steps between them; 0 without steps.
    pub acceptance: f64,
    /// Number of steps that diverged.
    pub divergences: u64,
    /// Energy evaluations of these steps, rejected ones included.
    pub evaluations: u64,
}

impl Trajectory {
    /// Parts of one run, one after the other; `None` without parts.
    #[must_use]
    pub fn concatenated(parts: &[Self]) -> Option<Self> {
        let n: usize = parts.iter().map(|p| p.u.len()).sum();
        let mut x = DMatrix::zeros(n, parts.first()?.x.ncols());
        let (mut u, mut acceptance) = (Vec::with_capacity(n), 0.0);
        for part in parts {
            x.rows_mut(u.len(), part.u.len()).copy_from(&part.x);
            u.extend_from_slice(&part.u);
            acceptance += part.acceptance * part.u.len() as f64 / n.max(1) as f64;
        }
        Some(Self {
            x,
            u,
            acceptance,
            divergences: parts.iter().map(|p| p.divergences).sum(),
            evaluations: parts.iter().map(|p| p.evaluations).sum(),
        })
    }
}
