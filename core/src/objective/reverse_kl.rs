//! Training by energy.

use alloc::vec::Vec;

use super::{Entry, Goal, Loss, LossChunk, LossGradient, Setup, Source, ValueSpec};
use crate::num::Real;
use crate::potential::LinearLogCap;

pub(super) const ENTRY: Entry = Entry {
    name: "kl",
    setting: "w_kl",
    help: "weight of learning from energy",
    default: 1.0,
    source: Source::Prior,
    values: &[ValueSpec {
        name: "j_kl",
        unit: "nats",
        help: "what learning from energy minimises: E[cap(u/τ) − log|det ∂x/∂z|], with energies capped and without constants",
    }],
};

pub(super) fn goal<T: Real>(setup: &Setup<'_>) -> Goal<T> {
    Goal::loss(ReverseKl { cap: setup.cap, temperatures: setup.temperatures.to_vec() })
}

/// J_KL = E_z[cap(u(x)/τ) − log|det ∂x/∂z|] with x = F(z) and z from the prior, its normals of variance τ: the Kullback-Leibler
/// divergence KL(p_X‖μ) without the constants −H_q and log Z (Noé et al. 2019). With several
/// temperatures the batch is shared evenly among them.
#[derive(Clone, Debug, PartialEq)]
pub struct ReverseKl {
    /// The cap on u/τ.
    pub cap: LinearLogCap,
    /// Relative temperatures τ.
    pub temperatures: Vec<f64>,
}

impl Loss for ReverseKl {
    fn name(&self) -> &'static str {
        ENTRY.values[0].name
    }

    fn source(&self) -> Source {
        Source::Prior
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
            if *w == 0.0 {
                continue;
            }
            let w = w / sums[0];
            let tau = self.temperatures[chunk.temperature[i]];
            let (capped, slope) = self.cap.apply(chunk.u[i] / tau);
            value += w * (capped - chunk.log_det[i]);
            // ∂J/∂x = w cap′(u/τ)/τ ∂u/∂x; where the cap is flat the gradient may be infinite.
            if slope > 0.0 {
                let factor = scale * w * slope / tau;
                for j in 0..chunk.point.ncols() {
                    gradient.point[(i, j)] += factor * chunk.gradient_u[(i, j)];
                }
            }
            // ∂J/∂log_det = −w
            gradient.log_det[i] -= scale * w;
        }
        value
    }
}
