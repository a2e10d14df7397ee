//! Estimates from independent runs, with errors from their spread.

use alloc::vec::Vec;

use super::estimate::{Estimate, Interval};
use super::log_weights::LogWeights;
use crate::num::{Error, Real, Result};

/// How R independent runs of weighted samples are pooled: **all samples with their own weights, as if they were one
/// run**.
///
/// A run of annealed importance sampling or sequential Monte Carlo promises, for any number of particles,
/// E\[mean w·O\] = Z⟨O⟩: the *unnormalised* sums are unbiased, each run's own average O_r = Σwo/Σw is not (by an
/// order of 1/n). Over pooled samples Σ_r Z_r·O_r/Σ_r Z_r has a numerator and a denominator that are means of R unbiased terms: its
/// bias falls as 1/R, at fixed n, where the plain mean of the O_r keeps that of one run for ever. The same holds for
/// log Z = ln(Σ_r Z_r/R), low by ½·Var(Z_r)/(R·Z²), against the mean of log Z_r, low by ½·Var(Z_r)/Z².
/// The price is noise where the Z_r scatter: the estimate then rests on few runs ([`Runs::effective`]).
///
/// Errors are those of the jackknife over runs, √((R − 1)/R·Σ(θ₍₋ᵣ₎ − θ̄)²) with θ₍₋ᵣ₎ from all runs but one; intervals
/// take Student's t for R − 1 degrees of freedom. If all weight is one run's, leaving it out moves the estimate by as much as the
/// runs disagree, and the error says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    /// log Z of all runs together.
    pub log_z: Estimate,
    /// Its 95 % interval.
    pub interval: Interval,
    /// log Z of each.
    pub each: Vec<f64>,
    /// (Σ Z_r)²/Σ Z_r²: the number of runs that the pooled estimates rest on, between 1 and R.
    pub effective: f64,
}

impl Runs {
    /// From log Z of each run (of equal length).
    ///
    /// # Errors
    /// [`Error::InvalidData`] if none is finite.
    ///
    /// ```
    /// use boltzflow::stats::Runs;
    ///
    /// // Means of Z, not of ln Z: ln((1 + 3)/2).
    /// let runs = Runs::new(&[0.0, 3.0_f64.ln()])?;
    /// assert!((runs.log_z.value - 2.0_f64.ln()).abs() < 1e-12);
    /// assert!((runs.effective - 1.6).abs() < 1e-12);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn new(log_z: &[f64]) -> Result<Self> {
        let pooled = LogWeights::new(log_z)?;
        let value = pooled.log_z().value;
        let left_out = (0..log_z.len()).map(|r| {
            let rest: Vec<f64> =
                log_z.iter().enumerate().filter(|(i, _)| *i != r).map(|(_, z)| *z).collect();
            LogWeights::new(&rest).map_or(f64::NEG_INFINITY, |w| w.log_z().value)
        });
        let log_z_error = jackknife(left_out.collect::<Vec<f64>>().as_slice());
        let estimate = Estimate { value, error: log_z_error };
        Ok(Self {
            log_z: estimate,
            interval: student_interval(estimate, log_z.len()),
            each: log_z.to_vec(),
            effective: pooled.ess(),
        })
    }
}

/// Length of each of `runs` runs that `n` samples are made of.
///
/// # Errors
/// [`Error::InvalidSetting`] unless it is a whole number above 0.
pub(super) fn run_length(n: usize, runs: usize) -> Result<usize> {
    if runs > 0 && n > 0 && n.is_multiple_of(runs) {
        Ok(n / runs)
    } else {
        let allowed = alloc::format!("a divisor of the number of samples, {n}");
        Err(Error::setting("runs", runs, allowed))
    }
}

/// Standard error from estimates that leave one run out each. Infinite for one run, or if a run cannot be spared.
pub(super) fn jackknife(left_out: &[f64]) -> f64 {
    let n = left_out.len() as f64;
    if left_out.len() < 2 || left_out.iter().any(|v| !v.is_finite()) {
        return f64::INFINITY;
    }
    let mean = left_out.iter().sum::<f64>() / n;
    let squares: f64 = left_out.iter().map(|v| (v - mean) * (v - mean)).sum();
    Real::sqrt((n - 1.0) / n * squares)
}

/// value ± t·error.
pub(super) fn student_interval(estimate: Estimate, runs: usize) -> Interval {
    let half = student_t(runs.saturating_sub(1)) * estimate.error;
    Interval { lower: estimate.value - half, upper: estimate.value + half }
}

/// The 97.5 % quantile of Student's t, infinite for no degree of freedom: from a table, beyond it by the expansion of
/// Cornish and Fisher, t = z + (z³ + z)/4ν + (5z⁵ + 16z³ + 3z)/96ν² + (3z⁷ + 19z⁵ + 17z³ − 15z)/384ν³.
fn student_t(degrees: usize) -> f64 {
    const TABLE: [f64; 10] =
        [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281];
    // z, and the three numerators over their denominators at it
    const SERIES: [f64; 4] = [1.959_964, 2.372_27, 2.822_50, 2.555_85];
    match degrees {
        0 => f64::INFINITY,
        1..=10 => TABLE[degrees - 1],
        _ => SERIES.iter().rev().fold(0.0, |sum, term| sum / degrees as f64 + term),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};

    #[test]
    fn quantiles_of_student() {
        for (degrees, exact) in [(1, 12.706), (4, 2.776), (11, 2.2010), (30, 2.0423), (120, 1.9799)]
        {
            assert!((student_t(degrees) - exact).abs() < 6e-4, "{degrees}");
        }
    }

    /// Unbiased Z_r of log-normal scatter s: E[Z_r] = 1.
    fn scattered(runs: usize, s: f64, seed: u64) -> Runs {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let log_z: Vec<f64> = (0..runs).map(|_| s * stream.normal() - 0.5 * s * s).collect();
        Runs::new(&log_z).unwrap()
    }

    #[test]
    fn intervals_cover_and_pooling_is_less_biased_than_the_mean() {
        let (mut covered, mut pooled, mut mean) = (0, 0.0, 0.0);
        let n = 400;
        for seed in 0..n {
            let runs = scattered(8, 0.4, seed);
            covered += usize::from(runs.interval.contains(0.0));
            pooled += runs.log_z.value / n as f64;
            mean += runs.each.iter().sum::<f64>() / (8.0 * n as f64);
        }
        assert!((360..=396).contains(&covered), "{covered} of {n}");
        // −½Var/R and −½s²
        assert!((pooled + 0.5 * 0.17 / 8.0).abs() < 0.02, "{pooled}");
        assert!((mean + 0.08).abs() < 0.02, "{mean}");
    }

    #[test]
    fn one_run_that_holds_everything() {
        let alone = Runs::new(&[3.0]).unwrap();
        assert_eq!((alone.log_z.value, alone.log_z.error), (3.0, f64::INFINITY));
        let one = Runs::new(&[10.0, 0.0, 0.1, -0.1]).unwrap();
        assert!(one.effective < 1.001 && one.log_z.error > 5.0, "{one:?}");
        assert!(Runs::new(&[]).is_err() && run_length(10, 3).is_err());
    }
}
