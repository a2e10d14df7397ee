//! Reaction coordinates: a collective variable with a name, a range and the two states that it tells apart.

use alloc::{borrow::Cow, format, sync::Arc, vec, vec::Vec};

use nalgebra::DMatrix;

#[cfg(feature = "particles")]
use super::PairDistance;
use super::variable::Function;
use super::{CollectiveVariable, Linear};

/// A named reaction coordinate with the two states it separates.
///
/// ```
/// use boltzflow::system::Coordinate;
///
/// let angle = Coordinate::function("angle", (-3.15, 3.15), |x, gradient| {
///     let square = x[0] * x[0] + x[1] * x[1];
///     gradient.copy_from_slice(&[-x[1] / square, x[0] / square]);
///     x[1].atan2(x[0])
/// });
/// let angle = angle.with_boundary(0.0).with_states("lower", "upper");
/// assert_eq!(angle.value(&[0.0, 2.0]), std::f64::consts::FRAC_PI_2);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Coordinate {
    /// Name for menus, `--coordinate` and reports.
    pub name: Cow<'static, str>,
    /// How it is computed.
    pub variable: Arc<dyn CollectiveVariable>,
    /// Interval shown in profiles and used by the reaction-coordinate loss.
    pub range: (f64, f64),
    /// Value that divides state A (below) from state B (above).
    pub boundary: f64,
    /// Names of state A (below the boundary) and state B (above it).
    pub states: (Cow<'static, str>, Cow<'static, str>),
}

impl PartialEq for Coordinate {
    fn eq(&self, other: &Self) -> bool {
        self.is_along(other)
            && (&self.name, self.range, self.boundary, &self.states)
                == (&other.name, other.range, other.boundary, &other.states)
    }
}

impl Coordinate {
    /// A coordinate divided in the middle of its range.
    #[must_use]
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        range: (f64, f64),
        variable: impl CollectiveVariable,
    ) -> Self {
        Self {
            name: name.into(),
            variable: Arc::new(variable),
            range,
            boundary: 0.5 * (range.0 + range.1),
            states: ("below".into(), "above".into()),
        }
    }

    /// A coordinate from `f(x, gradient) -> R`: `x` has `dim` numbers, f writes ∂R/∂x to `gradient` (`dim`) and returns R.
    #[must_use]
    pub fn function(
        name: impl Into<Cow<'static, str>>,
        range: (f64, f64),
        f: impl Fn(&[f64], &mut [f64]) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, range, Function(f))
    }

    /// The coordinate x_i of a system of dimension `dim` (`i < dim`), from −1 to 1.
    #[must_use]
    pub fn component(name: impl Into<Cow<'static, str>>, i: usize, dim: usize) -> Self {
        let mut weights = vec![0.0; dim];
        weights[i] = 1.0;
        Self::new(name, (-1.0, 1.0), Linear(weights))
    }

    /// The first two coordinates of a box, each divided in its middle.
    pub(super) fn components(domain: &[(f64, f64)]) -> Vec<Self> {
        let coordinate = |(i, range): (usize, &(f64, f64))| {
            let x = Self::component(format!("x{i}"), i, domain.len());
            x.with_range(range.0, range.1).with_boundary(0.5 * (range.0 + range.1))
        };
        domain.iter().take(2).enumerate().map(coordinate).collect()
    }

    /// The distance of the first two particles, state A ("near") below `boundary`.
    #[cfg(feature = "particles")]
    pub(super) fn first_pair(space: usize, range: (f64, f64), boundary: f64) -> Self {
        Self::new("d01", range, PairDistance { particles: (0, 1), space })
            .with_boundary(boundary)
            .with_states("near", "far")
    }

    /// The same with another range.
    #[must_use]
    pub fn with_range(self, low: f64, high: f64) -> Self {
        Self { range: (low, high), ..self }
    }

    /// The same with another boundary between its states.
    #[must_use]
    pub fn with_boundary(self, boundary: f64) -> Self {
        Self { boundary, ..self }
    }

    /// The same with names of the states below and above the boundary.
    #[must_use]
    pub fn with_states(
        self,
        below: impl Into<Cow<'static, str>>,
        above: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { states: (below.into(), above.into()), ..self }
    }

    /// Whether another coordinate is the same function of x, whatever its name, range and states.
    #[must_use]
    pub fn is_along(&self, other: &Self) -> bool {
        same(&self.variable, &other.variable)
    }

    /// R of one configuration (`dim`).
    #[must_use]
    pub fn value(&self, x: &[f64]) -> f64 {
        let mut value = [0.0];
        self.values(&DMatrix::from_row_slice(1, x.len(), x), &mut value);
        value[0]
    }

    /// Values R (`n`) of a chunk (`n × dim`).
    pub fn values(&self, x: &DMatrix<f64>, values: &mut [f64]) {
        self.variable.values(x, values);
    }

    /// The force along R of each sample (`n`) of a chunk (`n × dim`) with gradients ∂u/∂x of the reduced energy: see
    /// [`CollectiveVariable::forces`].
    pub fn forces(&self, x: &DMatrix<f64>, gradient: &DMatrix<f64>, forces: &mut [f64]) {
        self.variable.forces(x, gradient, forces);
    }

    /// Adds `upstream[i]`·∂R/∂x of each sample to `gradient` (`n × dim`).
    pub fn add_gradient(&self, x: &DMatrix<f64>, upstream: &[f64], gradient: &mut DMatrix<f64>) {
        self.variable.add_gradient(x, upstream, gradient);
    }
}

/// Whether two variables are the same function of x.
pub(super) fn same(a: &Arc<dyn CollectiveVariable>, b: &Arc<dyn CollectiveVariable>) -> bool {
    Arc::ptr_eq(a, b) || a.is_same(&**b)
}
