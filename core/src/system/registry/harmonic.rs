//! The harmonic well: a Gaussian, for checks against closed formulas.

use alloc::{vec, vec::Vec};

use crate::num::{Error, Lanes, Real, Result};
use crate::potential::LanePotential;
use crate::setting::{Description, Kind};
use crate::system::{Coordinate, Part, Space, System, SystemEntry};

/// $$ U(x) = \tfrac12 \sum_i k_i x_i^2 $$
///
/// **Units** reduced. **Shape** `x`: any dim ≥ 1; a list of force constants decides it.
/// **Default** kᵢ = 1, dim = 2.
#[derive(Clone, Debug, PartialEq)]
pub struct Harmonic {
    /// Force constant of each coordinate, positive.
    pub k: Vec<f64>,
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "harmonic",
    summary: "harmonic well",
    parameters: &[Description::new(
        "k",
        Kind::NumberOrList,
        "1",
        "force constant, one for all coordinates or a list with one for each",
    )],
    variants: &[],
    default_dim: Some(2),
    build: |parameters, dim| {
        let k = match parameters.list("k") {
            Some(k) => {
                ENTRY.derived_dim(dim, k.len())?;
                k.to_vec()
            }
            None => vec![parameters.number("k", 1.0); ENTRY.free_dim(dim)?],
        };
        match k.iter().find(|k| **k <= 0.0) {
            Some(k) => Err(Error::setting("k", k, "positive for each coordinate")),
            None => Harmonic { k }.system(),
        }
    },
};

impl LanePotential for Harmonic {
    fn dim(&self) -> usize {
        self.k.len()
    }

    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        let mut u = L::splat(0.0);
        for ((g, x), k) in gradient.iter_mut().zip(x).zip(&self.k) {
            // U = ½kx², ∂U/∂x = kx
            *g = L::splat(*k) * *x;
            u += L::splat(0.5) * *g * *x;
        }
        u
    }
}

impl Harmonic {
    /// Coordinates with the same force constant are copies of one part.
    fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<(f64, Part)> = Vec::new();
        for (i, k) in self.k.iter().enumerate() {
            match parts.iter_mut().find(|(other, _)| other == k) {
                Some((_, part)) => part.copies.push(vec![i]),
                None => parts.push((*k, Part { copies: vec![vec![i]] })),
            }
        }
        parts.into_iter().map(|(_, part)| part).collect()
    }

    /// With its space, four standard deviations at kT = 1 each way, and x₀, divided at 0.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for no force constant, or one that is not positive.
    pub fn system(self) -> Result<System> {
        let ends = |k: &f64| (-4.0 / Real::sqrt(*k), 4.0 / Real::sqrt(*k));
        let space = Space::boxed(self.k.iter().map(ends).collect())?;
        let (low, high) = space.domain[0];
        let x0 = Coordinate::component("x0", 0, self.k.len()).with_range(low, high);
        let parts = self.parts();
        let system = System::new(self, space)?.with_parts(parts)?;
        Ok(system.with_coordinates(vec![x0.with_states("negative", "positive")]))
    }
}
