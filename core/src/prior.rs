//! F4: the prior of the latent variable: one marginal for each coordinate, or a normal on the configurations of zero mean.
//!
//! Normals have the variance τ (the relative temperature), and part of them may be wider; a coordinate on a circle or an interval is
//! uniform there.
//!
//! ```
//! use boltzflow::nalgebra::DMatrix;
//! use boltzflow::num::{Purpose, Stream};
//! use boltzflow::prior::Prior;
//! use boltzflow::system::Support;
//!
//! let prior = Prior::of(&[Support::Line, Support::Circle { period: 4.0 }]);
//! let mut z = DMatrix::<f64>::zeros(1000, prior.dim());
//! prior.sample(&mut z, &mut Stream::new(1, Purpose::Prior, 0, 0));
//! let mut log_q = vec![0.0; 1000];
//! prior.log_density(&z, &mut log_q);
//! let entropy = -log_q.iter().sum::<f64>() / 1000.0;
//! assert!((entropy - prior.entropy()).abs() < 0.1);
//! ```

#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};

use nalgebra::DMatrix;

use crate::num::{Real, Stream};
use crate::system::{Support, floor};

/// ln 2π.
const LN_TAU: f64 = 1.837_877_066_409_345_5;

/// The density q_Z of the latent variable.
///
/// Let m be the number of its normal directions: q_Z = ((1 − f)·N(0, τ) + f·N(0, bτ))·Π 1/length, with normals in m dimensions and
/// the lengths of the circles and intervals; f is 0 unless part of it is wide. On the configurations of zero mean, m counts the
/// directions within these, and all densities are with respect to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    /// Where each coordinate lives.
    supports: Vec<Support>,
    /// Coordinates of a particle, if the particles have zero mean.
    mean_free: Option<usize>,
    /// Number m of normal directions.
    normals: usize,
    /// Σ ln length of circles and intervals.
    log_volume: f64,
    /// Variance τ of the normals.
    pub variance: f64,
    /// The part of the normals that is wider, if there is one.
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
        Self::of(&vec![Support::Line; dim])
    }

    /// A marginal for each coordinate: standard normal on a line, uniform on a circle or an interval.
    #[must_use]
    pub fn of(supports: &[Support]) -> Self {
        let length = |support: &Support| match support {
            Support::Line => None,
            Support::Circle { period } => Some(*period),
            Support::Interval { low, high } => Some(high - low),
        };
        Self {
            supports: supports.to_vec(),
            mean_free: None,
            normals: supports.iter().filter(|s| **s == Support::Line).count(),
            log_volume: supports.iter().filter_map(length).map(Real::ln).sum(),
            variance: 1.0,
            wide: None,
        }
    }

    /// The standard normal on the configurations of `particles` particles in `space` dimensions whose mean is zero.
    #[must_use]
    pub fn mean_free(particles: usize, space: usize) -> Self {
        let all = Self::standard(particles * space);
        Self { mean_free: Some(space), normals: particles.saturating_sub(1) * space, ..all }
    }

    /// Number of coordinates of z.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.supports.len()
    }

    /// Where each coordinate lives.
    #[must_use]
    pub fn supports(&self) -> &[Support] {
        &self.supports
    }

    /// The prior of another temperature: the variance of the normals times `ratio`. What is uniform stays as it is.
    #[must_use]
    pub fn scaled(&self, ratio: f64) -> Self {
        Self { variance: self.variance * ratio, ..self.clone() }
    }

    /// With a part whose normals are wider.
    #[must_use]
    pub fn widened(self, wide: Wide) -> Self {
        Self { wide: Some(wide), ..self }
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
            for (column, support) in self.supports.iter().enumerate() {
                z[(row, column)] = T::lit(match support {
                    Support::Line => sigma * rng.normal(),
                    Support::Circle { period } => period * (rng.uniform() - 0.5),
                    Support::Interval { low, high } => low + (high - low) * rng.uniform(),
                });
            }
        }
        self.centre(z);
    }

    /// A random step from each sample that is as likely as the way back, of `size` standard deviations: normal on lines and circles, reflected
    /// at the ends of intervals.
    pub fn step<T: Real>(&self, z: &mut DMatrix<T>, size: f64, rng: &mut Stream) {
        let n = z.nrows().max(1);
        let sigma = size * Real::sqrt(self.variance);
        for (column, support) in z.as_mut_slice().chunks_exact_mut(n).zip(&self.supports) {
            for z in column {
                *z = match support {
                    Support::Line => *z + T::lit(sigma * rng.normal()),
                    Support::Circle { period } => {
                        let q = z.to_f64() + size * spread(*period) * rng.normal();
                        T::lit(support.wrapped(q))
                    }
                    Support::Interval { low, high } => {
                        let width = high - low;
                        let q = z.to_f64() + size * spread(width) * rng.normal() - low;
                        // Twice the interval is a circle on which the ends are mirrors.
                        let turned = q - 2.0 * width * floor(q / (2.0 * width));
                        T::lit(low + turned.min(2.0 * width - turned))
                    }
                };
            }
        }
        self.centre(z);
    }

    /// Stretches the normal coordinates of a sample to a relative temperature τ: by √τ.
    pub fn heat<T: Real>(&self, z: &mut DMatrix<T>, row: usize, tau: f64) {
        let sigma = T::lit(Real::sqrt(tau));
        for (column, support) in self.supports.iter().enumerate() {
            if *support == Support::Line {
                z[(row, column)] *= sigma;
            }
        }
    }

    /// Takes the mean of the particles from each sample, if they have none.
    fn centre<T: Real>(&self, z: &mut DMatrix<T>) {
        let Some(space) = self.mean_free else { return };
        for row in 0..z.nrows() {
            for axis in 0..space {
                let mean = self.mean(z, row, axis);
                for column in (axis..self.dim()).step_by(space) {
                    z[(row, column)] = T::lit(z[(row, column)].to_f64() - mean);
                }
            }
        }
    }

    /// Mean of the particles of a sample along an axis; 0 where it is not taken away.
    fn mean<T: Real>(&self, z: &DMatrix<T>, row: usize, axis: usize) -> f64 {
        let Some(space) = self.mean_free else { return 0.0 };
        let particles = self.dim() / space;
        let columns = (axis..self.dim()).step_by(space);
        columns.map(|column| z[(row, column)].to_f64()).sum::<f64>() / particles.max(1) as f64
    }

    /// |z|² of the normal directions of each sample, summed in f64.
    fn squares<T: Real>(&self, z: &DMatrix<T>, squares: &mut [f64]) {
        squares.fill(0.0);
        let columns = z.as_slice().chunks_exact(z.nrows().max(1)).zip(&self.supports);
        for (column, _) in columns.filter(|(_, support)| **support == Support::Line) {
            for (s, z) in squares.iter_mut().zip(column) {
                *s += z.to_f64() * z.to_f64();
            }
        }
        if let Some(space) = self.mean_free {
            // Σ (z − z̄)² = Σ z² − particles·z̄²
            let particles = (self.dim() / space) as f64;
            for (row, square) in squares.iter_mut().enumerate() {
                for axis in 0..space {
                    let mean = self.mean(z, row, axis);
                    *square -= particles * mean * mean;
                }
            }
        }
    }

    /// ln q_Z of each sample (`n`) of a chunk (`n × dim`), with all constants: −∞ outside of an interval, undefined where a coordinate is
    /// not finite. On a circle every number names a point.
    pub fn log_density<T: Real>(&self, z: &DMatrix<T>, log_q: &mut [f64]) {
        self.squares(z, log_q);
        log_q.iter_mut().for_each(|q| *q = self.of_square(*q));
        if self.normals == self.dim() {
            return;
        }
        for (column, support) in z.as_slice().chunks_exact(z.nrows().max(1)).zip(&self.supports) {
            // In the precision of the samples, in which an end is rounded, too.
            let (low, high) = match support {
                Support::Line => continue,
                Support::Circle { .. } => (-f64::INFINITY, f64::INFINITY),
                Support::Interval { low, high } => (*low, *high),
            };
            let (low, high) = (T::lit(low), T::lit(high));
            for (q, z) in log_q.iter_mut().zip(column) {
                // 0, or NaN where z is not finite.
                *q += 0.0 * z.to_f64();
                if *z < low || *z > high {
                    *q = f64::NEG_INFINITY;
                }
            }
        }
    }

    /// ln q_Z given |z|² of the normal directions: ln Σ_k f_k (2πτ_k)^(−m/2)·exp(−|z|²/2τ_k) − Σ ln length.
    fn of_square(&self, square: f64) -> f64 {
        let gaussian = |variance: f64| {
            -0.5 * square / variance - 0.5 * self.normals as f64 * (LN_TAU + Real::ln(variance))
        };
        let normals = match self.wide {
            None => gaussian(self.variance),
            Some(Wide { share, factor }) => {
                let narrow = Real::ln(1.0 - share) + gaussian(self.variance);
                let wide = Real::ln(share) + gaussian(self.variance * factor);
                let largest = narrow.max(wide);
                largest + Real::ln(Real::exp(narrow - largest) + Real::exp(wide - largest))
            }
        };
        normals - self.log_volume
    }

    /// κ of ∂ ln q_Z/∂z = −κz in normal directions, given their |z|²: Σ_k r_k/τ_k with the posterior shares r_k ∝ f_k N(z; 0, τ_k).
    fn stiffness(&self, square: f64) -> f64 {
        let Some(Wide { share, factor }) = self.wide else { return 1.0 / self.variance };
        // ln of the ratio of the wide part's density to that of the narrow one
        let log_ratio = Real::ln(share / (1.0 - share))
            - 0.5 * self.normals as f64 * Real::ln(factor)
            + 0.5 * square / self.variance * (1.0 - 1.0 / factor);
        let wide = Real::sigmoid(log_ratio);
        ((1.0 - wide) + wide / factor) / self.variance
    }

    /// Writes ∂ ln q_Z/∂z (`n × dim`): −κ(|z|²)·(z − z̄) in normal coordinates, where z̄ is the mean that is taken away, and 0 in uniform ones.
    pub fn score<T: Real>(&self, z: &DMatrix<T>, score: &mut DMatrix<f64>) {
        if self.wide.is_none() && self.mean_free.is_none() {
            let kappa = self.stiffness(0.0);
            let columns = score.as_mut_slice().chunks_exact_mut(z.nrows().max(1));
            let values = z.as_slice().chunks_exact(z.nrows().max(1));
            for ((out, z), support) in columns.zip(values).zip(&self.supports) {
                let kappa = if *support == Support::Line { kappa } else { 0.0 };
                out.iter_mut().zip(z).for_each(|(out, z)| *out = -kappa * z.to_f64());
            }
            return;
        }
        let axes = self.mean_free.unwrap_or(1);
        for row in 0..z.nrows() {
            let of = |column: usize, mean: f64| match self.supports[column] {
                Support::Line => z[(row, column)].to_f64() - mean,
                _ => 0.0,
            };
            let mut square = 0.0;
            for axis in 0..axes {
                let mean = self.mean(z, row, axis);
                for column in (axis..self.dim()).step_by(axes) {
                    score[(row, column)] = of(column, mean);
                    square += of(column, mean) * of(column, mean);
                }
            }
            let kappa = self.stiffness(square);
            score.row_mut(row).iter_mut().for_each(|s| *s *= -kappa);
        }
    }

    /// Entropy H_q in units of k: (m/2)·(1 + ln 2πτ) + Σ ln length; with a wide part −Σ_k f_k E_k[ln q_Z], each an integral over the
    /// distance t from the centre in units of √τ_k, ∝ t^(m−1)·e^(−t²/2).
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let m = self.normals as f64;
        let wide = self.wide.filter(|_| self.normals > 0);
        let Some(Wide { share, factor }) = wide else {
            return 0.5 * m * (1.0 + LN_TAU + Real::ln(self.variance)) + self.log_volume;
        };
        let part = |variance: f64| {
            let (mut total, mut sum) = (0.0, 0.0);
            // The radius of a Gaussian is √m ± 1: nothing is left ten away.
            let middle = Real::sqrt(m);
            for i in 1..4000 {
                let t = middle - 10.0 + 20.0 * f64::from(i) / 4000.0;
                if t > 0.0 {
                    let log_weight = (m - 1.0) * Real::ln(t / middle) - 0.5 * (t * t - m);
                    let weight = Real::exp(log_weight);
                    total += weight;
                    sum -= weight * self.of_square(variance * t * t);
                }
            }
            sum / total
        };
        (1.0 - share) * part(self.variance) + share * part(self.variance * factor)
    }
}

/// Standard deviation of a uniform distribution on a length: length/√12.
fn spread(length: f64) -> f64 {
    length / Real::sqrt(12.0)
}
