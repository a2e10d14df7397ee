//! Registry entries of systems.

use alloc::{format, vec::Vec};

use super::System;
use crate::num::{Error, Result};
use crate::setting::{Description, Parameters, Value};

/// Largest total dimension of a system.
pub const MAX_DIM: usize = 1 << 16;

/// A named parameter set of a system.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// Name, for example `text`.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// The parameters that differ from the defaults.
    pub values: &'static [(&'static str, f64)],
}

/// Constructor of a system from checked parameters and the total dimension, if given.
pub type Build = fn(&Parameters, Option<usize>) -> Result<System>;

/// Registry entry of a system.
#[allow(missing_debug_implementations)] // holds a function pointer
#[non_exhaustive]
pub struct SystemEntry {
    /// Name, for example `double-well`.
    pub name: &'static str,
    /// One line of description.
    pub summary: &'static str,
    /// Its parameters.
    pub parameters: &'static [Description],
    /// Its named parameter sets.
    pub variants: &'static [Variant],
    /// Total dimension if it is not given and not derived from parameters.
    pub default_dim: Option<usize>,
    /// Constructor from checked parameters and the total dimension, if given.
    pub build: Build,
}

impl SystemEntry {
    /// The parameters of a named variant.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the variants this system has.
    pub fn variant(&self, name: &str) -> Result<Parameters> {
        let Some(variant) = self.variants.iter().find(|v| v.name == name) else {
            let known: Vec<&str> = self.variants.iter().map(|v| v.name).collect();
            return Err(Error::unknown("variant of this system", name, &known));
        };
        let values = variant.values.iter();
        Ok(values.fold(Parameters::new(), |all, (name, v)| all.with(*name, Value::Number(*v))))
    }

    /// The description of a parameter, if the system has one of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static Description> {
        self.parameters.iter().find(|p| p.name == name)
    }

    /// The total dimension of a system that has any: as given, or the default.
    pub(super) fn free_dim(&self, dim: Option<usize>) -> Result<usize> {
        match dim.or(self.default_dim) {
            Some(dim) if (1..=MAX_DIM).contains(&dim) => Ok(dim),
            Some(dim) => {
                Err(Error::setting("dim", dim, format!("a whole number from 1 to {MAX_DIM}")))
            }
            None => Err(Error::setting("dim", "nothing", "given for this system")),
        }
    }

    /// The total dimension of a system whose parameters decide it: a given one must agree.
    pub(super) fn derived_dim(&self, dim: Option<usize>, derived: usize) -> Result<usize> {
        match dim {
            Some(dim) if dim != derived => Err(Error::setting(
                "dim",
                dim,
                format!("{derived}, which follows from the parameters of {}", self.name),
            )),
            _ => Ok(derived),
        }
    }

    /// The parameters as the system takes them.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a parameter this system does not have, [`Error::InvalidSetting`]
    /// for a value that its kind does not accept.
    pub fn checked(&self, parameters: &Parameters) -> Result<Parameters> {
        parameters.checked(self.parameters, "parameter of this system")
    }
}
