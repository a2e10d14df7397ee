//! The planted setting: a template. It shows what it sets in another unit.

use super::between;
use crate::preset::spec::{Access, SettingSpec, number};
use crate::setting::Value;

/// The rows.
pub(super) const ROWS: &[SettingSpec] = &[run!(
    "planted_average",
    between(1.0, 1e6),
    "steps",
    "steps that the average of the parameters covers",
    |s| Some(Value::Number(1.0 / (1.0 - s.moving_average))),
    |s, v| s.moving_average = 1.0 - 1.0 / number(v)
)];
