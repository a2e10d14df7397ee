//! The space that the coordinates of a system live in.

use alloc::{format, vec, vec::Vec};
use core::ops::Range;

use nalgebra::DMatrix;

use crate::num::{Error, Result};

/// Where one coordinate lives.
///
/// ```
/// use boltzflow::system::{Space, Support};
///
/// // A coordinate on a line and an angle.
/// let mut space = Space::boxed(vec![(-2.0, 2.0), (-3.15, 3.15)])?;
/// space.supports[1] = Support::Circle { period: std::f64::consts::TAU };
/// assert_eq!(space.supports[0], Support::Line);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Support {
    /// All real numbers.
    #[default]
    Line,
    /// A circle: q and q + period are the same point, and −period/2 ≤ q < period/2 names it.
    Circle {
        /// Length of a turn.
        period: f64,
    },
    /// An interval with its ends.
    Interval {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
}

impl Support {
    /// The name of a point on a circle; a number as it is elsewhere.
    #[must_use]
    pub fn wrapped(&self, q: f64) -> f64 {
        match self {
            Self::Circle { period } => q - period * floor(q / period + 0.5),
            _ => q,
        }
    }
}

/// The largest whole number that is not above a number of moderate size.
pub(crate) fn floor(x: f64) -> f64 {
    let whole = x as i64 as f64;
    if whole > x { whole - 1.0 } else { whole }
}

/// Where configurations live.
///
/// ```
/// use boltzflow::system::{Space, Support};
///
/// let space = Space::boxed(vec![(-2.0, 2.0), (-1.0, 1.0)])?;
/// assert_eq!((space.dim(), space.supports[0]), (2, Support::Line));
/// assert_eq!(space.middle(), [0.0, 0.0]);
/// assert!(Space::boxed(vec![(1.0, 1.0)]).is_err());
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// Where each coordinate lives.
    pub supports: Vec<Support>,
    /// For each coordinate the interval in which equilibrium samples lie and all terms of U are
    /// exercised: test points are drawn from this box, plots show it, quadrature begins with it.
    pub domain: Vec<(f64, f64)>,
    /// The particles that a configuration is made of; `None` for a system without particles.
    pub particles: Option<Particles>,
    /// True if U does not change when all particles move together: only configurations with their mean at the origin have a
    /// density that can be normalised.
    pub mean_free: bool,
}

impl Space {
    /// Lines, with a box in which samples are expected.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for no interval, or one that is empty or not finite.
    pub fn boxed(domain: Vec<(f64, f64)>) -> Result<Self> {
        if domain.is_empty() {
            return Err(Error::setting(
                "domain",
                "an empty list",
                "one interval for each coordinate",
            ));
        }
        if let Some((low, high)) =
            domain.iter().find(|(low, high)| !(low < high && (high - low).is_finite()))
        {
            return Err(Error::setting(
                "domain",
                format!("({low}, {high})"),
                "an interval with a lower end below its upper end",
            ));
        }
        let supports = vec![Support::Line; domain.len()];
        Ok(Self { supports, domain, particles: None, mean_free: false })
    }

    /// The same with other supports, one for each coordinate.
    #[must_use]
    pub fn on(self, supports: Vec<Support>) -> Self {
        Self { supports, ..self }
    }

    /// The same made of particles.
    #[must_use]
    pub fn with_particles(self, particles: Particles) -> Self {
        Self { particles: Some(particles), ..self }
    }

    /// The same for a U that does not change when all particles move together.
    #[must_use]
    pub fn mean_free(self) -> Self {
        Self { mean_free: true, ..self }
    }

