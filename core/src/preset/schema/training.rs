//! The optimiser and the stages of training.

use super::{POSITIVE, between, integer};
use crate::optim::Schedule;
use crate::preset::spec::{Access, SettingSpec, choose, number, whole};
use crate::setting::{Kind, Value};

/// Settings of the optimiser, then those of every stage that come before the weights of the objectives.
pub(super) const ROWS: &[SettingSpec] = &[
    run!(
        "clip_norm",
        POSITIVE,
        "",
        "gradients longer than this are scaled down to it",
        |s| Some(Value::Number(s.optimizer.clip_norm)),
        |s, v| s.optimizer.clip_norm = number(v)
    ),
    run!(
        "weight_decay",
        between(0.0, 1.0),
        "",
        "decoupled weight decay (AdamW); 0 is Adam",
        |s| Some(Value::Number(s.optimizer.weight_decay)),
        |s, v| s.optimizer.weight_decay = number(v)
    ),
    run!(
        "moving_average",
        between(0.0, 0.999_999),
        "",
        "decay of the average of the parameters that samples are drawn with; 0 is none",
        |s| Some(Value::Number(s.moving_average)),
        |s, v| s.moving_average = number(v)
    ),
    stage!(
        "iterations",
        integer(1, 1_000_000_000),
        "steps",
        "optimiser steps",
        |s| Value::Number(s.iterations as f64),
        |s, v| s.iterations = number(v) as u64
    ),
    stage!(
        "batch",
        integer(1, 1_000_000),
        "samples",
        "samples per step",
        |s| Value::Number(s.batch as f64),
        |s, v| s.batch = whole(v)
    ),
    stage!(
        "learning_rate",
        between(0.0, 1.0),
        "",
        "step length of the optimiser at the start of the stage",
        |s| Value::Number(s.learning_rate),
        |s, v| s.learning_rate = number(v)
    ),
    stage!(
        "schedule",
        Kind::Choice(Schedule::NAMES),
        "",
        "how the learning rate falls over the stage",
        |s| Value::Text(s.schedule.name().into()),
        |s, v| choose(&mut s.schedule, Schedule::from_name(v.words()))
    ),
];
