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
                    let scale = u / distance(x, row, i, j, *space).larger(1e-150);
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

/// Distance of the points that start at columns `i` and `j` of a row.
fn distance(x: &DMatrix<f64>, row: usize, i: usize, j: usize, space: usize) -> f64 {
    let square =
        |k: usize| (x[(row, i + k)] - x[(row, j + k)]) * (x[(row, i + k)] - x[(row, j + k)]);
    Real::sqrt((0..space).map(square).sum::<f64>())
}
