//! F3: a system as a value: a potential and all else that is known of it.
//!
//! A [`System`] is made in one of three ways: by its name in the registry ([`build`]), from a function of your own
//! ([`System::closure`]), or from any [`Potential`] and its [`Space`] ([`System::new`]).

mod assignment;
mod bias;
mod coordinate;
mod entry;
mod equilibrium;
pub mod quadrature;
mod reduced;
mod registry;
mod relabelling;
mod slice;
mod space;
mod variable;
mod wells;

pub use bias::Bias;
pub use coordinate::Coordinate;
pub use entry::{Build, MAX_DIM, SystemEntry, Variant};
pub use quadrature::Part;
pub use reduced::ReducedPotential;
#[cfg(feature = "particles")]
pub use registry::{Dimer, DoubleWellParticles, LennardJones};
pub use registry::{
    DoubleWell, GaussianMixture, Harmonic, ManyWell, MuellerBrown, MuellerBrownTerm, Ring, SYSTEMS,
};
pub use relabelling::Relabelling;
pub(crate) use space::floor;
pub use space::{Particles, Space, Support};
pub use variable::{CollectiveVariable, Linear, PairDistance};
pub use wells::well_probabilities;

use alloc::{format, sync::Arc, vec, vec::Vec};
use core::fmt;

use crate::num::{Error, Result, Stream};
use crate::potential::{Closure, Potential};
use crate::setting::Parameters;

/// A potential U(x) and all else that is known of it.
///
/// ```
/// use boltzflow::system::{ReducedPotential, System, quadrature};
///
/// // An energy of your own, in a box where its samples lie.
/// let system = System::closure(vec![(-3.0, 3.0)], |x, gradient| {
///     gradient[0] = 4.0 * x[0].powi(3) - 8.0 * x[0] + 0.5;
///     x[0].powi(4) - 4.0 * x[0].powi(2) + 0.5 * x[0]
/// })?;
/// assert_eq!(system.wells().len(), 2);
/// let sides = quadrature::states(&system, system.coordinate("x0")?, 1.0).unwrap();
/// assert!(sides.below > sides.above);
/// let target = ReducedPotential::new(system, 1.0)?;
/// assert_eq!(target.dim(), 1);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct System {
    potential: Arc<dyn Potential>,
    space: Space,
    coordinates: Vec<Coordinate>,
    wells: Option<Vec<Vec<f64>>>,
    starts: Vec<Vec<f64>>,
    parts: Option<Vec<Part>>,
    along: Option<Along>,
    unproven: bool,
}

/// Configurations that are all of one length.
fn same_length(what: &'static str, expected: usize, points: &[Vec<f64>]) -> Result<()> {
    match points.iter().map(Vec::len).find(|found| *found != expected) {
        Some(found) => Err(Error::DimensionMismatch { what, expected, found }),
        None => Ok(()),
    }
}

/// U_R(R), a part of U that is a function of one variable alone.
#[derive(Clone)]
struct Along {
    variable: Arc<dyn CollectiveVariable>,
    energy: Arc<dyn Fn(f64) -> (f64, f64) + Send + Sync>,
}

impl fmt::Debug for Along {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Along").field(&self.variable).finish()
    }
}

/// Two systems are equal if they hold the same potential, and say the same of its space and coordinates.
impl PartialEq for System {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.potential, &other.potential)
            && (&self.space, &self.coordinates) == (&other.space, &other.coordinates)
    }
}

impl System {
    /// A potential and its space. Its coordinates are the first two of x, one of at most two coordinates has exact answers;
    /// the methods below say more of it.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] unless the space has the dimension of the potential, [`Error::InvalidSetting`] for supports or particles
    /// that do not fit it.
    pub fn new(potential: impl Potential + 'static, space: Space) -> Result<Self> {
        let dim = potential.dim();
        if space.dim() != dim {
            let (what, found) = ("the space of a system", space.dim());
            return Err(Error::DimensionMismatch { what, expected: dim, found });
        }
        space.check()?;
        let whole = || vec![Part { copies: vec![(0..dim).collect()] }];
        Ok(Self {
            potential: Arc::new(potential),
            coordinates: Coordinate::components(&space.domain),
            parts: (1..=2).contains(&dim).then(whole),
            space,
            wells: None,
            starts: Vec::new(),
            along: None,
            unproven: false,
        })
    }

