//! F2: potential energies U(x) with their gradients.
//!
//! An energy is written once over lanes ([`LanePotential`]), or is a function ([`Closure`]) or a text ([`Formula`]). What else is known of
//! a system, and the registered systems, are in [`crate::system`]. Energies are in the system's own units;
//! [`crate::system::ReducedPotential`] is where temperature enters.

mod cap;
mod closure;
#[cfg(feature = "std")]
mod formula;
mod lane;
#[cfg(feature = "particles")]
mod pairs;

pub use cap::LinearLogCap;
pub use closure::Closure;
#[cfg(feature = "std")]
pub use formula::{Formula, Well};
pub use lane::{LaneBody, LanePotential, Scratch, evaluate_in_lanes};
#[cfg(feature = "particles")]
pub(crate) use pairs::{PairEnergy, add_pairs};

use alloc::sync::Arc;
use core::fmt::{self, Debug};

use nalgebra::DMatrix;

/// Distances of particles below this count as this in the direction of a force: 0/0 must not become NaN.
pub(crate) const TOUCHING: f64 = 1e-150;

/// A potential energy U(x) with its gradient.
///
/// Chunks are `n × dim` matrices, row = sample. Evaluation cannot fail: an undefined energy is
/// NaN or infinite and is dropped and counted by the caller.
///
/// ```
/// use boltzflow::nalgebra::DMatrix;
/// use boltzflow::potential::{Potential, Scratch};
///
/// /// U = |x|⁴/4
/// #[derive(Debug)]
/// struct Quartic;
///
/// impl Potential for Quartic {
///     fn dim(&self) -> usize {
///         3
///     }
///
///     fn evaluate(&self, x: &DMatrix<f64>, energy: &mut [f64], gradient: &mut DMatrix<f64>, _: &mut Scratch) {
///         for (i, u) in energy.iter_mut().enumerate() {
///             let square = x.row(i).norm_squared();
///             *u = 0.25 * square * square;
///             gradient.set_row(i, &(square * x.row(i)));
///         }
///     }
/// }
///
/// let mut gradient = [0.0; 3];
/// assert_eq!(Quartic.energy_gradient(&[1.0, 1.0, 0.0], &mut gradient), 1.0);
/// assert_eq!(gradient, [2.0, 2.0, 0.0]);
/// ```
pub trait Potential: Send + Sync {
    /// Number of coordinates.
    fn dim(&self) -> usize;

    /// Energies (`n`) and gradients ∂U/∂x (`n × dim`) of a chunk `x` (`n × dim`).
    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    );

    /// Energy of one configuration; its gradient is written to `gradient` (`dim`).
    fn energy_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let chunk = DMatrix::from_row_slice(1, x.len(), x);
        let mut g = DMatrix::from_element(1, x.len(), 0.0);
        let mut energy = [0.0];
        self.evaluate(&chunk, &mut energy, &mut g, &mut Scratch::default());
        gradient.copy_from_slice(g.as_slice());
        energy[0]
    }
}

impl Debug for dyn Potential + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a potential of {} coordinates", self.dim())
    }
}

/// What holds a potential is one.
impl Potential for Arc<dyn Potential> {
    fn dim(&self) -> usize {
        (**self).dim()
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        (**self).evaluate(x, energy, gradient, scratch);
    }
}
