//! Resampling: indices of samples in proportion to their weights.

use alloc::vec::Vec;

use super::log_weights::LogWeights;
use crate::num::Stream;

/// Systematic resampling: `m` indices in increasing order, from one uniform number. Sample i appears
/// ⌊m wᵢ⌋ or ⌈m wᵢ⌉ times (Kitagawa, 1996): the least noise of the two schemes, with dependent
/// draws.
///
/// ```
/// use boltzflow::num::{Purpose, Stream};
/// use boltzflow::stats::{LogWeights, multinomial, systematic};
///
/// let weights = LogWeights::new(&[0.0, f64::NEG_INFINITY, 0.0])?;
/// let mut stream = Stream::new(1, Purpose::Test, 0, 0);
/// assert_eq!(systematic(&weights, 4, &mut stream), [0, 0, 2, 2]);
/// assert!(multinomial(&weights, 4, &mut stream).iter().all(|i| *i != 1));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[must_use]
pub fn systematic(weights: &LogWeights, m: usize, stream: &mut Stream) -> Vec<usize> {
    let offset = stream.uniform();
    pick(weights, m, |j| (j as f64 + offset) / m as f64)
}

/// Multinomial resampling: `m` independent draws, in increasing order of the index.
#[must_use]
pub fn multinomial(weights: &LogWeights, m: usize, stream: &mut Stream) -> Vec<usize> {
    let mut points: Vec<f64> = (0..m).map(|_| stream.uniform()).collect();
    points.sort_unstable_by(f64::total_cmp);
    pick(weights, m, |j| points[j])
}

/// For each of `m` increasing points in [0, 1) the sample whose stretch of the cumulative weights
/// holds it.
fn pick(weights: &LogWeights, m: usize, point: impl Fn(usize) -> f64) -> Vec<usize> {
    let w = weights.normalised();
    // Rounding may leave the last points above the total: they go to the last sample with a weight.
    let last = w.iter().rposition(|w| *w > 0.0).unwrap_or(0);
    let (mut i, mut upto) = (0, w[0]);
    (0..m)
        .map(|j| {
            while upto <= point(j) && i < last {
                i += 1;
                upto += w[i];
            }
            i
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Purpose;

    fn weights() -> LogWeights {
        let w = [0.0, 0.1, 0.2, 0.0, 0.65, 0.05, 0.0];
        LogWeights::new(&w.map(f64::ln)).unwrap()
    }

    fn counts(indices: &[usize]) -> [usize; 7] {
        let mut counts = [0; 7];
        indices.iter().for_each(|i| counts[*i] += 1);
        counts
    }

    #[test]
    fn systematic_is_within_one() {
        for seed in 0..20 {
            let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
            let counts = counts(&systematic(&weights(), 1003, &mut stream));
            for (c, w) in counts.iter().zip(weights().normalised()) {
                assert!((*c as f64 - 1003.0 * w).abs() < 1.0 + 1e-9, "{counts:?}");
            }
        }
    }

    #[test]
    fn multinomial_has_binomial_counts() {
        let mut stream = Stream::new(1, Purpose::Test, 0, 0);
        let m = 100_000;
        let counts = counts(&multinomial(&weights(), m, &mut stream));
        for (c, w) in counts.iter().zip(weights().normalised()) {
            let error = (m as f64 * w * (1.0 - w)).sqrt();
            assert!((*c as f64 - m as f64 * w).abs() <= 4.0 * error, "{counts:?}");
        }
        assert_eq!(counts.iter().sum::<usize>(), m);
    }
}
