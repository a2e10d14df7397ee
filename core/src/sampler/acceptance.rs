//! The decision at the end of every step.

use super::{Info, State};
use crate::num::{Real, Stream};

/// Accepts the proposal with probability min(1, e^log_ratio), never if the step diverged.
/// One uniform number is drawn in any case, so that the stream does not depend on the outcome.
pub(super) fn decide(
    state: &mut State,
    log_ratio: f64,
    diverged: bool,
    evaluations: u64,
    rng: &mut Stream,
) -> Info {
    let uniform = rng.uniform();
    let possible = !diverged && !log_ratio.is_nan();
    let acceptance_probability = if possible { Real::exp(log_ratio.min(0.0)) } else { 0.0 };
    let accepted = uniform < acceptance_probability;
    if accepted {
        state.accept();
    }
    Info { accepted, acceptance_probability, evaluations, diverged }
}
