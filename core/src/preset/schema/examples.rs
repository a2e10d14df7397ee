//! How examples are made.

use super::{POSITIVE, between, count, integer, joined};
use crate::preset::settings::LabelKind;
use crate::preset::spec::{Access, SettingSpec, choose, number, text, whole};
use crate::sampler::{KERNEL_NAMES, LADDER_NAMES};
use crate::setting::{Kind, Value};

/// The registered kernels and ladders.
const METHODS: [&[&str]; 2] = [KERNEL_NAMES, LADDER_NAMES];
const METHOD_NAMES: &[&str] = &joined::<_, { count(&METHODS) }>(&METHODS);

/// Settings of the examples.
pub(super) const ROWS: &[SettingSpec] = &[
    run!(
        "example_chains",
        integer(0, 100_000),
        "chains",
        "chains that make examples, started in turn in each known well; 0 for none",
        |s| Some(Value::Number(s.example_chains as f64)),
        |s, v| s.example_chains = whole(v)
    ),
    run!(
        "example_method",
        Kind::Choice(METHOD_NAMES),
        "",
        "kernel of these chains; or a ladder, of which each is a run: umbrella has windows along the coordinate, all of which is learnt alike",
        |s| Some(Value::Text(s.example_method.clone())),
        |s, v| s.example_method = text(v)
    ),
    run!(
        "example_burn_in",
        integer(0, 100_000_000),
        "steps",
        "steps of each of these chains that are thrown away first, while its step size is tuned",
        |s| Some(Value::Number(s.example_burn_in as f64)),
        |s, v| s.example_burn_in = whole(v)
    ),
    run!(
        "example_steps",
        integer(1, 100_000_000),
        "steps",
        "steps of each of these chains",
        |s| Some(Value::Number(s.example_steps as f64)),
        |s, v| s.example_steps = whole(v)
    ),
    run!(
        "example_stride",
        integer(1, 1_000_000),
        "steps",
        "every how many steps an example is kept",
        |s| Some(Value::Number(s.example_stride as f64)),
        |s, v| s.example_stride = whole(v)
    ),
    run!(
        "example_step_size",
        POSITIVE,
        "length",
        "step size of their kernel: standard deviation of a Metropolis move, length of a leapfrog step",
        |s| Some(Value::Number(s.example_step_size)),
        |s, v| s.example_step_size = number(v)
    ),
    run!(
        "example_temperature",
        POSITIVE,
        "",
        "temperature of these chains relative to the target's; above 1 they show the tails and are weighted back",
        |s| Some(Value::Number(s.example_temperature)),
        |s, v| s.example_temperature = number(v)
    ),
    run!(
        "example_labels",
        Kind::Choice(LabelKind::NAMES),
        "",
        "identical particles of examples: as they are, relabelled to suit the system's reference, or all mirror images of that",
        |s| Some(Value::Text(s.example_labels.name().into())),
        |s, v| choose(&mut s.example_labels, LabelKind::from_name(v.words()))
    ),
    run!(
        "example_held_out",
        between(0.0, 0.9),
        "",
        "share of the examples, the end of each chain, that is not learnt from but shows how well others are described",
        |s| Some(Value::Number(s.example_held_out)),
        |s, v| s.example_held_out = number(v)
    ),
];
