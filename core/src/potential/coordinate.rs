//! Reaction coordinates R(x): one number that tells the states of a system apart.

use alloc::vec::Vec;

use nalgebra::DMatrix;

use crate::num::Real;

/// Names of the first coordinates, for systems of any dimension.
pub(super) const NAMES: [&str; 32] = [
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
    "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
    "x28", "x29", "x30", "x31",
];

/// How a coordinate is computed.
#[derive(Clone, Debug, PartialEq)]
pub enum CoordinateKind {
    /// R = Σ wᵢ xᵢ, one weight per coordinate of the system.
    Linear(Vec<f64>),
    /// R = |rᵢ − rⱼ|, the distance of two particles; x = [x₁, y₁, …, x₂, y₂, …].
    PairDistance {
        /// Indices of the two particles.
        particles: (usize, usize),
        /// Dimension of space.
        space: usize,
    },
}

/// A named reaction coordinate with the two states it separates.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinate {
    /// Name for menus, `--coordinate` and reports.
    pub name: &'static str,
    /// How it is computed.
    pub kind: CoordinateKind,
    /// Interval shown in profiles and used by the reaction-coordinate loss.
    pub range: (f64, f64),
    /// Value that divides state A (below) from state B (above).
    pub boundary: f64,
    /// Names of state A (below the boundary) and state B (above it).
    pub states: (&'static str, &'static str),
}

impl Coordinate {
    /// The distance of the first two particles, state A ("near") below `boundary`.
    pub(super) fn first_pair(space: usize, range: (f64, f64), boundary: f64) -> Self {
        Self {
            name: "d01",
            kind: CoordinateKind::PairDistance { particles: (0, 1), space },
            range,
            boundary,
            states: ("near", "far"),
        }
    }

    /// The coordinate x_i of a system of dimension `dim` (`i < dim`).
    #[must_use]
    pub fn component(name: &'static str, i: usize, dim: usize) -> Self {
        let mut weights = alloc::vec![0.0; dim];
        weights[i] = 1.0;
        Self {
            name,
            kind: CoordinateKind::Linear(weights),
            range: (-1.0, 1.0),
            boundary: 0.0,
            states: ("below", "above"),
        }
    }

    /// Values R (`n`) of a chunk (`n × dim`).
    pub fn values(&self, x: &DMatrix<f64>, values: &mut [f64]) {
        match &self.kind {
            // R = Σ wᵢ xᵢ
            CoordinateKind::Linear(weights) => {
                values.fill(0.0);
                for (w, column) in weights.iter().zip(x.as_slice().chunks_exact(x.nrows().max(1))) {
                    for (v, x) in values.iter_mut().zip(column) {
                        *v += w * x;
                    }
                }
            }
            // R = √Σ (xᵢ − xⱼ)²
            CoordinateKind::PairDistance { particles: (i, j), space } => {
                for (row, v) in values.iter_mut().enumerate() {
                    *v = distance(x, row, *i * space, *j * space, *space);
                }
            }
        }
    }

    /// The force along R of each sample (`n`) of a chunk (`n × dim`) with gradients ∂u/∂x of the reduced energy:
    /// its average at fixed R is the slope of the free energy F = −ln p(R), in kT per unit of R.
    ///
    /// $$ F'(R) = \langle \nabla u \cdot v - \nabla \cdot v \rangle_R $$
    ///
    /// for any field v with v·∇R = 1 (den Otter, J. Chem. Phys. 112, 7283, 2000; Ciccotti, Kapral, Vanden-Eijnden,
    /// ChemPhysChem 6, 1809, 2005): ∂/∂R ∫ δ(R(x) − R) e^(−u) dx = −∫ (v·∇δ) e^(−u) = ∫ δ ∇·(v e^(−u)).
    pub fn forces(&self, x: &DMatrix<f64>, gradient: &DMatrix<f64>, forces: &mut [f64]) {
        match &self.kind {
            // v = w/|w|², ∇·v = 0
            CoordinateKind::Linear(weights) => {
                forces.fill(0.0);
                let square: f64 = weights.iter().map(|w| w * w).sum();
                let n = x.nrows().max(1);
                for (w, column) in weights.iter().zip(gradient.as_slice().chunks_exact(n)) {
                    for (f, g) in forces.iter_mut().zip(column) {
                        *f += w / square * g;
                    }
                }
            }
            // vᵢ = ½(xᵢ − xⱼ)/R = −vⱼ: both particles move, their centre stays; ∇·v = (space − 1)/R
            CoordinateKind::PairDistance { particles: (i, j), space } => {
                let (i, j) = (*i * space, *j * space);
                for (row, f) in forces.iter_mut().enumerate() {
                    let inverse = 1.0 / distance(x, row, i, j, *space).larger(TOUCHING);
                    let along = |k: usize| {
                        0.5 * inverse
                            * (x[(row, i + k)] - x[(row, j + k)])
                            * (gradient[(row, i + k)] - gradient[(row, j + k)])
                    };
                    *f = (0..*space).map(along).sum::<f64>() - (*space as f64 - 1.0) * inverse;
                }
            }
        }
    }

