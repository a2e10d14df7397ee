//! Paths between two configurations through latent space.

use alloc::{format, vec, vec::Vec};

use nalgebra::DMatrix;

use super::BoltzmannGenerator;
use crate::num::{Error, Real, Result, sin_cos_turns};
use crate::potential::Scratch;

/// How latent points between two ends are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// z(t) = (1 − t)z_A + t·z_B. In many dimensions its middle is far too close to the origin: two samples of the prior have lengths near
    /// √dim and a mean of length √(dim/2).
    Linear,
    /// Along the great circle between the directions, with uniform angular speed, while the length goes linearly from |z_A| to
    /// |z_B|: a path of typical points.
    GreatCircle,
}

/// Points of a path, all of length `n`.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentPath {
    /// From 0 to 1.
    pub t: Vec<f64>,
    /// Latent points, `n × dim`.
    pub z: DMatrix<f64>,
    /// Configurations x = F(z), `n × dim`.
    pub x: DMatrix<f64>,
    /// log|det ∂x/∂z|.
    pub log_det: Vec<f64>,
    /// Reduced energies u(x).
    pub u: Vec<f64>,
}

impl<T: Real> BoltzmannGenerator<T> {
    /// `n` configurations from `from` to `to` (`dim` each): both are encoded, latent points between them are decoded.
    /// Costs n energy evaluations.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] for ends of another system, [`Error::InvalidSetting`] for fewer than two points,
    /// [`Error::InvalidData`] if the latent image of an end is not finite.
    pub fn interpolate(
        &self,
        from: &[f64],
        to: &[f64],
        n: usize,
        kind: Interpolation,
    ) -> Result<LatentPath> {
        if n < 2 {
            return Err(Error::setting("points", n, "at least 2"));
        }
        let encode = |what: &'static str, x: &[f64]| -> Result<Vec<f64>> {
            let (z, _) = self.inverse(&DMatrix::from_row_slice(1, x.len(), x))?;
            if z.iter().all(|v| v.is_finite()) {
                Ok(z.as_slice().to_vec())
            } else {
                Err(Error::data(what, format!("it has no finite latent image ({z})")))
            }
        };
        let (a, b) = (encode("start of the path", from)?, encode("end of the path", to)?);
        let t: Vec<f64> = (0..n).map(|i| i as f64 / (n - 1) as f64).collect();
        let mut z = DMatrix::zeros(n, a.len());
        for (row, t) in t.iter().enumerate() {
            let (wa, wb) = coefficients(&a, &b, *t, kind);
            for (k, (a, b)) in a.iter().zip(&b).enumerate() {
                z[(row, k)] = wa * a + wb * b;
            }
        }
        let (x, log_det) = self.map(&z)?;
        let (mut u, mut gradient) = (vec![0.0; n], x.clone());
        self.target.evaluate_unbiased(&x, &mut u, &mut gradient, &mut Scratch::default());
        Ok(LatentPath { t, z, x, log_det, u })
    }
}

/// Coefficients of z_A and z_B in z(t). On the great circle, with the angle θ between them,
/// z(t) = ((1 − t)|z_A| + t|z_B|)·(sin((1 − t)θ)·z_A/|z_A| + sin(tθ)·z_B/|z_B|)/sin θ; linear where the
/// circle is not defined: for (nearly) parallel or opposite ends, or one at the origin.
fn coefficients(a: &[f64], b: &[f64], t: f64, kind: Interpolation) -> (f64, f64) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (length_a, length_b) = (Real::sqrt(dot(a, a)), Real::sqrt(dot(b, b)));
    let cosine = dot(a, b) / (length_a * length_b);
    let turns = arc_cosine(cosine);
    let (sine, _) = sin_cos_turns(turns);
    if kind == Interpolation::Linear || cosine.is_nan() || sine < 1e-6 {
        return (1.0 - t, t);
    }
    let length = (1.0 - t) * length_a + t * length_b;
    let share = |turns: f64, own: f64| length * sin_cos_turns(turns).0 / (sine * own);
    (share((1.0 - t) * turns, length_a), share(t * turns, length_b))
}

/// The angle in turns, 0 to ½, by bisection.
fn arc_cosine(cosine: f64) -> f64 {
    let (mut low, mut high) = (0.0, 0.5);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if sin_cos_turns(middle).1 > cosine { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn great_circles_keep_length_and_speed() {
        let (a, b) = ([3.0, 0.0, 0.0], [0.0, 0.0, 1.0]);
        let mut last: Option<f64> = None;
        for i in 0..=10 {
            let t = f64::from(i) / 10.0;
            let (wa, wb) = coefficients(&a, &b, t, Interpolation::GreatCircle);
            let (x, y) = (3.0 * wa, wb);
            assert!((x.hypot(y) - (3.0 - 2.0 * t)).abs() < 1e-12);
            let angle = y.atan2(x);
            if let Some(last) = last {
                assert!((angle - last - core::f64::consts::PI / 20.0).abs() < 1e-12);
            }
            last = Some(angle);
        }
        for other in [[3.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0; 3]] {
            let circle = coefficients(&a, &other, 0.25, Interpolation::GreatCircle);
            assert_eq!(circle, (0.75, 0.25));
        }
        assert_eq!(coefficients(&a, &b, 0.5, Interpolation::Linear), (0.5, 0.5));
    }
}
