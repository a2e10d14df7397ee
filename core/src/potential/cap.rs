//! The cap that losses put on reduced energies.

use alloc::format;

use crate::num::{Error, Real, Result};

/// The linear-log cap of losses: u below `high`, `high + ln(min(u, max) − high + 1)` above it
/// (Noé et al. 2019). An energy that is not finite, −∞ and NaN included, counts as `max`. Weights
/// never see the cap.
///
/// ```
/// use boltzflow::potential::LinearLogCap;
///
/// let cap = LinearLogCap::new(10.0, 1e6)?;
/// assert_eq!(cap.apply(3.0), (3.0, 1.0));
/// let (capped, slope) = cap.apply(20.0);
/// assert!((capped - (10.0 + 11.0_f64.ln())).abs() < 1e-12 && slope == 1.0 / 11.0);
/// // Clashes have no gradient.
/// assert_eq!(cap.apply(f64::INFINITY).1, 0.0);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearLogCap {
    /// Energies (in kT) up to here are left alone.
    pub high: f64,
    /// Energies above this count as this.
    pub max: f64,
}

impl Default for LinearLogCap {
    fn default() -> Self {
        Self { high: 1e3, max: 1e10 }
    }
}

impl LinearLogCap {
    /// A cap that is linear up to `high` and constant from `max` on, both in kT.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless both are finite and `high` lies below `max`.
    pub fn new(high: f64, max: f64) -> Result<Self> {
        if high < max && (max - high).is_finite() {
            Ok(Self { high, max })
        } else {
            Err(Error::setting("high_energy", high, format!("a number below max_energy = {max}")))
        }
    }

    /// The capped energy and the factor that its gradient takes.
    ///
    /// y = high + ln(u − high + 1), dy/du = 1/(u − high + 1) between `high` and `max`. The factor
    /// is 0 beyond and where u is not finite: such a sample takes no part in a gradient, whatever
    /// numbers its own gradient holds (0·NaN is NaN: do not multiply, skip).
    #[must_use]
    pub fn apply(&self, u: f64) -> (f64, f64) {
        if u < self.high && u.is_finite() {
            (u, 1.0)
        } else if u >= self.high && u < self.max {
            let rest = u - self.high + 1.0;
            (self.high + Real::ln(rest), 1.0 / rest)
        } else {
            (self.high + Real::ln(self.max - self.high + 1.0), 0.0)
        }
    }
}
