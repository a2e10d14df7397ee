//! What a chain remembers between steps.

use alloc::vec::Vec;

use nalgebra::DMatrix;

use crate::num::{Error, Result};
use crate::potential::{ReducedPotential, Scratch};

/// A configuration with its energy, and one of a proposal.
///
/// Configurations are chunks of one row, so that a step evaluates in place and allocates nothing.
#[derive(Clone, Debug)]
pub struct State {
    current: Point,
    pub(super) proposal: Point,
    /// Noise or momentum of a proposal (`dim`).
    pub(super) noise: Vec<f64>,
    evaluations: u64,
    scratch: Scratch,
}

/// A configuration, its reduced energy and gradient (`1 × dim`).
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) x: DMatrix<f64>,
    pub(super) u: f64,
    pub(super) gradient: DMatrix<f64>,
}

impl Point {
    pub(super) fn is_finite(&self) -> bool {
        self.u.is_finite() && self.gradient.iter().all(|g| g.is_finite())
    }
}

impl State {
    pub(super) fn new(u: &ReducedPotential, x: &[f64]) -> Result<Self> {
        if x.len() != u.dim() {
            let (expected, found) = (u.dim(), x.len());
            return Err(Error::DimensionMismatch { what: "start of a chain", expected, found });
        }
        let x = DMatrix::from_row_slice(1, x.len(), x);
        let point = Point { gradient: x.clone(), x, u: 0.0 };
        let mut state = Self {
            noise: alloc::vec![0.0; u.dim()],
            current: point.clone(),
            proposal: point,
            evaluations: 0,
            scratch: Scratch::default(),
        };
        state.evaluate_proposal(u);
        if !state.proposal.is_finite() {
            let problem =
                alloc::format!("energy or gradient is not finite there (u = {})", state.proposal.u);
            return Err(Error::data("start of a chain", problem));
        }
        state.accept();
        Ok(state)
    }

    /// The configuration (`1 × dim`).
    #[must_use]
    pub fn x(&self) -> &DMatrix<f64> {
        &self.current.x
    }

    /// Its reduced energy u = U/kT.
    #[must_use]
    pub fn u(&self) -> f64 {
        self.current.u
    }

    /// ∂u/∂x (`1 × dim`).
    #[must_use]
    pub fn gradient(&self) -> &DMatrix<f64> {
        &self.current.gradient
    }

    /// Energy evaluations since the start, the first one and those of rejected proposals included.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// Energy and gradient of the proposal.
    pub(super) fn evaluate_proposal(&mut self, u: &ReducedPotential) {
        let p = &mut self.proposal;
        u.evaluate(&p.x, core::slice::from_mut(&mut p.u), &mut p.gradient, &mut self.scratch);
        self.evaluations += 1;
    }

    /// Makes the proposal the current point.
    pub(super) fn accept(&mut self) {
        core::mem::swap(&mut self.current, &mut self.proposal);
    }
}
