//! The schema: one row per setting, from which menus, command-line keys, files, URLs and checks follow.

use alloc::vec::Vec;

use super::settings::LabelKind;
use super::spec::{Access, SettingKind, SettingSpec, list, number, text, whole};
use crate::ensemble::Move;
use crate::flow::{SplineCoupling, SplitKind, Trunk, WhiteningKind};
use crate::num::{Activation, Error, Result};
use crate::optim::Schedule;
use crate::potential::{ParameterKind, Value};
use crate::sampler::Hmc;

/// The row of a key.
///
/// # Errors
/// [`Error::UnknownName`] with the known keys.
pub fn setting(key: &str) -> Result<&'static SettingSpec> {
    SCHEMA.iter().find(|s| s.key == key).ok_or_else(|| Error::UnknownName {
        kind: "setting",
        name: key.into(),
        known: SCHEMA.iter().map(|s| s.key).collect::<Vec<_>>().join(", "),
    })
}

/// Kernels of [`crate::sampler::KERNELS`], and the ladder that covers a coordinate.
const EXAMPLE_METHODS: &[&str] = &["metropolis", "mala", "hmc", "umbrella"];
const ACTIVATIONS: &[&str] = &["tanh", "relu", "silu"];

fn activation_name(activation: Activation) -> &'static str {
    match activation {
        Activation::Tanh => "tanh",
        Activation::Relu => "relu",
        Activation::Silu => "silu",
    }
}

fn activation(value: &Value) -> Activation {
    match value {
        Value::Text(t) if t == "relu" => Activation::Relu,
        Value::Text(t) if t == "silu" => Activation::Silu,
        _ => Activation::Tanh,
    }
}

/// A row of the run.
macro_rules! run {
    ($key:literal, $kind:expr, $unit:literal, $help:literal, $get:expr, $set:expr) => {
        SettingSpec {
            key: $key,
            kind: $kind,
            unit: $unit,
            help: $help,
            access: Access::Run { get: $get, set: $set },
        }
    };
}

/// A row of stages.
macro_rules! stage {
    ($key:literal, $kind:expr, $unit:literal, $help:literal, $get:expr, $set:expr) => {
        SettingSpec {
            key: $key,
            kind: $kind,
            unit: $unit,
            help: $help,
            access: Access::Stage { get: $get, set: $set },
        }
    };
}

const fn between(min: f64, max: f64) -> SettingKind {
    SettingKind::Value(ParameterKind::Number { min, max })
}

const fn integer(min: usize, max: usize) -> SettingKind {
    SettingKind::Value(ParameterKind::Integer { min, max })
}

const TEXT: SettingKind = SettingKind::Value(ParameterKind::Text);
const POSITIVE: SettingKind = SettingKind::Value(ParameterKind::Positive);

/// The leapfrog trajectories of a move; the usual ones for any other move.
fn hmc(kernel: &Move) -> Hmc {
    match kernel {
        Move::Hmc(hmc) => *hmc,
        _ => Hmc { step_size: 0.1, steps: 5, jitter: 0.2 },
    }
}

