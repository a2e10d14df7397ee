//! What walkers sample: a reduced energy each, evaluated side by side.

use alloc::vec::Vec;
use core::fmt::Debug;

use nalgebra::DMatrix;

use crate::potential::Scratch;
use crate::system::ReducedPotential;

/// The reduced energies that walkers sample: walker i has the density e^(−uᵢ(x)).
///
/// All walkers are evaluated in one call, so that a potential fills its SIMD lanes with them.
pub trait Target: Debug + Send + Sync {
    /// Number of coordinates.
    fn dim(&self) -> usize;

    /// uᵢ (`n`) and ∂uᵢ/∂x (`n × dim`) at row i of `x` (`n × dim`), each independent of the other rows.
    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        u: &mut [f64],
        gradient: &mut DMatrix<f64>,
        work: &mut Work,
    );
}

/// Work memory of an evaluation; nothing is allocated after the first one.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// That of the potential.
    pub(super) potential: Scratch,
    /// Reaction coordinate of each walker.
    pub(super) value: Vec<f64>,
    /// Derivative of a bias by it.
    pub(super) slope: Vec<f64>,
}

/// The same density for every walker.
impl Target for ReducedPotential {
    fn dim(&self) -> usize {
        self.dim()
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        u: &mut [f64],
        gradient: &mut DMatrix<f64>,
        work: &mut Work,
    ) {
        self.evaluate(x, u, gradient, &mut work.potential);
    }
}
