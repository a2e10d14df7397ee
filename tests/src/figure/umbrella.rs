//! Umbrella sampling of the dimer against the reference profile, and what it costs.

use std::sync::Arc;
use std::time::Instant;

use boltzflow::num::{Purpose, Result, Stream};
use boltzflow::sampler::{self, ReplicaExchange, Trajectory};
use boltzflow::setting::{Parameters, Value};
use boltzflow::stats::{Bins, Bootstrap, DeltaF, Estimate, LogWeights, Mbar, Profile, profile_rms};
use boltzflow::system::{Dimer, ReducedPotential};

use super::Outcome;
use crate::{number, numbers, reference};

/// The bins of the comparison: 0.1 wide, from 0.6 to 2.4.
pub(super) const RANGE: (f64, f64, usize) = (0.6, 2.4, 18);
/// Points of a bin at which the reference is integrated.
const POINTS: usize = 100;
/// Steps of a run that are thrown away. In the cold the lattice of the starts is forgotten slowly: at T = 0.5 ΔF was lower by
/// about 0.1 kT in all runs with 300 steps; 4000 and 12 000 give the same.
const BURN_IN: usize = 1000;
const BURN_IN_COLD: usize = 4000;
/// Steps from one kept configuration to the next.
const STRIDE: usize = 5;
/// Runs whose spread is an error.
const FEWEST: usize = 4;
/// Configurations that a run keeps from each window: 3.5 million evaluations in all.
const SAMPLES: usize = 1600;

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
    let system = Arc::new(Dimer::default().system()?);
    let u = ReducedPotential::new(Arc::clone(&system), temperature)?;
    let coordinate = system.coordinate("d")?;
    let entry = sampler::ladder("umbrella")?;
    let ladder = entry.build(&Parameters::new(), &u, coordinate)?;
    let mut settings = Parameters::new();
    settings.set("steps", Value::Number(16.0));
    let kernel = sampler::build("hmc", &settings)?;
    let mut rng = Stream::new(seed, Purpose::Sampler, 1, 0);
    let x = ladder.starts(&system.starts(2, temperature, &mut rng))?;
    let mut replicas = ReplicaExchange::new(kernel, ladder, x, 1, seed, 0)?;
    replicas.burn_in(if temperature < 1.0 { BURN_IN_COLD } else { BURN_IN }, true);
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

/// The reference in the bins: F, its standard error, and ΔF(open − closed).
pub(super) struct Reference {
    pub(super) value: Vec<f64>,
    error: Vec<f64>,
    pub(super) delta_f: Estimate,
}

/// F at a temperature, see [`reference_of`].
pub(super) fn reference_at(temperature: f64) -> Reference {
    reference_of(&Dimer::default(), temperature)
}

/// F = −ln ∫ e^(−G(d) − U_d(d)/T) dd over each bin: the file has G, the profile without the dimer's own energy, at points.
pub(super) fn reference_of(dimer: &Dimer, temperature: f64) -> Reference {
    let file = reference("dimer_free_energy.json");
    let grid = numbers(&file["d_grid"]);
    let key = temperature.to_string();
    let cavity = &file["cavity_profile_kT"][&key];
    let (g, stderr) = (numbers(&cavity["G"]), numbers(&cavity["stderr"]));
    let system = dimer.clone().system().unwrap();
    let coordinate = &system.coordinates()[0];
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
            let own = system.energy_along(coordinate, d).unwrap_or_default().0;
            let density = (-at(&g) - own / temperature).exp();
            mass += density;
            // Points of a bin err together.
            errors += density * at(&stderr);
        }
        value.push(-mass.ln());
        error.push(errors / mass);
    }
    let slope = format!("slope_{:?}", dimer.dimer_slope);
    let case = &file["systems"][&slope]["per_temperature"][&key];
    let delta_f = Estimate {
        value: -number(&case["dF_closed_minus_open_kT"]),
        error: number(&case["dF_stderr_over_runs"]),
    };
    Reference { value, error, delta_f }
}

/// ln Z at T = 1 of one order of the solvent's labels and one orientation of the dimer: ln Z of all − ln 36! − ln 2.
pub(super) fn log_z_of_a_cell() -> Estimate {
    let case = &reference("dimer_free_energy.json")["log_Z"]["slope_2.0"];
    let orders = number(&case["ln_nsolv_factorial"]) + std::f64::consts::LN_2;
    Estimate { value: number(&case["log_Z"]) - orders, error: number(&case["stderr"]) }
}

/// The largest deviation of a bin in combined standard errors, both profiles with mean zero.
fn worst(found: &Profile, reference: &Reference) -> f64 {
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
        rms.push(profile_rms(&Profile::mean_of(&profiles)?.value, &reference.value)?.0);
    }
    Ok(rms.iter().sum::<f64>() / rms.len() as f64)
}

