//! Free-energy profiles by integration of the mean force.

use alloc::{vec, vec::Vec};
use core::ops::Range;

use super::bins::Bins;
use super::log_weights::LogWeights;
use super::profile::Profile;
use super::runs::run_length;
use super::same_length;
use crate::num::{Error, Real, Result};

/// Rounds of the fixed-point iteration for the slopes within bins.
const ROUNDS: usize = 6;
/// Largest exponent of the weight e^(g·(R − c)) that makes a bin level, on either side of its centre.
const STEEPEST: f64 = 4.0;
/// Half as many intervals as Simpson's rule takes in a bin: a bin over which F changes by 40 kT is integrated to 0.001 kT.
const INTERVALS: i32 = 40;

impl Profile {
    /// Profile by the mean force: F′(R) = ⟨f⟩_R with the force f of each sample (`n`, kT per unit of R), see
    /// `Coordinate::forces`; integrated over the bins.
    ///
    /// Only averages *within* a bin enter: how the weight is shared among distant values of R, which few ancestors
    /// decide, plays no part, and what remains is noise of the forces. The samples are `runs` independent
    /// runs of equal length, one after the other, or that many blocks of independent samples; errors are of the jackknife
    /// over them, bands of Student's t. Bins that are not connected to the most populated one by bins with samples
    /// of two runs are undetermined: infinite value and error; the others together have their share of the weight.
    ///
    /// **What is known.** `known` gives an energy k(R) in kT and k′(R) that was no part of what the samples were moved by: a bias, see
    /// `ReducedPotential::unbiased_along`; zeros if there is none. Forces and weights are those of e^(−u), k included. Then
    ///
    /// $$ F(R) = G(R) + k(R), \qquad G'(R) = \langle f - k'(R) \rangle_R $$
    ///
    /// and G, the free energy of u − k, is integrated from averages over e^(k−u), where the samples lie evenly; k is added as it
    /// is, however steep: averages over e^(−u) would know it at one end of a bin alone, where the weight is.
    ///
    /// **Within a bin.** Samples crowd where G is low, so that their plain mean is not the mean slope. They are weighted by e^(g·(R − c))
    /// with the slope g and the centre c of the bin, which makes their density even to second order in its width;
    /// g is the mean itself, by iteration. Between edges G is a parabola through these slopes; the values are −ln of the
    /// probabilities of the bins, as in a histogram.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] if the lengths differ, [`Error::InvalidSetting`] unless the samples divide into
    /// the runs, [`Error::InvalidData`] if no weight falls into the bins.
    ///
    /// ```
    /// use boltzflow::num::{Purpose, Stream};
    /// use boltzflow::stats::{Bins, LogWeights, Profile};
    ///
    /// // A spring: the force along x is x itself, F = ½x².
    /// let mut stream = Stream::new(1, Purpose::Test, 0, 0);
    /// let x: Vec<f64> = (0..8000).map(|_| stream.normal()).collect();
    /// let bins = Bins::new(-1.0, 1.0, 4)?;
    /// let weights = LogWeights::uniform(x.len())?;
    /// let profile = Profile::by_mean_force(&x, &x, &weights, &|_| (0.0, 0.0), &bins, 8)?;
    /// assert!((profile.value[0] - profile.value[1] - 0.25).abs() < 0.05);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn by_mean_force(
        values: &[f64],
        forces: &[f64],
        weights: &LogWeights,
        known: Known<'_>,
        bins: &Bins,
        runs: usize,
    ) -> Result<Self> {
        same_length("coordinate values", values.len(), weights)?;
        same_length("forces", forces.len(), weights)?;
        let length = run_length(values.len(), runs)?;
        let sorted = sort(values, forces, weights, known, bins);
        let connected = connected(&sorted, runs, length)?;
        let (width, centers) = (bins.width(), bins.centers());
        let slopes: Vec<f64> =
            sorted[connected.clone()].iter().map(|bin| bin.slope(0.5 * width)).collect();
        let free = |slopes: &[f64], left_out: Option<usize>| {
            let share = share(&sorted, &connected, length, left_out);
            let free = integrate(slopes, &centers[connected.clone()], width, known, share);
            whole(&free, &connected, bins.count())
        };
        let all = free(&slopes, None);

        // Without a run: the same slopes, the sums of the others.
        let sums: Vec<Vec<(f64, f64)>> = sorted[connected.clone()]
            .iter()
            .zip(&slopes)
            .map(|(bin, slope)| bin.sums_of_runs(*slope, 0.5 * width, runs, length))
            .collect();
        let left_out: Vec<Vec<f64>> = (0..runs)
            .map(|r| {
                let slopes: Vec<f64> = sums.iter().map(|bin| ratio_without(bin, r)).collect();
                free(&slopes, Some(r))
            })
            .collect();

        let shift = all.iter().copied().fold(f64::INFINITY, f64::min);
        let count: Vec<usize> = sorted.iter().map(|bin| bin.samples.len()).collect();
        let mut profile = Self {
            center: centers,
            value: all.iter().map(|f| f - shift).collect(),
            error: Vec::new(),
            lower: Vec::new(),
            upper: Vec::new(),
            outside: values.len() - count.iter().sum::<usize>(),
            count,
            shift,
        };
        profile.set_errors_of_runs(&left_out);
        Ok(profile)
    }
}

