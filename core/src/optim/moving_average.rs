//! Exponential moving average of parameters.

use alloc::vec::Vec;

use crate::num::Real;

/// a ← d·a + (1−d)·θ with d = min(decay, (1+t)/(10+t)), so that the start is forgotten quickly.
///
/// ```
/// use boltzflow::optim::MovingAverage;
///
/// let mut average = MovingAverage::new(&[0.0_f32], 0.99);
/// for _ in 0..100 {
///     average.update(&[1.0]);
/// }
/// assert!(average.theta[0] > 0.9);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MovingAverage<T> {
    /// Averaged parameters.
    pub theta: Vec<T>,
    /// Updates done.
    pub t: u64,
    decay: f64,
}

impl<T: Real> MovingAverage<T> {
    /// Starts at the given parameters.
    #[must_use]
    pub fn new(theta: &[T], decay: f64) -> Self {
        Self { theta: theta.to_vec(), t: 0, decay }
    }

    /// Takes in the parameters after an optimiser step.
    pub fn update(&mut self, theta: &[T]) {
        let t = self.t as f64;
        let warm = (1.0 + t) / (10.0 + t);
        let rest = T::lit(1.0 - if warm < self.decay { warm } else { self.decay });
        for (a, v) in self.theta.iter_mut().zip(theta) {
            *a += rest * (*v - *a);
        }
        self.t += 1;
    }
}
