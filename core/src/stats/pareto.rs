//! Pareto k̂: how heavy the tail of the weights is.

use alloc::vec::Vec;

use super::log_weights::LogWeights;
use crate::num::Real;

/// Fewest tail weights that can be fitted.
const MIN_TAIL: usize = 5;

/// Shape k̂ of a generalised Pareto distribution fitted to the largest weights, the diagnostic of
/// Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao, Gabry, JMLR 25, 2024). The
/// tail has min(n/5, 3√n) weights.
///
/// Means of weights have a finite variance for k < ½; estimates are dependable up to
/// [`pareto_k_limit`]. `None` if there are fewer than 5 tail weights or they do not differ.
///
/// ```
/// use boltzflow::stats::{LogWeights, pareto_k, pareto_k_limit};
///
/// // w = v^(−2) of even v: the tail falls as w^(−1/2), so slowly that there is not even a mean.
/// let n = 10_000;
/// let log_w: Vec<f64> = (1..=n).map(|i| -2.0 * (f64::from(i) / f64::from(n)).ln()).collect();
/// let k = pareto_k(&LogWeights::new(&log_w)?).unwrap();
/// assert!(k > pareto_k_limit(n as usize));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[must_use]
pub fn pareto_k(weights: &LogWeights) -> Option<f64> {
    let n = weights.used();
    let root = 3.0 * Real::sqrt(n as f64);
    let tail = ceil((0.2 * n as f64).min(root));
    if tail < MIN_TAIL || tail >= n {
        return None;
    }
    let mut w = weights.normalised().to_vec();
    let first = w.len() - tail;
    w.select_nth_unstable_by(first - 1, f64::total_cmp);
    let cutoff = w[first - 1];
    let exceedances = &mut w[first..];
    exceedances.sort_unstable_by(f64::total_cmp);
    exceedances.iter_mut().for_each(|e| *e -= cutoff);
    generalised_pareto_k(exceedances)
}

/// Above this k̂ importance sampling with n samples is not dependable: min(1 − 1/log₁₀ n, 0.7)
/// (Vehtari et al. 2024, section 3).
///
/// ```
/// assert_eq!(boltzflow::stats::pareto_k_limit(1_000_000), 0.7);
/// ```
#[must_use]
pub fn pareto_k_limit(n: usize) -> f64 {
    let log10 = Real::ln((n.max(2)) as f64) * core::f64::consts::LOG10_E;
    (1.0 - 1.0 / log10).min(0.7)
}

/// Shape k of a generalised Pareto distribution from *sorted* exceedances: the quasi-Bayes
/// estimate of Zhang and Stephens (Technometrics 51, 316, 2009; here k has the opposite sign of
/// theirs), drawn towards ½ with the weight of ten observations as in PSIS.
///
/// `None` without exceedances above zero.
fn generalised_pareto_k(sorted: &[f64]) -> Option<f64> {
    let n = sorted.len() as f64;
    let largest = *sorted.last()?;
    // The first quartile sets the scale; where ties make it zero, the smallest positive one does.
    let quartile = sorted[((n / 4.0 + 0.5) as usize).max(1) - 1];
    let scale = if quartile > 0.0 { quartile } else { *sorted.iter().find(|x| **x > 0.0)? };
    // b = −k/σ on a grid: bⱼ = 1/x_max + (1 − √(m/(j − ½)))/(3 x_quartile)
    let m = 30 + Real::sqrt(n) as usize;
    let grid: Vec<f64> = (1..=m)
        .map(|j| (1.0 - Real::sqrt(m as f64 / (j as f64 - 0.5))) / (3.0 * scale) + 1.0 / largest)
        .collect();
    let shape = |b: f64| sorted.iter().map(|x| Real::ln(1.0 - b * x)).sum::<f64>() / n;
    // Profile log-likelihood n(ln(−b/k) − k − 1)
    let likelihood: Vec<f64> = grid
        .iter()
        .map(|b| {
            let k = shape(*b);
            n * (Real::ln(-b / k) - k - 1.0)
        })
        .collect();
    let finite = |l: &&f64| l.is_finite();
    let best = likelihood.iter().filter(finite).copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut total, mut mean) = (0.0, 0.0);
    for (b, l) in grid.iter().zip(&likelihood).filter(|(_, l)| l.is_finite()) {
        let weight = Real::exp(l - best);
        total += weight;
        mean += weight * b;
    }
    let k = shape(mean / total);
    k.is_finite().then(|| (n * k + 5.0) / (n + 10.0))
}

/// Smallest whole number that is not below a positive number.
fn ceil(v: f64) -> usize {
    let whole = v as usize;
    if v > whole as f64 { whole + 1 } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};

    /// Mean over seeds of k̂ of n Pareto weights w = u^(−k), whose tail has shape k.
    fn mean_k(k: f64, n: usize) -> f64 {
        let fit = |seed| {
            let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
            let log_w: Vec<f64> = (0..n).map(|_| -k * (1.0 - stream.uniform()).ln()).collect();
            pareto_k(&LogWeights::new(&log_w).unwrap()).unwrap()
        };
        (0..40).map(fit).sum::<f64>() / 40.0
    }

    #[test]
    fn known_tails() {
        for k in [0.2, 0.5, 0.7, 1.0] {
            // 300 tail weights, of variance (1 + k)²/300 each (Zhang, Stephens), 40 seeds; the
            // prior draws by 10/310·(½ − k).
            let drawn = (300.0 * k + 5.0) / 310.0;
            let error = (1.0 + k) / 300.0_f64.sqrt() / 40.0_f64.sqrt();
            let found = mean_k(k, 10_000);
            assert!((found - drawn).abs() < 4.0 * error, "{k}: {found} {drawn} {error}");
        }
    }

    #[test]
    fn the_same_fit_as_arviz() {
        // psislw of ArviZ 0.23.4 for the weights ((i + ½)/1000)^(−k).
        for (k, expected) in [(0.3, 0.323_560_643_826_061_15), (0.9, 0.844_266_433_403_059_5)] {
            let log_w: Vec<f64> =
                (0..1000).map(|i| -k * ((f64::from(i) + 0.5) / 1000.0).ln()).collect();
            let found = pareto_k(&LogWeights::new(&log_w).unwrap()).unwrap();
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn exponential_and_bounded_tails() {
        // Exponential weights have shape 0, uniform ones −1.
        let mut stream = Stream::new(3, Purpose::Test, 0, 0);
        let u: Vec<f64> = (0..10_000).map(|_| 1.0 - stream.uniform()).collect();
        let k = |f: &dyn Fn(f64) -> f64| {
            let log_w: Vec<f64> = u.iter().map(|u| f(*u)).collect();
            pareto_k(&LogWeights::new(&log_w).unwrap()).unwrap()
        };
        let exponential = k(&|u| (-u.ln()).ln());
        assert!((exponential - 5.0 / 310.0).abs() < 4.0 / 300.0_f64.sqrt(), "{exponential}");
        let uniform = k(&|u| u.ln());
        assert!((uniform + 0.95).abs() < 0.2, "{uniform}");
    }

    #[test]
    fn nothing_to_fit() {
        assert_eq!(pareto_k(&LogWeights::uniform(1000).unwrap()), None);
        assert_eq!(pareto_k(&LogWeights::new(&[0.0, 1.0, 2.0, 3.0]).unwrap()), None);
        assert!((pareto_k_limit(100) - 0.5).abs() < 1e-12);
        assert_eq!(pareto_k_limit(1_000_000), 0.7);
    }
}
