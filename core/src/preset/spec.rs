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

/// The list in a checked value.
pub(super) fn list(value: &Value) -> Vec<f64> {
    value.list().into()
}