/// k(R) and k′(R) in kT.
type Known<'a> = &'a dyn Fn(f64) -> (f64, f64);

/// A sample in a bin.
#[derive(Clone, Copy)]
struct Sample {
    index: usize,
    from_centre: f64,
    /// Weight for e^(−u).
    weight: f64,
    /// Weight for e^(k−u), in units of the largest of the bin.
    level_weight: f64,
    /// f − k′.
    force: f64,
}

#[derive(Clone, Default)]
struct Bin {
    samples: Vec<Sample>,
}

fn sort(
    values: &[f64],
    forces: &[f64],
    weights: &LogWeights,
    known: Known<'_>,
    bins: &Bins,
) -> Vec<Bin> {
    let centers = bins.centers();
    let mut sorted = vec![Bin::default(); bins.count()];
    for (index, (value, force)) in values.iter().zip(forces).enumerate() {
        let (weight, log_w) = (weights.normalised()[index], weights.log_w()[index]);
        let Some(b) = bins.index(*value) else { continue };
        let (energy, slope) = known(*value);
        let (level, force) = (log_w + energy, force - slope);
        if weights.is_used(index) && level.is_finite() && force.is_finite() {
            let from_centre = value - centers[b];
            sorted[b].samples.push(Sample {
                index,
                from_centre,
                weight,
                level_weight: level,
                force,
            });
        }
    }
    for bin in &mut sorted {
        let levels = bin.samples.iter().map(|s| s.level_weight);
        let largest = levels.fold(f64::NEG_INFINITY, f64::max);
        bin.samples.iter_mut().for_each(|s| s.level_weight = Real::exp(s.level_weight - largest));
    }
    sorted
}

impl Bin {
    fn weight(&self) -> f64 {
        self.samples.iter().map(|s| s.weight).sum()
    }

    /// Number of runs that reached the bin.
    fn runs(&self, length: usize) -> usize {
        let mut runs: Vec<usize> = self.samples.iter().map(|s| s.index / length).collect();
        runs.dedup();
        runs.len()
    }

    /// Σ w e^(gδ) (f − k′)/Σ w e^(gδ) = g with the weights w for e^(k−u).
    fn slope(&self, half_width: f64) -> f64 {
        let mut slope = 0.0;
        for _ in 0..ROUNDS {
            let g = bounded(slope, half_width);
            let (mut force, mut weight) = (0.0, 0.0);
            for s in &self.samples {
                let w = s.level_weight * Real::exp(g * s.from_centre);
                force += w * s.force;
                weight += w;
            }
            slope = force / weight;
        }
        slope
    }

    /// (Σ w e^(gδ) (f − k′), Σ w e^(gδ)) of each run.
    fn sums_of_runs(
        &self,
        slope: f64,
        half_width: f64,
        runs: usize,
        length: usize,
    ) -> Vec<(f64, f64)> {
        let g = bounded(slope, half_width);
        let mut sums = vec![(0.0, 0.0); runs];
        for s in &self.samples {
            let w = s.level_weight * Real::exp(g * s.from_centre);
            let (force, weight) = &mut sums[s.index / length];
            *force += w * s.force;
            *weight += w;
        }
        sums
    }
}

/// A slope that no weight within a bin runs away with.
fn bounded(slope: f64, half_width: f64) -> f64 {
    slope.clamp(-STEEPEST / half_width, STEEPEST / half_width)
}

fn ratio_without(sums: &[(f64, f64)], left_out: usize) -> f64 {
    let kept = sums.iter().enumerate().filter(|(r, _)| *r != left_out);
    let (force, weight) = kept.fold((0.0, 0.0), |(f, w), (_, s)| (f + s.0, w + s.1));
    force / weight
}

