//! Collective variables R(x): functions of a configuration with gradients.

use alloc::{vec, vec::Vec};
use core::any::Any;
use core::fmt::{self, Debug};

use nalgebra::DMatrix;

use crate::num::Real;
use crate::potential::TOUCHING;

/// Step of central differences, in units of x.
const STEP: f64 = 1e-4;

/// A collective variable R(x). Chunks are `n × dim`, row = configuration.
pub trait CollectiveVariable: Any + Send + Sync {
    /// Values R (`n`) of a chunk (`n × dim`).
    fn values(&self, x: &DMatrix<f64>, values: &mut [f64]);

    /// Adds `upstream[i]`·∂R/∂x of each configuration to `gradient` (`n × dim`).
    fn add_gradient(&self, x: &DMatrix<f64>, upstream: &[f64], gradient: &mut DMatrix<f64>);

    /// The force along R of each configuration (`n`), from gradients ∂u/∂x of the reduced energy (`n × dim`):
    /// its average at fixed R is the slope of the free energy F = −ln p(R), in kT per unit of R.
    ///
    /// $$ F'(R) = \langle \nabla u \cdot v - \nabla \cdot v \rangle_R $$
    ///
    /// for any field v with v·∇R = 1 (den Otter, J. Chem. Phys. 112, 7283, 2000; Ciccotti, Kapral, Vanden-Eijnden,
    /// ChemPhysChem 6, 1809, 2005): ∂/∂R ∫ δ(R(x) − R) e^(−u) dx = −∫ (v·∇δ) e^(−u) = ∫ δ ∇·(v e^(−u)).
    /// Unless it is known better, v = ∇R/|∇R|² with ∇·v by central differences.
    fn forces(&self, x: &DMatrix<f64>, gradient: &DMatrix<f64>, forces: &mut [f64]) {
        let (n, dim) = x.shape();
        let one = vec![1.0; n];
        // Column `axis` of v at configurations.
        let field = |x: &DMatrix<f64>, slope: &mut DMatrix<f64>| {
            slope.fill(0.0);
            self.add_gradient(x, &one, slope);
            for mut row in slope.row_iter_mut() {
                let square = row.norm_squared();
                row /= square;
            }
        };
        let (mut v, mut shifted) = (DMatrix::zeros(n, dim), x.clone());
        field(x, &mut v);
        for (i, f) in forces.iter_mut().enumerate() {
            *f = gradient.row(i).dot(&v.row(i));
        }
        for axis in 0..dim {
            for (sign, step) in [(1.0, STEP), (-1.0, -STEP)] {
                shifted.column_mut(axis).add_scalar_mut(step);
                field(&shifted, &mut v);
                for (f, v) in forces.iter_mut().zip(v.column(axis).iter()) {
                    *f -= sign * v / (2.0 * STEP);
                }
                shifted.set_column(axis, &x.column(axis));
            }
        }
    }

    /// The weights wᵢ where R = Σ wᵢxᵢ: profiles along such a variable may be exact.
    fn weights(&self) -> Option<&[f64]> {
        None
    }

    /// The particles whose distance R is.
    fn pair(&self) -> Option<(usize, usize)> {
        None
    }

    /// Whether another variable is the same function of x.
    fn is_same(&self, _other: &dyn CollectiveVariable) -> bool {
        false
    }
}

impl Debug for dyn CollectiveVariable + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function of x")
    }
}

/// R = Σ wᵢ xᵢ, one weight for each coordinate of the system.
///
/// ```
/// use boltzflow::system::{Coordinate, Linear};
///
/// let sum = Coordinate::new("sum", (-3.0, 3.0), Linear(vec![1.0, 1.0]));
/// assert_eq!(sum.value(&[1.0, -2.5]), -1.5);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Linear(pub Vec<f64>);

impl CollectiveVariable for Linear {
    fn values(&self, x: &DMatrix<f64>, values: &mut [f64]) {
        values.fill(0.0);
        for (w, column) in self.0.iter().zip(x.as_slice().chunks_exact(x.nrows().max(1))) {
            for (v, x) in values.iter_mut().zip(column) {
                *v += w * x;
            }
        }
    }

    /// ∂R/∂xᵢ = wᵢ
    fn add_gradient(&self, x: &DMatrix<f64>, upstream: &[f64], gradient: &mut DMatrix<f64>) {
        let n = x.nrows().max(1);
        for (w, column) in self.0.iter().zip(gradient.as_mut_slice().chunks_exact_mut(n)) {
            for (g, u) in column.iter_mut().zip(upstream) {
                *g += w * u;
            }
        }
    }

    /// v = w/|w|², ∇·v = 0
    fn forces(&self, x: &DMatrix<f64>, gradient: &DMatrix<f64>, forces: &mut [f64]) {
        forces.fill(0.0);
        let square: f64 = self.0.iter().map(|w| w * w).sum();
        let n = x.nrows().max(1);
        for (w, column) in self.0.iter().zip(gradient.as_slice().chunks_exact(n)) {
            for (f, g) in forces.iter_mut().zip(column) {
                *f += w / square * g;
            }
        }
    }

    fn weights(&self) -> Option<&[f64]> {
        Some(&self.0)
    }

    fn is_same(&self, other: &dyn CollectiveVariable) -> bool {
        other.weights() == Some(&self.0)
    }
}

/// R = |rᵢ − rⱼ|, the distance of two particles; x = [x₁, y₁, …, x₂, y₂, …].
///
/// ```
/// use boltzflow::system::{Coordinate, PairDistance};
///
/// let pair = PairDistance { particles: (0, 1), space: 2 };
/// let distance = Coordinate::new("d", (0.0, 10.0), pair);
/// assert_eq!(distance.value(&[0.0, 0.0, 3.0, 4.0]), 5.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairDistance {
    /// Indices of the two particles.
    pub particles: (usize, usize),
    /// Dimension of space.
    pub space: usize,
}

