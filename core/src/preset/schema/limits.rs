//! What limits the energies and the length of a stage.

use super::between;
use crate::preset::spec::{Access, SettingSpec, list, number};
use crate::setting::{Kind, Value};

/// The rows.
pub(super) const ROWS: &[SettingSpec] = &[
    stage!(
        "high_energy",
        between(-1e300, 1e300),
        "kT",
        "energies above this count logarithmically in learning from energy",
        |s| Value::Number(s.cap.high),
        |s, v| s.cap.high = number(v)
    ),
    stage!(
        "max_energy",
        between(-1e300, 1e300),
        "kT",
        "energies above this count as this in learning from energy",
        |s| Value::Number(s.cap.max),
        |s, v| s.cap.max = number(v)
    ),
    stage!(
        "stop_rise",
        between(0.0, 1e9),
        "nats",
        "a stage ends when the negative log-likelihood of held-out examples is this much above the run's lowest; 0 for never",
        |s| Value::Number(s.stop_rise),
        |s, v| s.stop_rise = number(v)
    ),
    stage!(
        "temperatures",
        Kind::List,
        "",
        "relative temperatures that learning from energy shares a batch among",
        |s| Value::List(s.temperatures.clone()),
        |s, v| s.temperatures = list(v)
    ),
];
