//! Whether an energy has an equilibrium at all.

use alloc::{format, string::String, vec, vec::Vec};

use nalgebra::DMatrix;

use super::System;
use crate::num::{Error, Real, Result};
use crate::potential::Scratch;

/// How far out the energy is looked at, in half widths of the domain.
const FAR: [f64; 2] = [1e3, 1e6];
/// Largest part of a direction in the plane: all that are a ratio of such numbers are looked along.
const STEEPEST: i32 = 3;

impl System {
    /// Looks far out along many directions whether ∫ e^(−U/kT) dx can exist: U must rise faster than kT·ln|x|. `temperature` is kT.
    ///
    /// ```
    /// use boltzflow::system::System;
    ///
    /// let slope = System::closure(vec![(-3.0, 3.0)], |x, gradient| {
    ///     gradient[0] = 1.0;
    ///     x[0]
    /// })?;
    /// let message = slope.check_equilibrium(1.0).unwrap_err().to_string();
    /// assert!(message.contains("falls without end for x0 → −∞"), "{message}");
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidData`] which names a direction in which U does not rise, and what to do. An energy that runs away in none of
    /// these directions is not proven to be bounded.
    pub fn check_equilibrium(&self, temperature: f64) -> Result<()> {
        let dim = self.dim();
        let directions = directions(dim);
        let (middle, domain) = (self.space.middle(), &self.space.domain);
        let x = DMatrix::from_fn(2 * directions.len(), dim, |row, i| {
            let (low, high) = domain[i];
            middle[i] + FAR[row % 2] * 0.5 * (high - low) * directions[row / 2][i]
        });
        let (mut u, mut gradient) = (vec![0.0; x.nrows()], x.clone());
        self.potential.evaluate(&x, &mut u, &mut gradient, &mut Scratch::default());
        // A little more than a logarithm gives, whatever the rounding.
        let needed = temperature * Real::ln(FAR[1] / FAR[0]) * (1.0 + 1e-9);
        for (u, direction) in u.chunks_exact(2).zip(&directions) {
            let rise = u[1] - u[0];
            // Where U is infinite or not defined there is no weight.
            let runs_away = match u[1].is_finite() {
                true => u[0].is_finite() && rise <= needed,
                false => u[1] == f64::NEG_INFINITY && u[0] != f64::NEG_INFINITY,
            };
            if runs_away {
                let how = if u[1] == f64::NEG_INFINITY || rise < -needed {
                    "falls without end"
                } else if rise.abs() <= 1e-3 * needed {
                    "stays level"
                } else if rise < 0.0 {
                    "falls slowly but without end"
                } else {
                    "rises too slowly"
                };
                let problem = format!(
                    "it has no equilibrium, because it {how} for {}: its weight e^(−U/kT) has no finite sum. Add what holds it \
                     on all sides, such as {}",
                    words(direction),
                    bowl(dim)
                );
                return Err(Error::data("this energy", problem));
            }
        }
        Ok(())
    }
}

/// Both ways along each axis and the diagonals of each two; in the plane also those between.
fn directions(dim: usize) -> Vec<Vec<f64>> {
    let steepest = if dim == 2 { STEEPEST } else { 1 };
    let mut all = Vec::new();
    for i in 0..dim {
        for sign in [1.0, -1.0] {
            let mut axis = vec![0.0; dim];
            axis[i] = sign;
            all.push(axis);
        }
    }
    for i in 0..dim {
        for j in i + 1..dim {
            for a in 1..=steepest {
                for b in (-steepest..=steepest).filter(|b| *b != 0) {
                    for sign in [1.0, -1.0] {
                        let mut direction = vec![0.0; dim];
                        direction[i] = sign * f64::from(a);
                        direction[j] = sign * f64::from(b);
                        all.push(direction);
                    }
                }
            }
        }
    }
    all
}

/// A direction in words.
fn words(direction: &[f64]) -> String {
    let along = |(i, v): (usize, &f64)| {
        (*v != 0.0).then(|| format!("x{i} → {}∞", if *v < 0.0 { "−" } else { "" }))
    };
    direction.iter().enumerate().filter_map(along).collect::<Vec<_>>().join(", ")
}

/// A bowl as a formula of this many coordinates.
fn bowl(dim: usize) -> String {
    let squares: Vec<String> = (0..dim.min(3)).map(|i| format!("x{i}^2")).collect();
    format!("0.1*({}{})", squares.join(" + "), if dim > 3 { " + …" } else { "" })
}
