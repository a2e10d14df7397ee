//! What is sampled, and along which coordinate it is looked at.

use alloc::string::String;

use super::{POSITIVE, TEXT, integer};
use crate::preset::spec::{Access, SettingSpec, number, text, whole};
use crate::setting::{Parameters, Value};
use crate::system::MAX_DIM;

/// Settings of the system.
pub(super) const ROWS: &[SettingSpec] = &[
    run!(
        "system",
        TEXT,
        "",
        "name of the system",
        |s| Some(Value::Text(s.system.clone())),
        |s, v| {
            // What belongs to the system that it was set for goes with it.
            if s.system != v.words() {
                (s.system, s.parameters) = (text(v), Parameters::new());
                (s.dim, s.coordinate) = (None, String::new());
            }
        }
    ),
    run!(
        "dim",
        integer(1, MAX_DIM),
        "",
        "total dimension, where the system does not derive it",
        |s| s.dim.map(|d| Value::Number(d as f64)),
        |s, v| s.dim = Some(whole(v))
    ),
    run!(
        "temperature",
        POSITIVE,
        "energy",
        "temperature kT in the units of the energy",
        |s| Some(Value::Number(s.temperature)),
        |s, v| s.temperature = number(v)
    ),
    run!(
        "seed",
        integer(0, 0xffff_ffff),
        "",
        "seed of all random numbers: the same seed gives the same run",
        |s| Some(Value::Number(s.seed as f64)),
        |s, v| s.seed = number(v) as u64
    ),
    run!(
        "coordinate",
        TEXT,
        "",
        "reaction coordinate of the profile and of w_rc; the system's first by default",
        |s| (!s.coordinate.is_empty()).then(|| Value::Text(s.coordinate.clone())),
        |s, v| s.coordinate = text(v)
    ),
];
