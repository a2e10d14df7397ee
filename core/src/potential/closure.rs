//! A potential made of a closure: the user's own energy.

use alloc::{boxed::Box, vec, vec::Vec};
use core::fmt;

use nalgebra::DMatrix;

use super::coordinate::NAMES;
use super::{Coordinate, Potential, Scratch};
use crate::num::{Error, Result};

type Energy = dyn Fn(&[f64], &mut [f64]) -> f64 + Send + Sync;

/// A potential from `f(x, gradient) -> U`: `x` has `dim` numbers, f writes ∂U/∂x to `gradient`
/// (`dim`) and returns U in units of the caller's choice.
pub struct Closure {
    dim: usize,
    energy: Box<Energy>,
    domain: Vec<(f64, f64)>,
    coordinates: Vec<Coordinate>,
}

impl fmt::Debug for Closure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closure")
            .field("dim", &self.dim)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

impl Closure {
    /// A system of dimension `domain.len()`; the domain is the box in which samples are expected.
    /// Its coordinates are the first of x until [`Closure::with_coordinates`] sets others.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for an empty domain or an interval that is empty or not finite.
    pub fn new(
        domain: Vec<(f64, f64)>,
        energy: impl Fn(&[f64], &mut [f64]) -> f64 + Send + Sync + 'static,
    ) -> Result<Self> {
        check_domain(&domain)?;
        let coordinates = components(&domain);
        Ok(Self { dim: domain.len(), energy: Box::new(energy), domain, coordinates })
    }

    /// The same system with other reaction coordinates.
    #[must_use]
    pub fn with_coordinates(mut self, coordinates: Vec<Coordinate>) -> Self {
        self.coordinates = coordinates;
        self
    }
}

/// At least one interval, each finite and not empty.
pub(super) fn check_domain(domain: &[(f64, f64)]) -> Result<()> {
    if domain.is_empty() {
        return Err(Error::setting("domain", "an empty list", "one interval for each coordinate"));
    }
    match domain.iter().find(|(low, high)| !(low < high && (high - low).is_finite())) {
        Some((low, high)) => Err(Error::setting(
            "domain",
            alloc::format!("({low}, {high})"),
            "an interval with a lower end below its upper end",
        )),
        None => Ok(()),
    }
}

/// The first two coordinates of a domain, each divided in its middle.
pub(super) fn components(domain: &[(f64, f64)]) -> Vec<Coordinate> {
    let coordinate = |(i, range): (usize, &(f64, f64))| Coordinate {
        range: *range,
        boundary: 0.5 * (range.0 + range.1),
        ..Coordinate::component(NAMES[i], i, domain.len())
    };
    domain.iter().take(2).enumerate().map(coordinate).collect()
}

impl Potential for Closure {
    fn dim(&self) -> usize {
        self.dim
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        _: &mut Scratch,
    ) {
        let (mut point, mut slope) = (vec![0.0; self.dim], vec![0.0; self.dim]);
        for (i, u) in energy.iter_mut().enumerate() {
            point.iter_mut().zip(x.row(i).iter()).for_each(|(p, x)| *p = *x);
            *u = (self.energy)(&point, &mut slope);
            gradient.row_mut(i).iter_mut().zip(&slope).for_each(|(g, s)| *g = *s);
        }
    }

    fn domain(&self) -> Vec<(f64, f64)> {
        self.domain.clone()
    }

    fn coordinates(&self) -> Vec<Coordinate> {
        self.coordinates.clone()
    }
}
