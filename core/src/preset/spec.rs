//! What a row of the schema is.

use alloc::{string::String, vec::Vec};

use super::Settings;
use crate::setting::{Description, Value};
use crate::train::Stage;

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

/// One setting of a run. Its default is that of [`Settings::default`], or of the preset.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct SettingSpec {
    /// What it is called and may be.
    pub description: Description,
    /// How it is read and written.
    pub access: Access,
}

/// The number in a checked value.
pub(super) fn number(value: &Value) -> f64 {
    value.number()
}

/// The whole number in a checked value.
pub(super) fn whole(value: &Value) -> usize {
    value.number() as usize
}

/// The text in a checked value.
pub(super) fn text(value: &Value) -> String {
    value.words().into()
}

/// Takes what a checked word stands for.
pub(super) fn choose<T>(to: &mut T, meant: Option<T>) {
    if let Some(meant) = meant {
        *to = meant;
    }
}

/// The list in a checked value.
pub(super) fn list(value: &Value) -> Vec<f64> {
    value.list().into()
}
