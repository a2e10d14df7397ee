//! Entropy of the reaction coordinate: pushes the flow to cover a range of it.

use super::{Entry, Goal, Loss, LossChunk, LossGradient, Setup, Source, ValueSpec};
use crate::num::Real;
use crate::system::Coordinate;

pub(super) const ENTRY: Entry = Entry {
    name: "rc",
    setting: "w_rc",
    help: "weight of spreading out along the reaction coordinate",
    default: 0.0,
    source: Source::Prior,
    values: &[ValueSpec {
        name: "rc",
        unit: "nats",
        help: "entropy loss of the reaction coordinate above its minimum",
    }],
};

pub(super) fn goal<T: Real>(setup: &Setup<'_>) -> Goal<T> {
    let (coordinate, n_temperatures) = (setup.coordinate.clone(), setup.temperatures.len());
    Goal::loss(ReactionCoordinateEntropy { coordinate, n_temperatures })
}

/// Number of soft bins.
const BINS: usize = 11;
/// Added to each bin's Gaussian, so that points outside the range have a defined bin.
const FLOOR: f64 = 1e-6;

/// J_RC = −Σ_k ln h_k − 11·ln 11 over 11 soft bins of R(x), the form of the original code: bin centres m_k
/// equally spaced over the range including its ends, s = range/11, g_ik = exp(−(R_i−m_k)²/2s²) + 10⁻⁶,
/// rows normalised ĝ_ik = g_ik/Σ_l g_il, h_k = mean_i ĝ_ik, one histogram for each temperature. Its minimum,
/// at a uniform histogram, is 0 (that of the original, which lacks the constant, 11·ln 11).
#[derive(Clone, Debug, PartialEq)]
pub struct ReactionCoordinateEntropy {
    /// The coordinate R.
    pub coordinate: Coordinate,
    /// Number of relative temperatures, each with its own histogram.
    pub n_temperatures: usize,
}

impl ReactionCoordinateEntropy {
    /// Centre of bin k and the width s.
    fn bin(&self, k: usize) -> (f64, f64) {
        let (low, high) = self.coordinate.range;
        (low + (high - low) * k as f64 / (BINS - 1) as f64, (high - low) / BINS as f64)
    }

    /// Normalised memberships ĝ_k of a value and their derivatives
    /// dĝ_k/dR = (g′_k − ĝ_k Σ_l g′_l)/Σ_l g_l with g′_k = −(R − m_k)/s²·exp(−(R − m_k)²/2s²).
    fn memberships(&self, r: f64) -> ([f64; BINS], [f64; BINS]) {
        let (mut g, mut slope) = ([0.0; BINS], [0.0; BINS]);
        let (mut total, mut total_slope) = (0.0, 0.0);
        for k in 0..BINS {
            let (centre, width) = self.bin(k);
            let distance = (r - centre) / width;
            let bell = Real::exp(-0.5 * distance * distance);
            g[k] = bell + FLOOR;
            slope[k] = -distance / width * bell;
            total += g[k];
            total_slope += slope[k];
        }
        for k in 0..BINS {
            g[k] /= total;
            slope[k] = (slope[k] - g[k] * total_slope) / total;
        }
        (g, slope)
    }
}

impl Loss for ReactionCoordinateEntropy {
    fn name(&self) -> &'static str {
        ENTRY.values[0].name
    }

    fn source(&self) -> Source {
        Source::Prior
    }

    /// For each temperature the number of samples and the sums of the memberships.
    fn n_sums(&self) -> usize {
        self.n_temperatures * (BINS + 1)
    }

    fn add_sums(&self, chunk: &LossChunk<'_>, gradient: &mut LossGradient, sums: &mut [f64]) {
        self.coordinate.values(chunk.point, &mut gradient.coordinate);
        for (i, w) in chunk.weight.iter().enumerate() {
            if *w > 0.0 {
                let sums = &mut sums[chunk.temperature[i] * (BINS + 1)..][..=BINS];
                sums[0] += 1.0;
                let (g, _) = self.memberships(gradient.coordinate[i]);
                for (s, g) in sums[1..].iter_mut().zip(g) {
                    *s += g;
                }
            }
        }
    }

    fn evaluate(
        &self,
        scale: f64,
        chunk: &LossChunk<'_>,
        sums: &[f64],
        gradient: &mut LossGradient,
    ) -> f64 {
        self.coordinate.values(chunk.point, &mut gradient.coordinate);
        let minimum = BINS as f64 * Real::ln(BINS as f64);
        let mut value = 0.0;
        for (i, w) in chunk.weight.iter().enumerate() {
            gradient.upstream[i] = 0.0;
            if *w > 0.0 {
                let sums = &sums[chunk.temperature[i] * (BINS + 1)..][..=BINS];
                let (_, slope) = self.memberships(gradient.coordinate[i]);
                value -= minimum / sums[0];
                for (s, slope) in sums[1..].iter().zip(slope) {
                    // J = −Σ_k ln(S_k/n) − minimum: every sample carries 1/n of it; ∂J/∂R_i = −Σ_k dĝ_ik/dR / S_k
                    value -= Real::ln(s / sums[0]) / sums[0];
                    gradient.upstream[i] -= scale * slope / s;
                }
            }
        }
        self.coordinate.add_gradient(chunk.point, &gradient.upstream, &mut gradient.point);
        value
    }
}
