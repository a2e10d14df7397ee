//! Many-well in 32 dimensions: every pair's populations, independence of groups of pairs, log Z.

use boltzflow::num::Result;
use boltzflow::preset::{Settings, preset};
use boltzflow::stats::weighted_mean;

use super::Outcome;
use super::run::Run;

/// Many, because the rarest pattern of a group has a probability of 6·10⁻⁴.
const SAMPLES: usize = 1_000_000;
/// P(x > 0) of one pair, from its quadrature: `many_well.json`, key `prob_first_coordinate_positive`.
const POSITIVE: f64 = 0.844_307_096_211_139_2;
/// Groups of four pairs whose joint law of signs is tested.
const GROUPS: [[usize; 4]; 4] = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]];
/// The χ² of 15 degrees of freedom exceeds this with probability 10⁻³.
const CHI_SQUARE: f64 = 37.7;
/// Probability that a normal variable lies beyond 3 standard deviations.
const BEYOND: f64 = 2.7e-3;

pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "seed",
        "ESS",
        "log Z",
        "exact",
        "worst pair (σ)",
        "χ² of the groups (15 degrees of freedom)",
        "evaluations",
        "seconds",
    ]);
    let (mut beyond, mut laws, mut log_z) = (0, 0, 0);
    for seed in seeds {
        let settings = Settings { seed: *seed, ..preset("many-well")? };
        let run = Run::new(&settings, SAMPLES)?;
        let exact = settings.exact_log_z()?.unwrap_or(f64::NAN);
        let found = run.weights.log_z();
        let positive = |pair: usize| {
            let column = run.samples.x.column(2 * pair);
            column.iter().map(|x| f64::from(*x > 0.0)).collect::<Vec<f64>>()
        };
        let mut worst = 0.0_f64;
        for pair in 0..16 {
            let p = weighted_mean(&positive(pair), &run.weights)?;
            let deviation = p.deviation(POSITIVE).abs();
            beyond += usize::from(deviation > 3.0);
            worst = worst.max(deviation);
        }
        let chi: Vec<f64> =
            GROUPS.iter().map(|group| chi_square(&run, *group)).collect::<Result<_>>()?;
        laws += usize::from(chi.iter().all(|c| *c <= CHI_SQUARE));
        log_z += usize::from((found.value - exact).abs() <= 0.1);
        let chi: Vec<String> = chi.iter().map(|c| format!("{c:.1}")).collect();
        outcome.row(vec![
            seed.to_string(),
            format!("{:.1} %", 100.0 * run.weights.ess_fraction()),
            format!("{:.4} ± {:.4}", found.value, found.error),
            format!("{exact:.4}"),
            format!("{worst:.1}"),
            chi.join(", "),
            run.evaluations.to_string(),
            format!("{:.0}", run.seconds),
        ]);
    }
    let n = seeds.len();
    let (pairs, most) = (16 * n, most_by_chance(16.0 * n as f64 * BEYOND));
    outcome.claim(
        format!("pairs beyond 3 standard errors: {beyond} of {pairs} (at most {most})"),
        beyond <= most,
    );
    outcome.claim(format!("signs of four pairs independent: {laws} of {n}"), laws == n);
    outcome.claim(format!("log Z within 0.1: {log_z} of {n}"), log_z == n);
    Ok(outcome)
}

/// What a Poisson variable of this mean exceeds with a probability below 10⁻³.
fn most_by_chance(mean: f64) -> usize {
    let (mut k, mut term) = (0, (-mean).exp());
    let mut below = term;
    while 1.0 - below >= 1e-3 {
        k += 1;
        term *= mean / k as f64;
        below += term;
    }
    k
}

/// χ² = dᵀ C⁻¹ d of the 16 sign patterns of four pairs against the product law, with d the deviation of the first 15 weighted
/// frequencies and C their covariance, estimated from the weighted samples.
fn chi_square(run: &Run, group: [usize; 4]) -> Result<f64> {
    use boltzflow::nalgebra::{DMatrix, DVector};
    let w = run.weights.normalised();
    let pattern = |i: usize| {
        group.iter().enumerate().fold(0, |bits, (bit, pair)| {
            bits | (usize::from(run.samples.x[(i, 2 * pair)] > 0.0) << bit)
        })
    };
    let law = |pattern: usize| {
        let positive = pattern.count_ones() as i32;
        POSITIVE.powi(positive) * (1.0 - POSITIVE).powi(4 - positive)
    };
    let (mut frequency, mut squares, mut all) = ([0.0; 16], [0.0; 16], 0.0);
    for (i, w) in w.iter().enumerate() {
        frequency[pattern(i)] += w;
        squares[pattern(i)] += w * w;
        all += w * w;
    }
    // p̂_a = Σ w 1_a: covariance Σ w²(1_a − p_a)(1_b − p_b).
    let covariance = DMatrix::from_fn(15, 15, |a, b| {
        let (pa, pb) = (law(a), law(b));
        let same = if a == b { squares[a] } else { 0.0 };
        same - pb * squares[a] - pa * squares[b] + pa * pb * all
    });
    let d = DVector::from_fn(15, |a, _| frequency[a] - law(a));
    let solved = covariance.lu().solve(&d).unwrap_or_else(|| d.clone() * f64::INFINITY);
    Ok(d.dot(&solved))
}
