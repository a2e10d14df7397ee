//! The harmonic well: a Gaussian, for checks against closed formulas.

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use super::coordinate::NAMES;
use super::{
    Coordinate, LanePotential, ParameterKind, ParameterSpec, Part, Potential, Scratch, SystemEntry,
    Value,
};
use crate::num::{Error, Lanes, Real};

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
    parameters: &[ParameterSpec {
        name: "k",
        kind: ParameterKind::NumberOrList,
        default: "1",
        help: "force constant, one for all coordinates or a list with one for each",
    }],
    variants: &[],
    default_dim: Some(2),
    build: |parameters, dim| {
        let k = match parameters.get("k") {
            Some(Value::List(k)) => {
                ENTRY.derived_dim(dim, k.len())?;
                k.clone()
            }
            _ => vec![parameters.number("k", 1.0); ENTRY.free_dim(dim)?],
        };
        match k.iter().find(|k| **k <= 0.0) {
            Some(k) => Err(Error::setting("k", k, "positive for each coordinate")),
            None => Ok(Box::new(Harmonic { k })),
        }
    },
};

impl LanePotential for Harmonic {
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

impl Potential for Harmonic {
    fn dim(&self) -> usize {
        self.k.len()
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        self.evaluate_lanes(x, energy, gradient, scratch);
    }

    /// Four standard deviations at kT = 1.
    fn domain(&self) -> Vec<(f64, f64)> {
        self.k.iter().map(|k| (-4.0 / Real::sqrt(*k), 4.0 / Real::sqrt(*k))).collect()
    }

    fn parts(&self) -> Option<Vec<Part>> {
        // Coordinates with the same force constant are copies of one part.
        let mut parts: Vec<(f64, Part)> = Vec::new();
        for (i, k) in self.k.iter().enumerate() {
            match parts.iter_mut().find(|(other, _)| other == k) {
                Some((_, part)) => part.copies.push(vec![i]),
                None => parts.push((*k, Part { copies: vec![vec![i]] })),
            }
        }
        Some(parts.into_iter().map(|(_, part)| part).collect())
    }

    fn coordinates(&self) -> Vec<Coordinate> {
        let range = self.domain()[0];
        let x0 = Coordinate::component(NAMES[0], 0, self.dim());
        vec![Coordinate { range, states: ("negative", "positive"), ..x0 }]
    }
}
