//! Free-energy profiles of independent runs.

use alloc::{vec, vec::Vec};

use super::runs::student_interval;
use super::{Estimate, Profile};
use crate::num::{Error, Real, Result};

impl Profile {
    /// The mean of the profiles of independent runs, with errors from their spread and bands by Student's t: for runs that
    /// normalise their own weights, and whatever the correlations within a run. Where sums of weights can be
    /// pooled, [`Profile::of_runs`] has the smaller bias.
    ///
    /// A profile has an arbitrary constant: each run is shifted to the same mean over the bins that all runs have reached, and
    /// errors are those of F above that mean. A bin that one of them has not reached, and a single run, have infinite errors;
    /// `shift` is that of the runs on the average.
    ///
    /// # Errors
    /// [`Error::InvalidData`] without runs or without a bin that all of them have reached,
    /// [`Error::DimensionMismatch`] for different bins.
    ///
    /// ```
    /// use boltzflow::stats::{Bins, LogWeights, Profile};
    ///
    /// let bins = Bins::new(0.0, 2.0, 2)?;
    /// let run = |values: &[f64]| Profile::of_runs(values, &LogWeights::uniform(values.len())?, &bins, 1);
    /// let mean = Profile::mean_of(&[run(&[0.5, 0.5, 1.5])?, run(&[0.5, 0.5, 1.5])?])?;
    /// assert!((mean.value[1] - 2.0_f64.ln()).abs() < 1e-12 && mean.error[1] < 1e-12);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn mean_of(runs: &[Profile]) -> Result<Self> {
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
        let above = |r: &Profile| mean(common.iter().map(|b| r.value[*b]));
        let shift: Vec<f64> = runs.iter().map(above).collect();
        let nothing = Estimate { value: f64::INFINITY, error: f64::INFINITY };
        let mut estimates = vec![nothing; bins];
        for b in &common {
            let of_runs: Vec<f64> = runs.iter().zip(&shift).map(|(r, s)| r.value[*b] - s).collect();
            estimates[*b] = Estimate::mean(&of_runs);
        }
        let lowest = estimates.iter().map(|e| e.value).fold(f64::INFINITY, f64::min);
        estimates.iter_mut().for_each(|e| e.value -= lowest);
        let bands = estimates.iter().map(|e| student_interval(*e, runs.len()));
        let (lower, upper) = bands.map(|band| (band.lower, band.upper)).unzip();
        Ok(Self {
            center: first.center.clone(),
            value: estimates.iter().map(|e| e.value).collect(),
            error: estimates.iter().map(|e| e.error).collect(),
            lower,
            upper,
            count: (0..bins).map(|b| runs.iter().map(|r| r.count[b]).sum()).collect(),
            shift: lowest + mean(runs.iter().zip(&shift).map(|(r, s)| r.shift + s)),
            outside: runs.iter().map(|r| r.outside).sum(),
        })
    }
}

/// Root mean square difference in kT of two profiles over the bins in which both are finite, after their mean difference
/// is removed, and the number of these bins. NaN without any.
///
/// # Errors
/// [`Error::DimensionMismatch`] for different numbers of bins.
///
/// ```
/// let (rms, bins) = boltzflow::stats::profile_rms(&[0.0, 1.0, f64::INFINITY], &[5.0, 6.0, 0.0])?;
/// assert_eq!((rms, bins), (0.0, 2));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
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
        let runs = |n: u64, from: u64| -> Profile {
            let runs: Vec<Profile> = (0..n).map(|s| normal(2000, from + s, &bins)).collect();
            Profile::mean_of(&runs).unwrap()
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
            // The band is that of Student's t with 7 degrees of freedom.
            inside += (0..8).filter(|b| off(*b).abs() < 2.365).count();
            let half = found.upper[0] - found.value[0];
            assert!((half / found.error[0] - 2.365).abs() < 1e-3);
            assert!(profile_rms(&found.value, &exact).unwrap().0 < 0.1);
        }
        assert!((360..=396).contains(&inside), "{inside} of 400");
    }

    #[test]
    fn one_run_and_no_run() {
        let bins = Bins::new(-8.0, 8.0, 4).unwrap();
        let single = normal(100, 1, &bins);
        let found = Profile::mean_of(core::slice::from_ref(&single)).unwrap();
        assert_eq!(found.error, [f64::INFINITY; 4]);
        assert_eq!(found.value, single.value);
        assert!((found.shift - single.shift).abs() < 1e-12 && found.count == single.count);
        assert_eq!(Profile::mean_of(&[]).unwrap_err().code(), "invalid-data");
        let other = normal(100, 1, &Bins::new(-8.0, 8.0, 5).unwrap());
        assert_eq!(Profile::mean_of(&[single, other]).unwrap_err().code(), "dimension-mismatch");
        let (rms, bins) = profile_rms(&[1.0, f64::INFINITY, 4.0], &[0.0, 1.0, 1.0]).unwrap();
        assert_eq!((rms, bins), (1.0, 2));
        assert!(profile_rms(&[f64::INFINITY], &[0.0]).unwrap().0.is_nan());
        assert!(profile_rms(&[0.0], &[]).is_err());
    }
}
