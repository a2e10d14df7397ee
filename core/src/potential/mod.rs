//! F2: potential energies U(x) with their gradients.
//!
//! A system is one file here and one line in the registry below; contract tests, menus and
//! command-line names follow from it. Energies are in the system's own units;
//! [`ReducedPotential`] is where temperature enters.

mod assignment;
mod closure;
mod coordinate;
mod dimer;
mod double_well;
mod dw4;
#[cfg(feature = "std")]
mod formula;
mod gaussian_mixture;
mod geometry;
mod gmm40;
mod harmonic;
mod lane;
mod lennard_jones;
mod many_well;
mod mueller_brown;
mod pairs;
mod parameters;
pub mod quadrature;
mod reduced;
mod relabelling;
mod ring;
mod slice;
mod tilt;
mod wells;

pub use closure::Closure;
pub use coordinate::{Coordinate, CoordinateKind};
pub use dimer::Dimer;
pub use double_well::DoubleWell;
pub use dw4::DoubleWellParticles;
#[cfg(feature = "std")]
pub use formula::{Formula, Well};
pub use gaussian_mixture::GaussianMixture;
pub use geometry::ParticleGeometry;
pub use harmonic::Harmonic;
pub use lane::{LanePotential, Scratch};
pub use lennard_jones::LennardJones;
pub use many_well::ManyWell;
pub use mueller_brown::{MuellerBrown, MuellerBrownTerm};
pub use parameters::{
    Build, ParameterKind, ParameterSpec, Parameters, SystemEntry, Value, Variant,
};
pub use quadrature::Part;
pub use reduced::{LinearLogCap, ReducedPotential};
pub use relabelling::{Particles, Relabelling};
pub use ring::Ring;
pub use tilt::Tilt;
pub use wells::well_probabilities;

use alloc::{boxed::Box, vec, vec::Vec};
use core::fmt::Debug;

use nalgebra::DMatrix;

use crate::num::{Error, Result, Stream};

/// A potential energy U(x) with its gradient.
///
/// Chunks are `n × dim` matrices, row = sample. Evaluation cannot fail: an undefined energy is
/// NaN or infinite and is dropped and counted by the caller.
pub trait Potential: Debug + Send + Sync {
    /// Number of coordinates.
    fn dim(&self) -> usize;

