//! A mixture of round Gaussians, each a mode of its own.

use alloc::{format, vec, vec::Vec};

use super::gmm40::MEANS;
use crate::num::{Error, Lanes, Real, Result};
use crate::potential::LanePotential;
use crate::setting::{Description, Kind, Parameters};
use crate::system::{Coordinate, Space, System, SystemEntry};

/// softplus(1) = ln(1 + e), the scale of the 40-mode benchmark.
const GMM40_SCALE: f64 = 1.313_261_687_518_222_8;

/// $$ U(x) = -\ln \sum_k w_k \, \mathcal{N}(x; \mu_k, s_k^2 I), \qquad \sum_k w_k = 1 $$
///
/// **Units** kT, so that log Z = 0 at T = 1. **Shape** `x`: dim of the means. **Defaults** the 40
/// modes of Midgley et al., "Flow annealed importance sampling bootstrap" (2023), without their
/// cut of log p below −10⁴.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianMixture {
    means: Vec<Vec<f64>>,
    scales: Vec<f64>,
    /// ln w_k.
    log_weights: Vec<f64>,
    /// Added to each exponent: ln w_k − d·ln(s_k/s₀).
    heights: Vec<f64>,
    /// (d/2) ln 2πs₀².
    log_normaliser: f64,
}

