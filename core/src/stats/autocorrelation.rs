//! Time series: autocorrelation time and the error of their mean.

use alloc::vec::Vec;

use super::estimate::Estimate;
use crate::num::{Error, Real, Result};

/// Mean of a stationary series with an error that counts its correlation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeriesMean {
    /// Mean and standard error √(s²τ/n).
    pub mean: Estimate,
    /// Variance s² of the values.
    pub variance: f64,
    /// Integrated autocorrelation time τ = 1 + 2Σρ(t) in steps of the series: 1 for independent
    /// values. NaN for a constant series.
    pub time: f64,
    /// Effective number of independent values, n/τ.
    pub ess: f64,
}

/// Lags after which the series is coarsened.
const MAX_LAG: usize = 400;
/// Shortest series that is coarsened further.
const MIN_LENGTH: usize = 4 * MAX_LAG;

impl SeriesMean {
    /// From a series (`n ≥ 2`) by the initial monotone sequence (Geyer, Statistical Science 7, 473,
    /// 1992): sums of neighbouring autocovariances are added while they are positive, and
    /// never allowed to grow.
    ///
    /// A series correlated over more than 400 steps is averaged in pairs, as often as needed: that
    /// leaves the variance of its mean unchanged and keeps the work proportional to n. A series
    /// shorter than a few τ gives an error that is too small, as every estimate from it does.
    ///
    /// # Errors
    /// [`Error::InvalidData`] for fewer than two values or one that is not finite.
    ///
    /// ```
    /// use boltzflow::stats::SeriesMean;
    ///
    /// // Every value twice: half as many are independent.
    /// let series: Vec<f64> = (0..4000_u32).map(|i| f64::from(i / 2 * 7919 % 101)).collect();
    /// let mean = SeriesMean::new(&series)?;
    /// assert!((mean.mean.value - 50.0).abs() < 0.5);
    /// assert!(mean.ess <= 4000.0);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn new(series: &[f64]) -> Result<Self> {
        let n = series.len();
        if n < 2 {
            return Err(Error::data("time series", alloc::format!("{n} values are too few")));
        }
        if let Some(i) = series.iter().position(|v| !v.is_finite()) {
            return Err(Error::data("time series", alloc::format!("value {i} is not finite")));
        }
        let mean = series.iter().sum::<f64>() / n as f64;
        let mut centred: Vec<f64> = series.iter().map(|v| v - mean).collect();
        let variance = covariance(&centred, 0);
        let variance_of_mean = loop {
            let (sum, converged) = initial_sequence(&centred);
            if converged || centred.len() < MIN_LENGTH {
                break sum / centred.len() as f64;
            }
            centred = centred.chunks_exact(2).map(|p| 0.5 * (p[0] + p[1])).collect();
        };
        let time = variance_of_mean * n as f64 / variance;
        let mean = Estimate { value: mean, error: Real::sqrt(variance_of_mean) };
        Ok(Self { mean, variance, time, ess: n as f64 / time })
    }
}

/// γ(t) = 1/n·Σ vᵢ vᵢ₊ₜ
fn covariance(centred: &[f64], lag: usize) -> f64 {
    let pairs = centred.iter().zip(&centred[lag..]);
    pairs.map(|(a, b)| a * b).sum::<f64>() / centred.len() as f64
}

/// Σ over all lags of γ by Geyer's rule, and whether it ended before [`MAX_LAG`].
fn initial_sequence(centred: &[f64]) -> (f64, bool) {
    let mut sum = -covariance(centred, 0);
    let mut previous = f64::INFINITY;
    let mut lag = 0;
    while lag + 1 < centred.len().min(MAX_LAG) {
        // Γ = γ(2m) + γ(2m + 1)
        let pair = covariance(centred, lag) + covariance(centred, lag + 1);
        if pair <= 0.0 {
            return (sum.max(0.0), true);
        }
        previous = pair.min(previous);
        sum += 2.0 * previous;
        lag += 2;
    }
    (sum.max(0.0), false)
}

