//! Free-energy profiles along a reaction coordinate.

use alloc::{vec, vec::Vec};
use core::ops::Range;

use super::bins::Bins;
use super::bootstrap::Bootstrap;
use super::estimate::Estimate;
use super::log_weights::LogWeights;
use super::runs::{jackknife, run_length, student_interval};
use super::same_length;
use crate::num::{Real, Result, Stream};

/// Least number of samples of a bin whose band can be believed, and one in how many of all.
const FEWEST: usize = 10;
const RAREST: usize = 2000;

/// Free energy F(R)/kT = −ln p(R) over bins, with p normalised within them.
///
/// Values are in kT above the profile's minimum. Errors and bands are those of −ln p itself: the minimum
/// is subtracted as a constant ([`shift`](Self::shift)), so that the lowest bin has its error too.
/// An empty bin has an infinite value, error and upper end.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Centres of the bins, in units of the coordinate.
    pub center: Vec<f64>,
    /// F in kT above its minimum.
    pub value: Vec<f64>,
    /// Standard error by the delta method, in kT.
    pub error: Vec<f64>,
    /// Lower end of the 95 % bootstrap band.
    pub lower: Vec<f64>,
    /// Upper end of the 95 % bootstrap band; infinite if more than 2.5 % of the resamples have nothing here.
    pub upper: Vec<f64>,
    /// Number of samples in each bin, before weighting.
    pub count: Vec<usize>,
    /// −ln of the probability of the most probable bin: `value + shift` = −ln p.
    pub shift: f64,
    /// Number of samples outside the bins or without a weight.
    pub outside: usize,
}

impl Profile {
    /// Profile of coordinate values (`n`) with their weights.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`](crate::num::Error::DimensionMismatch) if the lengths differ,
    /// [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for bootstrap settings out of range,
    /// [`Error::InvalidData`](crate::num::Error::InvalidData) if no weight falls into the bins.
    ///
    /// ```
    /// use boltzflow::num::{Purpose, Stream};
    /// use boltzflow::stats::{Bins, Bootstrap, LogWeights, Profile};
    ///
    /// let values: Vec<f64> = (0..4000).map(|i| if i % 4 == 0 { 0.5 } else { 1.5 }).collect();
    /// let mut stream = Stream::new(1, Purpose::Bootstrap, 0, 0);
    /// let weights = LogWeights::uniform(values.len())?;
    /// let bins = Bins::new(0.0, 2.0, 2)?;
    /// let profile = Profile::new(&values, &weights, &bins, &Bootstrap::default(), &mut stream)?;
    /// assert!((profile.value[0] - 3.0_f64.ln()).abs() < 1e-12 && profile.value[1] == 0.0);
    /// assert!(profile.lower[0] < profile.value[0] && profile.value[0] < profile.upper[0]);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn new(
        values: &[f64],
        weights: &LogWeights,
        bins: &Bins,
        bootstrap: &Bootstrap,
        stream: &mut Stream,
    ) -> Result<Self> {
        bootstrap.check()?;
        let binned = Binned::new(values, weights, bins)?;
        let k = bins.count();
        let mut profile = binned.profile(bins);
        let Binned { group, weight, sum, total, .. } = &binned;
        profile.error = delta_errors(group, weight, sum, *total, bootstrap.block);

        let sums = bootstrap.group_sums(group, weight, k + 1, stream);
        let totals: Vec<f64> = sums.chunks_exact(k + 1).map(|row| row[..k].iter().sum()).collect();
        let mut replicas = vec![0.0; totals.len()];
        for b in 0..k {
            for ((replica, row), total) in
                replicas.iter_mut().zip(sums.chunks_exact(k + 1)).zip(&totals)
            {
                *replica = free(row[b], *total) - profile.shift;
            }
            let band = Bootstrap::interval_95(&mut replicas);
            profile.lower.push(band.lower);
            profile.upper.push(band.upper);
        }
        Ok(profile)
    }

    /// Profile of `runs` independent runs of equal length, one after the other: errors by the jackknife over runs, bands by
    /// Student's t (see [`Runs`](super::Runs)). A bin that only one run reached has an infinite error.
    ///
    /// # Errors
    /// As [`Profile::new`]; [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) unless the samples divide into the runs.
    ///
    /// ```
    /// use boltzflow::stats::{Bins, LogWeights, Profile};
    ///
    /// let values = [0.5, 1.5, 0.5, 1.5, 1.5, 0.5];
    /// let bins = Bins::new(0.0, 2.0, 2)?;
    /// let profile = Profile::of_runs(&values, &LogWeights::uniform(6)?, &bins, 3)?;
    /// assert!(profile.error.iter().all(|error| *error < 1e-12));
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn of_runs(values: &[f64], weights: &LogWeights, bins: &Bins, runs: usize) -> Result<Self> {
        let length = run_length(values.len(), runs)?;
        let binned = Binned::new(values, weights, bins)?;
        let mut profile = binned.profile(bins);
        let left_out: Vec<Vec<f64>> =
            (0..runs).map(|r| binned.without(r * length..(r + 1) * length)).collect();
        profile.set_errors_of_runs(&left_out);
        Ok(profile)
    }

    /// Errors and bands from −ln p of each bin without one run at a time.
    pub(super) fn set_errors_of_runs(&mut self, left_out: &[Vec<f64>]) {
        for (b, value) in self.value.iter().enumerate() {
            let replicas: Vec<f64> = left_out.iter().map(|f| f[b]).collect();
            let error = if value.is_finite() { jackknife(&replicas) } else { f64::INFINITY };
            let band = student_interval(Estimate { value: *value, error }, left_out.len());
            self.error.push(error);
            self.lower.push(band.lower);
            self.upper.push(band.upper);
        }
    }

    /// Of each bin whether its band can be believed: at least 10 samples, and one in 2000, fell into it before weighting.
    ///
    /// Where a flow comes more rarely it has hardly learnt: it passes on a narrow way, misses most of the bin's configurations,
    /// and no resampling shows what no sample does. More samples do not help: the band only shrinks around a wrong value.
    #[must_use]
    pub fn sampled(&self) -> Vec<bool> {
        let all = self.count.iter().sum::<usize>() + self.outside;
        let least = FEWEST.max(all / RAREST);
        self.count.iter().map(|n| *n >= least).collect()
    }

    /// `values` of the bins that are [sampled](Self::sampled), NaN in the others: what is drawn.
    #[must_use]
    pub fn where_sampled(&self, values: &[f64]) -> Vec<f64> {
        let keep = |(v, sampled): (&f64, bool)| if sampled { *v } else { f64::NAN };
        values.iter().zip(self.sampled()).map(keep).collect()
    }
}

