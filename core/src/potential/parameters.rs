//! Parameters of systems: typed values, their specification, and registry entries.

use core::fmt;

use alloc::{boxed::Box, collections::BTreeMap, format, string::String, vec::Vec};

use super::Potential;
use crate::num::{Error, Result};

/// A parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A list of numbers.
    List(Vec<f64>),
    /// A list of points, each of the same length.
    Points(Vec<Vec<f64>>),
    /// Text, for example a formula.
    Text(String),
}

/// As a user would write it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(v) => write!(f, "{v}"),
            Self::List(v) => write!(f, "{v:?}"),
            Self::Points(v) => write!(f, "{v:?}"),
            Self::Text(v) => write!(f, "'{v}'"),
        }
    }
}

/// What a parameter accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterKind {
    /// A finite number between two bounds (inclusive).
    Number {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// A finite number above zero.
    Positive,
    /// A whole number between two bounds (inclusive).
    Integer {
        /// Smallest value.
        min: usize,
        /// Largest value.
        max: usize,
    },
    /// A list of numbers.
    List,
    /// A number, or a list with one number per coordinate.
    NumberOrList,
    /// A list of points.
    Points,
    /// Text.
    Text,
}

/// One parameter of a system: name, what it accepts, default, one line of help.
#[derive(Clone, Copy, Debug)]
pub struct ParameterSpec {
    /// Name for `--set`, system files and options.
    pub name: &'static str,
    /// What it accepts.
    pub kind: ParameterKind,
    /// Default in words, as a user would write it; empty if it must be given.
    pub default: &'static str,
    /// One line of help.
    pub help: &'static str,
}

/// A named parameter set of a system.
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
pub type Build = fn(&Parameters, Option<usize>) -> Result<Box<dyn Potential>>;

/// Registry entry of a system.
#[allow(missing_debug_implementations)] // holds a function pointer
pub struct SystemEntry {
    /// Name, for example `double-well`.
    pub name: &'static str,
    /// One line of description.
    pub summary: &'static str,
    /// Its parameters.
    pub parameters: &'static [ParameterSpec],
    /// Its named parameter sets.
    pub variants: &'static [Variant],
    /// Total dimension if it is not given and not derived from parameters.
    pub default_dim: Option<usize>,
    /// Constructor from checked parameters and the total dimension, if given.
    pub build: Build,
}

/// Parameter values by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    values: BTreeMap<String, Value>,
}

impl Parameters {
    /// No parameter set: all defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a parameter; checked when a system is built.
    pub fn set(&mut self, name: impl Into<String>, value: Value) -> &mut Self {
        self.values.insert(name.into(), value);
        self
    }

    /// Leaves a parameter at its default.
    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.values.remove(name);
        self
    }

    /// The value of a parameter, if set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Names and values in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// Checks names and values against a specification; `kind` says what they are, in words.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a name that is not specified, [`Error::InvalidSetting`] for a value
    /// that its kind does not accept.
    pub fn check(&self, specification: &[ParameterSpec], kind: &'static str) -> Result<()> {
        for (name, value) in self.iter() {
            let Some(spec) = specification.iter().find(|p| p.name == name) else {
                return Err(Error::UnknownName {
                    kind,
                    name: name.into(),
                    known: specification.iter().map(|p| p.name).collect::<Vec<_>>().join(", "),
                });
            };
            if !spec.kind.accepts(value) {
                return Err(Error::setting(name, value, spec.kind.words()));
            }
        }
        Ok(())
    }

    /// A number, or `default` if not set. The kind was checked by [`SystemEntry::check`].
    #[must_use]
    pub fn number(&self, name: &str, default: f64) -> f64 {
        match self.values.get(name) {
            Some(Value::Number(v)) => *v,
            _ => default,
        }
    }

    /// A whole number, or `default` if not set.
    #[must_use]
    pub fn integer(&self, name: &str, default: usize) -> usize {
        match self.values.get(name) {
            Some(Value::Number(v)) => *v as usize,
            _ => default,
        }
    }

    /// A list of numbers, if set.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&[f64]> {
        match self.values.get(name) {
            Some(Value::List(v)) => Some(v),
            _ => None,
        }
    }

    /// A list of points, if set.
    #[must_use]
    pub fn points(&self, name: &str) -> Option<&[Vec<f64>]> {
        match self.values.get(name) {
            Some(Value::Points(v)) => Some(v),
            _ => None,
        }
    }

    /// A text, if set.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Text(v)) => Some(v),
            _ => None,
        }
    }
}

/// Largest total dimension of a system.
const MAX_DIM: usize = 1 << 16;

impl SystemEntry {
    /// The parameters of a named variant.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the variants this system has.
    pub fn variant(&self, name: &str) -> Result<Parameters> {
        let Some(variant) = self.variants.iter().find(|v| v.name == name) else {
            return Err(Error::UnknownName {
                kind: "variant of this system",
                name: name.into(),
                known: self.variants.iter().map(|v| v.name).collect::<Vec<_>>().join(", "),
            });
        };
        let mut parameters = Parameters::new();
        for (name, value) in variant.values {
            parameters.set(*name, Value::Number(*value));
        }
        Ok(parameters)
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

    /// Checks names and values against the specification.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a parameter this system does not have, [`Error::InvalidSetting`]
    /// for a value that its kind does not accept.
    pub fn check(&self, parameters: &Parameters) -> Result<()> {
        parameters.check(self.parameters, "parameter of this system")
    }
}

impl ParameterKind {
    /// Any finite number.
    pub const FINITE: Self = Self::Number { min: f64::MIN, max: f64::MAX };

    /// True if the value is of this kind and in its range.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number { min, max }, Value::Number(v)) => v.is_finite() && v >= min && v <= max,
            (Self::Positive, Value::Number(v)) => v.is_finite() && *v > 0.0,
            (Self::Integer { min, max }, Value::Number(v)) => {
                *v >= *min as f64 && *v <= *max as f64 && *v == (*v as usize) as f64
            }
            (Self::NumberOrList, Value::Number(v)) => v.is_finite(),
            (Self::List | Self::NumberOrList, Value::List(l)) => {
                !l.is_empty() && l.iter().all(|v| v.is_finite())
            }
            (Self::Points, Value::Points(p)) => {
                !p.is_empty()
                    && p.iter().all(|q| q.len() == p[0].len() && q.iter().all(|v| v.is_finite()))
            }
            (Self::Text, Value::Text(t)) => !t.trim().is_empty(),
            _ => false,
        }
    }

    /// What is allowed, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Number { min, max } if *min == f64::MIN && *max == f64::MAX => {
                "a finite number".into()
            }
            Self::Number { min, max } if *max == f64::MAX => format!("a number from {min}"),
            Self::Number { min, max } => {
                format!("a number from {} to {}", short(*min), short(*max))
            }
            Self::Positive => "a positive number".into(),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::List => "a list of numbers".into(),
            Self::NumberOrList => "a number or a list of numbers".into(),
            Self::Points => "a list of points of equal length".into(),
            Self::Text => "text".into(),
        }
    }
}

/// A bound as a user would write it: 1e300 rather than three hundred zeros.
fn short(bound: f64) -> String {
    if bound.abs() < 1e6 { format!("{bound}") } else { format!("{bound:e}") }
}