/// Mean over independent runs of one number each, with the error from their spread: it needs no
/// assumption about correlations within a run.
///
/// # Errors
/// [`Error::InvalidData`] for fewer than two runs.
///
/// ```
/// let mean = boltzflow::stats::independent_runs(&[1.0, 3.0])?;
/// assert_eq!((mean.value, mean.error), (2.0, 1.0));
/// assert!(boltzflow::stats::independent_runs(&[1.0]).is_err());
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
pub fn independent_runs(values: &[f64]) -> Result<Estimate> {
    match values.len() {
        0 | 1 => Err(Error::data("independent runs", "an error needs at least two runs")),
        _ => Ok(Estimate::mean(values)),
    }
}

/// Mean of a series with the error from the means of `blocks` consecutive blocks, which should be
/// many autocorrelation times long. Values that do not fill a block at the end are left out.
///
/// # Errors
/// [`Error::InvalidSetting`] unless 2 ≤ blocks ≤ n.
///
/// ```
/// let mean = boltzflow::stats::block_mean(&[0.0, 2.0, 2.0, 4.0], 2)?;
/// assert_eq!((mean.value, mean.error), (2.0, 1.0));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
pub fn block_mean(series: &[f64], blocks: usize) -> Result<Estimate> {
    if blocks < 2 || blocks > series.len() {
        let allowed = alloc::format!("from 2 to {}", series.len());
        return Err(Error::setting("blocks", blocks, allowed));
    }
    let length = series.len() / blocks;
    let mean = |b: &[f64]| b.iter().sum::<f64>() / length as f64;
    let means: Vec<f64> = series.chunks_exact(length).take(blocks).map(mean).collect();
    Ok(Estimate::mean(&means))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};

    /// vₜ = a vₜ₋₁ + √(1 − a²) ξ: variance 1, τ = (1 + a)/(1 − a).
    fn autoregressive(a: f64, n: usize, seed: u64) -> Vec<f64> {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let mut v = stream.normal();
        (0..n)
            .map(|_| {
                v = a * v + (1.0 - a * a).sqrt() * stream.normal();
                v
            })
            .collect()
    }

    #[test]
    fn times_of_autoregressive_series() {
        for (a, n) in [(0.0, 100_000), (0.9, 100_000), (-0.5, 100_000), (0.999, 1_000_000)] {
            let s = SeriesMean::new(&autoregressive(a, n, 4)).unwrap();
            let exact = (1.0 + a) / (1.0 - a);
            // Relative error of τ with a window of M steps is √(2(2M + 1)/n), M a few τ (Sokal).
            let error = (2.0 * (8.0 * exact + 2.0) / n as f64).sqrt();
            assert!((s.time / exact - 1.0).abs() < 4.0 * error, "{a}: {} {exact}", s.time);
            assert!(s.mean.deviation(0.0).abs() < 4.0);
            assert!((s.ess * s.time / n as f64 - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn bars_cover() {
        let (mut monotone, mut blocks) = (0, 0);
        for seed in 0..200 {
            let series = autoregressive(0.8, 5000, seed);
            let s = SeriesMean::new(&series).unwrap();
            monotone += usize::from(s.mean.deviation(0.0).abs() < 1.96);
            // Student's t with 49 degrees of freedom.
            let b = block_mean(&series, 50).unwrap();
            blocks += usize::from(b.deviation(0.0).abs() < 2.01);
        }
        assert!((180..=198).contains(&monotone), "{monotone}");
        assert!((180..=198).contains(&blocks), "{blocks}");
    }

    #[test]
    fn degenerate_series() {
        let constant = SeriesMean::new(&[2.0; 10]).unwrap();
        assert_eq!(constant.mean, Estimate { value: 2.0, error: 0.0 });
        assert!(constant.time.is_nan());
        assert_eq!(SeriesMean::new(&[1.0]).unwrap_err().code(), "invalid-data");
        assert_eq!(SeriesMean::new(&[1.0, f64::NAN]).unwrap_err().code(), "invalid-data");
        assert!(independent_runs(&[1.0]).is_err());
        assert_eq!(independent_runs(&[1.0, 3.0]).unwrap(), Estimate { value: 2.0, error: 1.0 });
        assert!(block_mean(&[1.0, 2.0], 3).is_err());
    }
}
