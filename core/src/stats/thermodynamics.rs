//! Thermodynamics of the generated ensemble: F = U − TS.

use super::estimate::{Estimate, mean_error};
use super::log_weights::LogWeights;
use super::same_length;
use crate::num::Result;

/// Energy, entropy and free energy of the samples *as generated*, and their distance from
/// equilibrium.
///
/// The change of variables gives the entropy of the generated ensemble exactly,
/// S/k = H_q + E[log|det ∂x/∂z|] with the entropy H_q of the prior; so the training
/// loss is its Helmholtz free energy, which the Boltzmann distribution minimises: F/kT ≥ −log Z.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermodynamics {
    /// U/kT = E[u(x)].
    pub u: Estimate,
    /// S/k.
    pub s: Estimate,
    /// F/kT = U/kT − S/k; its error is that of the difference sample by sample.
    pub f: Estimate,
    /// log Z from the weights of the same samples.
    pub log_z: Estimate,
    /// KL(p_X‖μ) = F/kT + log Z; the error counts that both come from the same samples.
    ///
    /// [`LogWeights::kl`] estimates the same number without H_q: the two agree within errors.
    pub kl: Estimate,
}

impl Thermodynamics {
    /// From reduced energies u(x) (`n`), log|det ∂x/∂z| (`n`) and log-weights of generated samples
    /// of a flow whose prior has the entropy H_q.
    ///
    /// Samples that the weights dropped are left out everywhere.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`](crate::num::Error::DimensionMismatch) if the lengths differ.
    ///
    /// ```
    /// use boltzflow::num::{Purpose, Stream};
    /// use boltzflow::stats::{LogWeights, Thermodynamics};
    ///
    /// // The flow x = z, and the target ½x² + 1: only a constant is between them.
    /// let mut stream = Stream::new(1, Purpose::Test, 0, 0);
    /// let u: Vec<f64> = (0..1000).map(|_| 0.5 * stream.normal().powi(2) + 1.0).collect();
    /// let half_log = 0.5 * (2.0 * std::f64::consts::PI).ln();
    /// // ln w = −u − ln q = −1 + ½ ln 2π for every sample.
    /// let weights = LogWeights::new(&vec![half_log - 1.0; 1000])?;
    /// let found = Thermodynamics::new(&u, &vec![0.0; 1000], &weights, half_log + 0.5)?;
    /// assert!((found.log_z.value - (half_log - 1.0)).abs() < 1e-12);
    /// assert!(found.kl.value.abs() < 4.0 * found.kl.error);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn new(
        u: &[f64],
        log_det: &[f64],
        weights: &LogWeights,
        prior_entropy: f64,
    ) -> Result<Self> {
        same_length("energies", u.len(), weights)?;
        same_length("log-determinants", log_det.len(), weights)?;
        let used = || (0..u.len()).filter(|i| weights.is_used(*i));
        let n = weights.used();
        let mean = |term: &dyn Fn(usize) -> f64| {
            let value = used().map(term).sum::<f64>() / n as f64;
            Estimate { value, error: mean_error(used().map(|i| term(i) - value), n) }
        };
        let energy = mean(&|i| u[i]);
        let expansion = mean(&|i| log_det[i]);
        let difference = mean(&|i| u[i] - log_det[i]);
        let f = Estimate { value: difference.value - prior_entropy, ..difference };
        let log_z = weights.log_z();
        // (u − log_det − mean) + (w/w̄ − 1)
        let influence = |i: usize| {
            let relative = n as f64 * weights.normalised()[i];
            (u[i] - log_det[i] - difference.value) + (relative - 1.0)
        };
        let error = mean_error(used().map(influence), n);
        Ok(Self {
            u: energy,
            s: Estimate { value: expansion.value + prior_entropy, ..expansion },
            f,
            log_z,
            kl: Estimate { value: f.value + log_z.value, error },
        })
    }

    /// KL(p_X‖μ) where log Z is known exactly.
    #[must_use]
    pub fn kl_with(&self, log_z: f64) -> Estimate {
        Estimate { value: self.f.value + log_z, ..self.f }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};
    use alloc::vec::Vec;

    const LN_2PI: f64 = 1.837_877_066_409_345_3;

    /// x = s·z with z ~ N(0, τ) in d dimensions, u = ½|x|².
    fn scaled(s: f64, tau: f64, d: usize, n: usize, seed: u64) -> Thermodynamics {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let (mut u, mut log_w) = (Vec::new(), Vec::new());
        let log_det = d as f64 * s.ln();
        for _ in 0..n {
            let z2: f64 = (0..d).map(|_| tau * stream.normal().powi(2)).sum();
            u.push(0.5 * s * s * z2);
            let log_q = -0.5 * z2 / tau - 0.5 * d as f64 * (LN_2PI + tau.ln());
            log_w.push(-0.5 * s * s * z2 - (log_q - log_det));
        }
        let weights = LogWeights::new(&log_w).unwrap();
        let prior = 0.5 * d as f64 * (1.0 + LN_2PI + tau.ln());
        Thermodynamics::new(&u, &alloc::vec![log_det; n], &weights, prior).unwrap()
    }

    #[test]
    fn gaussian_against_analytic_values() {
        let (s, tau, d) = (0.8, 2.0, 3);
        let v: f64 = s * s * tau;
        let t = scaled(s, tau, d, 50_000, 2);
        let half_d = 0.5 * d as f64;
        let entropy = half_d * (1.0 + LN_2PI + v.ln());
        assert!(t.u.deviation(half_d * v).abs() < 4.0 && t.u.error < 0.01, "{}", t.u);
        assert!((t.s.value - entropy).abs() < 1e-9 && t.s.error < 1e-9, "{}", t.s);
        assert!(t.log_z.deviation(half_d * LN_2PI).abs() < 4.0, "{}", t.log_z);
        let kl = half_d * (v - 1.0 - v.ln());
        assert!(t.kl.deviation(kl).abs() < 4.0 && t.kl.error < 0.01, "{} {kl}", t.kl);
        assert!(t.kl_with(half_d * LN_2PI).deviation(kl).abs() < 4.0);
        assert!((t.u.value - t.s.value - t.f.value).abs() < 1e-9);
    }

    #[test]
    fn bars_of_kl_cover() {
        let v: f64 = 1.3 * 1.3;
        let kl = v - 1.0 - v.ln();
        let inside = (0..200)
            .filter(|seed| scaled(1.3, 1.0, 2, 2000, 50 + seed).kl.deviation(kl).abs() < 1.96)
            .count();
        assert!((180..=198).contains(&inside), "{inside}");
    }
}
