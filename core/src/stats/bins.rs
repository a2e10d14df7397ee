//! Bins of equal width.

use alloc::vec::Vec;

use crate::num::{Error, Result};

/// Bins of equal width between two bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bins {
    low: f64,
    high: f64,
    count: usize,
}

impl Bins {
    /// `count` bins from `low` to `high`.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless low < high are finite and there are 1 to 10⁶ bins.
    ///
    /// ```
    /// let bins = boltzflow::stats::Bins::new(-1.0, 1.0, 4)?;
    /// assert_eq!(bins.centers(), [-0.75, -0.25, 0.25, 0.75]);
    /// assert_eq!((bins.index(0.1), bins.index(1.5)), (Some(2), None));
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn new(low: f64, high: f64, count: usize) -> Result<Self> {
        if !(low.is_finite() && high.is_finite() && low < high) {
            let value = alloc::format!("{low} to {high}");
            return Err(Error::setting("range", value, "two finite numbers, the lower first"));
        }
        if !(1..=1_000_000).contains(&count) {
            return Err(Error::setting("bins", count, "from 1 to 1000000"));
        }
        Ok(Self { low, high, count })
    }

    /// Number of bins.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Width of a bin.
    #[must_use]
    pub fn width(&self) -> f64 {
        (self.high - self.low) / self.count as f64
    }

    /// Centres of the bins.
    #[must_use]
    pub fn centers(&self) -> Vec<f64> {
        (0..self.count).map(|i| self.low + (i as f64 + 0.5) * self.width()).collect()
    }

    /// The bin of a value: lower edges belong to it, the upper edge of the last bin too.
    #[must_use]
    pub fn index(&self, value: f64) -> Option<usize> {
        if value >= self.low && value <= self.high {
            Some((((value - self.low) / self.width()) as usize).min(self.count - 1))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_and_outsiders() {
        let bins = Bins::new(-1.0, 1.0, 4).unwrap();
        assert_eq!(bins.centers(), [-0.75, -0.25, 0.25, 0.75]);
        let index: Vec<_> = [-1.0, -0.5, 0.49, 1.0].map(|v| bins.index(v)).into();
        assert_eq!(index, [Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!([-1.1, 1.1, f64::NAN].map(|v| bins.index(v)), [None; 3]);
        assert!(Bins::new(1.0, 1.0, 4).is_err() && Bins::new(0.0, 1.0, 0).is_err());
    }
}
