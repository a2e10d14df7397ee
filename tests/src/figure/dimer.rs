//! The dimer end to end: the preset's data, training and annealing against the reference profile.

use std::time::Instant;

use boltzflow::ensemble::{Population, Region};
use boltzflow::num::{Result, Sequential};
use boltzflow::potential::Dimer;
use boltzflow::preset::preset;
use boltzflow::stats::{Bins, DeltaF, LogWeights, Profile, profile_rms};
use boltzflow::train::Examples;

use super::Outcome;
use super::umbrella::{RANGE, Reference, reference_at};

/// Mean of numbers.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// What a seed has found.
struct Found {
    rms: f64,
    delta_f: f64,
    /// Share of the bins whose reference is in the 95 % band.
    inside: f64,
    evaluations: u64,
}

/// Share of the bins in whose band the reference lies, both as −ln of the probabilities within the bins.
fn share_inside(profile: &Profile, reference: &Reference) -> f64 {
    let total: f64 = reference.value.iter().map(|f| (-f).exp()).sum();
    let inside = (0..profile.value.len()).filter(|b| {
        let f = reference.value[*b] + total.ln() - profile.shift;
        profile.lower[*b] <= f && f <= profile.upper[*b]
    });
    inside.count() as f64 / profile.value.len() as f64
}

/// Data, training and estimates of one seed, with a row of the table.
fn run(seed: u64, reference: &Reference, outcome: &mut Outcome) -> Result<Found> {
    let started = Instant::now();
    let mut settings = preset("dimer")?;
    settings.seed = seed;
    let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
    while !trainer.is_done() {
        trainer.step(&Sequential)?;
    }
    let trained = started.elapsed().as_secs_f64();
    let generator = trainer.generator();
    let data = trainer.examples().map_or(0, Examples::energy_evaluations);
    let training = trainer.energy_evaluations() - data;
    drop(trainer);

    let cell = settings.cell()?;
    let inside = |x: &[f64]| cell.as_ref().is_none_or(|cell| cell.holds(x));
    let region: Region<'_> = &inside;
    let runs = settings.smc_runs;
    let annealed = settings.smc.runs(&generator, Some(region), runs, seed, &Sequential)?;
    let estimate: u64 = annealed.iter().map(|r| r.energy_evaluations).sum();
    let population = Population::of_runs(&annealed);
    let weights = LogWeights::new(&population.log_weight)?;
    let coordinate = settings.reaction_coordinate(&Dimer::default())?;
    let mut d = vec![0.0; population.u.len()];
    coordinate.values(&population.x, &mut d);
    let bins = Bins::new(RANGE.0, RANGE.1, RANGE.2)?;
    let profile = Profile::of_runs(&d, &weights, &bins, runs)?;
    let (rms, _) = profile_rms(&profile.value, &reference.value)?;
    let delta_f = DeltaF::of_runs(&d, &weights, coordinate.boundary, runs)?.delta_f;
    let found = Found {
        rms,
        delta_f: delta_f.value,
        inside: share_inside(&profile, reference),
        evaluations: data + training + estimate,
    };
    outcome.row(vec![
        seed.to_string(),
        data.to_string(),
        training.to_string(),
        estimate.to_string(),
        annealed[0].levels.len().to_string(),
        format!("{trained:.0}"),
        format!("{:.0}", started.elapsed().as_secs_f64() - trained),
        format!("{:.3}", found.rms),
        format!("{delta_f:.3}"),
        format!("{:.0} %", 100.0 * found.inside),
    ]);
    Ok(found)
}

pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "seed",
        "evaluations: data",
        "training",
        "estimates",
        "levels",
        "seconds: data and training",
        "estimates",
        "F RMS (kT)",
        "ΔF(closed − open)",
        "reference in the 95 % band",
    ]);
    let reference = reference_at(1.0);
    // A seed takes minutes.
    let mut found = Vec::new();
    for seed in seeds.iter().take(3) {
        found.push(run(*seed, &reference, &mut outcome)?);
    }
    let of = |f: fn(&Found) -> f64| found.iter().map(f).collect::<Vec<f64>>();
    let rms = mean(&of(|f| f.rms));
    outcome.claim(format!("mean RMS of F at most 0.2 kT: {rms:.3}"), rms <= 0.2);
    let off = mean(&of(|f| f.delta_f)) - reference.delta_f.value;
    outcome.claim(format!("mean ΔF within 0.2 kT of the reference: {off:+.3}"), off.abs() <= 0.2);
    let inside = mean(&of(|f| f.inside));
    let text = format!("reference in the 95 % band in at least 85 % of the bins: {inside:.2}");
    outcome.claim(text, inside >= 0.85);
    let most = found.iter().map(|f| f.evaluations).max().unwrap_or(0);
    let text = format!("at most 10⁷ energy evaluations a seed, all counted: {most}");
    outcome.claim(text, most <= 10_000_000);
    Ok(outcome)
}
