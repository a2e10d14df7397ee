//! Importance weights in logarithms.

use alloc::vec::Vec;

use super::bootstrap::Bootstrap;
use super::estimate::{Estimate, Interval, mean_error};
use crate::num::{Error, Real, Result, Stream};

/// Importance weights of n samples, from their logarithms.
///
/// A log-weight of −∞ is a sample of weight zero. NaN and +∞ are *dropped and counted*: they take no
/// part in any mean, but keep their place, so that slices beside the weights stay aligned.
#[derive(Clone, Debug, PartialEq)]
pub struct LogWeights {
    log_w: Vec<f64>,
    normalised: Vec<f64>,
    dropped: usize,
    log_mean: f64,
}

impl LogWeights {
    /// Weights from log w (`n`).
    ///
    /// # Errors
    /// [`Error::InvalidData`] if no sample has a usable weight above zero.
    ///
    /// ```
    /// use boltzflow::stats::LogWeights;
    ///
    /// let weights = LogWeights::new(&[0.0, 0.0, f64::NAN, f64::NEG_INFINITY])?;
    /// assert_eq!((weights.used(), weights.dropped()), (3, 1));
    /// assert!((weights.ess() - 2.0).abs() < 1e-12);
    /// assert!((weights.log_z().value - (2.0_f64 / 3.0).ln()).abs() < 1e-12);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn new(log_w: &[f64]) -> Result<Self> {
        let usable = |l: f64| l < f64::INFINITY;
        let largest =
            log_w.iter().copied().filter(|l| usable(*l)).fold(f64::NEG_INFINITY, f64::max);
        let dropped = log_w.iter().filter(|l| !usable(**l)).count();
        if largest == f64::NEG_INFINITY {
            let problem = alloc::format!(
                "none of {} samples has a weight above zero ({dropped} are not finite)",
                log_w.len()
            );
            return Err(Error::data("log-weights", problem));
        }
        let mut normalised: Vec<f64> =
            log_w.iter().map(|l| if usable(*l) { Real::exp(*l - largest) } else { 0.0 }).collect();
        let sum: f64 = normalised.iter().sum();
        normalised.iter_mut().for_each(|w| *w /= sum);
        // log w̄ = l_max + ln(Σ e^(l − l_max)/n)
        let log_mean = largest + Real::ln(sum / (log_w.len() - dropped) as f64);
        Ok(Self { log_w: log_w.to_vec(), normalised, dropped, log_mean })
    }

    /// Equal weights of n samples, for data that are already distributed as wanted.
    ///
    /// # Errors
    /// [`Error::InvalidData`] for n = 0.
    pub fn uniform(n: usize) -> Result<Self> {
        Self::new(&alloc::vec![0.0; n])
    }

    /// Number of samples, dropped ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.log_w.len()
    }

    /// True without samples; never for weights that were accepted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.log_w.is_empty()
    }

    /// Number of samples dropped because log w was NaN or +∞.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Number of samples that count.
    #[must_use]
    pub fn used(&self) -> usize {
        self.len() - self.dropped
    }

    /// True if sample i counts.
    #[must_use]
    pub fn is_used(&self, i: usize) -> bool {
        self.log_w[i] < f64::INFINITY
    }

    /// log w (`n`) as given.
    #[must_use]
    pub fn log_w(&self) -> &[f64] {
        &self.log_w
    }

    /// Weights (`n`) that sum to 1; 0 for dropped samples.
    #[must_use]
    pub fn normalised(&self) -> &[f64] {
        &self.normalised
    }

    /// w/w̄ of the samples that count.
    fn relative(&self) -> impl Iterator<Item = f64> + '_ {
        let n = self.used() as f64;
        let pairs = self.log_w.iter().zip(&self.normalised);
        pairs.filter(|(l, _)| **l < f64::INFINITY).map(move |(_, p)| n * p)
    }

    /// log Z = log w̄, with the error of the delta method, s(w)/(w̄√n).
    ///
    /// The logarithm of a mean is biased by −½ error², far below the error when that is small.
    #[must_use]
    pub fn log_z(&self) -> Estimate {
        // ∂ log w̄/∂w = 1/w̄
        let error = mean_error(self.relative().map(|r| r - 1.0), self.used());
        Estimate { value: self.log_mean, error }
    }

    /// 95 % interval of log Z from the bootstrap.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for bootstrap settings out of range.
    pub fn log_z_interval(&self, bootstrap: &Bootstrap, stream: &mut Stream) -> Result<Interval> {
        bootstrap.check()?;
        // Each sample adds its weight to group 0 and itself to group 1: Z = Σ c w/Σ c.
        let relative: Vec<f64> = self.relative().collect();
        let ones = alloc::vec![1.0; relative.len()];
        let mut replicas: Vec<f64> = bootstrap
            .sums(&[&relative, &ones], stream)
            .chunks_exact(2)
            .map(|s| self.log_mean + Real::ln(s[0] / s[1]))
            .collect();
        Ok(Bootstrap::interval_95(&mut replicas))
    }

    /// Effective sample size of Kish, (Σw)²/Σw², between 1 and n.
    ///
    /// **Blind to what was never sampled**: never show it without the coverage
    /// ([`Quality`](super::Quality)).
    #[must_use]
    pub fn ess(&self) -> f64 {
        1.0 / self.normalised.iter().map(|p| p * p).sum::<f64>()
    }

    /// [`ess`](Self::ess) over the number of samples that count.
    #[must_use]
    pub fn ess_fraction(&self) -> f64 {
        self.ess() / self.used() as f64
    }

    /// The largest normalised weight.
    #[must_use]
    pub fn max_weight(&self) -> f64 {
        self.normalised.iter().copied().fold(0.0, f64::max)
    }

    /// Mean log w (the evidence lower bound: ≤ log Z in expectation), with its standard error.
    #[must_use]
    pub fn mean_log_w(&self) -> Estimate {
        let used = || self.log_w.iter().copied().filter(|l| *l < f64::INFINITY);
        let mean = used().sum::<f64>() / self.used() as f64;
        Estimate { value: mean, error: mean_error(used().map(|l| l - mean), self.used()) }
    }

    /// KL(p_X‖μ) = log Z − E[log w] ≥ 0, with log Z from the same weights; the error counts their
    /// correlation: its influence is (w/w̄ − 1) − (log w − mean).
    ///
    /// Infinite if a sample has weight zero: μ vanishes where p_X does not.
    #[must_use]
    pub fn kl(&self) -> Estimate {
        let mean = self.mean_log_w().value;
        let used = self.log_w.iter().filter(|l| **l < f64::INFINITY);
        let influence = self.relative().zip(used).map(|(r, l)| (r - 1.0) - (l - mean));
        Estimate { value: self.log_mean - mean, error: mean_error(influence, self.used()) }
    }
}

