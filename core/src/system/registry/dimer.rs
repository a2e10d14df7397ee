//! A bistable dimer in a fluid of repulsive particles, the model of slow opening in a dense environment.

use alloc::{vec, vec::Vec};

use crate::num::{Lanes, Real, Result};
use crate::potential::{LanePotential, PairEnergy, TOUCHING, add_pairs};
use crate::setting::{Description, Kind};
use crate::system::slice::spread;
use crate::system::{Coordinate, PairDistance, Particles, Space, System, SystemEntry, Variant};

/// $$ U(x) = \varepsilon \sum_{i<j,\,(i,j) \ne (0,1)} \Big(\frac{r_m}{r_{ij}}\Big)^{12}
///    + k\,[(x_0 + x_1)^2 + y_0^2 + y_1^2] + (c\,s - a\,s^2 + b\,s^4)
///    + w \sum_i \max(|x_i| - l, 0)^2 + \max(|y_i| - l, 0)^2, \qquad s = 2\,(|r_0 - r_1| - d_{mid}) $$
///
/// **Units** reduced. **Shape** `x` = [x₀, y₀, x₁, y₁, …] in the plane: the two particles of the dimer,
/// then `n_solvent` others. Nothing holds the fluid but its walls; U does not change when two solvent
/// particles are exchanged, or the two of the dimer, or all is mirrored.
/// **Defaults** the energy of the simulations of Noé, Olsson, Köhler, Wu (Science 2019): n_solvent = 36,
/// ε = 1, r_m = 1.1, c = 2, a = 25, b = 10, d_mid = 1.5, k = 20, l = 3, w = 200. Their text has c = −0.5 and
/// w = 100, their networks were trained with w = 400: the variants.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimer {
    /// Number of solvent particles.
    pub n_solvent: usize,
    /// Strength ε of the repulsion.
    pub eps: f64,
    /// Distance r_m at which it is ε.
    pub rm: f64,
    /// Slope c of the dimer's energy: above 0 it prefers the closed state.
    pub dimer_slope: f64,
    /// Coefficient a that raises the barrier.
    pub dimer_a: f64,
    /// Coefficient b of the quartic.
    pub dimer_b: f64,
    /// Distance d_mid at the barrier.
    pub dimer_dmid: f64,
    /// Force constant k that holds the dimer in the middle, along the first axis.
    pub dimer_k: f64,
    /// Half the side l of the box.
    pub box_halfsize: f64,
    /// Force constant w of the walls.
    pub box_coeff: f64,
}

impl Default for Dimer {
    fn default() -> Self {
        Self {
            n_solvent: 36,
            eps: 1.0,
            rm: 1.1,
            dimer_slope: 2.0,
            dimer_a: 25.0,
            dimer_b: 10.0,
            dimer_dmid: 1.5,
            dimer_k: 20.0,
            box_halfsize: 3.0,
            box_coeff: 200.0,
        }
    }
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "dimer",
    summary: "bistable dimer in a fluid of repulsive particles",
    parameters: &[
        Description::new(
            "n_solvent",
            Kind::Integer { min: 0, max: 1000 },
            "36",
            "number of solvent particles",
        ),
        Description::new("eps", Kind::Positive, "1", "strength of the repulsion"),
        Description::new("rm", Kind::Positive, "1.1", "distance at which it is eps"),
        Description::new(
            "dimer_slope",
            Kind::FINITE,
            "2",
            "slope of the dimer's energy: above 0 it prefers to be closed",
        ),
        Description::new("dimer_a", Kind::FINITE, "25", "height of the dimer's barrier"),
        Description::new("dimer_b", Kind::NOT_NEGATIVE, "10", "coefficient of the quartic"),
        Description::new("dimer_dmid", Kind::Positive, "1.5", "distance at the barrier"),
        Description::new(
            "dimer_k",
            Kind::NOT_NEGATIVE,
            "20",
            "force constant that holds the dimer",
        ),
        Description::new("box_halfsize", Kind::Positive, "3", "half the side of the box"),
        Description::new("box_coeff", Kind::Positive, "200", "force constant of the walls"),
    ],
    variants: &[
        Variant {
            name: "text-slope",
            help: "the slope printed in the paper: prefers to be open",
            values: &[("dimer_slope", -0.5)],
        },
        Variant {
            name: "text-walls",
            help: "the walls printed in the paper",
            values: &[("box_coeff", 100.0)],
        },
        Variant {
            name: "training-walls",
            help: "the walls that the networks of the paper were trained with",
            values: &[("box_coeff", 400.0)],
        },
    ],
    default_dim: None,
    build: |parameters, dim| {
        let default = Dimer::default();
        let dimer = Dimer {
            n_solvent: parameters.integer("n_solvent", default.n_solvent),
            eps: parameters.number("eps", default.eps),
            rm: parameters.number("rm", default.rm),
            dimer_slope: parameters.number("dimer_slope", default.dimer_slope),
            dimer_a: parameters.number("dimer_a", default.dimer_a),
            dimer_b: parameters.number("dimer_b", default.dimer_b),
            dimer_dmid: parameters.number("dimer_dmid", default.dimer_dmid),
            dimer_k: parameters.number("dimer_k", default.dimer_k),
            box_halfsize: parameters.number("box_halfsize", default.box_halfsize),
            box_coeff: parameters.number("box_coeff", default.box_coeff),
        };
        ENTRY.derived_dim(dim, dimer.dim())?;
        dimer.system()
    },
};

