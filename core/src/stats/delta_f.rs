//! Free-energy difference of two states.

use alloc::vec::Vec;

use super::bootstrap::Bootstrap;
use super::estimate::{Estimate, Interval, sum_error};
use super::log_weights::LogWeights;
use super::runs::{jackknife, run_length, student_interval};
use super::same_length;
use crate::num::{Real, Result, Stream};

/// ΔF/kT = F(B) − F(A) = −ln(P_B/P_A), where A lies below a boundary of the coordinate and B above it: right minus left,
/// open minus closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeltaF {
    /// ΔF in kT, with the error of the delta method. ±∞ with an infinite error if a state has no weight.
    pub delta_f: Estimate,
    /// 95 % bootstrap interval, in kT.
    pub interval: Interval,
    /// Weighted probability of B, P_B/(P_A + P_B).
    pub share: Estimate,
    /// Share of B among the samples before weighting.
    pub raw_share: Estimate,
    /// Number of samples in A and in B.
    pub count: (usize, usize),
}

impl DeltaF {
    /// From coordinate values (`n`; NaN belongs to neither state) with their weights.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`](crate::num::Error::DimensionMismatch) if the lengths differ,
    /// [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for bootstrap settings out of range.
    ///
    /// ```
    /// use boltzflow::num::{Purpose, Stream};
    /// use boltzflow::stats::{Bootstrap, DeltaF, LogWeights};
    ///
    /// // Three of four samples lie below the boundary.
    /// let weights = LogWeights::uniform(400)?;
    /// let values: Vec<f64> = (0..400).map(|i| if i % 4 == 0 { 1.0 } else { -1.0 }).collect();
    /// let mut stream = Stream::new(1, Purpose::Bootstrap, 0, 0);
    /// let found = DeltaF::new(&values, &weights, 0.0, &Bootstrap::default(), &mut stream)?;
    /// assert!((found.share.value - 0.25).abs() < 1e-12);
    /// assert!((found.delta_f.value - 3.0_f64.ln()).abs() < 1e-12);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn new(
        values: &[f64],
        weights: &LogWeights,
        boundary: f64,
        bootstrap: &Bootstrap,
        stream: &mut Stream,
    ) -> Result<Self> {
        bootstrap.check()?;
        let group = groups(values, weights, boundary)?;
        let ones = alloc::vec![1.0; values.len()];
        let sums = bootstrap.group_sums(&group, weights.normalised(), 3, stream);
        let mut replicas: Vec<f64> =
            sums.chunks_exact(3).filter(|s| s[0] + s[1] > 0.0).map(difference).collect();
        let interval = if replicas.is_empty() {
            Interval { lower: f64::NEG_INFINITY, upper: f64::INFINITY }
        } else {
            Bootstrap::interval_95(&mut replicas)
        };

        let sum = group_sum(&group, weights.normalised());
        let value = difference(&sum);
        // ∂ΔF/∂w = 1_A/ΣA w − 1_B/ΣB w
        let mut influence = group.iter().zip(weights.normalised()).map(|(g, w)| match g {
            0 => w / sum[0],
            1 => -w / sum[1],
            _ => 0.0,
        });
        let error = if value.is_finite() {
            sum_error(&mut influence, bootstrap.block)
        } else {
            f64::INFINITY
        };
        let count = group_sum(&group, &ones);
        Ok(Self {
            delta_f: Estimate { value, error },
            interval,
            share: share(&group, weights.normalised(), bootstrap.block),
            raw_share: share(&group, &ones, bootstrap.block),
            count: (count[0] as usize, count[1] as usize),
        })
    }

    /// From `runs` independent runs of equal length, one after the other: errors by the jackknife over runs, the interval
    /// by Student's t (see [`Runs`](super::Runs)).
    ///
    /// # Errors
    /// As [`DeltaF::new`]; [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) unless the samples divide into the runs.
    ///
    /// ```
    /// use boltzflow::stats::{DeltaF, LogWeights};
    ///
    /// // Two runs of four samples, each with one above the boundary: no spread, no error.
    /// let values = [-1.0, -1.0, -1.0, 1.0, -1.0, 1.0, -1.0, -1.0];
    /// let found = DeltaF::of_runs(&values, &LogWeights::uniform(8)?, 0.0, 2)?;
    /// assert!(found.delta_f.error < 1e-12);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn of_runs(
        values: &[f64],
        weights: &LogWeights,
        boundary: f64,
        runs: usize,
    ) -> Result<Self> {
        let length = run_length(values.len(), runs)?;
        let group = groups(values, weights, boundary)?;
        let ones = alloc::vec![1.0; values.len()];
        let estimate = |weight: &[f64], of: fn(&[f64]) -> f64| {
            // Sums without a run are added up from the others: a difference would leave rounding in empty states.
            let each: Vec<[f64; 3]> = group
                .chunks(length)
                .zip(weight.chunks(length))
                .map(|(group, weight)| group_sum(group, weight))
                .collect();
            let without = |left_out: usize| {
                let kept = each.iter().enumerate().filter(|(r, _)| *r != left_out);
                of(&kept.fold([0.0; 3], |s, (_, e)| [s[0] + e[0], s[1] + e[1], s[2] + e[2]]))
            };
            let left_out: Vec<f64> = (0..runs).map(without).collect();
            Estimate { value: of(&group_sum(&group, weight)), error: jackknife(&left_out) }
        };
        let share = |sum: &[f64]| sum[1] / (sum[0] + sum[1]);
        let delta_f = estimate(weights.normalised(), difference);
        let count = group_sum(&group, &ones);
        Ok(Self {
            delta_f,
            interval: student_interval(delta_f, runs),
            share: estimate(weights.normalised(), share),
            raw_share: estimate(&ones, share),
            count: (count[0] as usize, count[1] as usize),
        })
    }
}

