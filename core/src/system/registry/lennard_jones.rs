//! Lennard-Jones clusters held together by an oscillator on the centre of mass.

use alloc::vec;

use crate::num::{Lanes, Real, Result};
use crate::potential::{LanePotential, PairEnergy, add_pairs};
use crate::setting::{Description, Kind};
use crate::system::{Coordinate, Particles, Space, System, SystemEntry, Variant};

/// $$ U(x) = f \sum_{i<j} \varepsilon \Big[ \Big(\frac{r_m}{r_{ij}}\Big)^{12} - 2 \Big(\frac{r_m}{r_{ij}}\Big)^{6} \Big]
///    + \frac{o}{2} \sum_i |r_i - \bar r|^2 $$
///
/// **Units** reduced. **Shape** `x` = [x₁, y₁, z₁, x₂, …]: `n` particles in `space` dimensions.
/// **Defaults** n = 13, space = 3, ε = r_m = o = 1 and f = 1, the sum over pairs (Köhler, Klein,
/// Noé, ICML 2020). The field also has f = 2, the sum over ordered pairs: the variant
/// `ordered-pairs`. U does not change when all particles are moved or turned together. The
/// parameter `dim` is `space`.
#[derive(Clone, Debug, PartialEq)]
pub struct LennardJones {
    /// Number of particles.
    pub n: usize,
    /// Dimension of space, 1 to 3.
    pub space: usize,
    /// Depth ε of the pair energy.
    pub eps: f64,
    /// Distance r_m of its minimum.
    pub rm: f64,
    /// Factor f of the pair energy.
    pub pair_factor: f64,
    /// Force constant o of the oscillator.
    pub oscillator: f64,
}

impl Default for LennardJones {
    fn default() -> Self {
        Self { n: 13, space: 3, eps: 1.0, rm: 1.0, pair_factor: 1.0, oscillator: 1.0 }
    }
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "lennard-jones",
    summary: "Lennard-Jones cluster with an oscillator on the centre of mass",
    parameters: &[
        Description::new("n", Kind::Integer { min: 2, max: 1000 }, "13", "number of particles"),
        Description::new("dim", Kind::Integer { min: 1, max: 3 }, "3", "dimension of space"),
        Description::new("eps", Kind::Positive, "1", "depth of the pair energy"),
        Description::new("rm", Kind::Positive, "1", "distance of its minimum"),
        Description::new(
            "pair_factor",
            Kind::Positive,
            "1",
            "factor of the pair energy: 1 sums over pairs, 2 over ordered pairs",
        ),
        Description::new(
            "oscillator",
            Kind::NOT_NEGATIVE,
            "1",
            "force constant that holds the cluster together",
        ),
    ],
    variants: &[
        Variant {
            name: "ordered-pairs",
            help: "each pair counted twice",
            values: &[("pair_factor", 2.0)],
        },
        Variant { name: "lj55", help: "55 particles", values: &[("n", 55.0)] },
    ],
    default_dim: None,
    build: |parameters, dim| {
        let default = LennardJones::default();
        let cluster = LennardJones {
            n: parameters.integer("n", default.n),
            space: parameters.integer("dim", default.space),
            eps: parameters.number("eps", default.eps),
            rm: parameters.number("rm", default.rm),
            pair_factor: parameters.number("pair_factor", default.pair_factor),
            oscillator: parameters.number("oscillator", default.oscillator),
        };
        ENTRY.derived_dim(dim, cluster.n * cluster.space)?;
        cluster.system()
    },
};

/// The energy of a pair.
#[derive(Clone, Copy)]
struct Well {
    strength: f64,
    rm_square: f64,
    slope: f64,
}

impl PairEnergy for Well {
    #[inline(always)]
    fn energy_slope<L: Lanes>(&self, square: L) -> (L, L) {
        let ratio = L::splat(self.rm_square) / square;
        let s6 = ratio * ratio.square();
        // φ = fε s⁶(s⁶ − 2), s = r_m/r
        let energy = L::splat(self.strength) * s6 * (s6 - L::splat(2.0));
        // φ′/r = −12fε s⁶(s⁶ − 1)/r²
        let slope = L::splat(self.slope) * s6 * (s6 - L::splat(1.0)) * ratio;
        (energy, slope)
    }
}

impl LennardJones {
    fn well(&self) -> Well {
        let (strength, rm_square) = (self.pair_factor * self.eps, self.rm * self.rm);
        Well { strength, rm_square, slope: -12.0 * strength / rm_square }
    }
}

impl LanePotential for LennardJones {
    fn dim(&self) -> usize {
        self.n * self.space
    }

    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        let half_oscillator = L::splat(0.5 * self.oscillator);
        let mut u = L::splat(0.0);
        // U = (o/2)Σ|rᵢ − r̄|², ∂U/∂rᵢ = o(rᵢ − r̄): the change of r̄ drops out, as Σ(rᵢ − r̄) = 0
        for k in 0..self.space {
            let mut centre = L::splat(0.0);
            for i in (k..x.len()).step_by(self.space) {
                centre += x[i];
            }
            centre = centre * L::splat(1.0 / self.n as f64);
            for i in (k..x.len()).step_by(self.space) {
                let from_centre = x[i] - centre;
                u += half_oscillator * from_centre.square();
                gradient[i] = L::splat(self.oscillator) * from_centre;
            }
        }
        u + add_pairs(self.well(), 1, self.space, x, gradient)
    }
}

impl LennardJones {
    /// With its space, a box about twice as wide as the densely packed cluster, and the distance of the first two particles,
    /// divided between first and second shell. Particles touch where their energy is 0, at r_m/2^(1/6).
    ///
    /// # Errors
    /// [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for no particle or a distance r_m that is not positive and finite.
    pub fn system(self) -> Result<System> {
        let mut side = 1.0;
        while side * side * side < self.n as f64 {
            side += 0.25;
        }
        let range = (0.8 * self.rm, 2.0 * Real::sqrt(self.n as f64).min(4.0) * self.rm);
        let distance = Coordinate::first_pair(self.space, range, 1.35 * self.rm);
        let particles =
            Particles::in_space(self.space).touching_at(self.rm / 1.122_462_048_309_373);
        let space = Space::boxed(vec![(-self.rm * side, self.rm * side); self.dim()])?;
        let space = space.with_particles(particles).mean_free();
        let is_open = self.oscillator <= 0.0;
        let system = System::new(self, space)?.with_coordinates(vec![distance]);
        // Nothing else holds the cluster together.
        Ok(if is_open { system.unproven() } else { system })
    }
}
