//! The description of one value.

use alloc::string::{String, ToString};

use super::{Kind, Value};
use crate::num::{Error, Result};

/// What a value is called, what it may be, its unit, default and help.
///
/// ```
/// use boltzflow::setting::{Description, Kind, Value};
///
/// const K: Description = Description::new("k", Kind::Positive, "1", "force constant").in_unit("energy");
/// assert_eq!(K.read("2.5")?, Value::Number(2.5));
/// let error = K.accept(&Value::Number(-1.0)).unwrap_err();
/// assert_eq!(error.to_string(), "k = -1 is not allowed: it must be a positive number");
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Description {
    /// Name in files, addresses, `--set` and options.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Unit, or empty.
    pub unit: &'static str,
    /// Default in words, as a user would write it; empty where what holds the value knows it, as a preset does.
    pub default: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Names of values that fall back to their defaults when this one is set and they are not set with it: a formula is
    /// the whole energy, wells that were dug into another go with that one.
    pub resets: &'static [&'static str],
}

impl Description {
    /// A value without a unit.
    #[must_use]
    pub const fn new(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self { name, kind, unit: "", default, help, resets: &[] }
    }

    /// The same with a unit.
    #[must_use]
    pub const fn in_unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// The same, with values that fall back to their defaults when this one is set.
    #[must_use]
    pub const fn resetting(self, resets: &'static [&'static str]) -> Self {
        Self { resets, ..self }
    }

    /// What is allowed, in words.
    #[must_use]
    pub fn words(&self) -> String {
        self.kind.words()
    }

    /// The value that stands for a given one: see [`Kind::accept`].
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] with what is allowed.
    pub fn accept(&self, value: &Value) -> Result<Value> {
        let accepted = self.kind.accept(value);
        accepted.ok_or_else(|| Error::setting(self.name, value.to_string(), self.words()))
    }

    /// The value that a text stands for: see [`Kind::read`].
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] with what is allowed.
    pub fn read(&self, text: &str) -> Result<Value> {
        self.kind.read(text).ok_or_else(|| Error::setting(self.name, text, self.words()))
    }
}
