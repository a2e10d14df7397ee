//! Free energies of a preset with two states, against quadrature, with Metropolis beside it.

use boltzflow::num::Result;
use boltzflow::preset::{Settings, preset};
use boltzflow::sampler::{Chain, Metropolis};
use boltzflow::stats::{LogWeights, pareto_k};
use boltzflow::system::quadrature;

use super::Outcome;
use super::run::{Run, free_energy_difference, profile_rms};

/// Evaluations that a run may use in all.
const BUDGET: u64 = 1_000_000;
/// Samples of the final estimate.
const SAMPLES: usize = 400_000;
/// Steps of Metropolis: the one of the paper, and about the best.
const STEP_SIZES: [f64; 2] = [0.1, 1.0];

pub(super) fn measure(name: &str, seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "seed",
        "ΔF",
        "exact",
        "profile rms",
        "log Z − exact",
        "ESS",
        "Pareto k̂",
        "evaluations",
        "seconds",
        "Metropolis 0.1: ΔF, rms",
        "Metropolis 1.0: ΔF, rms",
    ]);
    let (mut delta_f, mut rms, mut log_z, mut budget) = (0, 0, 0, 0);
    for seed in seeds {
        let settings = Settings { seed: *seed, ..preset(name)? };
        let run = Run::new(&settings, SAMPLES)?;
        let temperature = settings.temperature;
        let exact = quadrature::states(run.system(), &run.coordinate, temperature)
            .map_or(f64::NAN, |s| s.delta_f);
        let exact_log_z = settings.exact_log_z()?.unwrap_or(f64::NAN);
        let found = run.delta_f()?;
        let found_rms = run.profile_rms()?;
        let log_z_error = run.weights.log_z().value - exact_log_z;
        delta_f += usize::from((found.delta_f.value - exact).abs() <= 0.05);
        rms += usize::from(found_rms <= 0.1);
        log_z += usize::from(log_z_error.abs() <= 0.02);
        budget += usize::from(run.evaluations <= BUDGET);
        let mut row = vec![
            seed.to_string(),
            format!("{:.4} ± {:.4}", found.delta_f.value, found.delta_f.error),
            format!("{exact:.4}"),
            format!("{found_rms:.3}"),
            format!("{log_z_error:+.4}"),
            format!("{:.1} %", 100.0 * run.weights.ess_fraction()),
            pareto_k(&run.weights).map_or("none".into(), |k| format!("{k:.2}")),
            run.evaluations.to_string(),
            format!("{:.1}", run.seconds),
        ];
        for step_size in STEP_SIZES {
            let (d, rms) = metropolis(&run, *seed, step_size)?;
            row.push(format!("{d:.3}, {rms:.3}"));
        }
        outcome.row(row);
    }
    outcome.claim_most("ΔF within 0.05 kT", delta_f, seeds.len());
    outcome.claim_most("profile RMS at most 0.1 kT", rms, seeds.len());
    outcome.claim_most("log Z within 0.02", log_z, seeds.len());
    outcome.claim("at most 10⁶ energy evaluations in every run".into(), budget == seeds.len());
    Ok(outcome)
}

/// ΔF and profile deviation of one Metropolis chain with as many evaluations, started in the
/// first state.
fn metropolis(run: &Run, seed: u64, step_size: f64) -> Result<(f64, f64)> {
    let start = &run.system().wells()[0];
    let kernel = Box::new(Metropolis { step_size });
    let mut chain = Chain::new(kernel, &run.generator.target, start, seed, 0)?;
    let trajectory = chain.sample(run.evaluations as usize - 1, 1);
    let mut values = vec![0.0; trajectory.u.len()];
    run.coordinate.values(&trajectory.x, &mut values);
    let weights = LogWeights::uniform(values.len())?;
    let d = free_energy_difference(&values, &weights, run.coordinate.boundary)?;
    let temperature = run.generator.target.temperature();
    let rms = profile_rms(&values, &weights, run.system(), &run.coordinate, temperature)?;
    Ok((d.delta_f.value, rms))
}
