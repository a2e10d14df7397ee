//! The double well: a quartic along x₀, harmonic in all other coordinates.

use alloc::{vec, vec::Vec};

use crate::num::{Lanes, Result};
use crate::potential::LanePotential;
use crate::setting::{Description, Kind};
use crate::system::{Coordinate, Part, Space, System, SystemEntry, Variant};

/// $$ U(x) = c_4 x_0^4 + c_2 x_0^2 + c_1 x_0 + \tfrac{k}{2} \sum_{i \ge 1} x_i^2 $$
///
/// **Units** reduced. **Shape** `x`: any dim ≥ 1. **Defaults** c₄ = 1, c₂ = −6, c₁ = 1, k = 1, as in
/// the code and figures of Noé et al., Science 365, eaaw1147 (2019); the formula printed in their
/// text is the variant `text`.
///
/// ```
/// use boltzflow::system::DoubleWell;
///
/// let system = DoubleWell { dim: 2, c4: 1.0, c2: -6.0, c1: 1.0, k: 1.0 }.system()?;
/// assert_eq!(system.wells().len(), 2);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DoubleWell {
    /// Total dimension.
    pub dim: usize,
    /// Coefficient of x₀⁴.
    pub c4: f64,
    /// Coefficient of x₀².
    pub c2: f64,
    /// Coefficient of x₀.
    pub c1: f64,
    /// Force constant of the other coordinates.
    pub k: f64,
}

impl Default for DoubleWell {
    fn default() -> Self {
        Self { dim: 2, c4: 1.0, c2: -6.0, c1: 1.0, k: 1.0 }
    }
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "double-well",
    summary: "quartic double well along x0, harmonic in the other coordinates",
    parameters: &[
        Description::new("c4", Kind::Positive, "1", "coefficient of x0^4"),
        Description::new("c2", Kind::FINITE, "-6", "coefficient of x0^2"),
        Description::new("c1", Kind::FINITE, "1", "coefficient of x0: makes one well deeper"),
        Description::new("k", Kind::Positive, "1", "force constant of the other coordinates"),
    ],
    variants: &[
        Variant {
            name: "text",
            help: "the formula printed in the paper's text",
            values: &[("c4", 0.25), ("c2", -3.0), ("c1", 1.0), ("k", 1.0)],
        },
        Variant {
            name: "flat",
            help: "the paper's low barrier, for timing",
            values: &[("c4", 0.25), ("c2", -1.5), ("c1", 1.0), ("k", 1.0)],
        },
        Variant {
            name: "snf",
            help: "stochastic normalizing flows; one pair of the many-well",
            values: &[("c4", 1.0), ("c2", -6.0), ("c1", -0.5), ("k", 1.0)],
        },
        Variant {
            name: "bgflow",
            help: "the symmetric default of the bgflow library",
            values: &[("c4", 1.0), ("c2", -4.0), ("c1", 0.0), ("k", 1.0)],
        },
    ],
    default_dim: Some(2),
    build: |parameters, dim| {
        let default = DoubleWell::default();
        DoubleWell {
            dim: ENTRY.free_dim(dim)?,
            c4: parameters.number("c4", default.c4),
            c2: parameters.number("c2", default.c2),
            c1: parameters.number("c1", default.c1),
            k: parameters.number("k", default.k),
        }
        .system()
    },
};

impl LanePotential for DoubleWell {
    fn dim(&self) -> usize {
        self.dim
    }

    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        let (c4, c2, c1) = (L::splat(self.c4), L::splat(self.c2), L::splat(self.c1));
        let k = L::splat(self.k);
        let x0 = x[0];
        let square = x0 * x0;
        // U₀ = c₄x₀⁴ + c₂x₀² + c₁x₀
        let mut u = (c4 * square + c2) * square + c1 * x0;
        // ∂U/∂x₀ = 4c₄x₀³ + 2c₂x₀ + c₁
        gradient[0] = (L::splat(4.0) * c4 * square + L::splat(2.0) * c2) * x0 + c1;
        for (g, x) in gradient.iter_mut().zip(x).skip(1) {
            // Uᵢ = ½k xᵢ², ∂U/∂xᵢ = k xᵢ
            *g = k * *x;
            u += L::splat(0.5) * *g * *x;
        }
        u
    }
}

impl DoubleWell {
    /// With its space and coordinates: the well coordinate x₀, divided at 0.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for no coordinate.
    pub fn system(self) -> Result<System> {
        let dim = self.dim;
        let mut domain = vec![(-4.0, 4.0); dim];
        domain.iter_mut().take(1).for_each(|first| *first = (-3.0, 3.0));
        let space = Space::boxed(domain)?;
        let x0 = Coordinate::component("x0", 0, dim).with_range(-2.5, 2.5);
        let mut parts = vec![Part { copies: vec![vec![0]] }];
        if dim > 1 {
            parts.push(Part { copies: (1..dim).map(|i| vec![i]).collect::<Vec<_>>() });
        }
        let system = System::new(self, space)?.with_parts(parts)?;
        Ok(system.with_coordinates(vec![x0.with_states("left", "right")]))
    }
}