    /// Energies (`n`) and gradients ∂U/∂x (`n × dim`) of a chunk `x` (`n × dim`).
    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    );

    /// For each coordinate the interval in which equilibrium samples lie and all terms are
    /// exercised: test points are drawn from this box, plots show it, quadrature covers it.
    fn domain(&self) -> Vec<(f64, f64)>;

    /// Natural reaction coordinates, the default first.
    fn coordinates(&self) -> Vec<Coordinate>;

    /// A reaction coordinate by its name; the default one for an empty name.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the coordinates of this system.
    fn coordinate(&self, name: &str) -> Result<Coordinate> {
        let mut all = self.coordinates();
        match all.iter().position(|c| name.is_empty() || c.name == name) {
            Some(i) => Ok(all.swap_remove(i)),
            None => Err(Error::UnknownName {
                kind: "coordinate of this system",
                name: name.into(),
                known: all.iter().map(|c| c.name).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// U_R(R) and its derivative, where a part of U is a function of this coordinate alone: samplers may leave it
    /// out and put it back by weights. `None` where no such part is named.
    fn energy_along(&self, _coordinate: &Coordinate, _r: f64) -> Option<(f64, f64)> {
        None
    }

    /// How the potential is a sum of independent parts of at most two coordinates, for exact
    /// answers by [`quadrature`]; `None` if it is not. All coordinates occur in exactly one copy.
    fn parts(&self) -> Option<Vec<Part>> {
        let whole = || vec![Part { copies: vec![(0..self.dim()).collect()] }];
        (1..=2).contains(&self.dim()).then(whole)
    }

    /// Space, size and walls of the particles that a configuration is made of; `None` for a system without particles.
    fn geometry(&self) -> Option<ParticleGeometry> {
        None
    }

    /// What of a configuration are particles, with those that are identical; `None` where nothing is known of them.
    fn particles(&self) -> Option<Particles> {
        None
    }

    /// The wells, where the system names them itself; `None` where they are found by their energy: see `wells` of `dyn Potential`.
    fn named_wells(&self) -> Option<Vec<Vec<f64>>> {
        None
    }

    /// `n` configurations for local chains to start from, where the system names them itself.
    fn named_starts(&self, _n: usize) -> Option<Vec<Vec<f64>>> {
        None
    }

    /// Energy of one configuration; its gradient is written to `gradient` (`dim`).
    fn energy_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let chunk = DMatrix::from_row_slice(1, x.len(), x);
        let mut g = DMatrix::from_element(1, x.len(), 0.0);
        let mut energy = [0.0];
        self.evaluate(&chunk, &mut energy, &mut g, &mut Scratch::default());
        gradient.copy_from_slice(g.as_slice());
        energy[0]
    }
}

/// What follows from the energy of any system: compiled once, not for each.
impl dyn Potential + '_ {
    /// The wells as configurations, where local sampling may start and which samples must cover:
    /// those that the system names, else for independent parts of at most two coordinates the minima of U within the domain. Empty
    /// where they are not known or more than 64.
    #[must_use]
    pub fn wells(&self) -> Vec<Vec<f64>> {
        self.named_wells().unwrap_or_else(|| wells::minima(self))
    }

    /// `n` configurations for local chains to start from: those that the system names, else the known wells in turn; where they are
    /// too many to list, random ones of them by their energies at `temperature` (kT); where none are known, random points of the domain.
    pub fn starts(&self, n: usize, temperature: f64, rng: &mut Stream) -> Vec<Vec<f64>> {
        if let Some(starts) = self.named_starts(n) {
            return starts;
        }
        let wells = self.wells();
        if !wells.is_empty() {
            return wells.into_iter().cycle().take(n).collect();
        }
        wells::random_minima(self, n, temperature, rng).unwrap_or_else(|| {
            let domain = self.domain();
            let mut point = || domain.iter().map(|(a, b)| a + (b - a) * rng.uniform()).collect();
            (0..n).map(|_| point()).collect()
        })
    }
}

/// Registers systems: one line each, in the order menus show them.
macro_rules! potentials {
    ($($(#[$condition:meta])* $module:ident),* $(,)?) => {
        /// Every registered system.
        pub static SYSTEMS: &[&SystemEntry] = &[$($(#[$condition])* &$module::ENTRY),*];
    };
}
potentials! {
    double_well,
    mueller_brown,
    ring,
    gaussian_mixture,
    many_well,
    harmonic,
    dw4,
    lennard_jones,
    dimer,
    #[cfg(feature = "std")]
    formula,
}

/// The registry entry of a system.
///
/// # Errors
/// [`Error::UnknownName`] with the known names.
pub fn system(name: &str) -> Result<&'static SystemEntry> {
    SYSTEMS.iter().copied().find(|s| s.name == name).ok_or_else(|| Error::UnknownName {
        kind: "system",
        name: name.into(),
        known: SYSTEMS.iter().map(|s| s.name).collect::<Vec<_>>().join(", "),
    })
}

/// Builds a system from its name, its parameters (missing ones take their defaults) and, where the
/// system needs it, its total dimension.
///
/// # Errors
/// [`Error::UnknownName`] for the system or a parameter, [`Error::InvalidSetting`] for a value
/// outside its range or a dimension that does not fit.
pub fn build(
    name: &str,
    parameters: &Parameters,
    dim: Option<usize>,
) -> Result<Box<dyn Potential>> {
    let entry = system(name)?;
    entry.check(parameters)?;
    (entry.build)(parameters, dim)
}
