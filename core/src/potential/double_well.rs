//! The double well: a quartic along x₀, harmonic in all other coordinates.

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{
    Coordinate, LanePotential, ParameterKind, ParameterSpec, Part, Potential, Scratch, SystemEntry,
    Variant,
};
use crate::num::Lanes;

/// $$ U(x) = c_4 x_0^4 + c_2 x_0^2 + c_1 x_0 + \tfrac{k}{2} \sum_{i \ge 1} x_i^2 $$
///
/// **Units** reduced. **Shape** `x`: any dim ≥ 1. **Defaults** c₄ = 1, c₂ = −6, c₁ = 1, k = 1, as in
/// the code and figures of Noé et al., Science 365, eaaw1147 (2019); the formula printed in their
/// text is the variant `text`.
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

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "double-well",
    summary: "quartic double well along x0, harmonic in the other coordinates",
    parameters: &[
        ParameterSpec {
            name: "c4",
            kind: ParameterKind::Positive,
            default: "1",
            help: "coefficient of x0^4",
        },
        ParameterSpec {
            name: "c2",
            kind: ParameterKind::FINITE,
            default: "-6",
            help: "coefficient of x0^2",
        },
        ParameterSpec {
            name: "c1",
            kind: ParameterKind::FINITE,
            default: "1",
            help: "coefficient of x0 (the tilt)",
        },
        ParameterSpec {
            name: "k",
            kind: ParameterKind::Positive,
            default: "1",
            help: "force constant of the other coordinates",
        },
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
        Ok(Box::new(DoubleWell {
            dim: ENTRY.free_dim(dim)?,
            c4: parameters.number("c4", 1.0),
            c2: parameters.number("c2", -6.0),
            c1: parameters.number("c1", 1.0),
            k: parameters.number("k", 1.0),
        }))
    },
};

impl LanePotential for DoubleWell {
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

impl Potential for DoubleWell {
    fn dim(&self) -> usize {
        self.dim
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

    fn domain(&self) -> Vec<(f64, f64)> {
        let mut domain = vec![(-4.0, 4.0); self.dim];
        domain[0] = (-3.0, 3.0);
        domain
    }

    fn parts(&self) -> Option<Vec<Part>> {
        let mut parts = vec![Part { copies: vec![vec![0]] }];
        if self.dim > 1 {
            parts.push(Part { copies: (1..self.dim).map(|i| vec![i]).collect() });
        }
        Some(parts)
    }

    fn coordinates(&self) -> Vec<Coordinate> {
        let x0 = Coordinate::component("x0", 0, self.dim);
        vec![Coordinate { range: (-2.5, 2.5), states: ("left", "right"), ..x0 }]
    }
}