/// The range of bins around the most populated one in which every bin was reached by two runs, or by one if there
/// is only one.
fn connected(sorted: &[Bin], runs: usize, length: usize) -> Result<Range<usize>> {
    let known = |b: &Bin| b.runs(length) >= runs.min(2);
    let best = (0..sorted.len())
        .filter(|b| known(&sorted[*b]))
        .max_by(|a, b| sorted[*a].weight().total_cmp(&sorted[*b].weight()));
    let Some(best) = best else {
        let problem = "none of the samples with a weight above zero lies inside the range";
        return Err(Error::data("free-energy profile", problem));
    };
    let start = sorted[..best].iter().rposition(|b| !known(b)).map_or(0, |i| i + 1);
    let end = sorted[best..].iter().position(|b| !known(b)).map_or(sorted.len(), |i| best + i);
    Ok(start..end)
}

/// −ln of the probability of each bin, from the mean slopes of G in them: edges by G(b + ½) = G(b − ½) + h·g, between them
/// a parabola with the slope's change c taken from the neighbours, G(δ) = G_m + gδ + ½cδ², G_m the mean of the edges − ⅛ch².
/// The probabilities sum to `share`.
fn integrate(
    slopes: &[f64],
    centers: &[f64],
    width: f64,
    known: Known<'_>,
    share: f64,
) -> Vec<f64> {
    let last = slopes.len() - 1;
    let mut edge = 0.0;
    let mut free = Vec::with_capacity(slopes.len());
    for (b, (g, centre)) in slopes.iter().zip(centers).enumerate() {
        let (left, right) = (b.saturating_sub(1), (b + 1).min(last));
        let c = if right > left {
            (slopes[right] - slopes[left]) / ((right - left) as f64 * width)
        } else {
            0.0
        };
        let middle = edge + 0.5 * width * g - 0.125 * c * width * width;
        // Simpson's rule for −ln ∫ e^(−(G − G_m) − k) dδ/h
        let energy = |i: i32| {
            let delta = 0.5 * width * f64::from(i) / f64::from(INTERVALS);
            g * delta + 0.5 * c * delta * delta + known(centre + delta).0
        };
        let energies: Vec<f64> = (-INTERVALS..=INTERVALS).map(energy).collect();
        let lowest = energies.iter().copied().fold(f64::INFINITY, f64::min);
        let (mut sum, mut total) = (0.0, 0.0);
        for (i, energy) in energies.iter().enumerate() {
            let factor = match i {
                i if i == 0 || i + 1 == energies.len() => 1.0,
                i if i % 2 == 1 => 4.0,
                _ => 2.0,
            };
            sum += factor * Real::exp(lowest - energy);
            total += factor;
        }
        free.push(middle + lowest - Real::ln(sum / total));
        edge += width * g;
    }
    let lowest = free.iter().copied().fold(f64::INFINITY, f64::min);
    let total: f64 = free.iter().map(|f| Real::exp(lowest - f)).sum();
    let shift = Real::ln(total) - lowest - Real::ln(share);
    free.iter_mut().for_each(|f| *f += shift);
    free
}

/// Share of the weight of all bins that a range of them has, without one of the runs.
fn share(sorted: &[Bin], range: &Range<usize>, length: usize, left_out: Option<usize>) -> f64 {
    let weight = |bins: &[Bin]| -> f64 {
        let samples = bins.iter().flat_map(|b| &b.samples);
        samples.filter(|s| Some(s.index / length) != left_out).map(|s| s.weight).sum()
    };
    weight(&sorted[range.clone()]) / weight(sorted)
}