impl PairDistance {
    /// The columns at which the points of the two particles start.
    fn columns(&self) -> (usize, usize) {
        (self.particles.0 * self.space, self.particles.1 * self.space)
    }

    /// R = √Σ (xᵢ − xⱼ)² of a row.
    fn distance(&self, x: &DMatrix<f64>, row: usize) -> f64 {
        let (i, j) = self.columns();
        let square =
            |k: usize| (x[(row, i + k)] - x[(row, j + k)]) * (x[(row, i + k)] - x[(row, j + k)]);
        Real::sqrt((0..self.space).map(square).sum::<f64>())
    }
}

impl CollectiveVariable for PairDistance {
    fn values(&self, x: &DMatrix<f64>, values: &mut [f64]) {
        for (row, v) in values.iter_mut().enumerate() {
            *v = self.distance(x, row);
        }
    }

    /// ∂R/∂xᵢ = (xᵢ − xⱼ)/R = −∂R/∂xⱼ; 0 where the particles coincide
    fn add_gradient(&self, x: &DMatrix<f64>, upstream: &[f64], gradient: &mut DMatrix<f64>) {
        let (i, j) = self.columns();
        for (row, u) in upstream.iter().enumerate() {
            let scale = u / self.distance(x, row).larger(TOUCHING);
            for k in 0..self.space {
                let g = scale * (x[(row, i + k)] - x[(row, j + k)]);
                gradient[(row, i + k)] += g;
                gradient[(row, j + k)] -= g;
            }
        }
    }

    /// vᵢ = ½(xᵢ − xⱼ)/R = −vⱼ: both particles move, their centre stays; ∇·v = (space − 1)/R
    fn forces(&self, x: &DMatrix<f64>, gradient: &DMatrix<f64>, forces: &mut [f64]) {
        let (i, j) = self.columns();
        for (row, f) in forces.iter_mut().enumerate() {
            let inverse = 1.0 / self.distance(x, row).larger(TOUCHING);
            let along = |k: usize| {
                0.5 * inverse
                    * (x[(row, i + k)] - x[(row, j + k)])
                    * (gradient[(row, i + k)] - gradient[(row, j + k)])
            };
            *f = (0..self.space).map(along).sum::<f64>() - (self.space as f64 - 1.0) * inverse;
        }
    }

    fn pair(&self) -> Option<(usize, usize)> {
        Some(self.particles)
    }

    fn is_same(&self, other: &dyn CollectiveVariable) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref() == Some(self)
    }
}

/// A variable from `f(x, gradient) -> R`, which writes ∂R/∂x (`dim`) to `gradient`.
pub(super) struct Function<F>(pub(super) F);

impl<F> Debug for Function<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function of x")
    }
}

impl<F: Fn(&[f64], &mut [f64]) -> f64 + Send + Sync + 'static> CollectiveVariable for Function<F> {
    fn values(&self, x: &DMatrix<f64>, values: &mut [f64]) {
        let mut slope = vec![0.0; x.ncols()];
        for (row, value) in x.row_iter().zip(values) {
            let point: Vec<f64> = row.iter().copied().collect();
            *value = (self.0)(&point, &mut slope);
        }
    }

    fn add_gradient(&self, x: &DMatrix<f64>, upstream: &[f64], gradient: &mut DMatrix<f64>) {
        let mut slope = vec![0.0; x.ncols()];
        for ((row, mut gradient), u) in x.row_iter().zip(gradient.row_iter_mut()).zip(upstream) {
            let point: Vec<f64> = row.iter().copied().collect();
            let _ = (self.0)(&point, &mut slope);
            gradient.iter_mut().zip(&slope).for_each(|(g, s)| *g += u * s);
        }
    }
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
        let mut check = |variable: &dyn CollectiveVariable, slope: &dyn Fn(f64) -> f64| {
            variable.values(&x, &mut r);
            // ∂u/∂x = x
            variable.forces(&x, &x, &mut f);
            for (r, f) in r.iter().zip(&f) {
                assert!((f - slope(*r)).abs() < 1e-12 * (1.0 + f.abs()), "{variable:?} {r} {f}");
            }
        };
        check(&Linear(weights), &|r| r / square);
        for (space, particles) in [(1, (2, 7)), (3, (2, 0))] {
            check(&PairDistance { particles, space }, &|r| 0.5 * r - (space as f64 - 1.0) / r);
        }
    }

    /// A function gets the forces of any other field v: here R = |x|, with p(R) ∝ R⁸·e^(−R²/2) in nine dimensions.
    #[test]
    fn a_function_of_the_users_own_has_forces_as_well() {
        let mut rng = Stream::new(2, Purpose::Test, 0, 0);
        let x = DMatrix::from_fn(20, 9, |_, _| rng.normal());
        let radius = Function(|x: &[f64], slope: &mut [f64]| {
            let r = x.iter().map(|x| x * x).sum::<f64>().sqrt();
            slope.iter_mut().zip(x).for_each(|(s, x)| *s = x / r);
            r
        });
        let (mut r, mut f) = ([0.0; 20], [0.0; 20]);
        radius.values(&x, &mut r);
        radius.forces(&x, &x, &mut f);
        for (r, f) in r.iter().zip(f) {
            assert!((f - (r - 8.0 / r)).abs() < 1e-6, "{r} {f}");
        }
    }
}
