//! Umbrella sampling of the dimer against the reference profile, and what it costs.

use std::sync::Arc;
use std::time::Instant;

use boltzflow::num::{Purpose, Result, Stream};
use boltzflow::potential::{Dimer, Parameters, Potential, ReducedPotential, Value};
use boltzflow::sampler::{self, ReplicaExchange, Trajectory};
use boltzflow::stats::{
    Bins, Bootstrap, DeltaF, Estimate, LogWeights, Mbar, MeanProfile, Profile, independent_runs,
    profile_rms,
};

use super::Outcome;
use crate::{number, numbers, reference};

/// The bins of the comparison: 0.1 wide, from 0.6 to 2.4.
const RANGE: (f64, f64, usize) = (0.6, 2.4, 18);
/// Points of a bin at which the reference is integrated.
const POINTS: usize = 100;
/// Steps of a run that are thrown away.
const BURN_IN: usize = 300;
/// Steps from one kept configuration to the next.
const STRIDE: usize = 5;
/// Configurations that a run keeps from each window: 3.5 million evaluations in all.
const SAMPLES: usize = 1760;

/// What a run has found after some number of evaluations.
struct Found {
    profile: Profile,
    delta_f: f64,
    evaluations: u64,
    seconds: f64,
}

/// A run of HMC in the default windows, looked at after each of `counts` configurations of a window.
fn run(temperature: f64, counts: &[usize], seed: u64) -> Result<Vec<Found>> {
    let started = Instant::now();
    let potential: Arc<dyn Potential> = Arc::new(Dimer::default());
    let u = ReducedPotential::new(Arc::clone(&potential), temperature)?;
    let coordinate = potential.coordinate("d")?;
    let entry = sampler::ladder("umbrella")?;
    let ladder = entry.build(&Parameters::new(), &u, &coordinate)?;
    let mut settings = Parameters::new();
    settings.set("steps", Value::Number(16.0));
    let kernel = sampler::build("hmc", &settings)?;
    let mut rng = Stream::new(seed, Purpose::Sampler, 1, 0);
    let x = ladder.starts(&potential.starts(2, temperature, &mut rng))?;
    let mut replicas = ReplicaExchange::new(kernel, ladder, x, 1, seed, 0)?;
    replicas.burn_in(BURN_IN, true);
    let mut parts = Vec::new();
    let mut found = Vec::new();
    let mut estimating = 0.0;
    for (i, count) in counts.iter().enumerate() {
        let before = if i == 0 { 0 } else { counts[i - 1] };
        parts.push(replicas.sample(count - before, STRIDE));
        let Some(trajectory) = Trajectory::concatenated(&parts) else { break };
        let sampled = started.elapsed().as_secs_f64();
        let energies = replicas.ladder().energies(&trajectory);
        let mbar = Mbar::new(&energies.in_states, &vec![*count; replicas.ladder().states()])?;
        let weights = LogWeights::new(&mbar.log_weights(&energies.in_target)?)?;
        let mut d = vec![0.0; trajectory.u.len()];
        coordinate.values(&trajectory.x, &mut d);
        // The spread of the runs takes the place of the bootstrap.
        let (bootstrap, mut rng) = (Bootstrap { resamples: 2, block: 1 }, rng.clone());
        let bins = Bins::new(RANGE.0, RANGE.1, RANGE.2)?;
        let profile = Profile::new(&d, &weights, &bins, &bootstrap, &mut rng)?;
        let delta_f = DeltaF::new(&d, &weights, coordinate.boundary, &bootstrap, &mut rng)?;
        let own = started.elapsed().as_secs_f64() - sampled;
        found.push(Found {
            profile,
            delta_f: delta_f.delta_f.value,
            evaluations: replicas.state().evaluations(),
            seconds: sampled - estimating + own,
        });
        estimating += own;
    }
    Ok(found)
}

/// The reference in the bins: F, its standard error, and ΔF(closed − open).
struct Reference {
    value: Vec<f64>,
    error: Vec<f64>,
    delta_f: Estimate,
}

/// F = −ln ∫ e^(−G(d) − U_d(d)/T) dd over each bin: the file has G, the profile without the dimer's own energy, at points.
fn reference_at(temperature: f64) -> Reference {
    let file = reference("dimer_free_energy.json");
    let grid = numbers(&file["d_grid"]);
    let key = temperature.to_string();
    let cavity = &file["cavity_profile_kT"][&key];
    let (g, stderr) = (numbers(&cavity["G"]), numbers(&cavity["stderr"]));
    let dimer = Dimer::default();
    let coordinate = dimer.coordinates().swap_remove(0);
    let (low, high, bins) = RANGE;
    let step = (high - low) / (bins * POINTS) as f64;
    let (mut value, mut error) = (Vec::new(), Vec::new());
    for b in 0..bins {
        let (mut mass, mut errors) = (0.0, 0.0);
        for p in 0..POINTS {
            let d = low + ((b * POINTS + p) as f64 + 0.5) * step;
            let i = grid.partition_point(|x| *x <= d);
            let share = (d - grid[i - 1]) / (grid[i] - grid[i - 1]);
            let at = |v: &[f64]| v[i - 1] + share * (v[i] - v[i - 1]);
            let own = dimer.energy_along(&coordinate, d).unwrap_or_default().0;
            let density = (-at(&g) - own / temperature).exp();
            mass += density;
            // Points of a bin err together.
            errors += density * at(&stderr);
        }
        value.push(-mass.ln());
        error.push(errors / mass);
    }
    let case = &file["systems"]["slope_2.0"]["per_temperature"][&key];
    let delta_f = Estimate {
        value: number(&case["dF_closed_minus_open_kT"]),
        error: number(&case["dF_stderr_over_runs"]),
    };
    Reference { value, error, delta_f }
}