/// Values of a range of bins with infinity around them.
fn whole(values: &[f64], range: &Range<usize>, count: usize) -> Vec<f64> {
    let mut all = vec![f64::INFINITY; count];
    all[range.clone()].copy_from_slice(values);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};

    /// Samples of N(0, s²) weighted to N(0, 1), with the force R + noise of two other coordinates.
    fn normal(n: usize, s: f64, seed: u64) -> (Vec<f64>, Vec<f64>, LogWeights) {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let x: Vec<f64> = (0..n).map(|_| s * stream.normal()).collect();
        let force = x.iter().map(|x| x + 2.0 * stream.normal()).collect();
        let log_w: Vec<f64> = x.iter().map(|x| -0.5 * x * x * (1.0 - 1.0 / (s * s))).collect();
        (x, force, LogWeights::new(&log_w).unwrap())
    }

    const NOTHING: fn(f64) -> (f64, f64) = |_| (0.0, 0.0);

    /// −ln of the probabilities of the bins under N(0, 1) within the range.
    fn exact(bins: &Bins) -> Vec<f64> {
        exact_of(bins, &|x| 0.5 * x * x)
    }

    /// The same for the density e^(−f).
    fn exact_of(bins: &Bins, f: &dyn Fn(f64) -> f64) -> Vec<f64> {
        let h = bins.width() / 200.0;
        let mass = |c: f64| {
            (0..200)
                .map(|i| (-f(c - 0.5 * bins.width() + (f64::from(i) + 0.5) * h)).exp())
                .sum::<f64>()
        };
        let masses: Vec<f64> = bins.centers().into_iter().map(mass).collect();
        let total: f64 = masses.iter().sum();
        masses.iter().map(|m| -(m / total).ln()).collect()
    }

    #[test]
    fn wide_bins_are_integrated_exactly() {
        // Forces without noise: what remains is the error of the bins, 0.5 wide.
        let (x, _, w) = normal(400_000, 1.5, 3);
        let bins = Bins::new(-3.0, 3.0, 12).unwrap();
        let p = Profile::by_mean_force(&x, &x, &w, &NOTHING, &bins, 20).unwrap();
        for (b, f) in exact(&bins).into_iter().enumerate() {
            assert!((p.value[b] + p.shift - f).abs() < 0.01, "{b}: {} {f}", p.value[b] + p.shift);
        }
    }

    /// Double well F = 2x⁴ − 12x² + 2x, sampled evenly: k is all of it but ½ cos 2x. With k, every bin is right; without,
    /// the bins at the ends, which rise by 30 kT, are not.
    #[test]
    fn a_steep_energy_that_is_known_leaves_no_error_at_the_edges() {
        let well =
            |x: f64| ((2.0 * x * x - 12.0) * x * x + 2.0 * x, (8.0 * x * x - 24.0) * x + 2.0);
        let known = |x: f64| (well(x).0 - 0.5 * (2.0 * x).cos(), well(x).1 + (2.0 * x).sin());
        let mut stream = Stream::new(7, Purpose::Test, 0, 0);
        let x: Vec<f64> = (0..40_000).map(|_| 3.0 * (2.0 * stream.uniform() - 1.0)).collect();
        let f: Vec<f64> = x.iter().map(|x| well(*x).1 + 2.0 * stream.normal()).collect();
        let log_w: Vec<f64> = x.iter().map(|x| -well(*x).0).collect();
        let w = LogWeights::new(&log_w).unwrap();
        let bins = Bins::new(-3.0, 3.0, 20).unwrap();
        let exact = exact_of(&bins, &|x| well(x).0);
        let compare = |known: Known<'_>| {
            let p = Profile::by_mean_force(&x, &f, &w, known, &bins, 8).unwrap();
            let off = exact.iter().zip(&p.value).map(|(f, v)| (v + p.shift - f).abs());
            let inside = (0..20).filter(|b| {
                let f = exact[*b] - p.shift;
                p.lower[*b] <= f && f <= p.upper[*b]
            });
            (off.fold(0.0, f64::max), inside.count())
        };
        let (with, inside) = compare(&known);
        assert!(with < 0.1 && inside >= 17, "{with} {inside}");
        let (without, _) = compare(&NOTHING);
        assert!(without > 2.0, "{without}");
    }

    #[test]
    fn bands_cover() {
        let bins = Bins::new(-2.5, 2.5, 25).unwrap();
        let exact = exact(&bins);
        let (mut inside, mut all, mut largest) = (0, 0, 0.0_f64);
        for seed in 0..60 {
            let (x, f, w) = normal(4000, 1.3, 100 + seed);
            let p = Profile::by_mean_force(&x, &f, &w, &NOTHING, &bins, 10).unwrap();
            for (b, f) in exact.iter().enumerate() {
                let f = f - p.shift;
                all += 1;
                inside += usize::from(p.lower[b] <= f && f <= p.upper[b]);
                largest = largest.max((p.value[b] - f).abs());
            }
        }
        // Neighbouring bins share their errors: 1500 are worth some 300.
        assert!((1360..=1485).contains(&inside), "{inside} of {all}");
        assert!(largest < 0.5, "{largest}");
    }

    #[test]
    fn gaps_cut_off_what_lies_behind() {
        let x = [0.1, 0.15, 0.2, 0.9, 0.12, 0.35, 0.31, 0.22];
        let bins = Bins::new(0.0, 1.0, 10).unwrap();
        let w = LogWeights::uniform(8).unwrap();
        let p = Profile::by_mean_force(&x, &[1.0; 8], &w, &NOTHING, &bins, 2).unwrap();
        let finite: Vec<usize> = (0..10).filter(|b| p.value[*b].is_finite()).collect();
        // Bin 3 was reached by the second run alone, bin 9 lies apart.
        assert_eq!(finite, [1, 2]);
        assert_eq!(p.error[3], f64::INFINITY);
        assert!(Profile::by_mean_force(&x, &[1.0; 7], &w, &NOTHING, &bins, 2).is_err());
        assert!(Profile::by_mean_force(&x, &[1.0; 8], &w, &NOTHING, &bins, 3).is_err());
    }
}
