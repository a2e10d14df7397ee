//! A value as users give it.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

/// How no points are written.
pub(super) const NONE: &str = "none";

/// The value of a parameter or setting.
///
/// ```
/// use boltzflow::setting::Value;
///
/// let wells = Value::Points(vec![vec![0.0, 0.5], vec![2.0, 1.0]]);
/// assert_eq!(wells.text(), "0,0.5;2,1");
/// assert_eq!(wells.to_string(), "[[0.0, 0.5], [2.0, 1.0]]");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A list of numbers.
    List(Vec<f64>),
    /// A list of points, each of the same length.
    Points(Vec<Vec<f64>>),
    /// Text, for example a formula, one of several words, `yes` or `no`.
    Text(String),
}

/// As a user would write it in a file.
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

impl Value {
    /// As an address holds it, and [`super::Kind::read`] reads it: numbers as the shortest text that reads back the same, lists with
    /// commas, points with semicolons, `none` for no point.
    #[must_use]
    pub fn text(&self) -> String {
        let list = |v: &Vec<f64>| v.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::Number(v) => v.to_string(),
            Self::List(v) => list(v),
            Self::Points(p) if p.is_empty() => NONE.into(),
            Self::Points(p) => p.iter().map(list).collect::<Vec<_>>().join(";"),
            Self::Text(t) => t.clone(),
        }
    }

    /// The number; NaN for any other value.
    #[must_use]
    pub fn number(&self) -> f64 {
        match self {
            Self::Number(v) => *v,
            _ => f64::NAN,
        }
    }

    /// The numbers of a list; none for any other value.
    #[must_use]
    pub fn list(&self) -> &[f64] {
        match self {
            Self::List(v) => v,
            _ => &[],
        }
    }

    /// The text; empty for any other value.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Text(t) => t,
            _ => "",
        }
    }

    /// Whether it says yes: `yes` or `true`.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        boolean(self) == Some(true)
    }
}

/// Yes or no, in the words for them.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Text(t) if t == "yes" || t == "true" => Some(true),
        Value::Text(t) if t == "no" || t == "false" => Some(false),
        _ => None,
    }
}