/// The largest deviation of a bin in combined standard errors, both profiles with mean zero.
fn worst(found: &MeanProfile, reference: &Reference) -> f64 {
    let shift = found.value.iter().zip(&reference.value).map(|(a, b)| a - b).sum::<f64>()
        / found.value.len() as f64;
    let deviation = |b: usize| {
        let off = found.value[b] - reference.value[b] - shift;
        off.abs() / found.error[b].hypot(reference.error[b])
    };
    (0..found.value.len()).map(deviation).fold(0.0, f64::max)
}

/// Mean over disjoint groups of `m` runs of the RMS of their mean profile.
fn pooled_rms(runs: &[Found], m: usize, reference: &Reference) -> Result<f64> {
    let mut rms = Vec::new();
    for group in runs.chunks_exact(m) {
        let profiles: Vec<Profile> = group.iter().map(|r| r.profile.clone()).collect();
        rms.push(profile_rms(&MeanProfile::new(&profiles)?.value, &reference.value)?.0);
    }
    Ok(rms.iter().sum::<f64>() / rms.len() as f64)
}

pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "T",
        "runs",
        "evaluations",
        "seconds",
        "F RMS (kT)",
        "largest deviation (σ)",
        "ΔF(closed − open)",
        "reference",
    ]);
    for temperature in [1.0, 0.5, 2.0] {
        // Without a spread there are no errors to compare with.
        if temperature != 1.0 && seeds.len() < 4 {
            continue;
        }
        let reference = reference_at(temperature);
        let counts = match temperature {
            1.0 => vec![SAMPLES / 4, SAMPLES / 2, SAMPLES],
            _ => vec![SAMPLES / 2],
        };
        let mut all: Vec<Vec<Found>> = counts.iter().map(|_| Vec::new()).collect();
        for seed in seeds {
            let looks = run(temperature, &counts, *seed)?;
            all.iter_mut().zip(looks).for_each(|(of_count, found)| of_count.push(found));
        }
        let last = counts.len() - 1;
        for (c, runs) in all.iter().enumerate() {
            let pools = if c < last { vec![1] } else { vec![1, 2, 5, 10, runs.len()] };
            for (p, m) in pools.iter().enumerate() {
                if *m > runs.len() || pools[..p].contains(m) {
                    continue;
                }
                let pool = &runs[..*m];
                let profiles: Vec<Profile> = pool.iter().map(|r| r.profile.clone()).collect();
                let sigma = worst(&MeanProfile::new(&profiles)?, &reference);
                let evaluations: u64 = pool.iter().map(|r| r.evaluations).sum();
                let rms = pooled_rms(runs, *m, &reference)?;
                // The spread of single runs is that of all of them.
                let of_runs: Vec<f64> = runs.iter().map(|r| r.delta_f).collect();
                let delta_f = match (m, independent_runs(&of_runs)) {
                    (1, Ok(e)) => {
                        Estimate { value: e.value, error: e.error * (runs.len() as f64).sqrt() }
                    }
                    _ => Estimate::mean(&of_runs[..*m]),
                };
                outcome.row(vec![
                    temperature.to_string(),
                    m.to_string(),
                    evaluations.to_string(),
                    format!("{:.1}", pool.iter().map(|r| r.seconds).sum::<f64>()),
                    format!("{rms:.3}"),
                    format!("{sigma:.1}"),
                    format!("{delta_f:.3}"),
                    format!("{:.3}", reference.delta_f),
                ]);
                if *m == runs.len() && c == last && *m >= 4 {
                    outcome.claim(
                        format!("T = {temperature}: F in every bin within 3 combined standard errors: {sigma:.1}"),
                        sigma <= 3.0,
                    );
                    let error = delta_f.error.hypot(reference.delta_f.error);
                    let off = (delta_f.value - reference.delta_f.value) / error;
                    outcome.claim(
                        format!(
                            "T = {temperature}: ΔF within 3 combined standard errors: {off:+.1}"
                        ),
                        off.abs() <= 3.0,
                    );
                }
                if temperature == 1.0 && c == last && *m == runs.len() {
                    // 0.05 kT at 7·10⁷ evaluations, as far as they were spent.
                    let bound = 0.05 * (7e7 / evaluations as f64).sqrt().max(1.0);
                    outcome.claim(
                        format!("RMS {rms:.3} at {evaluations} evaluations (at most {bound:.2})"),
                        rms <= bound,
                    );
                }
            }
        }
        if temperature == 1.0 {
            let (mut held, mut within) = (0, true);
            for run in &all[last] {
                held += usize::from(profile_rms(&run.profile.value, &reference.value)?.0 <= 0.25);
                within &= run.evaluations <= 4_000_000;
            }
            outcome.claim("at most 4·10⁶ evaluations in every run".into(), within);
            outcome.claim_most("RMS of a single run at most 0.25 kT", held, seeds.len());
        }
    }
    Ok(outcome)
}