/// The repulsion of all pairs but the dimer's.
#[derive(Clone, Copy)]
struct Repulsion {
    eps: f64,
    rm_square: f64,
    slope: f64,
}

impl PairEnergy for Repulsion {
    #[inline(always)]
    fn energy_slope<L: Lanes>(&self, square: L) -> (L, L) {
        let ratio = L::splat(self.rm_square) / square;
        // φ = ε(r_m/r)¹²
        let s12 = (ratio * ratio.square()).square();
        // φ′/r = −12φ/r²
        (L::splat(self.eps) * s12, L::splat(self.slope) * s12 * ratio)
    }
}

/// The dimer's own energy.
#[derive(Clone, Copy)]
struct Bond {
    slope: f64,
    a: f64,
    b: f64,
    d_mid: f64,
}

impl PairEnergy for Bond {
    #[inline(always)]
    fn energy_slope<L: Lanes>(&self, square: L) -> (L, L) {
        let (c, a, b) = (L::splat(self.slope), L::splat(self.a), L::splat(self.b));
        let (two, four) = (L::splat(2.0), L::splat(4.0));
        let d = square.sqrt();
        // φ = cs − as² + bs⁴, s = 2(d − d_mid)
        let s = two * (d - L::splat(self.d_mid));
        let energy = (c + (b * s.square() - a) * s) * s;
        // φ′ = 2(c − 2as + 4bs³); no force where the particles coincide
        let slope = two * (c + (four * b * s.square() - two * a) * s);
        (energy, slope / d.larger(L::splat(TOUCHING)))
    }
}

impl LanePotential for Dimer {
    fn dim(&self) -> usize {
        2 * (self.n_solvent + 2)
    }

    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        let (half, zero) = (L::splat(self.box_halfsize), L::splat(0.0));
        let (w, k) = (L::splat(self.box_coeff), L::splat(self.dimer_k));
        let mut u = zero;
        for (x, g) in x.iter().zip(gradient.iter_mut()) {
            // U = wo², ∂U/∂x = 2wo, o the part of x outside of [−l, l]
            let outside = (*x - half).larger(zero) - (-*x - half).larger(zero);
            let slope = w * outside;
            u += slope * outside;
            *g = slope + slope;
        }
        // U = k(x₀ + x₁)² + ky₀² + ky₁², ∂U/∂x₀ = ∂U/∂x₁ = 2k(x₀ + x₁), ∂U/∂yᵢ = 2kyᵢ
        let centre = x[0] + x[2];
        u += k * (centre.square() + x[1].square() + x[3].square());
        let stiffness = L::splat(2.0 * self.dimer_k);
        for (g, from) in gradient.iter_mut().zip([centre, x[1], centre, x[3]]) {
            *g += stiffness * from;
        }
        u += add_pairs(self.bond(), 1, 2, &x[..4], &mut gradient[..4]);
        u + add_pairs(self.repulsion(), 2, 2, x, gradient)
    }
}

