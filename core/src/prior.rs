//! F2: the prior of the latent variable, a Gaussian with variance τ (the relative temperature).

use nalgebra::DMatrix;

use crate::num::{Real, Stream};

/// ln 2π.
const LN_TAU: f64 = 1.837_877_066_409_345_5;

/// z ~ N(0, τ·1) in `dim` dimensions: q_Z(z) = (2πτ)^(−dim/2)·exp(−|z|²/2τ).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Dimension of z.
    pub dim: usize,
    /// Variance τ.
    pub variance: f64,
}

impl Prior {
    /// The standard normal in `dim` dimensions.
    #[must_use]
    pub fn standard(dim: usize) -> Self {
        Self { dim, variance: 1.0 }
    }

    /// Fills a chunk (`n × dim`) with independent samples, sample by sample, so that a sample does
    /// not depend on the size of its chunk.
    pub fn sample<T: Real>(&self, z: &mut DMatrix<T>, rng: &mut Stream) {
        let sigma = Real::sqrt(self.variance);
        for row in 0..z.nrows() {
            for column in 0..z.ncols() {
                z[(row, column)] = T::lit(sigma * rng.normal());
            }
        }
    }

    /// Energy u_Z = |z|²/2τ of one sample given |z|².
    #[must_use]
    pub fn energy(&self, square: f64) -> f64 {
        0.5 * square / self.variance
    }

    /// ln of the normaliser: q_Z = exp(−u_Z − log_normaliser), (dim/2)·ln 2πτ.
    #[must_use]
    pub fn log_normaliser(&self) -> f64 {
        0.5 * self.dim as f64 * (LN_TAU + Real::ln(self.variance))
    }

    /// Entropy H_q = (dim/2)·(1 + ln 2πτ), in units of k.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        self.log_normaliser() + 0.5 * self.dim as f64
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