/// Weights sorted into bins.
struct Binned {
    /// Bin of each sample; the number of bins for one outside.
    group: Vec<u32>,
    /// Normalised weight of each sample, 0 outside.
    weight: Vec<f64>,
    /// Weight of each bin, and of all.
    sum: Vec<f64>,
    total: f64,
    /// Samples in each bin and, last, outside.
    count: Vec<usize>,
}

impl Binned {
    fn new(values: &[f64], weights: &LogWeights, bins: &Bins) -> Result<Self> {
        same_length("coordinate values", values.len(), weights)?;
        let k = bins.count();
        let mut count = vec![0; k + 1];
        let (mut group, mut weight) = (Vec::new(), Vec::new());
        group.reserve_exact(values.len());
        weight.reserve_exact(values.len());
        for (i, v) in values.iter().enumerate() {
            let bin = bins.index(*v).filter(|_| weights.is_used(i)).unwrap_or(k);
            count[bin] += 1;
            group.push(bin as u32);
            weight.push(if bin == k { 0.0 } else { weights.normalised()[i] });
        }
        let mut sum = vec![0.0; k];
        for (g, w) in group.iter().zip(&weight) {
            if let Some(s) = sum.get_mut(*g as usize) {
                *s += w;
            }
        }
        let total: f64 = sum.iter().sum();
        if total <= 0.0 {
            let problem = "none of the samples with a weight above zero lies inside the range";
            return Err(crate::num::Error::data("free-energy profile", problem));
        }
        Ok(Self { group, weight, sum, total, count })
    }

    /// The profile, without errors.
    fn profile(&self, bins: &Bins) -> Profile {
        let largest = self.sum.iter().copied().fold(0.0, f64::max);
        let shift = free(largest, self.total);
        Profile {
            center: bins.centers(),
            value: self.sum.iter().map(|s| free(*s, self.total) - shift).collect(),
            error: Vec::new(),
            lower: Vec::new(),
            upper: Vec::new(),
            count: self.count[..bins.count()].to_vec(),
            shift,
            outside: self.count[bins.count()],
        }
    }