    /// Adds `upstream[i]`·∂R/∂x of each sample to `gradient` (`n × dim`).
    pub fn add_gradient(&self, x: &DMatrix<f64>, upstream: &[f64], gradient: &mut DMatrix<f64>) {
        match &self.kind {
            // ∂R/∂xᵢ = wᵢ
            CoordinateKind::Linear(weights) => {
                let n = x.nrows().max(1);
                for (w, column) in weights.iter().zip(gradient.as_mut_slice().chunks_exact_mut(n)) {
                    for (g, u) in column.iter_mut().zip(upstream) {
                        *g += w * u;
                    }
                }
            }
            // ∂R/∂xᵢ = (xᵢ − xⱼ)/R = −∂R/∂xⱼ; 0 where the particles coincide
            CoordinateKind::PairDistance { particles: (i, j), space } => {
                let (i, j) = (*i * space, *j * space);
                for (row, u) in upstream.iter().enumerate() {
                    let scale = u / distance(x, row, i, j, *space).larger(TOUCHING);
                    for k in 0..*space {
                        let g = scale * (x[(row, i + k)] - x[(row, j + k)]);
                        gradient[(row, i + k)] += g;
                        gradient[(row, j + k)] -= g;
                    }
                }
            }
        }
    }
}

/// Smallest distance of two particles that is told from none.
const TOUCHING: f64 = 1e-150;

/// Distance of the points that start at columns `i` and `j` of a row.
fn distance(x: &DMatrix<f64>, row: usize, i: usize, j: usize, space: usize) -> f64 {
    let square =
        |k: usize| (x[(row, i + k)] - x[(row, j + k)]) * (x[(row, i + k)] - x[(row, j + k)]);
    Real::sqrt((0..space).map(square).sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};

    /// u = ½|x|²: F(R) = R²/2|w|² along a line; for a distance p(R) ∝ R^(space − 1)·e^(−R²/4). Every single force is F′.
    #[test]
    fn forces_in_a_harmonic_well_are_the_slope_of_the_free_energy() {
        let mut rng = Stream::new(1, Purpose::Test, 0, 0);
        let x = DMatrix::from_fn(20, 9, |_, _| rng.normal());
        let weights = Vec::from([0.7, -0.7, 0.0, 2.0, 0.0, 0.0, 1.0, 0.0, 0.1]);
        let square: f64 = weights.iter().map(|w| w * w).sum();
        let (mut r, mut f) = ([0.0; 20], [0.0; 20]);
        let mut check = |kind, slope: &dyn Fn(f64) -> f64| {
            let coordinate = Coordinate { kind, ..Coordinate::component("r", 0, 9) };
            coordinate.values(&x, &mut r);
            // ∂u/∂x = x
            coordinate.forces(&x, &x, &mut f);
            for (r, f) in r.iter().zip(&f) {
                assert!((f - slope(*r)).abs() < 1e-12 * (1.0 + f.abs()), "{coordinate:?} {r} {f}");
            }
        };
        check(CoordinateKind::Linear(weights), &|r| r / square);
        for (space, particles) in [(1, (2, 7)), (3, (2, 0))] {
            let kind = CoordinateKind::PairDistance { particles, space };
            check(kind, &|r| 0.5 * r - (space as f64 - 1.0) / r);
        }
    }
}
