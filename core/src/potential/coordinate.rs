//! Reaction coordinates R(x): one number that tells the states of a system apart.

use alloc::vec::Vec;

use nalgebra::DMatrix;

/// How a coordinate is computed.
#[derive(Clone, Debug, PartialEq)]
pub enum CoordinateKind {
    /// R = Σ wᵢ xᵢ, one weight per coordinate of the system.
    Linear(Vec<f64>),
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
    /// The coordinate x_i of a system of dimension `dim`.
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
        }
    }
}
