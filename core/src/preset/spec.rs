//! What a row of the schema says, and how a value is checked against it.

use alloc::{format, string::String, vec::Vec};

use super::Settings;
use crate::num::{Error, Result};
use crate::potential::{ParameterKind, Value};
use crate::train::Stage;

/// What a setting accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SettingKind {
    /// A value of a kind.
    Value(ParameterKind),
    /// One of several words.
    Choice(&'static [&'static str]),
    /// A list of whole numbers between two bounds.
    Integers {
        /// Smallest value.
        min: usize,
        /// Largest value.
        max: usize,
    },
}

/// How a setting is read and written.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// Once per run.
    Run {
        /// Reads it.
        get: fn(&Settings) -> Option<Value>,
        /// Writes a checked value.
        set: fn(&mut Settings, &Value),
    },
    /// Once per stage.
    Stage {
        /// Reads it.
        get: fn(&Stage) -> Value,
        /// Writes a checked value.
        set: fn(&mut Stage, &Value),
    },
    /// Once per stage: the weight of the objective of this name.
    Weight(&'static str),
}

impl Access {
    /// True for what each stage has.
    #[must_use]
    pub fn is_of_stages(&self) -> bool {
        !matches!(self, Self::Run { .. })
    }

    /// Its value in a stage; `None` for what is said once per run.
    #[must_use]
    pub fn get_in_stage(&self, stage: &Stage) -> Option<Value> {
        match self {
            Self::Run { .. } => None,
            Self::Stage { get, .. } => Some(get(stage)),
            Self::Weight(name) => Some(Value::Number(stage.weight(name))),
        }
    }

    /// Writes a checked value into a stage; nothing for what is said once per run.
    pub fn set_in_stage(&self, stage: &mut Stage, value: &Value) {
        match self {
            Self::Run { .. } => {}
            Self::Stage { set, .. } => set(stage, value),
            Self::Weight(name) => stage.weights.set(name, number(value)),
        }
    }
}

/// One setting. Its default is that of [`Settings::default`], or of the preset.
#[derive(Clone, Copy, Debug)]
pub struct SettingSpec {
    /// Key in files, URLs, `--set` and options.
    pub key: &'static str,
    /// What it accepts.
    pub kind: SettingKind,
    /// Unit, or empty.
    pub unit: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// How it is read and written.
    pub access: Access,
}

impl SettingSpec {
    /// Checks a value.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] with what is allowed.
    pub fn check(&self, value: &Value) -> Result<()> {
        let fits = match (&self.kind, value) {
            (SettingKind::Value(kind), value) => kind.accepts(value),
            (SettingKind::Choice(words), Value::Text(t)) => words.contains(&t.as_str()),
            (SettingKind::Integers { min, max }, Value::List(list)) => {
                let kind = ParameterKind::Integer { min: *min, max: *max };
                list.len() <= 16 && list.iter().all(|v| kind.accepts(&Value::Number(*v)))
            }
            _ => false,
        };
        if fits { Ok(()) } else { Err(Error::setting(self.key, value, self.words())) }
    }

    /// What is allowed, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self.kind {
            SettingKind::Value(kind) => kind.words(),
            SettingKind::Choice(words) => format!("one of {}", words.join(", ")),
            SettingKind::Integers { min, max } => {
                format!("a list of at most 16 whole numbers from {min} to {max}")
            }
        }
    }
}

/// The number in a checked value.
pub(super) fn number(value: &Value) -> f64 {
    match value {
        Value::Number(v) => *v,
        _ => f64::NAN,
    }
}

/// The whole number in a checked value.
pub(super) fn whole(value: &Value) -> usize {
    number(value) as usize
}

/// The text in a checked value.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Text(t) => t.clone(),
        _ => String::new(),
    }
}

/// The list in a checked value.
pub(super) fn list(value: &Value) -> Vec<f64> {
    match value {
        Value::List(l) => l.clone(),
        _ => Vec::new(),
    }
}
