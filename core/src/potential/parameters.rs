//! Parameters of systems: typed values, their specification, and registry entries.

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
    pub build: fn(&Parameters, Option<usize>) -> Result<Box<dyn Potential>>,
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

    /// The value of a parameter, if set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Names and values in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// A number, or `default` if not set. The kind was checked by [`SystemEntry::check`].
    #[must_use]
    pub fn number(&self, name: &str, default: f64) -> f64 {
        match self.values.get(name) {
            Some(Value::Number(v)) => *v,
            _ => default,
        }
    }
}

impl SystemEntry {
    /// Checks names and values against the specification.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a parameter this system does not have, [`Error::InvalidSetting`]
    /// for a value that its kind does not accept.
    pub fn check(&self, parameters: &Parameters) -> Result<()> {
        for (name, value) in parameters.iter() {
            let Some(spec) = self.parameters.iter().find(|p| p.name == name) else {
                return Err(Error::UnknownName {
                    kind: "parameter of this system",
                    name: name.into(),
                    known: self.parameters.iter().map(|p| p.name).collect::<Vec<_>>().join(", "),
                });
            };
            if !spec.kind.accepts(value) {
                return Err(Error::setting(name, format!("{value:?}"), spec.kind.words()));
            }
        }
        Ok(())
    }
}

impl ParameterKind {
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
            Self::Number { min, max } => format!("a number from {min} to {max}"),
            Self::Positive => "a positive number".into(),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::List => "a list of numbers".into(),
            Self::NumberOrList => "a number or a list of numbers".into(),
            Self::Points => "a list of points of equal length".into(),
            Self::Text => "text".into(),
        }
    }
}
