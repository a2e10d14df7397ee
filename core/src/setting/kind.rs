//! What a value may be.

use alloc::{format, string::String, vec::Vec};

use super::Value;
use super::value::{NONE, boolean};
use crate::num::parse_decimal;

/// Longest list of whole numbers, such as the widths of a network.
const MOST_INTEGERS: usize = 16;

/// What a value may be.
///
/// ```
/// use boltzflow::setting::{Kind, Value};
///
/// let kind = Kind::Integer { min: 1, max: 8 };
/// assert_eq!(kind.read("4"), Some(Value::Number(4.0)));
/// assert_eq!(kind.read("4.5"), None);
/// assert_eq!(kind.words(), "a whole number from 1 to 8");
/// assert_eq!(Kind::Boolean.read("true"), Some(Value::Text("yes".into())));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
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
    /// A list of at most 16 whole numbers between two bounds (inclusive).
    Integers {
        /// Smallest value.
        min: usize,
        /// Largest value.
        max: usize,
    },
    /// A number, or a list with one number for each coordinate or component.
    NumberOrList,
    /// A list of points of equal length.
    Points {
        /// Whether there may be `none`.
        optional: bool,
    },
    /// Text.
    Text,
    /// One of several words.
    Choice(&'static [&'static str]),
    /// `yes` or `no`; `true` and `false` say the same.
    Boolean,
}

impl Kind {
    /// Any finite number.
    pub const FINITE: Self = Self::Number { min: f64::MIN, max: f64::MAX };
    /// A finite number from zero.
    pub const NOT_NEGATIVE: Self = Self::Number { min: 0.0, max: f64::MAX };
    /// One or more points.
    pub const POINTS: Self = Self::Points { optional: false };
    /// Points, or `none`.
    pub const OPTIONAL_POINTS: Self = Self::Points { optional: true };

    /// The value that stands for a given one, if it is allowed: that value itself; what its text means ([`Kind::read`]) where the kind
    /// is not text; a list of one number for a number where a list is meant; `yes` or `no`; no points for `none`.
    #[must_use]
    pub fn accept(&self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Text | Self::Choice(_), _) => {}
            (_, Value::Text(text)) => return self.read(text),
            (Self::List | Self::Integers { .. }, Value::Number(v)) => {
                return self.accept(&Value::List([*v].into()));
            }
            (Self::Points { .. }, Value::List(l)) if l.is_empty() => {
                return self.accept(&Value::Points(Vec::new()));
            }
            _ => {}
        }
        self.holds(value).then(|| value.clone())
    }

    /// The value that a text stands for, as the page's address has it; `None` if that is not allowed.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Value> {
        let number = |text: &str| parse_decimal(text.trim());
        let list = |text: &str| text.split(',').map(number).collect::<Option<Vec<f64>>>();
        let value = match self {
            Self::Text | Self::Choice(_) => Value::Text(text.into()),
            Self::Boolean => {
                let yes = boolean(&Value::Text(text.trim().into()))?;
                Value::Text(if yes { "yes" } else { "no" }.into())
            }
            Self::Number { .. } | Self::Positive | Self::Integer { .. } => {
                Value::Number(number(text)?)
            }
            Self::NumberOrList if !text.contains(',') => Value::Number(number(text)?),
            Self::List | Self::Integers { .. } | Self::NumberOrList => Value::List(list(text)?),
            Self::Points { .. } if text.trim() == NONE => Value::Points(Vec::new()),
            Self::Points { .. } => Value::Points(text.split(';').map(list).collect::<Option<_>>()?),
        };
        self.holds(&value).then_some(value)
    }

    /// True if the value is of this kind and in its range, as it is.
    fn holds(&self, value: &Value) -> bool {
        let whole = |v: f64, min: usize, max: usize| {
            v >= min as f64 && v <= max as f64 && v == (v as usize) as f64
        };
        match (self, value) {
            (Self::Number { min, max }, Value::Number(v)) => v.is_finite() && v >= min && v <= max,
            (Self::Positive, Value::Number(v)) => v.is_finite() && *v > 0.0,
            (Self::Integer { min, max }, Value::Number(v)) => whole(*v, *min, *max),
            (Self::NumberOrList, Value::Number(v)) => v.is_finite(),
            (Self::List | Self::NumberOrList, Value::List(l)) => {
                !l.is_empty() && l.iter().all(|v| v.is_finite())
            }
            (Self::Integers { min, max }, Value::List(l)) => {
                l.len() <= MOST_INTEGERS && l.iter().all(|v| whole(*v, *min, *max))
            }
            (Self::Points { optional }, Value::Points(p)) => match p.first() {
                None => *optional,
                Some(first) => {
                    let fits =
                        |q: &Vec<f64>| q.len() == first.len() && q.iter().all(|v| v.is_finite());
                    !first.is_empty() && p.iter().all(fits)
                }
            },
            (Self::Text, Value::Text(t)) => !t.trim().is_empty(),
            (Self::Choice(words), Value::Text(t)) => words.contains(&t.as_str()),
            (Self::Boolean, Value::Text(_)) => boolean(value).is_some(),
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
            Self::Integers { min, max } => {
                format!("a list of at most {MOST_INTEGERS} whole numbers from {min} to {max}")
            }
            Self::NumberOrList => "a number or a list of numbers".into(),
            Self::Points { optional: false } => "a list of points of equal length".into(),
            Self::Points { optional: true } => "a list of points of equal length, or none".into(),
            Self::Text => "text".into(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Boolean => "yes or no".into(),
        }
    }

    /// Its name for tables that a program reads: `number`, `positive`, `integer`, `integers`, `numbers`, `number or numbers`, `points`,
    /// `choice`, `boolean` or `text`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Number { .. } => "number",
            Self::Positive => "positive",
            Self::Integer { .. } => "integer",
            Self::Integers { .. } => "integers",
            Self::List => "numbers",
            Self::NumberOrList => "number or numbers",
            Self::Points { .. } => "points",
            Self::Choice(_) => "choice",
            Self::Boolean => "boolean",
            Self::Text => "text",
        }
    }

    /// The smallest and the largest number, where there are bounds.
    #[must_use]
    pub fn bounds(&self) -> [Option<f64>; 2] {
        match self {
            Self::Number { min, max } => [*min, *max].map(|v| (v.abs() < f64::MAX).then_some(v)),
            Self::Integer { min, max } | Self::Integers { min, max } => {
                [Some(*min as f64), Some(*max as f64)]
            }
            _ => [None, None],
        }
    }

    /// The words to choose among; empty where there is no such choice.
    #[must_use]
    pub fn choices(&self) -> &'static [&'static str] {
        match self {
            Self::Choice(words) => words,
            Self::Boolean => &["no", "yes"],
            _ => &[],
        }
    }

    /// Whether its numbers are whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Integer { .. } | Self::Integers { .. })
    }
}