    /// −ln p of each bin from all samples but those of a range.
    fn without(&self, range: Range<usize>) -> Vec<f64> {
        let mut sum = self.sum.clone();
        let mut inside = vec![0_usize; sum.len()];
        for (i, (g, w)) in self.group.iter().zip(&self.weight).enumerate() {
            let g = *g as usize;
            if g < sum.len() && *w > 0.0 {
                if range.contains(&i) {
                    sum[g] -= w;
                } else {
                    inside[g] += 1;
                }
            }
        }
        // What rounding leaves of an empty bin is no weight.
        for (s, inside) in sum.iter_mut().zip(inside) {
            *s = if inside > 0 { s.max(f64::MIN_POSITIVE) } else { 0.0 };
        }
        let total = sum.iter().sum();
        sum.into_iter().map(|s| free(s, total)).collect()
    }
}

/// F = −ln(mass/Σ mass) of exact masses of bins, infinite where there is none: what `value + shift` of a [`Profile`] over these bins
/// estimates.
///
/// ```
/// let free = boltzflow::stats::free_energies(&[1.0, 3.0, 0.0]);
/// assert!((free[0] - 4.0_f64.ln()).abs() < 1e-12 && free[2] == f64::INFINITY);
/// ```
#[must_use]
pub fn free_energies(masses: &[f64]) -> Vec<f64> {
    let total = masses.iter().sum();
    masses.iter().map(|mass| free(*mass, total)).collect()
}

/// F = −ln(sum/total)
fn free(sum: f64, total: f64) -> f64 {
    Real::ln(total) - ln_or_minus_infinity(sum)
}

/// ln v, −∞ for 0.
fn ln_or_minus_infinity(v: f64) -> f64 {
    if v > 0.0 { Real::ln(v) } else { f64::NEG_INFINITY }
}