/// ΔF of the first `m` runs; of one run it is the mean of all of them with their spread.
fn pooled_delta_f(runs: &[Found], m: usize) -> Estimate {
    let of_runs: Vec<f64> = runs.iter().map(|r| r.delta_f).collect();
    if m > 1 {
        return Estimate::mean(&of_runs[..m]);
    }
    let mean = Estimate::mean(&of_runs);
    Estimate { value: mean.value, error: mean.error * (runs.len() as f64).sqrt() }
}

/// A row for the first `m` runs; gives their largest deviation.
fn add_row(
    outcome: &mut Outcome,
    temperature: f64,
    runs: &[Found],
    m: usize,
    reference: &Reference,
) -> Result<f64> {
    let profiles: Vec<Profile> = runs[..m].iter().map(|r| r.profile.clone()).collect();
    let sigma = worst(&Profile::mean_of(&profiles)?, reference);
    outcome.row(vec![
        temperature.to_string(),
        m.to_string(),
        evaluations(&runs[..m]).to_string(),
        format!("{:.1}", runs[..m].iter().map(|r| r.seconds).sum::<f64>()),
        format!("{:.3}", pooled_rms(runs, m, reference)?),
        if m > 1 { format!("{sigma:.1}") } else { "–".into() },
        format!("{:.3}", pooled_delta_f(runs, m)),
        format!("{:.3}", reference.delta_f),
    ]);
    Ok(sigma)
}

fn evaluations(runs: &[Found]) -> u64 {
    runs.iter().map(|r| r.evaluations).sum()
}

pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "T",
        "runs",
        "evaluations",
        "seconds",
        "F RMS (kT)",
        "largest deviation (σ)",
        "ΔF(open − closed)",
        "reference",
    ]);
    for temperature in [1.0, 0.5, 2.0] {
        // Without a spread there are no errors to compare with.
        if temperature != 1.0 && seeds.len() < FEWEST {
            continue;
        }
        let reference = reference_at(temperature);
        let counts = match temperature {
            1.0 => vec![SAMPLES / 4, SAMPLES / 2, SAMPLES],
            _ => vec![SAMPLES / 2],
        };
        let mut looks: Vec<Vec<Found>> = counts.iter().map(|_| Vec::new()).collect();
        for seed in seeds {
            let run = run(temperature, &counts, *seed)?;
            looks.iter_mut().zip(run).for_each(|(looks, found)| looks.push(found));
        }
        let Some(runs) = looks.pop() else { continue };
        for early in &looks {
            add_row(&mut outcome, temperature, early, 1, &reference)?;
        }
        for m in [1, 2, 5, 10].into_iter().filter(|m| *m < runs.len()) {
            add_row(&mut outcome, temperature, &runs, m, &reference)?;
        }
        let sigma = add_row(&mut outcome, temperature, &runs, runs.len(), &reference)?;
        if runs.len() >= FEWEST {
            claim_agreement(&mut outcome, temperature, &runs, sigma, &reference);
        }
        if temperature == 1.0 {
            claim_cost(&mut outcome, &runs, &reference)?;
        }
    }
    Ok(outcome)
}

/// All runs together agree with the reference within the errors of both.
fn claim_agreement(
    outcome: &mut Outcome,
    temperature: f64,
    runs: &[Found],
    sigma: f64,
    reference: &Reference,
) {
    let at = format!("T = {temperature}");
    let text = format!("{at}: F in every bin within 3 combined standard errors: {sigma:.1}");
    outcome.claim(text, sigma <= 3.0);
    let delta_f = pooled_delta_f(runs, runs.len());
    let error = delta_f.error.hypot(reference.delta_f.error);
    let off = (delta_f.value - reference.delta_f.value) / error;
    let text = format!("{at}: ΔF within 3 combined standard errors: {off:+.1}");
    outcome.claim(text, off.abs() <= 3.0);
}

/// At most 0.25 kT in 4·10⁶ evaluations, and 0.05 kT in 7·10⁷ as far as they were spent.
fn claim_cost(outcome: &mut Outcome, runs: &[Found], reference: &Reference) -> Result<()> {
    let within = runs.iter().all(|r| r.evaluations <= 4_000_000);
    outcome.claim("at most 4·10⁶ evaluations in every run".into(), within);
    let mut held = 0;
    for run in runs {
        held += usize::from(profile_rms(&run.profile.value, &reference.value)?.0 <= 0.25);
    }
    outcome.claim_most("RMS of a single run at most 0.25 kT", held, runs.len());
    let (rms, spent) = (pooled_rms(runs, runs.len(), reference)?, evaluations(runs));
    let bound = 0.05 * (7e7 / spent as f64).sqrt().max(1.0);
    outcome
        .claim(format!("RMS {rms:.3} at {spent} evaluations (at most {bound:.2})"), rms <= bound);
    Ok(())
}