/// Groups of coordinate values: 0 is A, 1 is B, 2 neither.
fn groups(values: &[f64], weights: &LogWeights, boundary: f64) -> Result<Vec<u32>> {
    same_length("coordinate values", values.len(), weights)?;
    let state = |(i, v): (usize, &f64)| match weights.is_used(i) {
        true if *v < boundary => 0,
        true if *v >= boundary => 1,
        _ => 2,
    };
    Ok(values.iter().enumerate().map(state).collect())
}

fn group_sum(group: &[u32], weight: &[f64]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for (g, w) in group.iter().zip(weight) {
        sum[*g as usize] += w;
    }
    sum
}

/// −ln(b/a): −∞ without A, ∞ without B, NaN with neither.
fn difference(sum: &[f64]) -> f64 {
    match (sum[0] > 0.0, sum[1] > 0.0) {
        (true, true) => Real::ln(sum[0]) - Real::ln(sum[1]),
        (false, true) => f64::NEG_INFINITY,
        (true, false) => f64::INFINITY,
        (false, false) => f64::NAN,
    }
}

/// P_B = ΣB w/ΣAB w, influence (1_B − P_B)·w/ΣAB w.
fn share(group: &[u32], weight: &[f64], block: usize) -> Estimate {
    let sum = group_sum(group, weight);
    let total = sum[0] + sum[1];
    let value = sum[1] / total;
    let mut influence = group.iter().zip(weight).map(|(g, w)| match g {
        0 => -value * w / total,
        1 => (1.0 - value) * w / total,
        _ => 0.0,
    });
    Estimate { value, error: sum_error(&mut influence, block) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Purpose;

    /// x uniform in (0, 1), weighted by e^(3x): P(x > ½) = 1/(1 + e^(−3/2)), ΔF = −3/2.
    fn weighted_box(n: usize, seed: u64) -> DeltaF {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let x: Vec<f64> = (0..n).map(|_| stream.uniform()).collect();
        let w = LogWeights::new(&x.iter().map(|x| 3.0 * x).collect::<Vec<_>>()).unwrap();
        DeltaF::new(&x, &w, 0.5, &Bootstrap::default(), &mut stream).unwrap()
    }

    #[test]
    fn a_box_with_exponential_weights() {
        let d = weighted_box(100_000, 1);
        assert!(d.delta_f.deviation(-1.5).abs() < 4.0 && d.delta_f.error < 0.01, "{}", d.delta_f);
        let share = 1.0 / (1.0 + (-1.5_f64).exp());
        assert!(d.share.deviation(share).abs() < 4.0, "{}", d.share);
        assert!(d.raw_share.deviation(0.5).abs() < 4.0, "{}", d.raw_share);
        assert_eq!(d.count.0 + d.count.1, 100_000);
    }

    #[test]
    fn intervals_cover() {
        let (mut bands, mut bars) = (0, 0);
        for seed in 0..200 {
            let d = weighted_box(1000, 1000 + seed);
            bands += usize::from(d.interval.contains(-1.5));
            bars += usize::from(d.delta_f.deviation(-1.5).abs() < 1.96);
        }
        assert!((180..=198).contains(&bands), "{bands} of 200");
        assert!((180..=198).contains(&bars), "{bars} of 200");
    }

    #[test]
    fn a_state_without_samples() {
        let w = LogWeights::uniform(3).unwrap();
        let mut stream = Stream::new(0, Purpose::Bootstrap, 0, 0);
        let d = DeltaF::new(&[-1.0, -2.0, f64::NAN], &w, 0.0, &Bootstrap::default(), &mut stream);
        let d = d.unwrap();
        assert_eq!(d.delta_f, Estimate { value: f64::INFINITY, error: f64::INFINITY });
        assert_eq!(d.count, (2, 0));
    }
}
