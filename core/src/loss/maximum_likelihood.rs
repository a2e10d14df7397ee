//! Training by example.

use alloc::{boxed::Box, vec::Vec};

use super::{Loss, LossChunk, LossGradient, Side};
use crate::system::Coordinate;

/// J_ML = E_x[½|z|²/τ − log|det ∂z/∂x|] with z = F⁻¹(x): the negative log-likelihood of the
/// examples without the constant (dim/2)·ln 2πτ (Noé et al. 2019).
#[derive(Clone, Debug, PartialEq)]
pub struct MaximumLikelihood {
    /// Relative temperatures τ at which examples were taken.
    pub temperatures: Vec<f64>,
}

impl Loss for MaximumLikelihood {
    fn name(&self) -> &'static str {
        "ml"
    }

    fn side(&self) -> Side {
        Side::Encode
    }

    fn n_sums(&self) -> usize {
        1
    }

    fn add_sums(&self, chunk: &LossChunk<'_>, _gradient: &mut LossGradient, sums: &mut [f64]) {
        sums[0] += chunk.weight.iter().sum::<f64>();
    }

    fn evaluate(
        &self,
        scale: f64,
        chunk: &LossChunk<'_>,
        sums: &[f64],
        gradient: &mut LossGradient,
    ) -> f64 {
        let n = chunk.weight.len();
        let mut value = 0.0;
        for (i, w) in chunk.weight.iter().enumerate() {
            if *w == 0.0 {
                continue;
            }
            let w = w / sums[0];
            let tau = self.temperatures[chunk.temperature[i]];
            let mut square = 0.0;
            for (j, z) in chunk.point.as_slice().iter().skip(i).step_by(n).enumerate() {
                square += z * z;
                // ∂J/∂z = w z/τ
                gradient.point[(i, j)] += scale * w * z / tau;
            }
            value += w * (0.5 * square / tau - chunk.log_det[i]);
            // ∂J/∂log_det = −w
            gradient.log_det[i] -= scale * w;
        }
        value
    }
}

/// Example for the contract tests.
pub(super) fn example(_coordinate: &Coordinate, temperatures: &[f64]) -> Box<dyn Loss> {
    Box::new(MaximumLikelihood { temperatures: temperatures.to_vec() })
}
