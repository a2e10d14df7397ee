//! Labels of identical particles: one of the many copies of every configuration.
//!
//! Let G be the exchanges of identical particles, |G| = Π n_g! over their groups. U does not change under
//! them. A flow cannot learn |G| copies of everything; it learns the cell
//!
//! $$ C = \{x : \sum_i |x_i - \rho_i|^2 \le \sum_i |x_{g(i)} - \rho_i|^2 \text{ for all } g \in G\} $$
//!
//! of configurations whose labels suit a reference ρ best. **Why weights stay exact:** almost every x has
//! one g with g·x ∈ C (ties have measure 0), so that the cells g·C, g ∈ G, tile configuration space without
//! gap or overlap. u(g·x) = u(x), and exchanges keep volumes, hence ∫_C e^{−u} = Z/|G| and for every observable that
//! does not know labels ⟨O⟩ = ∫_C O e^{−u} / ∫_C e^{−u}. A sample x of a generator with density p takes
//! the weight w = 1_C(x)·e^{−u(x)}/p(x): then E[w] = ∫_C e^{−u} = Z/|G| and E[w·O]/E[w] = ⟨O⟩, exactly, whatever
//! p does outside of C. A sample outside is a sample of weight 0: it stays in the count.
//! It must not be folded back with the weight of its image: the density of folded samples is
//! Σ_g p(g·x), not p(x). A Markov chain of target e^{−u}, or of 1_C·e^{−u}, may fold its states, because its target does not
//! see labels.
//!
//! The two ends of a dimer are such a group as well: with ρ₀ left of ρ₁ the better labels are those with
//! (x₁ − x₀)·(ρ₁ − ρ₀) ≥ 0, so that its orientation costs ln 2 and is treated like all other labels.

use alloc::{format, vec, vec::Vec};
use core::ops::Range;

use nalgebra::DMatrix;

use super::Particles;
use super::assignment::Assignment;
use crate::num::{Error, Real, Result, Stream};

/// Gives identical particles the labels that suit the reference best.
///
/// ```
/// use boltzflow::nalgebra::DMatrix;
/// use boltzflow::system::{Particles, Relabelling};
///
/// // Two equal particles on a line; the left one comes first.
/// let particles = Particles::in_space(1).with_labels(vec![0..2], vec![-1.0, 1.0]);
/// let labels = Relabelling::new(particles)?;
/// let mut x = DMatrix::from_row_slice(2, 2, &[-0.9, 1.1, 1.2, -0.8]);
/// assert_eq!(labels.contains(&x), [true, false]);
/// assert_eq!(labels.relabel(&mut x), 1);
/// assert_eq!((x[(1, 0)], x[(1, 1)]), (-0.8, 1.2));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Relabelling {
    particles: Particles,
}

impl Relabelling {
    /// Labels of these particles.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a space without dimension, for groups that overlap or hold particles that the
    /// reference does not have.
    pub fn new(particles: Particles) -> Result<Self> {
        let n = particles.reference.len() / particles.space.max(1);
        if particles.space == 0 {
            return Err(Error::setting("space", 0, "at least 1"));
        }
        let mut end = 0;
        for group in &particles.identical {
            if group.start < end || group.end > n {
                let text = format!("{}..{}", group.start, group.end);
                let allowed = format!("behind the group before it and within 0..{n}");
                return Err(Error::setting("a group of identical particles", text, allowed));
            }
            end = group.end;
        }
        Ok(Self { particles })
    }

    /// ln |G|: the integral of e^{−u} over the cell is ln Z − this.
    #[must_use]
    pub fn log_copies(&self) -> f64 {
        let factors = self.particles.identical.iter().flat_map(|g| 2..=g.len());
        factors.map(|k| Real::ln(k as f64)).sum()
    }