impl Dimer {
    fn repulsion(&self) -> Repulsion {
        let rm_square = self.rm * self.rm;
        Repulsion { eps: self.eps, rm_square, slope: -12.0 * self.eps / rm_square }
    }

    fn bond(&self) -> Bond {
        let Self { dimer_slope: slope, dimer_a: a, dimer_b: b, dimer_dmid: d_mid, .. } = *self;
        Bond { slope, a, b, d_mid }
    }

    /// The solvent on a square lattice between the walls, the dimer at distance `d` in the middle
    /// of it. The lattice has an even number of rows, so that none lies on the dimer.
    fn lattice(&self, d: f64) -> Vec<f64> {
        let mut side = 2;
        while side * side < self.n_solvent {
            side += 2;
        }
        let row = spread((-self.box_halfsize, self.box_halfsize), side);
        let mut x = vec![-0.5 * d, 0.0, 0.5 * d, 0.0];
        for i in 0..self.n_solvent {
            let place = i * side * side / self.n_solvent;
            x.extend([row[place / side], row[place % side]]);
        }
        x
    }
}

impl Dimer {
    /// With its space and coordinates. The labels are those of the ends of the dimer, the left one first, and the solvent on its
    /// lattice; the dimer's own energy is one of its distance, which is divided at the barrier.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for lengths that are not finite.
    pub fn system(self) -> Result<System> {
        // The dimer in the middle, either particle on the left; the solvent a little into the walls.
        let (along, wall) = (0.5 * self.dimer_dmid + 0.5, self.box_halfsize + 0.25);
        let mut domain = vec![(-wall, wall); self.dim()];
        for (interval, end) in domain.iter_mut().zip([along, 0.5, along, 0.5]) {
            *interval = (-end, end);
        }
        let particles = Particles::in_space(2)
            .touching_at(self.rm)
            .between_walls(self.box_halfsize)
            .mirrored()
            .with_labels(vec![0..2, 2..2 + self.n_solvent], self.lattice(self.dimer_dmid));
        let space = Space::boxed(domain)?.with_particles(particles);
        let distance = PairDistance { particles: (0, 1), space: 2 };
        let range = ((self.dimer_dmid - 1.0).max(0.0), self.dimer_dmid + 1.0);
        let d = Coordinate::new("d", range, distance)
            .with_boundary(self.dimer_dmid)
            .with_states("closed", "open");
        let (starts, bond) = (self.starts(), self.bond());
        let own = move |r: f64| {
            let (energy, slope_over_r) = bond.energy_slope(r * r);
            (energy, slope_over_r * r)
        };
        let is_open = self.dimer_b <= 0.0;
        let system = System::new(self, space)?.with_coordinates(vec![d]).with_starts(starts)?;
        let system = system.with_energy_along(distance, own);
        // Without its quartic the dimer may fall apart, walls or not.
        Ok(if is_open { system.unproven() } else { system })
    }

    /// The solvent on a lattice, the dimer closed and open: far above equilibrium energies.
    fn starts(&self) -> Vec<Vec<f64>> {
        // Minima of −as² + bs⁴: s² = a/2b; one of a flat line is where it is looked for.
        let square = self.dimer_a / (2.0 * self.dimer_b);
        let square = if square.is_nan() { 0.0 } else { square };
        let half = 0.5 * Real::sqrt(square.clamp(0.0, 4.0));
        let (closed, open) = (self.dimer_dmid - half, self.dimer_dmid + half);
        vec![self.lattice(closed.max(0.5 * self.dimer_dmid)), self.lattice(open)]
    }
}