/// Every setting.
pub static SCHEMA: &[SettingSpec] = &[
    run!(
        "system",
        TEXT,
        "",
        "name of the system",
        |s| Some(Value::Text(s.system.clone())),
        |s, v| s.system = text(v)
    ),
    run!(
        "dim",
        integer(1, 100_000),
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
        "flow",
        TEXT,
        "",
        "layers from x to z: R RealNVP, N NICE, Q spline couplings, S scaling, W whitening, P permutation, with counts; after a D those in parentheses act on the pair, the others on the rest given the pair",
        |s| Some(Value::Text(s.flow.clone())),
        |s, v| s.flow = text(v)
    ),
    run!(
        "hidden",
        SettingKind::Integers { min: 1, max: 4096 },
        "",
        "hidden widths of each network",
        |s| Some(Value::List(s.architecture.hidden.iter().map(|h| *h as f64).collect())),
        |s, v| s.architecture.hidden = list(v).into_iter().map(|h| h as usize).collect()
    ),
    run!(
        "trunk",
        SettingKind::Choice(Trunk::NAMES),
        "",
        "separate networks for scale and shift, or one shared",
        |s| Some(Value::Text(Trunk::NAMES[s.architecture.trunk as usize].into())),
        |s, v| s.architecture.trunk = Trunk::from_name(&text(v)).unwrap_or_default()
    ),
    run!(
        "scale_activation",
        SettingKind::Choice(ACTIVATIONS),
        "",
        "activation of the scale networks",
        |s| Some(Value::Text(activation_name(s.architecture.scale_activation).into())),
        |s, v| s.architecture.scale_activation = activation(v)
    ),
    run!(
        "shift_activation",
        SettingKind::Choice(ACTIVATIONS),
        "",
        "activation of the shift networks, and of shared ones",
        |s| Some(Value::Text(activation_name(s.architecture.shift_activation).into())),
        |s, v| s.architecture.shift_activation = activation(v)
    ),
    run!(
        "split",
        SettingKind::Choice(SplitKind::NAMES),
        "",
        "how couplings divide the coordinates: even against odd, halves, or particles like a chessboard",
        |s| Some(Value::Text(SplitKind::NAMES[s.architecture.split as usize].into())),
        |s, v| s.architecture.split = SplitKind::from_name(&text(v)).unwrap_or_default()
    ),
    run!(
        "scale_bound",
        between(0.0, 1e9),
        "",
        "largest logarithm of the factor by which an affine coupling may stretch; 0 for no bound",
        |s| Some(Value::Number(s.architecture.scale_bound)),
        |s, v| s.architecture.scale_bound = number(v)
    ),
    run!(
        "bins",
        integer(SplineCoupling::BINS.0, SplineCoupling::BINS.1),
        "",
        "bins of each spline",
        |s| Some(Value::Number(s.architecture.bins as f64)),
        |s, v| s.architecture.bins = whole(v)
    ),
    run!(
        "tail_bound",
        POSITIVE,
        "",
        "spline couplings change what is nearer to 0 than this",
        |s| Some(Value::Number(s.architecture.tail_bound)),
        |s, v| s.architecture.tail_bound = number(v)
    ),
    run!(
        "whitening",
        SettingKind::Choice(WhiteningKind::NAMES),
        "",
        "whitening by principal components, or as near to the coordinates as possible",
        |s| Some(Value::Text(WhiteningKind::NAMES[s.architecture.whitening as usize].into())),
        |s, v| s.architecture.whitening = WhiteningKind::from_name(&text(v)).unwrap_or_default()
    ),
    run!(
        "mean_degree",
        integer(0, 12),
        "",
        "degree of the mean of what is whitened as a polynomial in the distance of the pair",
        |s| Some(Value::Number(s.architecture.mean_degree as f64)),
        |s, v| s.architecture.mean_degree = whole(v)
    ),
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
    run!(
        "coordinate",
        TEXT,
        "",
        "reaction coordinate of the profile and of w_rc; the system's first by default",
        |s| (!s.coordinate.is_empty()).then(|| Value::Text(s.coordinate.clone())),
        |s, v| s.coordinate = text(v)
    ),
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
        SettingKind::Choice(EXAMPLE_METHODS),
        "",
        "kernel of these chains; or umbrella: each is a set of windows along the coordinate, all of which is learnt alike",
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
        SettingKind::Choice(LabelKind::NAMES),
        "",
        "identical particles of examples: as they are, relabelled to suit the system's reference, or all mirror images of that",
        |s| Some(Value::Text(LabelKind::NAMES[s.example_labels as usize].into())),
        |s, v| s.example_labels = LabelKind::from_name(&text(v)).unwrap_or_default()
    ),
    run!(
        "example_held_out",
        between(0.0, 0.9),
        "",
        "share of the examples, the end of each chain, that is not learnt from but shows how well others are described",
        |s| Some(Value::Number(s.example_held_out)),
        |s, v| s.example_held_out = number(v)
    ),
    run!(
        "smc_runs",
        integer(0, 10_000),
        "runs",
        "independent runs of sequential Monte Carlo from flow to target in an analysis; 0 for plain weights alone",
        |s| Some(Value::Number(s.smc_runs as f64)),
        |s, v| s.smc_runs = whole(v)
    ),
    run!(
        "smc_particles",
        integer(2, 10_000_000),
        "particles",
        "particles of each of these runs",
        |s| Some(Value::Number(s.smc.particles as f64)),
        |s, v| s.smc.particles = whole(v)
    ),
    run!(
        "smc_conditional_ess",
        between(1e-6, 0.999_999),
        "",
        "conditional effective sample size of their levels, as a fraction: closer to 1 takes more levels",
        |s| Some(Value::Number(s.smc.conditional_ess)),
        |s, v| s.smc.conditional_ess = number(v)
    ),
    run!(
        "smc_step_size",
        POSITIVE,
        "length",
        "first leapfrog step of their moves; it is adapted from there",
        |s| Some(Value::Number(s.smc.kernel.step_size())),
        |s, v| s.smc.kernel = Move::Hmc(Hmc { step_size: number(v), ..hmc(&s.smc.kernel) })
    ),
    run!(
        "smc_steps",
        integer(1, 10_000),
        "steps",
        "leapfrog steps of their moves",
        |s| Some(Value::Number(hmc(&s.smc.kernel).steps as f64)),
        |s, v| s.smc.kernel = Move::Hmc(Hmc { steps: whole(v), ..hmc(&s.smc.kernel) })
    ),
    run!(
        "smc_relaxation",
        integer(0, 1_000_000),
        "moves",
        "moves on the target after the last level, which need no flow",
        |s| Some(Value::Number(s.smc.relaxation as f64)),
        |s, v| s.smc.relaxation = whole(v)
    ),
    run!(
        "smc_keep",
        integer(1, 1_000_000),
        "populations",
        "populations kept of these moves",
        |s| Some(Value::Number(s.smc.keep as f64)),
        |s, v| s.smc.keep = whole(v)
    ),
    run!(
        "smc_leave_cell",
        SettingKind::Choice(&["no", "yes"]),
        "",
        "whether these moves may change the labels of identical particles: mixes faster, for averages that do not know labels",
        |s| Some(Value::Text(if s.smc.leave_region { "yes" } else { "no" }.into())),
        |s, v| s.smc.leave_region = text(v) == "yes"
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
        SettingKind::Choice(Schedule::NAMES),
        "",
        "how the learning rate falls over the stage",
        |s| Value::Text(Schedule::NAMES[s.schedule as usize].into()),
        |s, v| s.schedule = Schedule::from_name(&text(v)).unwrap_or_default()
    ),
    stage!(
        "w_ml",
        between(0.0, 1e9),
        "",
        "weight of learning from examples",
        |s| Value::Number(s.w_ml),
        |s, v| s.w_ml = number(v)
    ),
    stage!(
        "w_kl",
        between(0.0, 1e9),
        "",
        "weight of learning from energy",
        |s| Value::Number(s.w_kl),
        |s, v| s.w_kl = number(v)
    ),
    stage!(
        "w_rc",
        between(0.0, 1e9),
        "",
        "weight of spreading out along the reaction coordinate",
        |s| Value::Number(s.w_rc),
        |s, v| s.w_rc = number(v)
    ),
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
        SettingKind::Value(ParameterKind::List),
        "",
        "relative temperatures that learning from energy shares a batch among",
        |s| Value::List(s.temperatures.clone()),
        |s, v| s.temperatures = list(v)
    ),
];
