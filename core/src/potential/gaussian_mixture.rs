//! A mixture of equal, round Gaussians, each a mode of its own.

use alloc::{boxed::Box, format, vec, vec::Vec};

use nalgebra::DMatrix;

use super::coordinate::NAMES;
use super::gmm40::MEANS;
use super::{
    Coordinate, LanePotential, ParameterKind, ParameterSpec, Parameters, Potential, Scratch,
    SystemEntry,
};
use crate::num::{Error, Lanes, Real, Result};

/// softplus(1) = ln(1 + e), the scale of the 40-mode benchmark.
const GMM40_SCALE: f64 = 1.313_261_687_518_222_8;

/// $$ U(x) = -\ln \sum_k w_k \, \mathcal{N}(x; \mu_k, s^2 I), \qquad \sum_k w_k = 1 $$
///
/// **Units** kT, so that log Z = 0 at T = 1. **Shape** `x`: dim of the means. **Defaults** the 40
/// modes of Midgley et al., "Flow annealed importance sampling bootstrap" (2023), without their
/// cut of log p below −10⁴.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianMixture {
    means: Vec<Vec<f64>>,
    scale: f64,
    log_weights: Vec<f64>,
    /// (d/2) ln 2πs².
    log_normaliser: f64,
}

impl GaussianMixture {
    /// Components at `means`, each of standard deviation `scale`, with `weights` in any
    /// normalisation.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for no mean, means of different lengths, a scale that is not
    /// positive, a wrong number of weights, or weights that are negative or all zero.
    pub fn new(means: Vec<Vec<f64>>, scale: f64, weights: &[f64]) -> Result<Self> {
        let dim = means.first().map_or(0, Vec::len);
        if dim == 0 || means.iter().any(|m| m.len() != dim) {
            return Err(Error::setting(
                "means",
                format!("{} points", means.len()),
                "one or more points of equal length",
            ));
        }
        if !(scale > 0.0 && scale.is_finite()) {
            return Err(Error::setting("scale", scale, "a positive number"));
        }
        let sum: f64 = weights.iter().sum();
        let valid = weights.iter().all(|w| *w >= 0.0) && sum > 0.0 && sum.is_finite();
        if weights.len() != means.len() || !valid {
            return Err(Error::setting(
                "weights",
                format!("{weights:?}"),
                format!("{} numbers, one for each mean, none negative, not all zero", means.len()),
            ));
        }
        Ok(Self {
            scale,
            log_weights: weights.iter().map(|w| Real::ln(w / sum)).collect(),
            log_normaliser: 0.5 * dim as f64 * Real::ln(core::f64::consts::TAU * scale * scale),
            means,
        })
    }

    /// Centres of the components.
    #[must_use]
    pub fn means(&self) -> &[Vec<f64>] {
        &self.means
    }

    /// Standard deviation of each component.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    fn from_parameters(parameters: &Parameters, dim: Option<usize>) -> Result<Self> {
        let means = parameters
            .points("means")
            .map_or_else(|| MEANS.iter().map(|m| m.to_vec()).collect(), <[Vec<f64>]>::to_vec);
        ENTRY.derived_dim(dim, means[0].len())?;
        let equal = vec![1.0; means.len()];
        let weights = parameters.list("weights").unwrap_or(&equal);
        let scale = parameters.number("scale", GMM40_SCALE);
        Self::new(means, scale, weights)
    }
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "gaussian-mixture",
    summary: "mixture of Gaussians, by default the 40 modes of the benchmark",
    parameters: &[
        ParameterSpec {
            name: "means",
            kind: ParameterKind::Points,
            default: "the 40 means of the benchmark",
            help: "centres of the components; their length is the dimension",
        },
        ParameterSpec {
            name: "scale",
            kind: ParameterKind::Positive,
            default: "1.3132616875182228",
            help: "standard deviation of each component",
        },
        ParameterSpec {
            name: "weights",
            kind: ParameterKind::List,
            default: "all equal",
            help: "weight of each component, in any normalisation",
        },
    ],
    variants: &[],
    default_dim: None,
    build: |parameters, dim| Ok(Box::new(GaussianMixture::from_parameters(parameters, dim)?)),
};

impl GaussianMixture {
    /// ln w_k − |x − μ_k|²/2s²
    #[inline(always)]
    fn exponent<L: Lanes>(&self, k: usize, x: &[L]) -> L {
        let mut square = L::splat(0.0);
        for (x, mean) in x.iter().zip(&self.means[k]) {
            square += (*x - L::splat(*mean)).square();
        }
        L::splat(self.log_weights[k]) - L::splat(0.5 / (self.scale * self.scale)) * square
    }
}

impl LanePotential for GaussianMixture {
    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        let mut largest = L::splat(f64::NEG_INFINITY);
        for k in 0..self.means.len() {
            largest = self.exponent(k, x).larger(largest);
        }
        // Far from all components every term would underflow: the largest exponent is taken out.
        let mut sum = L::splat(0.0);
        gradient.fill(L::splat(0.0));
        for (k, mean) in self.means.iter().enumerate() {
            let p = (self.exponent(k, x) - largest).exp();
            sum += p;
            for ((g, x), mean) in gradient.iter_mut().zip(x).zip(mean) {
                *g += p * (*x - L::splat(*mean));
            }
        }
        // ∂U/∂x = Σ p_k (x − μ_k) / (s² Σ p_k)
        let scale = L::splat(1.0 / (self.scale * self.scale)) / sum;
        for g in gradient.iter_mut() {
            *g = *g * scale;
        }
        // U = −ln Σ exp(e_k) + (d/2) ln 2πs²
        L::splat(self.log_normaliser) - (largest + sum.ln())
    }
}

impl Potential for GaussianMixture {
    fn dim(&self) -> usize {
        self.means[0].len()
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        self.evaluate_lanes(x, energy, gradient, scratch);
    }

    /// Five standard deviations around the means.
    fn domain(&self) -> Vec<(f64, f64)> {
        let margin = 5.0 * self.scale;
        (0..self.dim())
            .map(|i| {
                let (low, high) = self
                    .means
                    .iter()
                    .fold((f64::MAX, f64::MIN), |(low, high), m| (low.min(m[i]), high.max(m[i])));
                (low - margin, high + margin)
            })
            .collect()
    }

    /// The means: each component counts as a mode, also where two have only one minimum.
    fn named_wells(&self) -> Option<Vec<Vec<f64>>> {
        Some(self.means.clone())
    }

    /// x₀ and x₁, each divided at 0 or, if that lies outside, in the middle.
    fn coordinates(&self) -> Vec<Coordinate> {
        let domain = self.domain();
        (0..self.dim().min(2))
            .map(|i| {
                let (low, high) = domain[i];
                let boundary = if low < 0.0 && high > 0.0 { 0.0 } else { 0.5 * (low + high) };
                let x = Coordinate::component(NAMES[i], i, self.dim());
                Coordinate { range: domain[i], boundary, ..x }
            })
            .collect()
    }
}
