//! A smooth energy along a reaction coordinate, in place of the potential's own.

use alloc::{format, vec, vec::Vec};

use super::{Coordinate, System};
use crate::num::{Error, Result};

/// A bias along a reaction coordinate: what turns U into a target that is easier to learn, without loss: weights take it away again.
///
/// $$ U'(x) = U(x) - U_R(R(x)) + V(R(x)) $$
///
/// with U_R of [`System::energy_along`] (0 where none is named). With V = −F, the free energy along R of U − U_R, all R are
/// equally probable: both states and the barrier between them. Because U_R is left out, the same U' serves every U_R.
/// V is a natural cubic spline through equally spaced points; beyond its ends it goes on with its slope and a
/// harmonic wall.
///
/// ```
/// use boltzflow::system::{Bias, Coordinate};
///
/// let bias = Bias::new(Coordinate::component("x0", 0, 2), (-1.0, 1.0), vec![1.0, 0.0, 1.0], 10.0)?;
/// assert_eq!(bias.energy_slope(0.0), (0.0, 0.0));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Bias {
    coordinate: Coordinate,
    /// Ends of the spline.
    range: (f64, f64),
    /// V at the points.
    values: Vec<f64>,
    /// V″ at the points.
    curvature: Vec<f64>,
    /// Force constant w of the walls w·o², o the way beyond an end.
    wall: f64,
}

impl Bias {
    /// V by its values at equally spaced points, the first and the last at the ends of `range`, and the force
    /// constant `wall` ≥ 0 beyond them; in the units of the energy.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for fewer than two points, a range that is empty, or numbers that are not finite.
    pub fn new(
        coordinate: Coordinate,
        range: (f64, f64),
        values: Vec<f64>,
        wall: f64,
    ) -> Result<Self> {
        if values.len() < 2 || values.iter().any(|v| !v.is_finite()) {
            let shown = format!("{} values", values.len());
            return Err(Error::setting("bias", shown, "at least two finite numbers"));
        }
        let width = range.1 - range.0;
        if !(width > 0.0 && width.is_finite()) {
            return Err(Error::setting("range of a bias", width, "a positive length"));
        }
        if !(wall >= 0.0 && wall.is_finite()) {
            return Err(Error::setting("wall", wall, "a finite number from 0"));
        }
        let curvature = curvature(&values, width / (values.len() - 1) as f64);
        Ok(Self { coordinate, range, values, curvature, wall })
    }

    /// R.
    #[must_use]
    pub fn coordinate(&self) -> &Coordinate {
        &self.coordinate
    }

    /// The ends of the spline.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        self.range
    }

    /// V at equally spaced points from one end to the other.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Force constant of the walls.
    #[must_use]
    pub fn wall(&self) -> f64 {
        self.wall
    }

    /// V(R) and V′(R).
    #[must_use]
    pub fn energy_slope(&self, r: f64) -> (f64, f64) {
        let last = self.values.len() - 1;
        let h = (self.range.1 - self.range.0) / last as f64;
        let inside = r.clamp(self.range.0, self.range.1);
        let place = (inside - self.range.0) / h;
        let i = (place as usize).min(last - 1);
        let (b, a) = (place - i as f64, 1.0 - (place - i as f64));
        let (low, high) = (self.values[i], self.values[i + 1]);
        let (m, n) = (self.curvature[i], self.curvature[i + 1]);
        // V = aV₀ + bV₁ + ((a³ − a)V₀″ + (b³ − b)V₁″)h²/6, a = 1 − b
        let energy =
            a * low + b * high + ((a * a - 1.0) * a * m + (b * b - 1.0) * b * n) * h * h / 6.0;
        // V′ = (V₁ − V₀)/h + ((1 − 3a²)V₀″ + (3b² − 1)V₁″)h/6
        let slope =
            (high - low) / h + ((1.0 - 3.0 * a * a) * m + (3.0 * b * b - 1.0) * n) * h / 6.0;
        // Beyond an end, o = R − R_end: V = V_end + V′_end·o + wo², V′ = V′_end + 2wo
        let over = r - inside;
        (energy + (slope + self.wall * over) * over, slope + 2.0 * self.wall * over)
    }

    /// The bias times a factor ≥ 0, walls included.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        let times = |values: &[f64]| values.iter().map(|v| factor * v).collect();
        Self {
            coordinate: self.coordinate.clone(),
            range: self.range,
            values: times(&self.values),
            curvature: times(&self.curvature),
            wall: factor * self.wall,
        }
    }

    /// V − U_R and its derivative for a system: what is added to its energy.
    pub(super) fn added(&self, system: &System, r: f64) -> (f64, f64) {
        let (v, slope) = self.energy_slope(r);
        let (own, own_slope) = system.energy_along(&self.coordinate, r).unwrap_or_default();
        (v - own, slope - own_slope)
    }
}

/// Second derivatives of the natural cubic spline through equally spaced values: zero at both ends, and
/// V″ᵢ₋₁ + 4V″ᵢ + V″ᵢ₊₁ = 6(Vᵢ₋₁ − 2Vᵢ + Vᵢ₊₁)/h² between, by elimination.
fn curvature(values: &[f64], h: f64) -> Vec<f64> {
    let n = values.len();
    let mut curvature = vec![0.0; n];
    let mut ratio = vec![0.0; n];
    for i in 1..n - 1 {
        let right = 6.0 * (values[i - 1] - 2.0 * values[i] + values[i + 1]) / (h * h);
        let pivot = 4.0 - ratio[i - 1];
        ratio[i] = 1.0 / pivot;
        curvature[i] = (right - curvature[i - 1]) / pivot;
    }
    for i in (1..n - 1).rev() {
        curvature[i] -= ratio[i] * curvature[i + 1];
    }
    curvature
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolates_smoothly_and_its_slope_is_its_derivative() {
        let values: Vec<f64> = (0..9).map(|i| (0.5 * f64::from(i)).sin() * 3.0).collect();
        let bias =
            Bias::new(Coordinate::component("x0", 0, 1), (-1.0, 3.0), values.clone(), 7.0).unwrap();
        for (i, v) in values.iter().enumerate() {
            assert!((bias.energy_slope(-1.0 + 0.5 * i as f64).0 - v).abs() < 1e-12);
        }
        let mut largest: f64 = 0.0;
        for i in 0..600 {
            // Never at an end, where V″ jumps.
            let r = -1.997 + 0.01 * f64::from(i);
            let h = 1e-5;
            let numerical = (bias.energy_slope(r + h).0 - bias.energy_slope(r - h).0) / (2.0 * h);
            assert!((numerical - bias.energy_slope(r).1).abs() < 1e-6, "{r}");
            if (-1.0..=3.0).contains(&r) {
                largest = largest.max((bias.energy_slope(r).0 - 3.0 * (r + 1.0).sin()).abs());
            }
        }
        assert!(largest < 0.05, "{largest}");
        // The wall.
        let (end, slope) = bias.energy_slope(3.0);
        assert!((bias.energy_slope(5.0).0 - (end + 2.0 * slope + 28.0)).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_a_table_is_refused() {
        let r = || Coordinate::component("x0", 0, 1);
        assert!(Bias::new(r(), (0.0, 1.0), vec![1.0], 0.0).is_err());
        assert!(Bias::new(r(), (0.0, 1.0), vec![1.0, f64::NAN], 0.0).is_err());
        assert!(Bias::new(r(), (1.0, 1.0), vec![1.0, 2.0], 0.0).is_err());
        assert!(Bias::new(r(), (0.0, 1.0), vec![1.0, 2.0], -1.0).is_err());
    }
}
