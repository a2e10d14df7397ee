//! Averages of observables.

use super::estimate::{Estimate, mean_error};
use super::log_weights::LogWeights;
use super::same_length;
use crate::num::Result;

/// Weighted average ⟨O⟩ = Σ w O/Σ w with the error of the ratio estimator,
/// influence (w/w̄)(O − ⟨O⟩).
///
/// Dropped samples and samples of weight zero take no part, whatever their value.
///
/// # Errors
/// [`Error::DimensionMismatch`](crate::num::Error::DimensionMismatch) if the lengths differ.
///
/// ```
/// use boltzflow::stats::{LogWeights, weighted_mean};
///
/// let weights = LogWeights::new(&[0.0, 3.0_f64.ln()])?;
/// let mean = weighted_mean(&[0.0, 4.0], &weights)?;
/// assert!((mean.value - 3.0).abs() < 1e-12);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
pub fn weighted_mean(values: &[f64], weights: &LogWeights) -> Result<Estimate> {
    same_length("values of an observable", values.len(), weights)?;
    let n = weights.used();
    let terms = || values.iter().zip(weights.normalised()).filter(|(_, w)| **w > 0.0);
    let value: f64 = terms().map(|(v, w)| w * v).sum();
    let influence = terms().map(|(v, w)| n as f64 * w * (v - value));
    Ok(Estimate { value, error: mean_error(influence, n) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};
    use alloc::vec::Vec;

    #[test]
    fn second_moment_of_a_normal() {
        let mut inside = 0;
        for seed in 0..200 {
            let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
            let x: Vec<f64> = (0..2000).map(|_| 1.3 * stream.normal()).collect();
            let log_w: Vec<f64> = x.iter().map(|x| -0.5 * x * x * (1.0 - 1.0 / 1.69)).collect();
            let squares: Vec<f64> = x.iter().map(|x| x * x).collect();
            let e = weighted_mean(&squares, &LogWeights::new(&log_w).unwrap()).unwrap();
            assert!(e.deviation(1.0).abs() < 4.5, "{e}");
            inside += usize::from(e.deviation(1.0).abs() < 1.96);
        }
        assert!((180..=198).contains(&inside), "{inside}");
    }

    #[test]
    fn dropped_values_do_not_matter() {
        let w = LogWeights::new(&[0.0, f64::NAN, f64::NEG_INFINITY, 0.0]).unwrap();
        let e = weighted_mean(&[1.0, f64::NAN, f64::INFINITY, 3.0], &w).unwrap();
        assert_eq!(e.value, 2.0);
        assert!(e.error.is_finite());
        assert!(weighted_mean(&[1.0], &w).is_err());
    }
}