    /// The user's own energy, `f(x, gradient) -> U`: `x` has `domain.len()` numbers, f writes ∂U/∂x to `gradient` and returns U
    /// in units of the user's choice. The domain is the box in which samples are expected. As with any energy that a user wrote,
    /// [`ReducedPotential::new`] looks whether it has an equilibrium.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for an empty domain or an interval that is empty or not finite.
    pub fn closure(
        domain: Vec<(f64, f64)>,
        energy: impl Fn(&[f64], &mut [f64]) -> f64 + Send + Sync + 'static,
    ) -> Result<Self> {
        let space = Space::boxed(domain)?;
        Ok(Self::new(Closure::new(space.dim(), energy), space)?.unproven())
    }

    /// The same with other reaction coordinates, the default one first.
    #[must_use]
    pub fn with_coordinates(self, coordinates: Vec<Coordinate>) -> Self {
        Self { coordinates, ..self }
    }

    /// The same with wells that are known (each `dim`), where they need not be searched for.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] for one of another length.
    pub fn with_wells(self, wells: Vec<Vec<f64>>) -> Result<Self> {
        same_length("a well", self.dim(), &wells)?;
        Ok(Self { wells: Some(wells), ..self })
    }

    /// The same with configurations (each `dim`) for local chains to start from, in turn.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] for one of another length.
    pub fn with_starts(self, starts: Vec<Vec<f64>>) -> Result<Self> {
        same_length("a start", self.dim(), &starts)?;
        Ok(Self { starts, ..self })
    }

    /// The same as a sum of independent parts of at most two coordinates, for exact answers by [`quadrature`].
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless each coordinate occurs in exactly one copy, and the copies of a part are equally long.
    pub fn with_parts(self, parts: Vec<Part>) -> Result<Self> {
        let mut columns: Vec<usize> =
            parts.iter().flat_map(|p| &p.copies).flatten().copied().collect();
        columns.sort_unstable();
        let is_even = |part: &Part| {
            let n = part.copies.first().map_or(0, Vec::len);
            (1..=2).contains(&n) && part.copies.iter().all(|copy| copy.len() == n)
        };
        if !columns.into_iter().eq(0..self.dim()) || !parts.iter().all(is_even) {
            let allowed = "copies of one or two coordinates, those of a part equally long, with each coordinate in exactly one";
            return Err(Error::setting("parts", format!("{} of them", parts.len()), allowed));
        }
        Ok(Self { parts: Some(parts), ..self })
    }

    /// The same with a part U_R of its energy that is a function of this variable alone, given with its derivative: samplers may
    /// leave it out and put it back by weights.
    #[must_use]
    pub fn with_energy_along(
        self,
        variable: impl CollectiveVariable,
        energy: impl Fn(f64) -> (f64, f64) + Send + Sync + 'static,
    ) -> Self {
        let along = Along { variable: Arc::new(variable), energy: Arc::new(energy) };
        Self { along: Some(along), ..self }
    }

    /// The same for an energy that a user wrote: [`ReducedPotential::new`] looks whether it has an equilibrium, see
    /// [`System::check_equilibrium`].
    #[must_use]
    pub fn unproven(self) -> Self {
        Self { unproven: true, ..self }
    }

    /// The same with another potential, for example one that counts its evaluations.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] for one of another dimension.
    pub fn with_potential(self, potential: impl Potential + 'static) -> Result<Self> {
        let (expected, found) = (self.dim(), potential.dim());
        if expected != found {
            return Err(Error::DimensionMismatch { what: "the potential", expected, found });
        }
        Ok(Self { potential: Arc::new(potential), ..self })
    }

    /// The potential U.
    #[must_use]
    pub fn potential(&self) -> &Arc<dyn Potential> {
        &self.potential
    }

