//! Half the mean square of latent examples: a template for an objective.

use super::{Entry, Goal, Loss, LossChunk, LossGradient, Setup, Source, ValueSpec};
use crate::num::Real;

pub(super) const ENTRY: Entry = Entry {
    name: "planted",
    setting: "w_planted",
    help: "weight of the planted objective",
    default: 0.0,
    source: Source::Examples,
    values: &[ValueSpec {
        name: "planted",
        unit: "",
        help: "half the mean square of latent examples",
    }],
};

pub(super) fn goal<T: Real>(_setup: &Setup<'_>) -> Goal<T> {
    Goal::loss(Planted)
}

/// J = ½ E_x[|z|²] with z = F⁻¹(x).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Planted;

impl Loss for Planted {
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
        let mut value = 0.0;
        for (i, w) in chunk.weight.iter().enumerate() {
            for (j, z) in chunk.point.row(i).iter().enumerate() {
                // ∂J/∂z = w z
                gradient.point[(i, j)] += scale * w / sums[0] * z;
                value += 0.5 * w / sums[0] * z * z;
            }
        }
        value
    }
}
