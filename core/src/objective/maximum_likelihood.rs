//! Training by example.

use super::{Entry, Goal, Loss, LossChunk, LossGradient, Setup, Source, ValueSpec};
use crate::num::Real;

pub(super) const ENTRY: Entry = Entry {
    name: "ml",
    setting: "w_ml",
    help: "weight of learning from examples",
    default: 6.0,
    source: Source::Examples,
    values: &[ValueSpec {
        name: "nll",
        unit: "nats",
        help: "negative log-likelihood of the examples: −E[log p_X(x)]",
    }],
};

pub(super) fn goal<T: Real>(_setup: &Setup<'_>) -> Goal<T> {
    Goal::loss(MaximumLikelihood)
}

/// J_ML = −E_x[ln q_Z(z) + log|det ∂z/∂x|] with z = F⁻¹(x): the negative log-likelihood of the examples, with all constants
/// (Noé et al. 2019).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaximumLikelihood;

impl Loss for MaximumLikelihood {
    fn name(&self) -> &'static str {
        ENTRY.values[0].name
    }

    fn source(&self) -> Source {
        Source::Examples
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
            value -= w * (chunk.log_q[i] + chunk.log_det[i]);
            // ∂J/∂z = −w ∂ ln q_Z/∂z
            for (j, score) in chunk.score.as_slice().iter().skip(i).step_by(n).enumerate() {
                gradient.point[(i, j)] -= scale * w * score;
            }
            // ∂J/∂log_det = −w
            gradient.log_det[i] -= scale * w;
        }
        value
    }
}
