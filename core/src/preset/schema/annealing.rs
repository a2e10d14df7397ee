//! Sequential Monte Carlo from flow to target in an analysis.

use super::{POSITIVE, between, integer};
use crate::preset::spec::{Access, SettingSpec, number, whole};
use crate::sampler::KernelSettings;
use crate::setting::{Kind, Value};

/// A setting of the kernel of annealing; one that the kernel does not have is left alone, as in other rows that do not apply.
fn set(kernel: &mut KernelSettings, name: &str, value: &Value) {
    let _ = kernel.set(name, value.clone());
}

/// Settings of annealing.
pub(super) const ROWS: &[SettingSpec] = &[
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
        "smc_prior_variance",
        POSITIVE,
        "",
        "variance of the prior at their start, relative to the flow's: above 1 reaches what the flow makes too rarely",
        |s| Some(Value::Number(s.smc.prior_variance)),
        |s, v| s.smc.prior_variance = number(v)
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
        |s| s.smc.kernel.number("step_size").map(Value::Number),
        |s, v| set(&mut s.smc.kernel, "step_size", v)
    ),
    run!(
        "smc_steps",
        integer(1, 10_000),
        "steps",
        "leapfrog steps of their moves",
        |s| s.smc.kernel.number("steps").map(Value::Number),
        |s, v| set(&mut s.smc.kernel, "steps", v)
    ),
    run!(
        "smc_moves",
        integer(1, 1000),
        "moves",
        "moves of a particle in each level",
        |s| Some(Value::Number(s.smc.moves as f64)),
        |s, v| s.smc.moves = whole(v)
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
        Kind::Boolean,
        "",
        "whether these moves may change the labels of identical particles: mixes faster, for averages that do not know labels",
        |s| Some(Value::Text(if s.smc.leave_region { "yes" } else { "no" }.into())),
        |s, v| s.smc.leave_region = v.is_yes()
    ),
];
