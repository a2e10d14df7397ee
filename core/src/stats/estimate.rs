//! A number with its standard error, and an interval.

use core::fmt;

use crate::num::Real;

/// A number with its standard error.
///
/// ```
/// use boltzflow::stats::Estimate;
///
/// let mean = Estimate::mean(&[1.0, 2.0, 3.0]);
/// assert_eq!(format!("{mean:.2}"), "2.00 ± 0.58");
/// assert!(mean.deviation(2.5).abs() < 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error; infinite where the samples do not determine it.
    pub error: f64,
}

impl Estimate {
    /// A number known exactly.
    #[must_use]
    pub fn exact(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// Mean of independent values with its standard error √(Σ(vᵢ − v̄)²/(n(n − 1))).
    ///
    /// NaN with an infinite error for an empty slice; an infinite error for a single value.
    #[must_use]
    pub fn mean(values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Self { value: mean, error: mean_error(values.iter().map(|v| v - mean), values.len()) }
    }

    /// Distance from `reference` in standard errors; 0 if both distance and error are 0.
    #[must_use]
    pub fn deviation(&self, reference: f64) -> f64 {
        let distance = self.value - reference;
        if distance == 0.0 { 0.0 } else { distance / self.error }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.precision() {
            Some(digits) => write!(f, "{:.digits$} ± {:.digits$}", self.value, self.error),
            None => write!(f, "{} ± {}", self.value, self.error),
        }
    }
}

/// An interval, for example of 95 % confidence.
///
/// ```
/// use boltzflow::stats::Interval;
///
/// assert!(Interval { lower: -1.0, upper: 1.0 }.contains(0.5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

impl Interval {
    /// True if the value lies inside or on an end.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }
}

/// Standard error of a mean from the n centred terms (influences) ψᵢ of the estimator:
/// √(Σψᵢ²/(n(n − 1))). Infinite below two terms or if a term is not finite.
pub(super) fn mean_error(centred: impl Iterator<Item = f64>, n: usize) -> f64 {
    if n < 2 {
        return f64::INFINITY;
    }
    let squares: f64 = centred.map(|c| c * c).sum();
    if squares.is_finite() {
        Real::sqrt(squares / (n as f64 * (n - 1) as f64))
    } else {
        f64::INFINITY
    }
}

/// Standard error of a *sum* of n centred terms that is correlated within blocks of `block`
/// consecutive terms: √(m/(m − 1)·Σ_blocks(Σψ)²) for m blocks. Infinite below two blocks.
pub(super) fn sum_error(centred: &mut dyn Iterator<Item = f64>, block: usize) -> f64 {
    let (mut squares, mut blocks, mut sum, mut filled) = (0.0, 0_usize, 0.0, 0);
    for c in centred {
        sum += c;
        filled += 1;
        if filled == block {
            squares += sum * sum;
            (sum, filled) = (0.0, 0);
            blocks += 1;
        }
    }
    if filled > 0 {
        squares += sum * sum;
        blocks += 1;
    }
    if blocks < 2 || !squares.is_finite() {
        return f64::INFINITY;
    }
    Real::sqrt(squares * blocks as f64 / (blocks - 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_of_a_few() {
        let e = Estimate::mean(&[1.0, 2.0, 3.0, 6.0]);
        assert_eq!(e.value, 3.0);
        // Σ(v − 3)² = 4 + 1 + 0 + 9 = 14, over 4·3.
        assert!((e.error - (14.0_f64 / 12.0).sqrt()).abs() < 1e-15);
        assert_eq!(alloc::format!("{e:.2}"), "3.00 ± 1.08");
        assert_eq!(Estimate::mean(&[2.0]).error, f64::INFINITY);
    }

    #[test]
    fn block_sums() {
        // Blocks (1, 2), (−3, 1), (−1): sums 3, −2, −1, squares 14, times 3/2.
        let error = sum_error(&mut [1.0, 2.0, -3.0, 1.0, -1.0].into_iter(), 2);
        assert!((error - 21.0_f64.sqrt()).abs() < 1e-15);
    }
}
