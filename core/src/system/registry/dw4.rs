//! Few particles with a double-well pair energy (DW-4).

use alloc::vec;

use crate::num::{Lanes, Real, Result};
use crate::potential::{LanePotential, PairEnergy, TOUCHING, add_pairs};
use crate::setting::{Description, Kind};
use crate::system::{Coordinate, Particles, Space, System, SystemEntry};

/// $$ U(x) = \sum_{i<j} a\,(d_{ij} - d_0)^4 + b\,(d_{ij} - d_0)^2 + c $$
///
/// **Units** reduced. **Shape** `x` = [x₁, y₁, x₂, y₂, …]: `n` particles in `space` dimensions.
/// **Defaults** n = 4, space = 2, a = 0.9, b = −4, c = 0, d₀ = 4 (Köhler, Klein, Noé, ICML 2020). U does not change
/// when all particles are moved or turned together. The parameter `dim` is `space`.
#[derive(Clone, Debug, PartialEq)]
pub struct DoubleWellParticles {
    /// Number of particles.
    pub n: usize,
    /// Dimension of space, 1 to 3.
    pub space: usize,
    /// Coefficient of the quartic.
    pub a: f64,
    /// Coefficient of the square.
    pub b: f64,
    /// Constant for each pair.
    pub c: f64,
    /// Distance at the barrier.
    pub d0: f64,
}

impl Default for DoubleWellParticles {
    fn default() -> Self {
        Self { n: 4, space: 2, a: 0.9, b: -4.0, c: 0.0, d0: 4.0 }
    }
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "dw4",
    summary: "particles with a double-well pair energy",
    parameters: &[
        Description::new("n", Kind::Integer { min: 2, max: 1000 }, "4", "number of particles"),
        Description::new("dim", Kind::Integer { min: 1, max: 3 }, "2", "dimension of space"),
        Description::new("a", Kind::Positive, "0.9", "coefficient of (d-d0)^4"),
        Description::new("b", Kind::FINITE, "-4", "coefficient of (d-d0)^2"),
        Description::new("c", Kind::FINITE, "0", "constant for each pair"),
        Description::new("d0", Kind::Positive, "4", "pair distance at the barrier"),
    ],
    variants: &[],
    default_dim: None,
    build: |parameters, dim| {
        let DoubleWellParticles { n, space, a, b, c, d0 } = DoubleWellParticles::default();
        let particles = DoubleWellParticles {
            n: parameters.integer("n", n),
            space: parameters.integer("dim", space),
            a: parameters.number("a", a),
            b: parameters.number("b", b),
            c: parameters.number("c", c),
            d0: parameters.number("d0", d0),
        };
        ENTRY.derived_dim(dim, particles.n * particles.space)?;
        particles.system()
    },
};

/// The energy of a pair.
#[derive(Clone, Copy)]
struct Pair {
    a: f64,
    b: f64,
    c: f64,
    d0: f64,
}

impl PairEnergy for Pair {
    #[inline(always)]
    fn energy_slope<L: Lanes>(&self, square: L) -> (L, L) {
        let (a, b, c) = (L::splat(self.a), L::splat(self.b), L::splat(self.c));
        let d = square.sqrt();
        let s = d - L::splat(self.d0);
        // φ = as⁴ + bs² + c, s = d − d₀
        let energy = (a * s.square() + b) * s.square() + c;
        // φ′ = 4as³ + 2bs; no force where two particles coincide
        let slope = (L::splat(4.0) * a * s.square() + L::splat(2.0) * b) * s;
        (energy, slope / d.larger(L::splat(TOUCHING)))
    }
}

impl LanePotential for DoubleWellParticles {
    fn dim(&self) -> usize {
        self.n * self.space
    }

    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        gradient.fill(L::splat(0.0));
        let Self { a, b, c, d0, .. } = *self;
        add_pairs(Pair { a, b, c, d0 }, 1, self.space, x, gradient)
    }
}

impl DoubleWellParticles {
    /// With its space and coordinates: the distance of the first two particles, divided at the barrier d₀.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for no particle or a distance d₀ that is not positive and finite.
    pub fn system(self) -> Result<System> {
        // Minima of the pair energy: d₀ ± √(−b/2a); the range ends as far again outside of them.
        let half = Real::sqrt((-self.b / (2.0 * self.a)).max(0.25));
        let range = ((self.d0 - 2.0 * half).max(0.0), self.d0 + 2.0 * half);
        let distance = Coordinate::first_pair(self.space, range, self.d0);
        // Points: nothing keeps two of them apart.
        let space = Space::boxed(vec![(-1.5 * self.d0, 1.5 * self.d0); self.dim()])?;
        let space = space.with_particles(Particles::in_space(self.space)).mean_free();
        Ok(System::new(self, space)?.with_coordinates(vec![distance]))
    }
}