    /// Number of coordinates.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.domain.len()
    }

    /// Refuses supports and particles that do not fit the coordinates.
    pub(super) fn check(&self) -> Result<()> {
        let (expected, found) = (self.dim(), self.supports.len());
        if expected != found {
            return Err(Error::DimensionMismatch { what: "the supports", expected, found });
        }
        for (support, domain) in self.supports.iter().zip(&self.domain) {
            match support {
                Support::Circle { period } if !(*period > 0.0 && period.is_finite()) => {
                    return Err(Error::setting("period", period, "a positive number"));
                }
                Support::Interval { low, high }
                    if !(*low <= domain.0 && domain.1 <= *high && (high - low).is_finite()) =>
                {
                    let allowed = "one that holds the domain of its coordinate";
                    return Err(Error::setting("interval", format!("({low}, {high})"), allowed));
                }
                _ => {}
            }
        }
        match &self.particles {
            Some(particles) if !particles.fit(expected) => {
                let problem = "they do not fit the coordinates, which must be those of whole particles, as many in a reference, \
                               and in groups of identical ones that do not overlap";
                Err(Error::data("the particles", problem))
            }
            _ => Ok(()),
        }
    }

    /// Whether these coordinates live on lines.
    pub(super) fn are_lines(&self, columns: &[usize]) -> bool {
        columns.iter().all(|column| self.supports[*column] == Support::Line)
    }

    /// The interval in which one coordinate is looked at: a whole circle or interval, the domain on a line.
    pub(super) fn range(&self, column: usize) -> (f64, f64) {
        match self.supports[column] {
            Support::Line => self.domain[column],
            Support::Circle { period } => (-0.5 * period, 0.5 * period),
            Support::Interval { low, high } => (low, high),
        }
    }

    /// Turns circles of a chunk (`n × dim`) to the names of their points, −period/2 ≤ q < period/2.
    pub(crate) fn wrap(&self, x: &mut DMatrix<f64>) {
        let n = x.nrows().max(1);
        for (column, support) in x.as_mut_slice().chunks_exact_mut(n).zip(&self.supports) {
            if let Support::Circle { .. } = support {
                column.iter_mut().for_each(|q| *q = support.wrapped(*q));
            }
        }
    }

    /// The middle of the box (`dim`).
    #[must_use]
    pub fn middle(&self) -> Vec<f64> {
        self.domain.iter().map(|(low, high)| 0.5 * (low + high)).collect()
    }

    /// Dimension of the space that particles move in; 1 for a system without particles, whose coordinates are all alike.
    #[must_use]
    pub fn particle_space(&self) -> usize {
        self.particles.as_ref().map_or(1, |p| p.space)
    }

    /// The particles, where a configuration is known whose labels are taken as right.
    #[must_use]
    pub fn labelled(&self) -> Option<&Particles> {
        self.particles.as_ref().filter(|p| !p.reference.is_empty())
    }
}

/// The particles of a configuration, x = [x₁, y₁, …, x₂, y₂, …].
///
/// ```
/// use boltzflow::system::Particles;
///
/// // Three points in the plane, the last two of them alike.
/// let particles = Particles::in_space(2).with_labels(vec![1..3], vec![0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
/// assert_eq!(particles.identical, [1..3]);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Particles {
    /// Dimension of space.
    pub space: usize,
    /// Distance at which two particles touch, in units of x: there begins their repulsion. `None` for points.
    pub contact: Option<f64>,
    /// Half the side of the box around the origin that walls hold the particles in; `None` without walls.
    pub half_box: Option<f64>,
    /// Groups of particles whose exchange does not change U.
    pub identical: Vec<Range<usize>>,
    /// True if U does not change when the sign of an axis of space does.
    pub mirrors: bool,
    /// A configuration ρ whose labels are taken as right; empty where none is known.
    pub reference: Vec<f64>,
}

impl Particles {
    /// Whether they can be those of `dim` coordinates.
    fn fit(&self, dim: usize) -> bool {
        let apart = |(i, group): (usize, &Range<usize>)| {
            let before =
                |other: &Range<usize>| other.end <= group.start || group.end <= other.start;
            group.start <= group.end
                && group.end * self.space <= dim
                && self.identical[..i].iter().all(before)
        };
        self.space > 0
            && dim.is_multiple_of(self.space)
            && [0, dim].contains(&self.reference.len())
            && self.identical.iter().enumerate().all(apart)
    }

    /// Points in a space of this dimension, nothing more known of them.
    #[must_use]
    pub fn in_space(space: usize) -> Self {
        Self {
            space,
            contact: None,
            half_box: None,
            identical: Vec::new(),
            mirrors: false,
            reference: Vec::new(),
        }
    }

    /// The same with a distance at which two of them touch.
    #[must_use]
    pub fn touching_at(self, contact: f64) -> Self {
        Self { contact: Some(contact), ..self }
    }

    /// The same between walls at ±`half_box`.
    #[must_use]
    pub fn between_walls(self, half_box: f64) -> Self {
        Self { half_box: Some(half_box), ..self }
    }

    /// The same with groups of identical ones and a configuration whose labels are taken as right.
    #[must_use]
    pub fn with_labels(self, identical: Vec<Range<usize>>, reference: Vec<f64>) -> Self {
        Self { identical, reference, ..self }
    }

    /// The same for a U that does not change when the sign of an axis does.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self { mirrors: true, ..self }
    }
}