/// Forward effective sample size as a fraction of n, 1/E_μ\[μ/p_X\] = 1/E_μ\[w/Z\], from log w at
/// samples *of the target* and log Z (Midgley et al., ICLR 2023, as in their code). Unlike Kish's it
/// falls when p_X misses a part of the target: 0 if p_X vanishes at a target sample (log w = +∞).
///
/// NaN are dropped. The error is of the delta method.
///
/// # Errors
/// [`Error::InvalidData`] if no log-weight is usable.
///
/// ```
/// use boltzflow::stats::forward_ess;
///
/// // Half of the target's samples are generated ten times too rarely.
/// let (even, rare) = (0.0, 10.0_f64.ln());
/// let forward = forward_ess(&[even, rare, even, rare], 0.0)?;
/// assert!((forward.value - 1.0 / 5.5).abs() < 1e-12);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
pub fn forward_ess(log_w_at_target: &[f64], log_z: f64) -> Result<Estimate> {
    if log_w_at_target.contains(&f64::INFINITY) {
        return Ok(Estimate::exact(0.0));
    }
    let mean = LogWeights::new(log_w_at_target)?.log_z();
    let value = Real::exp(log_z - mean.value);
    Ok(Estimate { value, error: value * mean.error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Purpose;

    /// log w of samples of N(0, s²) for the target e^(−x²/2), Z = √(2π).
    fn gaussian(s: f64, n: usize, seed: u64) -> LogWeights {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let log_norm = 0.5 * (2.0 * core::f64::consts::PI).ln() + s.ln();
        let log_w: Vec<f64> = (0..n)
            .map(|_| {
                let z = stream.normal();
                -0.5 * s * s * z * z + 0.5 * z * z + log_norm
            })
            .collect();
        LogWeights::new(&log_w).unwrap()
    }

    #[test]
    fn gaussian_against_analytic_values() {
        let s: f64 = 1.3;
        let w = gaussian(s, 200_000, 1);
        let log_z = 0.5 * (2.0 * core::f64::consts::PI).ln();
        assert!(w.log_z().error < 2e-3);
        assert!(w.log_z().deviation(log_z).abs() < 4.0, "{}", w.log_z());
        // KL(N(0, s²)‖N(0, 1)) = ½(s² − 1 − ln s²)
        let kl = 0.5 * (s * s - 1.0 - (s * s).ln());
        assert!(w.kl().deviation(kl).abs() < 4.0 && w.kl().error < 3e-3, "{}", w.kl());
        // E_q[w²]/Z² = s²/√(2s² − 1)
        let ess = (2.0 * s * s - 1.0).sqrt() / (s * s);
        assert!((w.ess_fraction() - ess).abs() < 5e-3, "{} {ess}", w.ess_fraction());
    }

    #[test]
    fn forward_ess_is_that_of_the_pair() {
        // At target samples x ~ N(0, 1): log w = −x²/2 + x²/(2s²) + log norm.
        let s: f64 = 1.3;
        let mut stream = Stream::new(5, Purpose::Test, 0, 0);
        let log_z = 0.5 * (2.0 * core::f64::consts::PI).ln();
        let log_w: Vec<f64> = (0..100_000)
            .map(|_| {
                let x = stream.normal();
                -0.5 * x * x * (1.0 - 1.0 / (s * s)) + log_z + s.ln()
            })
            .collect();
        let ess = forward_ess(&log_w, log_z).unwrap();
        let exact = (2.0 * s * s - 1.0).sqrt() / (s * s);
        assert!(ess.deviation(exact).abs() < 4.0 && ess.error < 2e-3, "{ess} {exact}");
        assert_eq!(forward_ess(&[0.0, f64::INFINITY], 0.0).unwrap(), Estimate::exact(0.0));
    }

    #[test]
    fn intervals_cover_log_z_and_kl() {
        let log_z = 0.5 * (2.0 * core::f64::consts::PI).ln();
        let kl = 0.5 * (1.44 - 1.0 - 1.44_f64.ln());
        let (mut bands, mut bars, mut kl_bars) = (0, 0, 0);
        for seed in 0..200 {
            let w = gaussian(1.2, 2000, 100 + seed);
            let mut stream = Stream::new(seed, Purpose::Bootstrap, 0, 0);
            let band = w.log_z_interval(&Bootstrap::default(), &mut stream).unwrap();
            bands += usize::from(band.contains(log_z));
            bars += usize::from(w.log_z().deviation(log_z).abs() < 1.96);
            kl_bars += usize::from(w.kl().deviation(kl).abs() < 1.96);
        }
        assert!((180..=198).contains(&bands), "{bands}");
        assert!((180..=198).contains(&bars), "{bars}");
        assert!((180..=198).contains(&kl_bars), "{kl_bars}");
    }

    #[test]
    fn not_a_number_is_dropped_and_counted() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let w = LogWeights::new(&[0.0, nan, -inf, 2.0_f64.ln(), inf]).unwrap();
        assert_eq!((w.len(), w.used(), w.dropped()), (5, 3, 2));
        assert!((w.log_z().value - 0.0).abs() < 1e-15, "(1 + 0 + 2)/3");
        assert!((w.normalised()[3] - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(w.normalised()[1], 0.0);
        assert_eq!(w.kl().value, inf);
        assert_eq!(w.kl().error, inf);
        assert_eq!(LogWeights::new(&[nan, -inf]).unwrap_err().code(), "invalid-data");
        assert_eq!(LogWeights::uniform(0).unwrap_err().code(), "invalid-data");
    }
}