    /// Where configurations live.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Number of coordinates of x.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.space.dim()
    }

    /// Natural reaction coordinates, the default first.
    #[must_use]
    pub fn coordinates(&self) -> &[Coordinate] {
        &self.coordinates
    }

    /// A reaction coordinate by its name; the default one for an empty name.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the coordinates of this system.
    pub fn coordinate(&self, name: &str) -> Result<&Coordinate> {
        let found = self.coordinates.iter().find(|c| name.is_empty() || c.name == name);
        found.ok_or_else(|| {
            let known: Vec<&str> = self.coordinates.iter().map(|c| &*c.name).collect();
            Error::unknown("coordinate of this system", name, &known)
        })
    }

    /// How U is a sum of independent parts of at most two coordinates, for exact answers by [`quadrature`]; `None` if it is not.
    #[must_use]
    pub fn parts(&self) -> Option<&[Part]> {
        self.parts.as_deref()
    }

    /// U_R(R) and its derivative, where a part of U is a function of this coordinate alone; `None` where no such part is known.
    #[must_use]
    pub fn energy_along(&self, coordinate: &Coordinate, r: f64) -> Option<(f64, f64)> {
        let along = self.along.as_ref()?;
        coordinate::same(&along.variable, &coordinate.variable).then(|| (along.energy)(r))
    }

    /// The wells as configurations, where local sampling may start and which samples must cover:
    /// those that are known, else for independent parts of at most two coordinates the minima of U within the domain. Empty
    /// where they are not known or more than 64.
    #[must_use]
    pub fn wells(&self) -> Vec<Vec<f64>> {
        self.wells.clone().unwrap_or_else(|| wells::minima(self))
    }

    /// `n` configurations for local chains to start from: those that are given, else the known wells in turn; where they are
    /// too many to list, random ones of them by their energies at `temperature` (kT); where none are known, random points of the domain.
    pub fn starts(&self, n: usize, temperature: f64, rng: &mut Stream) -> Vec<Vec<f64>> {
        if !self.starts.is_empty() {
            return self.starts.iter().cycle().take(n).cloned().collect();
        }
        let wells = self.wells();
        if !wells.is_empty() {
            return wells.into_iter().cycle().take(n).collect();
        }
        wells::random_minima(self, n, temperature, rng).unwrap_or_else(|| {
            let mut point =
                || self.space.domain.iter().map(|(a, b)| a + (b - a) * rng.uniform()).collect();
            (0..n).map(|_| point()).collect()
        })
    }
}

/// The registry entry of a system.
///
/// ```
/// use boltzflow::system;
///
/// let dimer = system::entry("dimer")?;
/// assert_eq!(dimer.parameter("n_solvent").map(|p| p.name), Some("n_solvent"));
/// let message = system::entry("dimmer").err().map(|error| error.to_string());
/// assert!(message.is_some_and(|m| m.contains("did you mean 'dimer'?")));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] with the known names.
pub fn entry(name: &str) -> Result<&'static SystemEntry> {
    SYSTEMS.iter().copied().find(|s| s.name == name).ok_or_else(|| {
        let known: Vec<&str> = SYSTEMS.iter().map(|s| s.name).collect();
        Error::unknown("system", name, &known)
    })
}

/// Builds a system from its name, its parameters (missing ones take their defaults) and, where the
/// system needs it, its total dimension.
///
/// ```
/// use boltzflow::setting::{Parameters, Value};
/// use boltzflow::system;
///
/// let stiff = Parameters::new().with("k", Value::List(vec![1.0, 4.0]));
/// let harmonic = system::build("harmonic", &stiff, None)?;
/// let mut gradient = [0.0; 2];
/// assert_eq!(harmonic.potential().energy_gradient(&[1.0, 1.0], &mut gradient), 2.5);
/// assert_eq!(gradient, [1.0, 4.0]);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] for the system or a parameter, [`Error::InvalidSetting`] for a value
/// outside its range or a dimension that does not fit.
pub fn build(name: &str, parameters: &Parameters, dim: Option<usize>) -> Result<System> {
    let entry = entry(name)?;
    (entry.build)(&entry.checked(parameters)?, dim)
}