/// Errors of −ln(A_b/H), A_b = Σ_b w and H = Σ w: the influence of a block with weight W, of which
/// W_b lies in the bin, is W/H − W_b/A_b.
fn delta_errors(group: &[u32], weight: &[f64], sum: &[f64], total: f64, block: usize) -> Vec<f64> {
    // Blocks that do not touch a bin all contribute (W/H)²: only the others are corrected.
    let mut correction = vec![0.0; sum.len()];
    let (mut common, mut blocks) = (0.0, 0_usize);
    let mut inside = vec![0.0; sum.len() + 1];
    for (groups, weights) in group.chunks(block).zip(weight.chunks(block)) {
        let share = weights.iter().sum::<f64>() / total;
        common += share * share;
        blocks += 1;
        for (g, w) in groups.iter().zip(weights) {
            inside[*g as usize] += w;
        }
        for g in groups {
            let w = core::mem::take(&mut inside[*g as usize]);
            if let (Some(c), true) = (correction.get_mut(*g as usize), w > 0.0) {
                let own = share - w / sum[*g as usize];
                *c += own * own - share * share;
            }
        }
    }
    let finite = if blocks > 1 { blocks as f64 / (blocks - 1) as f64 } else { f64::INFINITY };
    let error = |(c, s): (&f64, &f64)| match *s > 0.0 {
        true => Real::sqrt((common + c).max(0.0) * finite),
        false => f64::INFINITY,
    };
    correction.iter().zip(sum).map(error).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Purpose;

    /// Samples of N(0, s²) weighted to N(0, 1).
    fn weighted_normal(s: f64, n: usize, seed: u64) -> (Vec<f64>, LogWeights) {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let x: Vec<f64> = (0..n).map(|_| s * stream.normal()).collect();
        let log_w: Vec<f64> = x.iter().map(|x| -0.5 * x * x * (1.0 - 1.0 / (s * s))).collect();
        (x, LogWeights::new(&log_w).unwrap())
    }

    /// −ln of the probabilities of the bins under N(0, 1), by Simpson's rule.
    fn exact(bins: &Bins) -> Vec<f64> {
        let h = bins.width() / 20.0;
        let mass = |c: f64| {
            let f = |i: i32| (-0.5 * (c + f64::from(i) * h) * (c + f64::from(i) * h)).exp();
            (-10..10).step_by(2).map(|i| f(i) + 4.0 * f(i + 1) + f(i + 2)).sum::<f64>()
        };
        let masses: Vec<f64> = bins.centers().into_iter().map(mass).collect();
        let total: f64 = masses.iter().sum();
        masses.iter().map(|m| -(m / total).ln()).collect()
    }

    #[test]
    fn bands_and_bars_cover() {
        let bins = Bins::new(-2.5, 2.5, 10).unwrap();
        let exact = exact(&bins);
        let (mut bands, mut bars, mut worst) = (0, 0, 0.0_f64);
        for seed in 0..120 {
            let (x, w) = weighted_normal(1.3, 2000, seed);
            let mut stream = Stream::new(seed, Purpose::Bootstrap, 0, 0);
            let p = Profile::new(&x, &w, &bins, &Bootstrap::default(), &mut stream).unwrap();
            for (b, f) in exact.iter().enumerate() {
                let f = f - p.shift;
                bands += usize::from(p.lower[b] <= f && f <= p.upper[b]);
                bars += usize::from((p.value[b] - f).abs() < 1.96 * p.error[b]);
                worst = worst.max((p.value[b] - f).abs() / p.error[b]);
            }
        }
        assert!((1080..=1188).contains(&bands), "{bands} of 1200");
        assert!((1080..=1188).contains(&bars), "{bars} of 1200");
        assert!(worst < 6.0, "{worst}");
    }

    #[test]
    fn blocks_count_repeated_samples_once() {
        let (x, w) = weighted_normal(1.0, 3000, 5);
        let repeat = |v: &[f64]| v.iter().flat_map(|v| [*v; 4]).collect::<Vec<f64>>();
        let bins = Bins::new(-2.0, 2.0, 8).unwrap();
        let run = |x: &[f64], w: &LogWeights, block| {
            let bootstrap = Bootstrap { resamples: 100, block };
            let mut stream = Stream::new(0, Purpose::Bootstrap, 0, 0);
            Profile::new(x, w, &bins, &bootstrap, &mut stream).unwrap()
        };
        let once = run(&x, &w, 1);
        let four = run(&repeat(&x), &LogWeights::new(&repeat(w.log_w())).unwrap(), 4);
        for b in 0..8 {
            assert!((once.value[b] - four.value[b]).abs() < 1e-12);
            assert!((once.error[b] / four.error[b] - 1.0).abs() < 1e-9);
            assert!((once.upper[b] - four.upper[b]).abs() < 1e-12);
        }
    }

    #[test]
    fn rare_bins_are_not_believed() {
        let bins = Bins::new(0.0, 3.0, 3).unwrap();
        let sampled = |counts: [usize; 3]| {
            let x: Vec<f64> = (0..3).flat_map(|b| vec![b as f64 + 0.5; counts[b]]).collect();
            let w = LogWeights::uniform(x.len()).unwrap();
            let bootstrap = Bootstrap { resamples: 2, block: 1 };
            let mut stream = Stream::new(0, Purpose::Bootstrap, 0, 0);
            let p = Profile::new(&x, &w, &bins, &bootstrap, &mut stream).unwrap();
            let shown: Vec<bool> = p.where_sampled(&p.value).iter().map(|v| !v.is_nan()).collect();
            assert_eq!(shown, p.sampled());
            shown
        };
        assert_eq!(sampled([100, 10, 9]), [true, true, false]);
        assert_eq!(sampled([50_000, 25, 24]), [true, true, false]);
    }

    #[test]
    fn empty_bins_are_infinite() {
        let w = LogWeights::uniform(5).unwrap();
        let x = [0.1, 0.2, 0.9, f64::NAN, 7.0];
        let bins = Bins::new(0.0, 1.0, 3).unwrap();
        let mut stream = Stream::new(0, Purpose::Bootstrap, 0, 0);
        let p = Profile::new(&x, &w, &bins, &Bootstrap::default(), &mut stream).unwrap();
        assert_eq!((p.count.as_slice(), p.outside), (&[2, 0, 1][..], 2));
        assert_eq!(p.value[0], 0.0);
        assert!((p.value[2] - 2.0_f64.ln()).abs() < 1e-15);
        assert_eq!([p.value[1], p.error[1], p.upper[1]], [f64::INFINITY; 3]);
        assert_eq!(p.sampled(), [false; 3]);
        let nothing = Profile::new(&[5.0; 5], &w, &bins, &Bootstrap::default(), &mut stream);
        assert_eq!(nothing.unwrap_err().code(), "invalid-data");
        let short = Profile::new(&x[1..], &w, &bins, &Bootstrap::default(), &mut stream);
        assert_eq!(short.unwrap_err().code(), "dimension-mismatch");
    }
}
