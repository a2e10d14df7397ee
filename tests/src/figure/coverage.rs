//! Whether 95 % intervals cover: every error bar, over independent replicas of problems whose answers are known exactly.

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Executor, Purpose, Result, Stream};
use boltzflow::stats::{
    Bins, Bootstrap, DeltaF, Estimate, LogWeights, Mbar, Profile, Runs, SeriesMean, Thermodynamics,
    block_mean, forward_ess, free_energies, independent_runs, weighted_mean,
};

use super::Outcome;
use crate::Threads;

/// Replicas for each seed.
const REPLICAS: usize = 100;
/// Weighted samples of a replica, and the independent runs that they are divided into where runs are meant.
const SAMPLES: usize = 2000;
const RUNS: usize = 8;
/// Length of a chain, its correlation from step to step (τ = 19 steps), and the steps of a block.
const STEPS: usize = 8000;
const CORRELATION: f64 = 0.9;
const BLOCK: usize = 200;
/// 97.5 % quantiles: normal, and Student's t for one degree of freedom less than there are runs or blocks.
const NORMAL: f64 = 1.959_964;
const T_RUNS: f64 = 2.3646;
const T_BLOCKS: f64 = 2.0227;

/// A number of a replica: which estimator, and by how much the truth lies outside of its interval, if it does: −1 below, 1 above.
type Covered = (&'static str, i8);

/// Force constant of the coordinate across, whose noise a mean force averages.
const ACROSS: f64 = 4.0;

/// A density of one dimension: weight, mean, standard deviation of normal distributions.
type Mixture = [(f64, f64, f64); 2];
const TARGET: Mixture = [(0.3, -2.0, 0.6), (0.7, 2.0, 0.8)];
const FLOW: Mixture = [(0.5, -2.0, 0.9), (0.5, 2.0, 1.1)];
/// ln Z of the target.
const LOG_Z: f64 = 1.3;

/// ∂ ln p/∂x = −Σ pᵢ(x) (x − mᵢ)/sᵢ² / Σ pᵢ(x).
fn log_density_slope(mixture: &Mixture, x: f64) -> f64 {
    let (mut sum, mut slope) = (0.0, 0.0);
    for (p, m, s) in mixture {
        let term = p / s * (-0.5 * ((x - m) / s).powi(2)).exp();
        sum += term;
        slope -= term * (x - m) / (s * s);
    }
    slope / sum
}

fn log_density(mixture: &Mixture, x: f64) -> f64 {
    let term = |(p, m, s): &(f64, f64, f64)| {
        p / (s * std::f64::consts::TAU.sqrt()) * (-0.5 * ((x - m) / s).powi(2)).exp()
    };
    mixture.iter().map(term).sum::<f64>().ln()
}

/// ∫ f by Simpson's rule.
fn integral(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let n = 2000;
    let h = (high - low) / f64::from(n);
    let weight = |i| if i == 0 || i == n { 1.0 } else { 2.0 + 2.0 * f64::from(i % 2) };
    (0..=n).map(|i| weight(i) * f(low + h * f64::from(i))).sum::<f64>() * h / 3.0
}

/// The answers.
struct Exact {
    bins: Bins,
    /// −ln p of each bin, p normalised within the bins.
    profile: Vec<f64>,
    delta_f: f64,
    kl: f64,
    second_moment: f64,
    /// 1/E_μ[μ/p] of the flow.
    forward_ess: f64,
}

impl Exact {
    fn new() -> Result<Self> {
        let bins = Bins::new(-4.0, 4.5, 17)?;
        let p = |x: f64| log_density(&TARGET, x).exp();
        let half = 0.5 * bins.width();
        let mass = |c: &f64| integral(c - half, c + half, p);
        let masses: Vec<f64> = bins.centers().iter().map(mass).collect();
        let q = |x: f64| log_density(&FLOW, x);
        Ok(Self {
            profile: free_energies(&masses),
            delta_f: (integral(-12.0, 0.0, p) / integral(0.0, 12.0, p)).ln(),
            kl: integral(-14.0, 14.0, |x| q(x).exp() * (q(x) - log_density(&TARGET, x))),
            forward_ess: 1.0
                / integral(-12.0, 12.0, |x| (2.0 * log_density(&TARGET, x) - q(x)).exp()),
            second_moment: TARGET.iter().map(|(p, m, s)| p * (m * m + s * s)).sum(),
            bins,
        })
    }
}

fn side(truth: f64, low: f64, high: f64) -> i8 {
    i8::from(truth > high) - i8::from(truth < low)
}

fn within(estimate: Estimate, quantile: f64, truth: f64) -> i8 {
    let half = quantile * estimate.error;
    side(truth, estimate.value - half, estimate.value + half)
}

/// A number of a mixture.
fn draw(mixture: &Mixture, stream: &mut Stream) -> f64 {
    let (_, m, s) = mixture[usize::from(stream.uniform() >= mixture[0].0)];
    m + s * stream.normal()
}

/// Samples of the flow with their weights: plain estimates, and those of independent runs.
fn weighted(exact: &Exact, stream: &mut Stream) -> Result<Vec<Covered>> {
    let x: Vec<f64> = (0..SAMPLES).map(|_| draw(&FLOW, stream)).collect();
    let log_w: Vec<f64> =
        x.iter().map(|x| LOG_Z + log_density(&TARGET, *x) - log_density(&FLOW, *x)).collect();
    let weights = LogWeights::new(&log_w)?;
    let bootstrap = Bootstrap::default();
    let mut found = Vec::new();

    found.push(("log Z, delta method", within(weights.log_z(), NORMAL, LOG_Z)));
    let interval = weights.log_z_interval(&bootstrap, stream)?;
    found.push(("log Z, bootstrap", side(LOG_Z, interval.lower, interval.upper)));
    found.push(("KL(p‖μ)", within(weights.kl(), NORMAL, exact.kl)));
    let squares: Vec<f64> = x.iter().map(|x| x * x).collect();
    let second = weighted_mean(&squares, &weights)?;
    found.push(("weighted mean of x²", within(second, NORMAL, exact.second_moment)));

    let delta_f = DeltaF::new(&x, &weights, 0.0, &bootstrap, stream)?;
    found.push(("ΔF, delta method", within(delta_f.delta_f, NORMAL, exact.delta_f)));
    let DeltaF { interval, .. } = delta_f;
    found.push(("ΔF, bootstrap", side(exact.delta_f, interval.lower, interval.upper)));
    let profile = Profile::new(&x, &weights, &exact.bins, &bootstrap, stream)?;
    bins("profile, delta method", "profile, bootstrap band", &profile, exact, &mut found);

    // Divided into runs, each of which knows its own Z.
    let length = SAMPLES / RUNS;
    let of_run = |log_w: &[f64]| LogWeights::new(log_w).map(|w| w.log_z().value);
    let each = log_w.chunks(length).map(of_run).collect::<Result<Vec<f64>>>()?;
    let interval = Runs::new(&each)?.interval;
    found.push(("log Z of runs", side(LOG_Z, interval.lower, interval.upper)));
    let interval = DeltaF::of_runs(&x, &weights, 0.0, RUNS)?.interval;
    found.push(("ΔF of runs", side(exact.delta_f, interval.lower, interval.upper)));
    let profile = Profile::of_runs(&x, &weights, &exact.bins, RUNS)?;
    bins("", "profile of runs", &profile, exact, &mut found);
    // Nothing but the mean is compared: a constant is free.
    let runs = x.chunks(length).zip(log_w.chunks(length)).map(|(x, log_w)| {
        Profile::new(x, &LogWeights::new(log_w)?, &exact.bins, &bootstrap, stream)
    });
    let mean = Profile::mean_of(&runs.collect::<Result<Vec<Profile>>>()?)?;
    let common: Vec<usize> =
        (0..exact.bins.count()).filter(|b| mean.error[*b].is_finite()).collect();
    let average = |f: &[f64]| common.iter().map(|b| f[*b]).sum::<f64>() / common.len() as f64;
    let shift = average(&mean.value) - average(&exact.profile);
    for b in common.iter().filter(|b| enough(&mean, **b)) {
        let truth = exact.profile[*b] + shift;
        found.push(("mean profile of runs", side(truth, mean.lower[*b], mean.upper[*b])));
    }
    // u = −ln μ(x) + k(y − x)²/2: its mean force is that of −ln μ, each single one has the noise of y.
    let force = |x: &f64| -log_density_slope(&TARGET, *x) - ACROSS.sqrt() * stream.normal();
    let forces: Vec<f64> = x.iter().map(force).collect();
    let none = |_: f64| (0.0, 0.0);
    let profile = Profile::by_mean_force(&x, &forces, &weights, &none, &exact.bins, RUNS)?;
    bins("", "profile by mean force", &profile, exact, &mut found);

    let at_target: Vec<f64> = (0..SAMPLES)
        .map(|_| draw(&TARGET, stream))
        .map(|x| LOG_Z + log_density(&TARGET, x) - log_density(&FLOW, x))
        .collect();
    let forward = forward_ess(&at_target, LOG_Z)?;
    found.push(("forward effective size", within(forward, NORMAL, exact.forward_ess)));
    Ok(found)
}

/// The ensemble that x = z + tanh z makes of a Gaussian z, with the energy u = x²/2.
fn generated(stream: &mut Stream) -> Result<Vec<Covered>> {
    let map = |z: f64| z + z.tanh();
    let log_det = |z: f64| (2.0 - z.tanh().powi(2)).ln();
    let normal = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    let mean = |f: &dyn Fn(f64) -> f64| integral(-10.0, 10.0, |z| normal(z) * f(z));
    let entropy = 0.5 * (1.0 + std::f64::consts::TAU.ln());
    let (u, s) = (mean(&|z| 0.5 * map(z).powi(2)), entropy + mean(&log_det));
    let log_z = 0.5 * std::f64::consts::TAU.ln();

    let z: Vec<f64> = (0..SAMPLES).map(|_| stream.normal()).collect();
    let energies: Vec<f64> = z.iter().map(|z| 0.5 * map(*z).powi(2)).collect();
    let log_dets: Vec<f64> = z.iter().map(|z| log_det(*z)).collect();
    let log_w: Vec<f64> = (0..SAMPLES)
        .map(|i| -energies[i] + 0.5 * z[i] * z[i] + 0.5 * std::f64::consts::TAU.ln() + log_dets[i])
        .collect();
    let found = Thermodynamics::new(&energies, &log_dets, &LogWeights::new(&log_w)?, entropy)?;
    Ok(vec![
        ("U of the generated ensemble", within(found.u, NORMAL, u)),
        ("S of the generated ensemble", within(found.s, NORMAL, s)),
        ("F of the generated ensemble", within(found.f, NORMAL, u - s)),
        ("KL as F + log Z", within(found.kl, NORMAL, u - s + log_z)),
        ("KL as F + log Z, Z known", within(found.kl_with(log_z), NORMAL, u - s + log_z)),
    ])
}

/// Bins with fewer samples have errors that are rough, as their counts say.
fn enough(profile: &Profile, bin: usize) -> bool {
    profile.count[bin] >= 50 && profile.error[bin].is_finite()
}

/// Both errors of each bin, or the band alone.
fn bins(
    delta: &'static str,
    band: &'static str,
    profile: &Profile,
    exact: &Exact,
    found: &mut Vec<Covered>,
) {
    for b in (0..exact.profile.len()).filter(|b| enough(profile, *b)) {
        let truth = exact.profile[b] - profile.shift;
        if !delta.is_empty() {
            let estimate = Estimate { value: profile.value[b], error: profile.error[b] };
            found.push((delta, within(estimate, NORMAL, truth)));
        }
        found.push((band, side(truth, profile.lower[b], profile.upper[b])));
    }
}

/// A stationary chain of standard normal marginals.
fn chain(steps: usize, stream: &mut Stream) -> Vec<f64> {
    let mut x = stream.normal();
    let noise = (1.0 - CORRELATION * CORRELATION).sqrt();
    let step = |_| {
        x = CORRELATION * x + noise * stream.normal();
        x
    };
    (0..steps).map(step).collect()
}

fn correlated(stream: &mut Stream) -> Result<Vec<Covered>> {
    let x = chain(STEPS, stream);
    let squares: Vec<f64> = x.iter().map(|x| x * x).collect();
    let mut found = vec![
        ("mean of a chain, autocorrelation", within(SeriesMean::new(&x)?.mean, NORMAL, 0.0)),
        ("mean of x² of a chain", within(SeriesMean::new(&squares)?.mean, NORMAL, 1.0)),
        ("mean of a chain, 40 blocks", within(block_mean(&x, STEPS / BLOCK)?, T_BLOCKS, 0.0)),
    ];
    let mean = |x: Vec<f64>| x.iter().sum::<f64>() / x.len() as f64;
    let means: Vec<f64> = (0..RUNS).map(|_| mean(chain(STEPS / RUNS, stream))).collect();
    found.push(("mean of 8 chains, their spread", within(independent_runs(&means)?, T_RUNS, 0.0)));
    // P(x < 1/2) of a normal distribution is 0.691 462 461.
    let exact = (0.691_462_461_f64 / 0.308_537_539).ln();
    let bootstrap = Bootstrap { block: BLOCK, ..Bootstrap::default() };
    let delta_f = DeltaF::new(&x, &LogWeights::uniform(STEPS)?, 0.5, &bootstrap, stream)?;
    found.push(("ΔF of a chain, delta method", within(delta_f.delta_f, NORMAL, exact)));
    let DeltaF { interval, .. } = delta_f;
    found.push(("ΔF of a chain, block bootstrap", side(exact, interval.lower, interval.upper)));
    Ok(found)
}

/// Springs that overlap, with independent samples of each.
fn states(stream: &mut Stream) -> Result<Vec<Covered>> {
    let springs = [(0.0, 1.0), (0.8, 0.7), (1.6, 0.9), (2.4, 0.5)];
    let n = 300;
    let x: Vec<f64> = springs
        .iter()
        .flat_map(|(m, s)| (0..n).map(|_| m + s * stream.normal()).collect::<Vec<f64>>())
        .collect();
    let u = DMatrix::from_fn(x.len(), springs.len(), |i, k| {
        0.5 * ((x[i] - springs[k].0) / springs[k].1).powi(2)
    });
    let mbar = Mbar::new(&u, &[n; 4])?;
    let exact = |j: usize| -(springs[j].1 / springs[0].1).ln();
    let covered = |j| Ok(within(mbar.difference(0, j)?, NORMAL, exact(j)));
    Ok(vec![
        ("MBAR, neighbouring states", covered(1)?),
        ("MBAR, first and last of four states", covered(3)?),
    ])
}

pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let exact = Exact::new()?;
    let mut jobs: Vec<(u64, u64, Result<Vec<Covered>>)> = Vec::new();
    for seed in seeds {
        jobs.extend((0..REPLICAS as u64).map(|replica| (*seed, replica, Ok(Vec::new()))));
    }
    Threads::all().for_each(&mut jobs, |(seed, replica, found)| {
        let stream = |part| Stream::new(*seed, Purpose::Test, *replica, part);
        *found = (|| {
            let mut all = weighted(&exact, &mut stream(0))?;
            all.extend(correlated(&mut stream(1))?);
            all.extend(states(&mut stream(2))?);
            all.extend(generated(&mut stream(3))?);
            Ok(all)
        })();
    });
    let replicas = jobs.len();
    let mut counts: Vec<(&str, [usize; 3])> = Vec::new();
    for (_, _, found) in jobs {
        for (name, side) in found? {
            let at = counts.iter().position(|(n, _)| *n == name).unwrap_or_else(|| {
                counts.push((name, [0; 3]));
                counts.len() - 1
            });
            counts[at].1[(side + 1) as usize] += 1;
        }
    }
    // 92 to 98 %, and what chance adds where replicas are few.
    let slack = if replicas < 1000 { 3.0 * (0.05 * 0.95 / replicas as f64).sqrt() } else { 0.0 };
    let mut outcome = Outcome::with_header(&[
        "95 % interval of",
        "intervals",
        "cover",
        "truth below",
        "truth above",
    ]);
    for (name, [below, inside, above]) in counts {
        let all = (below + inside + above) as f64;
        let share = inside as f64 / all;
        let percent = |n: usize| format!("{:.1} %", 100.0 * n as f64 / all);
        let [inside, below, above] = [inside, below, above].map(percent);
        outcome.claim(
            format!("{name}: {inside} in {replicas} replicas"),
            (0.92 - slack..=0.98 + slack).contains(&share),
        );
        outcome.row(vec![name.into(), all.to_string(), inside, below, above]);
    }
    Ok(outcome)
}