    /// For each configuration (`n × dim`) whether it is in the cell; one with a number that is not finite is not.
    #[must_use]
    pub fn contains(&self, x: &DMatrix<f64>) -> Vec<bool> {
        let mut inside = vec![true; x.nrows()];
        for group in &self.particles.identical {
            let mut work = Assignment::new(group.len());
            for (row, inside) in inside.iter_mut().enumerate() {
                *inside = *inside && self.assign(x, row, group, &mut work) && work.is_identity();
            }
        }
        inside
    }

    /// Whether one configuration (`dim`) is in the cell.
    #[must_use]
    pub fn holds(&self, x: &[f64]) -> bool {
        self.contains(&DMatrix::from_row_slice(1, x.len(), x))[0]
    }

    /// Relabels each configuration (`n × dim`) into the cell and returns how many were outside; one with a number that is
    /// not finite keeps its labels.
    pub fn relabel(&self, x: &mut DMatrix<f64>) -> usize {
        let space = self.particles.space;
        let mut outside = vec![false; x.nrows()];
        for group in &self.particles.identical {
            let first = group.start * space;
            let mut work = Assignment::new(group.len());
            let mut before = vec![0.0; group.len() * space];
            for (row, outside) in outside.iter_mut().enumerate() {
                if !self.assign(x, row, group, &mut work) || work.is_identity() {
                    continue;
                }
                *outside = true;
                for (k, before) in before.iter_mut().enumerate() {
                    *before = x[(row, first + k)];
                }
                for (place, particle) in work.column_of.iter().enumerate() {
                    for k in 0..space {
                        x[(row, first + place * space + k)] = before[particle * space + k];
                    }
                }
            }
        }
        outside.into_iter().filter(|o| *o).count()
    }

    /// The configurations (`n × dim`) and, if U has mirrors, all their mirror images, 2^space times as many rows:
    /// first all as they are, then all images of the first axis, … – each relabelled into the cell.
    #[must_use]
    pub fn augment(&self, x: &DMatrix<f64>) -> DMatrix<f64> {
        let (n, space) = (x.nrows(), self.particles.space);
        let images = if self.particles.mirrors { 1 << space } else { 1 };
        let mut all = DMatrix::from_fn(n * images, x.ncols(), |row, column| {
            let value = x[(row % n, column)];
            let mirrored = ((row / n) >> (column % space)) & 1 == 1;
            if mirrored { -value } else { value }
        });
        self.relabel(&mut all);
        all
    }

    /// Makes of one configuration (`dim`) any of its mirror images, if U has mirrors, all equally probable, and relabels it into
    /// the cell.
    pub fn draw_image(&self, x: &mut [f64], rng: &mut Stream) {
        if self.particles.mirrors {
            for axis in 0..self.particles.space {
                if rng.uniform() < 0.5 {
                    x.iter_mut().skip(axis).step_by(self.particles.space).for_each(|x| *x = -*x);
                }
            }
        }
        let mut row = DMatrix::from_row_slice(1, x.len(), x);
        self.relabel(&mut row);
        x.copy_from_slice(row.as_slice());
    }

    /// Assigns the particles of a group to the places of the reference: entry i of the result is the
    /// particle that belongs to place i. False if a number is not finite.
    fn assign(
        &self,
        x: &DMatrix<f64>,
        row: usize,
        group: &Range<usize>,
        work: &mut Assignment,
    ) -> bool {
        let (n, space) = (group.len(), self.particles.space);
        let first = group.start * space;
        work.cost.fill(0.0);
        for k in 0..space {
            // Side by side: the columns of a chunk are far apart.
            for (j, place) in work.point.iter_mut().enumerate() {
                *place = x[(row, first + j * space + k)];
            }
            for (i, costs) in work.cost.chunks_exact_mut(n).enumerate() {
                let place = self.particles.reference[first + i * space + k];
                for (cost, point) in costs.iter_mut().zip(&work.point) {
                    let delta = point - place;
                    *cost += delta * delta;
                }
            }
        }
        work.solve()
    }
}
