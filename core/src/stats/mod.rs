//! F5: estimators. Log-weights in, numbers with error bars out.
//!
//! All numbers are f64 and energies are in kT. Everything is a pure function of its arguments; what
//! needs random numbers takes a [`Stream`](crate::num::Stream). A weight is
//! `w(x) = e^(−u(x)) / p_X(x)` with a *normalised* p_X, so that its mean estimates
//! Z = ∫ e^(−u(x)) dx.

mod autocorrelation;
mod bins;
mod bootstrap;
mod cooling;
mod coverage;
mod delta_f;
mod estimate;
mod gaps;
mod log_weights;
mod mbar;
mod mean_force;
mod mean_profile;
mod observable;
mod pareto;
mod profile;
mod quality;
mod resample;
mod runs;
mod thermodynamics;

pub use autocorrelation::{SeriesMean, block_mean, independent_runs};
pub use bins::Bins;
pub use bootstrap::Bootstrap;
pub use cooling::Cooling;
pub use coverage::{Coverage, StateCoverage, StateReference};
pub use delta_f::DeltaF;
pub use estimate::{Estimate, Interval};
pub use gaps::Gaps;
pub use log_weights::{LogWeights, forward_ess};
pub use mbar::Mbar;
pub use mean_profile::profile_rms;
pub use observable::weighted_mean;
pub use pareto::{pareto_k, pareto_k_limit};
pub use profile::{Profile, free_energies};
pub use quality::{MIN_ESS, MIN_STATE_ESS, Quality, Verdict};
pub use resample::{multinomial, systematic};
pub use runs::Runs;
pub use thermodynamics::Thermodynamics;

use crate::num::{Error, Result};

/// Checks that a slice has one value per weight.
fn same_length(what: &'static str, found: usize, weights: &LogWeights) -> Result<()> {
    if found == weights.len() {
        Ok(())
    } else {
        Err(Error::DimensionMismatch { what, expected: weights.len(), found })
    }
}
