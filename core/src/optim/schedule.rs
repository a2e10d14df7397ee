//! Learning-rate schedules.

use crate::num::sin_cos_turns;

/// Factor on the learning rate as a function of the progress p = step/steps of a stage, 0 ≤ p ≤ 1.
///
/// ```
/// use boltzflow::optim::Schedule;
///
/// let cosine = Schedule::from_name("cosine").unwrap();
/// assert!((cosine.factor(0.0) - 1.0).abs() < 1e-12 && (cosine.factor(1.0) - 0.01).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schedule {
    /// 1 throughout.
    #[default]
    Constant,
    /// ½(1 + cos πp), down to 1 % (Loshchilov, Hutter, ICLR 2017).
    Cosine,
    /// 1 − p, down to 1 %.
    Linear,
}

crate::num::words!(Schedule: Constant = "constant", Cosine = "cosine", Linear = "linear");

impl Schedule {
    /// The factor at progress p.
    #[must_use]
    pub fn factor(self, progress: f64) -> f64 {
        const FLOOR: f64 = 0.01;
        let p = progress.clamp(0.0, 1.0);
        match self {
            Self::Constant => 1.0,
            Self::Cosine => FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + sin_cos_turns(0.5 * p).1),
            Self::Linear => FLOOR + (1.0 - FLOOR) * (1.0 - p),
        }
    }
}
