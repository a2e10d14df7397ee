//! Free-energy profiles of independent runs.

use alloc::{vec, vec::Vec};

use super::{Estimate, Profile};
use crate::num::{Error, Real, Result};

/// F(R)/kT from independent runs: the mean of their profiles, with errors from their spread. They need no
/// assumption about correlations within a run.
///
/// A profile has an arbitrary constant: each run is shifted to the same mean over the bins that all runs have reached.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanProfile {
    /// Centres of the bins, in units of the coordinate.
    pub center: Vec<f64>,
    /// F in kT above its minimum; infinite where a run has nothing.
    pub value: Vec<f64>,
    /// Standard error in kT; infinite there and for a single run.
    pub error: Vec<f64>,
}

impl MeanProfile {
    /// From the profiles of the runs, which must have the same bins.
    ///
    /// # Errors
    /// [`Error::InvalidData`] without runs or without a bin that all of them have reached,
    /// [`Error::DimensionMismatch`] for different bins.
    pub fn new(runs: &[Profile]) -> Result<Self> {
        let Some(first) = runs.first() else {
            return Err(Error::data("profiles of independent runs", "there is none"));
        };
        let (bins, what) = (first.value.len(), "bins of a profile");
        if let Some(wrong) = runs.iter().find(|r| r.center != first.center) {
            return Err(Error::DimensionMismatch {
                what,
                expected: bins,
                found: wrong.center.len(),
            });
        }
        let reached = |b: &usize| runs.iter().all(|r| r.value[*b].is_finite());
        let common: Vec<usize> = (0..bins).filter(reached).collect();
        if common.is_empty() {
            let problem = "there is no bin that all of them have reached";
            return Err(Error::data("profiles of independent runs", problem));
        }
        let mean = |r: &Profile| mean(common.iter().map(|b| r.value[*b]));
        let shift: Vec<f64> = runs.iter().map(mean).collect();
        let (mut value, mut error) = (vec![f64::INFINITY; bins], vec![f64::INFINITY; bins]);
        for b in &common {
            let of_runs: Vec<f64> = runs.iter().zip(&shift).map(|(r, s)| r.value[*b] - s).collect();
            let estimate = Estimate::mean(&of_runs);
            (value[*b], error[*b]) = (estimate.value, estimate.error);
        }
        let lowest = value.iter().copied().fold(f64::INFINITY, f64::min);
        value.iter_mut().for_each(|v| *v -= lowest);
        Ok(Self { center: first.center.clone(), value, error })
    }
}

/// Root mean square difference in kT of two profiles over the bins in which both are finite, after their mean difference
/// is removed, and the number of these bins. NaN without any.
///
/// # Errors
/// [`Error::DimensionMismatch`] for different numbers of bins.
pub fn profile_rms(a: &[f64], b: &[f64]) -> Result<(f64, usize)> {
    let (what, expected, found) = ("bins of a profile", a.len(), b.len());
    if expected != found {
        return Err(Error::DimensionMismatch { what, expected, found });
    }
    let both = a.iter().zip(b).map(|(a, b)| a - b).filter(|d| d.is_finite());
    let difference: Vec<f64> = both.collect();
    let shift = mean(difference.iter().copied());
    let square = mean(difference.iter().map(|d| (d - shift) * (d - shift)));
    Ok((Real::sqrt(square), difference.len()))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0_usize), |(sum, n), v| (sum + v, n + 1));
    sum / n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};
    use crate::stats::{Bins, Bootstrap, LogWeights};

    /// Profile of N(0, 1), whose exact −ln p is given beside it.
    fn normal(n: usize, seed: u64, bins: &Bins) -> Profile {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let x: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let bootstrap = Bootstrap { resamples: 2, block: 1 };
        let w = LogWeights::uniform(n).unwrap();
        Profile::new(&x, &w, bins, &bootstrap, &mut stream).unwrap()
    }

    #[test]
    fn errors_cover_and_shrink() {
        let bins = Bins::new(-1.0, 1.0, 8).unwrap();
        let runs = |n: u64, from: u64| -> MeanProfile {
            let runs: Vec<Profile> = (0..n).map(|s| normal(2000, from + s, &bins)).collect();
            MeanProfile::new(&runs).unwrap()
        };
        // −ln of the mass of a bin of width h at c: c²/2 + h²/24·(1 − c²) + a constant, to order h⁴.
        let h = bins.width();
        let exact: Vec<f64> =
            bins.centers().iter().map(|c| 0.5 * c * c + h * h / 24.0 * (1.0 - c * c)).collect();
        let mut inside = 0;
        for set in 0..50 {
            let found = runs(8, 100 * set);
            let shift = mean(found.value.iter().zip(&exact).map(|(a, b)| a - b));
            let off = |b: usize| (found.value[b] - shift - exact[b]) / found.error[b];
            // Student's t with 7 degrees of freedom.
            inside += (0..8).filter(|b| off(*b).abs() < 2.365).count();
            assert!(profile_rms(&found.value, &exact).unwrap().0 < 0.1);
        }
        assert!((360..=396).contains(&inside), "{inside} of 400");
    }

    #[test]
    fn one_run_and_no_run() {
        let bins = Bins::new(-8.0, 8.0, 4).unwrap();
        let single = normal(100, 1, &bins);
        let found = MeanProfile::new(core::slice::from_ref(&single)).unwrap();
        assert_eq!(found.error, [f64::INFINITY; 4]);
        assert_eq!(found.value, single.value);
        assert_eq!(MeanProfile::new(&[]).unwrap_err().code(), "invalid-data");
        let other = normal(100, 1, &Bins::new(-8.0, 8.0, 5).unwrap());
        assert_eq!(MeanProfile::new(&[single, other]).unwrap_err().code(), "dimension-mismatch");
        let (rms, bins) = profile_rms(&[1.0, f64::INFINITY, 4.0], &[0.0, 1.0, 1.0]).unwrap();
        assert_eq!((rms, bins), (1.0, 2));
        assert!(profile_rms(&[f64::INFINITY], &[0.0]).unwrap().0.is_nan());
        assert!(profile_rms(&[0.0], &[]).is_err());
    }
}