impl GaussianMixture {
    /// Components at `means` with standard deviations `scales`, one for each or one for all, and `weights` in any
    /// normalisation.
    ///
    /// ```
    /// use boltzflow::system::GaussianMixture;
    ///
    /// let means = vec![vec![-2.0, 0.0], vec![2.0, 0.0]];
    /// let mixture = GaussianMixture::new(means.clone(), &[0.5, 1.0], &[1.0, 3.0])?;
    /// assert_eq!(mixture.scales(), [0.5, 1.0]);
    /// // One scale is that of all.
    /// assert_eq!(GaussianMixture::new(means, &[0.7], &[1.0, 1.0])?.scales(), [0.7, 0.7]);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for no mean, means of different lengths, a scale that is not
    /// positive, a wrong number of scales or weights, or weights that are negative or all zero.
    pub fn new(means: Vec<Vec<f64>>, scales: &[f64], weights: &[f64]) -> Result<Self> {
        let (dim, n) = (means.first().map_or(0, Vec::len), means.len());
        if dim == 0 || means.iter().any(|m| m.len() != dim) {
            return Err(Error::setting(
                "means",
                format!("{n} points"),
                "one or more points of equal length",
            ));
        }
        if let Some(scale) = scales.iter().find(|s| !(**s > 0.0 && s.is_finite())) {
            return Err(Error::setting("scale", scale, "a positive number"));
        }
        if ![1, n].contains(&scales.len()) {
            let allowed = format!("a number or a list of {n}, one for each mean");
            return Err(Error::setting("scale", format!("a list of {}", scales.len()), allowed));
        }
        let sum: f64 = weights.iter().sum();
        let valid = weights.iter().all(|w| *w >= 0.0) && sum > 0.0 && sum.is_finite();
        if weights.len() != n || !valid {
            return Err(Error::setting(
                "weights",
                format!("{weights:?}"),
                format!("{n} numbers, one for each mean, none negative, not all zero"),
            ));
        }
        let first = scales[0];
        let scales: Vec<f64> = scales.iter().copied().cycle().take(n).collect();
        let log_weights: Vec<f64> = weights.iter().map(|w| Real::ln(w / sum)).collect();
        let height = |(ln_w, s): (&f64, &f64)| {
            if *s == first { *ln_w } else { ln_w - dim as f64 * Real::ln(s / first) }
        };
        Ok(Self {
            heights: log_weights.iter().zip(&scales).map(height).collect(),
            log_normaliser: 0.5 * dim as f64 * Real::ln(core::f64::consts::TAU * first * first),
            scales,
            log_weights,
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
    pub fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// Logarithm of the weight of each component; the weights sum to 1.
    #[must_use]
    pub fn log_weights(&self) -> &[f64] {
        &self.log_weights
    }

    /// With its space, five standard deviations around the means, which count as wells: each component is a mode, also where two have
    /// only one minimum. Its coordinates are x₀ and x₁, each divided at 0 or, if that lies outside, in the middle.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for means that are too far apart for numbers.
    pub fn system(self) -> Result<System> {
        let dim = self.dim();
        let ends = |i: usize| {
            let each = self.means.iter().zip(&self.scales);
            each.fold((f64::MAX, f64::MIN), |(low, high), (mean, s)| {
                (low.min(mean[i] - 5.0 * s), high.max(mean[i] + 5.0 * s))
            })
        };
        let space = Space::boxed((0..dim).map(ends).collect())?;
        let coordinate = |(i, (low, high)): (usize, &(f64, f64))| {
            let middle = if *low < 0.0 && *high > 0.0 { 0.0 } else { 0.5 * (low + high) };
            let x = Coordinate::component(format!("x{i}"), i, dim);
            x.with_range(*low, *high).with_boundary(middle)
        };
        let coordinates = space.domain.iter().take(2).enumerate().map(coordinate).collect();
        let wells = self.means.clone();
        System::new(self, space)?.with_coordinates(coordinates).with_wells(wells)
    }

    fn from_parameters(parameters: &Parameters, dim: Option<usize>) -> Result<Self> {
        let means = parameters
            .points("means")
            .map_or_else(|| MEANS.iter().map(|m| m.to_vec()).collect(), <[Vec<f64>]>::to_vec);
        ENTRY.derived_dim(dim, means[0].len())?;
        let equal = vec![1.0; means.len()];
        let weights = parameters.list("weights").unwrap_or(&equal);
        let one = [parameters.number("scale", GMM40_SCALE)];
        Self::new(means, parameters.list("scale").unwrap_or(&one), weights)
    }
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "gaussian-mixture",
    summary: "mixture of Gaussians, by default the 40 modes of the benchmark",
    parameters: &[
        Description::new(
            "means",
            Kind::POINTS,
            "the 40 means of the benchmark",
            "centres of the components; their length is the dimension",
        ),
        Description::new(
            "scale",
            Kind::NumberOrList,
            "1.3132616875182228",
            "standard deviation, one for all components or a list with one for each",
        ),
        Description::new(
            "weights",
            Kind::List,
            "all equal",
            "weight of each component, in any normalisation",
        ),
    ],
    variants: &[],
    default_dim: None,
    build: |parameters, dim| GaussianMixture::from_parameters(parameters, dim)?.system(),
};

impl GaussianMixture {
    /// ln w_k − d·ln(s_k/s₀) − |x − μ_k|²/2s_k²
    #[inline(always)]
    fn exponent<L: Lanes>(&self, k: usize, x: &[L]) -> L {
        let mut square = L::splat(0.0);
        for (x, mean) in x.iter().zip(&self.means[k]) {
            square += (*x - L::splat(*mean)).square();
        }
        L::splat(self.heights[k]) - L::splat(0.5 / (self.scales[k] * self.scales[k])) * square
    }
}

impl LanePotential for GaussianMixture {
    fn dim(&self) -> usize {
        self.means[0].len()
    }

    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        let mut largest = L::splat(f64::NEG_INFINITY);
        for k in 0..self.means.len() {
            largest = self.exponent(k, x).larger(largest);
        }
        // Far from all components every term would underflow: the largest exponent is taken out.
        let mut sum = L::splat(0.0);
        gradient.fill(L::splat(0.0));
        let first = self.scales[0];
        for (k, mean) in self.means.iter().enumerate() {
            let p = (self.exponent(k, x) - largest).exp();
            sum += p;
            // p_k·s₀²/s_k², p_k where all are alike.
            let ratio = first / self.scales[k];
            let slope = p * L::splat(ratio * ratio);
            for ((g, x), mean) in gradient.iter_mut().zip(x).zip(mean) {
                *g += slope * (*x - L::splat(*mean));
            }
        }
        // ∂U/∂x = Σ p_k (x − μ_k)/s_k² / Σ p_k
        let scale = L::splat(1.0 / (first * first)) / sum;
        for g in gradient.iter_mut() {
            *g = *g * scale;
        }
        // U = −ln Σ exp(e_k) + (d/2) ln 2πs₀²
        L::splat(self.log_normaliser) - (largest + sum.ln())
    }
}