/// A bound as a user would write it: 1e300 rather than three hundred zeros.
fn short(bound: f64) -> String {
    if bound.abs() < 1e6 { format!("{bound}") } else { format!("{bound:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn texts_are_read_and_written() {
        for (kind, text) in [
            (Kind::FINITE, "-0.25"),
            (Kind::Positive, "0.00000000000000000001"),
            (Kind::Integer { min: 0, max: 9 }, "7"),
            (Kind::List, "1,-2.5,3"),
            (Kind::Integers { min: 1, max: 99 }, "64,64"),
            (Kind::NumberOrList, "3"),
            (Kind::NumberOrList, "3,4.5"),
            (Kind::POINTS, "0,1;2,3"),
            (Kind::OPTIONAL_POINTS, "none"),
            (Kind::Text, "x^2 + y^2"),
            (Kind::Choice(&["tanh", "relu"]), "relu"),
            (Kind::Boolean, "yes"),
        ] {
            let value = kind.read(text).unwrap();
            assert_eq!(value.text(), text, "{kind:?}");
            assert_eq!(kind.accept(&value), Some(value.clone()), "{kind:?}");
            assert_eq!(kind.accept(&Value::Text(text.into())), Some(value), "{kind:?}");
        }
        for (kind, text) in [
            (Kind::FINITE, "1e999"),
            (Kind::Positive, "0"),
            (Kind::Integer { min: 0, max: 9 }, "10"),
            (Kind::List, "1,,2"),
            (Kind::Integers { min: 1, max: 99 }, "64,0"),
            (Kind::POINTS, "none"),
            (Kind::POINTS, "0,1;2"),
            (Kind::Text, "  "),
            (Kind::Choice(&["tanh", "relu"]), "silu"),
            (Kind::Boolean, "maybe"),
        ] {
            assert_eq!(kind.read(text), None, "{kind:?} {text}");
        }
    }

    #[test]
    fn what_means_the_same_is_taken_as_the_same() {
        assert_eq!(Kind::List.accept(&Value::Number(2.0)), Some(Value::List(vec![2.0])));
        assert_eq!(Kind::Boolean.accept(&Value::Text("true".into())), Kind::Boolean.read("yes"));
        let none = Some(Value::Points(vec![]));
        assert_eq!(Kind::OPTIONAL_POINTS.accept(&Value::Text("none".into())), none);
        assert_eq!(Kind::POINTS.accept(&Value::Points(vec![])), None);
        assert_eq!(Kind::FINITE.accept(&Value::List(vec![1.0])), None);
    }
}
