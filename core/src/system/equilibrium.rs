//! Whether an energy has an equilibrium at all.

use alloc::{format, string::String, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{System, floor};
use crate::num::{Error, Real, Result};
use crate::potential::Scratch;

/// How far out the energy is looked at, in half widths of the domain.
const FAR: [f64; 2] = [1e3, 1e6];
/// Largest part of a direction in the plane: all that are a ratio of such numbers are looked along.
const STEEPEST: i32 = 3;
/// Most axes that are looked along, and most numbers of these together.
const MOST: (usize, usize) = (512, 1 << 18);

impl System {
    /// Looks far out along many directions whether ∫ e^(−U/kT) dx can exist: U must rise faster than kT·ln|x|. `temperature` is kT.
    /// Circles and intervals have no far out; where U is [mean-free](crate::system::Space::mean_free), particles move against each other.
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
    /// these directions is not proven to be bounded; of many coordinates, only some are looked along.
    pub fn check_equilibrium(&self, temperature: f64) -> Result<()> {
        let dim = self.dim();
        let lines: Vec<usize> = (0..dim).filter(|i| self.space.are_lines(&[*i])).collect();
        let directions = directions(dim, &lines);
        let domain = &self.space.domain;
        let mut from = self.space.middle();
        if self.space.particles.is_some() {
            // Not all in one place, where U may be infinite: spread over the box, by the golden ratio.
            for (i, (at, (low, high))) in from.iter_mut().zip(domain).enumerate() {
                let share = 0.618_033_988_749_895 * i as f64;
                *at = low + (high - low) * (share - floor(share));
            }
        }
        let space = self.space.mean_free.then_some(self.space.particle_space());
        let x = DMatrix::from_fn(2 * directions.len(), dim, |row, i| {
            let (low, high) = domain[i];
            let direction = &directions[row / 2];
            let together = space.map_or(0.0, |space| mean(direction, i % space, space));
            from[i] + FAR[row % 2] * 0.5 * (high - low) * (direction[i] - together)
        });
        let (mut u, mut gradient) = (vec![0.0; x.nrows()], x.clone());
        self.potential.evaluate(&x, &mut u, &mut gradient, &mut Scratch::default());
        // A little more than a logarithm gives, whatever the rounding.
        let needed = temperature * Real::ln(FAR[1] / FAR[0]) * (1.0 + 1e-9);
        for (u, direction) in u.chunks_exact(2).zip(&directions) {
            let moves = |i: usize| space.is_none_or(|s| direction[i] != mean(direction, i % s, s));
            if !(0..dim).any(moves) {
                continue;
            }
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

/// Both ways along each axis that is a line and the diagonals of each two; in the plane also those between. Of more axes than can be
/// looked along, the first.
fn directions(dim: usize, lines: &[usize]) -> Vec<Vec<f64>> {
    let steepest = if dim == 2 { STEEPEST } else { 1 };
    let most = MOST.0.min(MOST.1 / dim).max(2);
    let axes = &lines[..lines.len().min(most)];
    // As many diagonals as axes.
    let mut in_pairs = axes.len();
    while in_pairs > 2 && 2 * in_pairs * in_pairs > most {
        in_pairs -= 1;
    }
    let mut all = Vec::new();
    for i in axes {
        for sign in [1.0, -1.0] {
            let mut axis = vec![0.0; dim];
            axis[*i] = sign;
            all.push(axis);
        }
    }
    for (k, i) in axes[..in_pairs].iter().enumerate() {
        for j in &axes[k + 1..in_pairs] {
            for a in 1..=steepest {
                for b in (-steepest..=steepest).filter(|b| *b != 0) {
                    for sign in [1.0, -1.0] {
                        let mut direction = vec![0.0; dim];
                        direction[*i] = sign * f64::from(a);
                        direction[*j] = sign * f64::from(b);
                        all.push(direction);
                    }
                }
            }
        }
    }
    all
}

/// How far the particles of a space move together along one of its axes.
fn mean(direction: &[f64], axis: usize, space: usize) -> f64 {
    let particles = (direction.len() / space) as f64;
    direction.iter().skip(axis).step_by(space).sum::<f64>() / particles
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
