//! Both divergences between a flow and its target, in nats.

use alloc::vec::Vec;

use super::estimate::Estimate;
use crate::num::Real;

/// Share of the generated samples that the reverse gap leaves out: those of the largest log p_X + u.
const TRIMMED: f64 = 0.01;
/// Nats by which the forward gap exceeds the reverse one in a flow that has collapsed.
const COLLAPSE: f64 = 10.0;
/// Nats that a sample of the target counts at most in the bound by which a collapse is told: the mean of a few samples at
/// millions of nats has an error bar as large as itself, and no test of it would ever say anything.
const MOST: f64 = 1000.0;

/// How far a flow is from the target μ = e^(−u)/Z that it has learnt, where weights are too uneven to say so: with
/// ln w = −u − log p_X,
///
/// $$ \mathrm{KL}(\mu\,\|\,p_X) = \mathrm{E}_\mu[\ln w] - \ln Z, \qquad
///    \mathrm{KL}(p_X\,\|\,\mu) = \ln Z - \mathrm{E}_{p_X}[\ln w]. $$
///
/// The first one, over samples of the target that were not learnt, sees what is not generated; the second one sees what is
/// generated in vain. Training by energy narrows a flow: the second one falls while the first one rises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaps {
    /// KL(μ‖p_X), where there are samples of the target.
    pub forward: Option<Estimate>,
    /// A lower bound of it whose error bar can be trusted: no sample counts more than 1000 nats.
    pub forward_bound: Option<Estimate>,
    /// KL(p_X‖μ) without the worst 1 % of the samples, which a few clashes would dominate.
    pub reverse: Estimate,
    /// The median of log p_X + u + ln Z over generated samples.
    pub reverse_median: f64,
}

impl Gaps {
    /// From ln w of generated samples (those that are −∞ or NaN count as the worst), and ln w of samples of the target with
    /// their weights. Errors are those of independent samples and of ln Z together.
    ///
    /// ```
    /// use boltzflow::stats::{Estimate, Gaps};
    ///
    /// // What is generated has ln w = ln Z, but examples are described ten thousand nats worse.
    /// let generated = vec![2.0; 1000];
    /// let (examples, weights) = (vec![10_000.0; 50], vec![1.0; 50]);
    /// let gaps = Gaps::new(&generated, Some((&examples, &weights)), Estimate::exact(2.0));
    /// assert_eq!(gaps.reverse.value, 0.0);
    /// assert!(gaps.is_collapsed());
    /// ```
    #[must_use]
    pub fn new(generated: &[f64], target: Option<(&[f64], &[f64])>, log_z: Estimate) -> Self {
        let mut excess: Vec<f64> = generated
            .iter()
            .map(|w| if w.is_nan() { f64::INFINITY } else { log_z.value - w })
            .collect();
        excess.sort_unstable_by(f64::total_cmp);
        let n = excess.len();
        let kept = n - (n as f64 * TRIMMED) as usize;
        let with_z = |e: Estimate| Estimate {
            error: Real::sqrt(e.error * e.error + log_z.error * log_z.error),
            ..e
        };
        let mean_up_to = |most: f64| {
            target.map(|(log_w, weights)| {
                let excess =
                    log_w.iter().map(|w| (w - log_z.value).min(most)).collect::<Vec<f64>>();
                with_z(weighted_mean(&excess, weights))
            })
        };
        Self {
            forward: mean_up_to(f64::INFINITY),
            forward_bound: mean_up_to(MOST),
            reverse: with_z(Estimate::mean(&excess[..kept])),
            reverse_median: excess.get(n / 2).copied().unwrap_or(f64::NAN),
        }
    }

    /// True if samples of the target are described far worse than those that the flow makes itself: it makes a part of
    /// the target only, and all numbers that rest on its own samples are blind to that.
    #[must_use]
    pub fn is_collapsed(&self) -> bool {
        self.forward_bound.is_some_and(|forward| {
            let error =
                Real::sqrt(forward.error * forward.error + self.reverse.error * self.reverse.error);
            forward.value - self.reverse.value > COLLAPSE + 4.0 * error
        })
    }
}

/// Σwv/Σw with its standard error √(Σw²(v − mean)²)/Σw.
fn weighted_mean(values: &[f64], weights: &[f64]) -> Estimate {
    let total: f64 = weights.iter().sum();
    let value = values.iter().zip(weights).map(|(v, w)| v * w).sum::<f64>() / total;
    let squares: f64 =
        values.iter().zip(weights).map(|(v, w)| w * w * (v - value) * (v - value)).sum();
    Estimate { value, error: Real::sqrt(squares) / total }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};

    /// ln w of a flow N(m, s²) on the target N(0, 1), at samples of N(centre, width²).
    fn log_w(n: usize, (centre, width): (f64, f64), (m, s): (f64, f64)) -> Vec<f64> {
        let mut stream = Stream::new(7, Purpose::Test, 0, 0);
        let density = |x: f64| -0.5 * ((x - m) / s).powi(2) - (s * 2.506_628_274_631).ln();
        let log_w = |x: f64| -0.5 * x * x - density(x);
        (0..n).map(|_| log_w(centre + width * stream.normal())).collect()
    }

    #[test]
    fn gaussians_have_their_divergences() {
        let (m, s, n): (f64, f64, _) = (0.3, 0.8, 200_000);
        let log_z = Estimate::exact(2.506_628_274_631_f64.ln());
        let generated = log_w(n, (m, s), (m, s));
        let target = log_w(n, (0.0, 1.0), (m, s));
        let gaps = Gaps::new(&generated, Some((&target, &vec![1.0; n])), log_z);
        let forward = s.ln() + (1.0 + m * m) / (2.0 * s * s) - 0.5;
        let reverse = -s.ln() + 0.5 * (s * s + m * m - 1.0);
        let found = gaps.forward.unwrap();
        assert!(found.deviation(forward).abs() < 4.0, "{found} {forward}");
        // One in a hundred left out: a little below.
        let below = reverse - gaps.reverse.value;
        assert!(below > 0.0 && below < 0.03, "{} {reverse}", gaps.reverse);
        assert!(!gaps.is_collapsed());
    }

    #[test]
    fn a_flow_that_makes_a_part_only_has_collapsed() {
        let log_z = Estimate::exact(2.506_628_274_631_f64.ln());
        let n = 20_000;
        let narrow = (0.0, 0.1);
        let gaps = Gaps::new(
            &log_w(n, narrow, narrow),
            Some((&log_w(n, (0.0, 1.0), narrow), &vec![1.0; n])),
            log_z,
        );
        assert!(gaps.is_collapsed() && gaps.reverse.value < 2.0, "{gaps:?}");
        // A few samples may be at millions of nats, so that the mean is as uncertain as it is large.
        let mut target = log_w(n, narrow, narrow);
        for (i, log_w) in target.iter_mut().enumerate() {
            *log_w += if i % 20 == 0 { 10_f64.powi((i / 20 % 40) as i32) } else { 0.0 };
        }
        let gaps = Gaps::new(&log_w(n, narrow, narrow), Some((&target, &vec![1.0; n])), log_z);
        assert!(gaps.is_collapsed() && gaps.forward.unwrap().value > 1e6, "{gaps:?}");
        // A sample without a number is the worst, and nothing else.
        let mut generated = log_w(n, narrow, narrow);
        generated[3] = f64::NAN;
        assert!(Gaps::new(&generated, None, log_z).reverse.value.is_finite());
    }
}
