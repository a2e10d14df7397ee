//! Gaussian wells in a formula's landscape.

use alloc::vec::Vec;

use crate::num::Real;

/// −d·exp(−|x − c|²/2w²): a well of depth d, or a hill where d is negative.
///
/// ```
/// use boltzflow::potential::{Formula, Potential, Well};
///
/// let well = Well { centre: vec![2.0], depth: 3.0, width: 0.5 };
/// let dug = Formula::new("x^2", None)?.with_wells(vec![well]);
/// let mut gradient = [0.0];
/// assert_eq!(dug.energy_gradient(&[2.0], &mut gradient), 1.0);
/// assert_eq!(gradient, [4.0]);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Well {
    /// Centre c, one number for each coordinate.
    pub centre: Vec<f64>,
    /// Depth d.
    pub depth: f64,
    /// Width w, above 0.
    pub width: f64,
}

impl Well {
    /// The energy at x; its gradient is added to `gradient`.
    pub(super) fn add_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let inverse = 1.0 / (self.width * self.width);
        let square: f64 = x.iter().zip(&self.centre).map(|(x, c)| (x - c) * (x - c)).sum();
        let energy = -self.depth * Real::exp(-0.5 * square * inverse);
        for ((g, x), c) in gradient.iter_mut().zip(x).zip(&self.centre) {
            *g -= energy * (x - c) * inverse;
        }
        energy
    }
}
