//! F4: the prior of the latent variable, a Gaussian with variance τ (the relative temperature), of
//! which a part may be wider.

use nalgebra::DMatrix;

use crate::num::{Real, Stream};

/// ln 2π.
const LN_TAU: f64 = 1.837_877_066_409_345_5;

/// q_Z = (1 − f)·N(0, τ) + f·N(0, bτ) in `dim` dimensions; f is 0 unless part of it is wide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Dimension of z.
    pub dim: usize,
    /// Variance τ.
    pub variance: f64,
    /// The part that is wider, if there is one.
    pub wide: Option<Wide>,
}

/// A part of a prior with a larger variance, in the manner of defensive mixtures (Hesterberg, Technometrics 37, 185,
/// 1995): no weight grows beyond what the wide part allows, at the price of the samples that it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wide {
    /// Its share f of the samples, between 0 and 1.
    pub share: f64,
    /// Factor b on the variance, above 1.
    pub factor: f64,
}

impl Wide {
    /// A fifth of the samples with twice the spread.
    pub const DEFENSIVE: Self = Self { share: 0.2, factor: 4.0 };
}

impl Prior {
    /// The standard normal in `dim` dimensions.
    #[must_use]
    pub fn standard(dim: usize) -> Self {
        Self { dim, variance: 1.0, wide: None }
    }

    /// Fills a chunk (`n × dim`) with independent samples, sample by sample, so that a sample does
    /// not depend on the size of its chunk.
    pub fn sample<T: Real>(&self, z: &mut DMatrix<T>, rng: &mut Stream) {
        for row in 0..z.nrows() {
            let factor = match self.wide {
                Some(wide) if rng.uniform() < wide.share => wide.factor,
                _ => 1.0,
            };
            let sigma = Real::sqrt(self.variance * factor);
            for column in 0..z.ncols() {
                z[(row, column)] = T::lit(sigma * rng.normal());
            }
        }
    }

    /// ln q_Z of one sample given |z|²: ln Σ_k f_k (2πτ_k)^(−dim/2)·exp(−|z|²/2τ_k).
    #[must_use]
    pub fn log_density(&self, square: f64) -> f64 {
        let gaussian = |variance: f64| {
            -0.5 * square / variance - 0.5 * self.dim as f64 * (LN_TAU + Real::ln(variance))
        };
        match self.wide {
            None => gaussian(self.variance),
            Some(Wide { share, factor }) => {
                let narrow = Real::ln(1.0 - share) + gaussian(self.variance);
                let wide = Real::ln(share) + gaussian(self.variance * factor);
                let largest = narrow.max(wide);
                largest + Real::ln(Real::exp(narrow - largest) + Real::exp(wide - largest))
            }
        }
    }

    /// κ of ∂ ln q_Z/∂z = −κz, given |z|²: Σ_k r_k/τ_k with the posterior shares r_k ∝ f_k N(z; 0, τ_k).
    #[must_use]
    pub fn stiffness(&self, square: f64) -> f64 {
        let Some(Wide { share, factor }) = self.wide else { return 1.0 / self.variance };
        // ln of the ratio of the wide part's density to that of the narrow one
        let log_ratio = Real::ln(share / (1.0 - share)) - 0.5 * self.dim as f64 * Real::ln(factor)
            + 0.5 * square / self.variance * (1.0 - 1.0 / factor);
        let wide = Real::sigmoid(log_ratio);
        ((1.0 - wide) + wide / factor) / self.variance
    }

    /// Entropy H_q in units of k: (dim/2)·(1 + ln 2πτ); with a wide part −Σ_k f_k E_k[ln q_Z], each an integral over the
    /// distance t from the centre in units of √τ_k, ∝ t^(dim−1)·e^(−t²/2).
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let dim = self.dim as f64;
        let Some(Wide { share, factor }) = self.wide else {
            return 0.5 * dim * (1.0 + LN_TAU + Real::ln(self.variance));
        };
        let part = |variance: f64| {
            let (mut total, mut sum) = (0.0, 0.0);
            // The radius of a Gaussian is √dim ± 1: nothing is left ten away.
            let middle = Real::sqrt(dim);
            for i in 1..4000 {
                let t = middle - 10.0 + 20.0 * f64::from(i) / 4000.0;
                if t > 0.0 {
                    let log_weight = (dim - 1.0) * Real::ln(t / middle) - 0.5 * (t * t - dim);
                    let weight = Real::exp(log_weight);
                    total += weight;
                    sum -= weight * self.log_density(variance * t * t);
                }
            }
            sum / total
        };
        (1.0 - share) * part(self.variance) + share * part(self.variance * factor)
    }
}

/// |z|² of each sample (`n`) of a chunk (`n × dim`), summed in f64.
pub fn squares<T: Real>(z: &DMatrix<T>, squares: &mut [f64]) {
    squares.fill(0.0);
    for column in z.as_slice().chunks_exact(z.nrows().max(1)) {
        for (s, z) in squares.iter_mut().zip(column) {
            *s += z.to_f64() * z.to_f64();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Purpose;

    #[test]
    fn stiffness_is_the_slope_of_the_density() {
        for wide in [None, Some(Wide::DEFENSIVE)] {
            let prior = Prior { dim: 3, variance: 0.7, wide };
            for square in [0.0, 0.5, 3.0, 12.0, 200.0] {
                // ∂ ln q/∂z = 2z·d ln q/d|z|²
                let h = 1e-4 * (1.0 + square);
                let slope = prior.log_density(square + h) - prior.log_density(square - h);
                let kappa = prior.stiffness(square);
                assert!((kappa + slope / h).abs() < 1e-6, "{square} {kappa} {slope}");
            }
        }
    }

    #[test]
    fn density_and_entropy_agree_with_samples() {
        for dim in [1, 2, 40] {
            for wide in [None, Some(Wide::DEFENSIVE)] {
                let prior = Prior { dim, variance: 2.5, wide };
                let n = 20_000;
                let mut z = DMatrix::from_element(n, dim, 0.0_f64);
                prior.sample(&mut z, &mut Stream::new(1, Purpose::Test, 0, 0));
                let mut square = alloc::vec![0.0; n];
                squares(&z, &mut square);
                // E[−ln q] = H_q, and E[N(0, v)/q] = 1 for a narrower Gaussian.
                let (mut sum, mut sum2, mut one) = (0.0, 0.0, 0.0);
                let other = Prior { variance: 2.0, wide: None, ..prior };
                for s in square {
                    let log_q = prior.log_density(s);
                    sum -= log_q;
                    sum2 += log_q * log_q;
                    one += (other.log_density(s) - log_q).exp();
                }
                let n = n as f64;
                let error = ((sum2 / n - (sum / n).powi(2)) / n).sqrt();
                let entropy = prior.entropy();
                assert!((sum / n - entropy).abs() < 4.0 * error, "{dim} {wide:?} {entropy}");
                assert!((one / n - 1.0).abs() < 0.05, "{dim} {wide:?} {}", one / n);
            }
        }
    }
}
