//! The many-well: independent pairs of a quartic double well and a harmonic coordinate.

use alloc::{format, vec, vec::Vec};

use crate::num::{Error, Lanes, Result};
use crate::potential::LanePotential;
use crate::setting::{Description, Kind};
use crate::system::{Coordinate, Part, Space, System, SystemEntry};

/// The well coordinates of this many pairs are named.
const NAMED_PAIRS: usize = 16;

/// $$ U(x) = \sum_i a\,x_{2i} + b\,x_{2i}^2 + c\,x_{2i}^4 + \tfrac12 x_{2i+1}^2 $$
///
/// **Units** reduced. **Shape** `x`: any even dim ≥ 2, with 2^(dim/2) modes. **Defaults** a = −½,
/// b = −6, c = 1, dim = 32, the benchmark of Midgley et al., "Flow annealed importance sampling
/// bootstrap" (2023).
#[derive(Clone, Debug, PartialEq)]
pub struct ManyWell {
    /// Total dimension, even.
    pub dim: usize,
    /// Coefficient of x: makes one well of each pair deeper.
    pub a: f64,
    /// Coefficient of x².
    pub b: f64,
    /// Coefficient of x⁴.
    pub c: f64,
}

impl Default for ManyWell {
    fn default() -> Self {
        Self { dim: 32, a: -0.5, b: -6.0, c: 1.0 }
    }
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "many-well",
    summary: "independent pairs of a double well and a harmonic coordinate",
    parameters: &[
        Description::new(
            "a",
            Kind::FINITE,
            "-0.5",
            "coefficient of x: makes one well of each pair deeper",
        ),
        Description::new("b", Kind::FINITE, "-6", "coefficient of x^2"),
        Description::new("c", Kind::Positive, "1", "coefficient of x^4"),
    ],
    variants: &[],
    default_dim: Some(32),
    build: |parameters, dim| {
        let dim = ENTRY.free_dim(dim)?;
        if dim % 2 == 1 {
            return Err(Error::setting(
                "dim",
                dim,
                "an even number: the coordinates come in pairs",
            ));
        }
        let default = ManyWell::default();
        ManyWell {
            dim,
            a: parameters.number("a", default.a),
            b: parameters.number("b", default.b),
            c: parameters.number("c", default.c),
        }
        .system()
    },
};

impl LanePotential for ManyWell {
    fn dim(&self) -> usize {
        self.dim
    }

    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        let (a, b, c) = (L::splat(self.a), L::splat(self.b), L::splat(self.c));
        let mut u = L::splat(0.0);
        for (g, x) in gradient.chunks_exact_mut(2).zip(x.chunks_exact(2)) {
            let square = x[0].square();
            // U = ax + bx² + cx⁴ + ½y²
            u += (c * square + b) * square + a * x[0] + L::splat(0.5) * x[1].square();
            // ∂U/∂x = a + 2bx + 4cx³, ∂U/∂y = y
            g[0] = (L::splat(4.0) * c * square + L::splat(2.0) * b) * x[0] + a;
            g[1] = x[1];
        }
        u
    }
}

impl ManyWell {
    /// With its space and coordinates: the well coordinates x₀, x₂, … of the first 16 pairs.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for no coordinate.
    pub fn system(self) -> Result<System> {
        let dim = self.dim;
        let domain = [(-3.0, 3.0), (-4.0, 4.0)].into_iter().cycle().take(dim).collect();
        let space = Space::boxed(domain)?;
        let every_second = |first: usize| (first..dim).step_by(2).map(|i| vec![i]).collect();
        let parts = vec![Part { copies: every_second(0) }, Part { copies: every_second(1) }];
        let well = |i| {
            let x = Coordinate::component(format!("x{i}"), i, dim).with_range(-2.5, 2.5);
            x.with_states("negative", "positive")
        };
        let coordinates: Vec<_> = (0..dim).step_by(2).take(NAMED_PAIRS).map(well).collect();
        Ok(System::new(self, space)?.with_parts(parts)?.with_coordinates(coordinates))
    }
}
