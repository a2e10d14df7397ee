//! Values by name.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use super::{Description, Value};
use crate::num::{Error, Result};

/// Values by name, those that are not set left at their defaults.
///
/// ```
/// use boltzflow::setting::{Parameters, Value};
/// use boltzflow::system;
///
/// let parameters = Parameters::new().with("c4", Value::Number(2.0)).with("k", Value::Number(3.0));
/// assert_eq!(parameters.number("c4", 1.0), 2.0);
/// let double_well = system::build("double-well", &parameters, None)?;
/// assert_eq!(double_well.dim(), 2);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    values: BTreeMap<String, Value>,
}

impl Parameters {
    /// No value set: all defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more value.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: Value) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a value; checked when something is built of it.
    pub fn set(&mut self, name: impl Into<String>, value: Value) -> &mut Self {
        self.values.insert(name.into(), value);
        self
    }

    /// Leaves a value at its default.
    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.values.remove(name);
        self
    }

    /// Sets the values of `given`, which belong together: what a description of theirs [resets](Description::resets) and they do
    /// not name falls back to its default, as do points of which there are to be none.
    pub fn change(&mut self, given: Self, descriptions: &[Description]) -> &mut Self {
        let set = descriptions.iter().filter(|d| given.get(d.name).is_some());
        for name in set.flat_map(|d| d.resets) {
            self.unset(name);
        }
        self.values.extend(given.values);
        self.values.retain(|_, value| *value != Value::Points(Vec::new()));
        self
    }

    /// The value of a name, if set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// True if nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Names and values in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// The values as their descriptions take them; `kind` says what they are, in words.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a name without a description, [`Error::InvalidSetting`] for a value that is not allowed.
    pub fn checked(&self, descriptions: &[Description], kind: &'static str) -> Result<Self> {
        let mut values = BTreeMap::new();
        for (name, value) in &self.values {
            let Some(description) = descriptions.iter().find(|d| d.name == name) else {
                let known = descriptions.iter().map(|d| d.name).collect::<Vec<_>>();
                return Err(Error::unknown(kind, name.as_str(), &known));
            };
            values.insert(name.clone(), description.accept(value)?);
        }
        Ok(Self { values })
    }

    /// A number, or `default` if not set.
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

    /// Yes or no, or `default` if not set.
    #[must_use]
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.values.get(name).map_or(default, Value::is_yes)
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

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    const KNOWN: &[Description] = &[
        Description::new("formula", Kind::Text, "x^2", "energy").resetting(&["wells"]),
        Description::new("wells", Kind::OPTIONAL_POINTS, "none", "wells"),
    ];

    #[test]
    fn a_new_formula_takes_the_wells_of_the_old_one_along() {
        let wells = || Value::Points([[0.0, 1.0].into()].into());
        let old = Parameters::new().with("wells", wells());
        let formula = Parameters::new().with("formula", Value::Text("x^4".into()));
        assert_eq!(old.clone().change(formula.clone(), KNOWN).get("wells"), None);
        let both = formula.with("wells", wells());
        assert_eq!(old.clone().change(both, KNOWN).get("wells"), Some(&wells()));
        assert_eq!(*old.clone().change(Parameters::new(), KNOWN), old);
    }

    #[test]
    fn an_unknown_name_is_compared_with_the_known_ones() {
        let given = Parameters::new().with("formla", Value::Text("x".into()));
        let message = alloc::format!("{}", given.checked(KNOWN, "parameter").unwrap_err());
        assert!(message.contains("did you mean 'formula'?"), "{message}");
        let given = Parameters::new().with("wells", Value::Text("none".into()));
        assert_eq!(given.checked(KNOWN, "parameter").unwrap().points("wells"), Some(&[][..]));
    }
}
