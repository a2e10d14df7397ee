//! The Müller–Brown surface: three crooked wells made of four Gaussians.

use alloc::{format, vec, vec::Vec};

use crate::num::{Error, Lanes, Result};
use crate::potential::LanePotential;
use crate::setting::{Description, Kind};
use crate::system::{Coordinate, Linear, Space, System, SystemEntry, Variant};

/// One term A·exp(a dx² + b dx dy + c dy²), dx = x₀ − X, dy = x₁ − Y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MuellerBrownTerm {
    /// Amplitude A.
    pub amplitude: f64,
    /// Exponents a, b, c.
    pub exponents: [f64; 3],
    /// Centre (X, Y).
    pub centre: [f64; 2],
}

/// $$ U(x) = s \Big( o + \sum_j A_j \exp\big(a_j \Delta x_j^2 + b_j \Delta x_j \Delta y_j + c_j \Delta y_j^2\big) \Big) $$
///
/// **Units** reduced. **Shape** `x`: dim 2. **Defaults** the constants of Müller and Brown,
/// Theor. Chim. Acta 53, 75 (1979), s = 0.1, o = 0 as in the figures of Noé et al., Science 365,
/// eaaw1147 (2019).
#[derive(Clone, Debug, PartialEq)]
pub struct MuellerBrown {
    /// Scale s.
    pub scale: f64,
    /// Offset o inside the bracket.
    pub offset: f64,
    /// The terms of the sum.
    pub terms: Vec<MuellerBrownTerm>,
}

/// The lists of the sum in the order A, a, b, c, X, Y.
const LISTS: [(&str, [f64; 4]); 6] = [
    ("A", [-200.0, -100.0, -170.0, 15.0]),
    ("a", [-1.0, -1.0, -6.5, 0.7]),
    ("b", [0.0, 0.0, 11.0, 0.6]),
    ("c", [-10.0, -10.0, -6.5, 0.7]),
    ("X", [1.0, 0.0, -0.5, -1.0]),
    ("Y", [0.0, 0.5, 1.5, 1.0]),
];

const fn list(name: &'static str, default: &'static str, help: &'static str) -> Description {
    Description::new(name, Kind::List, default, help)
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "mueller-brown",
    summary: "Mueller-Brown surface with three wells",
    parameters: &[
        Description::new("scale", Kind::Positive, "0.1", "factor of the whole energy"),
        Description::new("offset", Kind::FINITE, "0", "constant inside the scaled bracket"),
        list("A", "[-200, -100, -170, 15]", "amplitudes of the terms"),
        list("a", "[-1, -1, -6.5, 0.7]", "factors of (x0-X)^2 in the exponents"),
        list("b", "[0, 0, 11, 0.6]", "factors of (x0-X)(x1-Y) in the exponents"),
        list("c", "[-10, -10, -6.5, 0.7]", "factors of (x1-Y)^2 in the exponents"),
        list("X", "[1, 0, -0.5, -1]", "centres of the terms along x0"),
        list("Y", "[0, 0.5, 1.5, 1]", "centres of the terms along x1"),
    ],
    variants: &[
        Variant {
            name: "bgflow",
            help: "the bgflow library's scale 0.15 with its offset",
            values: &[("scale", 0.15), ("offset", 146.7)],
        },
        Variant {
            name: "unscaled",
            help: "the energies of Mueller and Brown",
            values: &[("scale", 1.0), ("offset", 0.0)],
        },
    ],
    default_dim: None,
    build: |parameters, dim| {
        ENTRY.derived_dim(dim, 2)?;
        let lists =
            LISTS.each_ref().map(|(name, default)| parameters.list(name).unwrap_or(default));
        let n = lists[0].len();
        for ((name, _), values) in LISTS.iter().zip(lists) {
            if values.len() != n {
                return Err(Error::setting(
                    *name,
                    format!("a list of {}", values.len()),
                    format!("as long as A, which has {n} terms"),
                ));
            }
        }
        let [amplitude, a, b, c, x, y] = lists;
        let terms = (0..n)
            .map(|j| MuellerBrownTerm {
                amplitude: amplitude[j],
                exponents: [a[j], b[j], c[j]],
                centre: [x[j], y[j]],
            })
            .collect();
        MuellerBrown {
            scale: parameters.number("scale", 0.1),
            offset: parameters.number("offset", 0.0),
            terms,
        }
        .system()
    },
};

impl LanePotential for MuellerBrown {
    fn dim(&self) -> usize {
        2
    }

    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        let (scale, two) = (L::splat(self.scale), L::splat(2.0));
        let mut u = L::splat(self.offset);
        let (mut g0, mut g1) = (L::splat(0.0), L::splat(0.0));
        for term in &self.terms {
            let [a, b, c] = term.exponents;
            let (a, b, c) = (L::splat(a), L::splat(b), L::splat(c));
            let (dx, dy) = (x[0] - L::splat(term.centre[0]), x[1] - L::splat(term.centre[1]));
            // e = A exp(a dx² + b dx dy + c dy²)
            let e = L::splat(term.amplitude) * (a * dx * dx + b * dx * dy + c * dy * dy).exp();
            u += e;
            // ∂e/∂x₀ = e(2a dx + b dy), ∂e/∂x₁ = e(b dx + 2c dy)
            g0 += e * (two * a * dx + b * dy);
            g1 += e * (b * dx + two * c * dy);
        }
        gradient[0] = scale * g0;
        gradient[1] = scale * g1;
        scale * u
    }
}

impl MuellerBrown {
    /// With its space and coordinates: x₀, x₁ and the diagonal 0.7x₀ − 0.7x₁ of the figures.
    ///
    /// # Errors
    /// None for a surface of two coordinates.
    pub fn system(self) -> Result<System> {
        let space = Space::boxed(vec![(-1.5, 1.2), (-0.5, 2.1)])?;
        let x0 = Coordinate::component("x0", 0, 2).with_range(-1.5, 1.2);
        let x1 = Coordinate::component("x1", 1, 2).with_range(-0.1, 1.7).with_boundary(0.75);
        let diag = Coordinate::new("diag", (-2.0, 1.0), Linear(vec![0.7, -0.7]));
        let system = System::new(self, space)?.with_coordinates(vec![
            x0.with_states("left", "right"),
            x1.with_states("lower", "upper"),
            diag.with_boundary(-0.975).with_states("left", "right"),
        ]);
        // Terms of any sign may be given.
        Ok(system.unproven())
    }
}
