//! The dimer end to end: the preset's data, training and annealing against the reference profile, and what the same model
//! says at other temperatures and of another potential.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use boltzflow::ensemble::{Annealed, Population, Region};
use boltzflow::generator::{BoltzmannGenerator, PriorScaling};
use boltzflow::num::Result;
use boltzflow::preset::{Settings, preset};
use boltzflow::setting::Value;
use boltzflow::stats::{
    Bins, DeltaF, Estimate, Gaps, LogWeights, Profile, Runs, pareto_k, profile_rms,
};
use boltzflow::system::Dimer;
use boltzflow::train::{Examples, Stage};

use super::Outcome;
use super::umbrella::{RANGE, Reference, log_z_of_a_cell, reference_of};
use crate::Threads;

/// Samples of the flow whose weights are looked at without annealing.
const PLAIN: usize = 20_000;
/// A seed takes minutes.
const MOST_SEEDS: usize = 3;

/// A trained model and what it cost.
struct Model {
    settings: Settings,
    generator: BoltzmannGenerator<f32>,
    /// Examples that were not learnt from.
    held_out: Examples,
    data: u64,
    training: u64,
    seconds: f64,
}

impl Model {
    fn new(settings: Settings) -> Result<Self> {
        let (started, threads) = (Instant::now(), Threads::all());
        let examples = settings.examples()?;
        let data = examples.as_ref().map_or(0, Examples::energy_evaluations);
        let mut trainer = settings.trainer::<f32>(examples)?;
        // Those of the trainer: their labels are the flow's.
        let held_out = trainer.examples().and_then(Examples::held_out).cloned();
        while !trainer.is_done() {
            trainer.step(&threads)?;
        }
        Ok(Self {
            generator: trainer.generator(),
            held_out: held_out.expect("the preset holds examples back"),
            data,
            training: trainer.energy_evaluations() - data,
            seconds: started.elapsed().as_secs_f64(),
            settings,
        })
    }

    /// The model of the preset and a seed: figures that ask for the same one share it.
    fn of_seed(seed: u64) -> Result<Arc<Self>> {
        static TRAINED: Mutex<Vec<(u64, Arc<Model>)>> = Mutex::new(Vec::new());
        let mut trained = TRAINED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, model)) = trained.iter().find(|(s, _)| *s == seed) {
            return Ok(Arc::clone(model));
        }
        let model = Arc::new(Self::new(Settings { seed, ..preset("dimer")? })?);
        trained.push((seed, Arc::clone(&model)));
        Ok(model)
    }

    /// Both gaps to the target that was learnt, and the samples they are measured with: log-weights on it, distances d.
    fn gaps(&self, log_z: Estimate) -> Result<(Gaps, Vec<f64>, Vec<f64>)> {
        let Self { generator, held_out, .. } = self;
        let mut samples = generator.sample(PLAIN, self.settings.seed, &Threads::all());
        generator.target.rebias(&samples.x, &mut samples.u, &mut samples.log_weight);
        let x = held_out.x();
        let log_p = generator.log_prob(x)?;
        let (mut u, mut gradient) = (vec![0.0; x.nrows()], x.clone());
        generator.target.evaluate(x, &mut u, &mut gradient, &mut Default::default());
        let log_w: Vec<f64> = u.iter().zip(log_p).map(|(u, log_p)| -u - log_p).collect();
        let weights: Vec<f64> = (0..x.nrows()).map(|i| held_out.weight(i)).collect();
        let mut d = vec![0.0; PLAIN];
        let coordinate = self.settings.reaction_coordinate(generator.target.system())?;
        coordinate.values(&samples.x, &mut d);
        Ok((Gaps::new(&samples.log_weight, Some((&log_w, &weights)), log_z), samples.log_weight, d))
    }
}

/// What annealing of a model has found about a target.
struct Found {
    histogram: Profile,
    mean_force: Profile,
    delta_f: Estimate,
    log_z: Estimate,
    biased_log_z: Estimate,
    levels: usize,
    /// Effective sample size and Pareto k of the weights that the runs ended with, on the target that was learnt.
    ess: f64,
    pareto_k: Option<f64>,
    evaluations: u64,
    seconds: f64,
}

/// Anneals a model to a dimer at a temperature, as the preset says.
fn anneal(model: &Model, dimer: &Dimer, temperature: f64) -> Result<Found> {
    let started = Instant::now();
    let mut settings = model.settings.clone();
    settings.parameters.set("dimer_slope", Value::Number(dimer.dimer_slope));
    let mut generator = model.generator.clone();
    generator.target = generator.target.with_system(settings.system()?)?;
    let generator = generator.at_temperature(temperature, PriorScaling::Scaled)?;
    let cell = settings.cell()?;
    let inside = |x: &[f64]| cell.as_ref().is_none_or(|cell| cell.holds(x));
    let region: Region<'_> = &inside;
    let (count, seed) = (settings.smc_runs, settings.seed);
    let runs = settings.smc.runs(&generator, Some(region), count, seed, &Threads::all())?;
    let population = Population::of_runs(&runs);
    let weights = LogWeights::new(&population.log_weight)?;
    let coordinate = settings.reaction_coordinate(generator.target.system())?;
    let mut d = vec![0.0; population.u.len()];
    coordinate.values(&population.x, &mut d);
    let mut forces = d.clone();
    coordinate.forces(&population.x, &population.u_gradient, &mut forces);
    let known = |r: f64| generator.target.unbiased_along(&coordinate, r);
    let bins = Bins::new(RANGE.0, RANGE.1, RANGE.2)?;
    let Population { x, mut u, mut log_weight, .. } = population;
    generator.target.rebias(&x, &mut u, &mut log_weight);
    let biased = LogWeights::new(&log_weight)?;
    let each = |of: fn(&Annealed) -> f64| Runs::new(&runs.iter().map(of).collect::<Vec<f64>>());
    Ok(Found {
        histogram: Profile::of_runs(&d, &weights, &bins, count)?,
        mean_force: Profile::by_mean_force(&d, &forces, &weights, &known, &bins, count)?,
        delta_f: DeltaF::of_runs(&d, &weights, coordinate.boundary, count)?.delta_f,
        log_z: each(|run| run.log_z)?.log_z,
        biased_log_z: each(|run| run.biased_log_z)?.log_z,
        levels: runs[0].levels.len(),
        ess: biased.ess() / biased.len() as f64,
        pareto_k: pareto_k(&biased),
        evaluations: runs.iter().map(|r| r.energy_evaluations).sum(),
        seconds: started.elapsed().as_secs_f64(),
    })
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

/// RMS of both profiles, and the share of bins in whose bands the reference lies.
fn compare(found: &Found, reference: &Reference) -> Result<[(f64, f64); 2]> {
    let of = |profile: &Profile| -> Result<(f64, f64)> {
        Ok((profile_rms(&profile.value, &reference.value)?.0, share_inside(profile, reference)))
    };
    Ok([of(&found.histogram)?, of(&found.mean_force)?])
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn k_hat(k: Option<f64>) -> String {
    k.map_or("no tail".into(), |k| format!("{k:.1}"))
}

/// Shares of closed, barrier and open, cut at 1.3 and 1.7.
fn parts(d: &[f64]) -> String {
    let share = |low: f64, high: f64| {
        let inside = d.iter().filter(|d| (low..high).contains(*d)).count();
        percent(inside as f64 / d.len() as f64)
    };
    [share(0.0, 1.3), share(1.3, 1.7), share(1.7, f64::INFINITY)].join(", ")
}

/// F(d) and its cost at T = 1, the gaps of the model, and its plain weights.
pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "seed",
        "evaluations: data",
        "training",
        "estimates",
        "levels",
        "seconds: data and training",
        "estimates",
        "forward gap (nats)",
        "reverse gap, worst 1 % left out",
        "its median",
        "plain: effective samples, k̂",
        "annealed",
        "generated closed, barrier, open",
        "histogram: F RMS (kT)",
        "reference in the 95 % band",
        "mean force: F RMS (kT)",
        "reference in the 95 % band",
        "ΔF(open − closed)",
        "log Z",
    ]);
    let (reference, log_z) = (reference_of(&Dimer::default(), 1.0), log_z_of_a_cell());
    let mut rows: Vec<[f64; 8]> = Vec::new();
    for seed in seeds.iter().take(MOST_SEEDS) {
        let model = Model::of_seed(*seed)?;
        let found = anneal(&model, &Dimer::default(), 1.0)?;
        let (gaps, plain, d) = model.gaps(found.biased_log_z)?;
        let plain = LogWeights::new(&plain)?;
        let [histogram, mean_force] = compare(&found, &reference)?;
        let forward = gaps.forward.unwrap_or(Estimate::exact(f64::NAN));
        let total = model.data + model.training + found.evaluations + PLAIN as u64;
        outcome.row(vec![
            seed.to_string(),
            model.data.to_string(),
            model.training.to_string(),
            (found.evaluations + PLAIN as u64).to_string(),
            found.levels.to_string(),
            format!("{:.0}", model.seconds),
            format!("{:.0}", found.seconds),
            format!("{forward:.1}"),
            format!("{:.1}", gaps.reverse),
            format!("{:.1}", gaps.reverse_median),
            format!("{:.0} of {PLAIN}, {}", plain.ess(), k_hat(pareto_k(&plain))),
            format!("{}, {}", percent(found.ess), k_hat(found.pareto_k)),
            parts(&d),
            format!("{:.3}", histogram.0),
            percent(histogram.1),
            format!("{:.3}", mean_force.0),
            percent(mean_force.1),
            format!("{:.3}", found.delta_f),
            format!("{:.2}", found.log_z),
        ]);
        let collapsed = f64::from(gaps.is_collapsed());
        rows.push([
            histogram.0,
            histogram.1,
            found.delta_f.value,
            forward.value,
            gaps.reverse.value,
            total as f64,
            found.log_z.value,
            collapsed,
        ]);
    }
    let mean = |i: usize| rows.iter().map(|r| r[i]).sum::<f64>() / rows.len() as f64;
    let most = |i: usize| rows.iter().map(|r| r[i]).fold(f64::NEG_INFINITY, f64::max);
    let claims = [
        (format!("mean RMS of F at most 0.2 kT: {:.3}", mean(0)), mean(0) <= 0.2),
        (
            format!("reference in the 95 % band in at least 85 % of the bins: {:.2}", mean(1)),
            mean(1) >= 0.85,
        ),
        {
            let off = mean(2) - reference.delta_f.value;
            (format!("mean ΔF within 0.2 kT of the reference: {off:+.3}"), off.abs() <= 0.2)
        },
        (format!("forward gap at most 15 nats: {:.1}", most(3)), most(3) <= 15.0),
        (format!("reverse gap at most 13 nats: {:.1}", most(4)), most(4) <= 13.0),
        (
            format!("at most 10⁷ energy evaluations a seed, all counted: {}", most(5)),
            most(5) <= 1e7,
        ),
        {
            let off = mean(6) - log_z.value;
            (format!("mean log Z within 0.5 of the reference: {off:+.2}"), off.abs() <= 0.5)
        },
        ("no model is called collapsed".into(), most(7) == 0.0),
    ];
    claims.into_iter().for_each(|(text, holds)| outcome.claim(text, holds));
    Ok(outcome)
}

/// ΔF from the same models at T = 0.5 and 2, and with the slope that makes both states alike: weights, no training.
pub(super) fn measure_others(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "T",
        "slope",
        "seed",
        "evaluations",
        "levels",
        "seconds",
        "histogram: F RMS (kT)",
        "mean force",
        "ΔF(open − closed)",
        "reference",
    ]);
    for (temperature, slope, allowed) in [(0.5, 2.0, 0.3), (2.0, 2.0, 0.3), (1.0, -0.5, 0.25)] {
        let dimer = Dimer { dimer_slope: slope, ..Dimer::default() };
        let reference = reference_of(&dimer, temperature);
        let mut worst = 0.0_f64;
        for seed in seeds.iter().take(MOST_SEEDS) {
            let found = anneal(&*Model::of_seed(*seed)?, &dimer, temperature)?;
            let [histogram, mean_force] = compare(&found, &reference)?;
            let off = found.delta_f.value - reference.delta_f.value;
            worst = if off.abs() > worst.abs() { off } else { worst };
            outcome.row(vec![
                temperature.to_string(),
                slope.to_string(),
                seed.to_string(),
                found.evaluations.to_string(),
                found.levels.to_string(),
                format!("{:.0}", found.seconds),
                format!("{:.3}", histogram.0),
                format!("{:.3}", mean_force.0),
                format!("{:.3}", found.delta_f),
                format!("{:.3}", reference.delta_f),
            ]);
        }
        let text = format!(
            "T = {temperature}, slope {slope}: ΔF within {allowed} kT of the reference in every seed: {worst:+.3}"
        );
        outcome.claim(text, worst.abs() <= allowed);
    }
    Ok(outcome)
}

/// How little is enough: examples, training and particles cut down.
struct Lean {
    /// Steps of the windows, after 300 that are thrown away.
    example_steps: usize,
    /// Training steps by examples, and by energy, too.
    iterations: [u64; 2],
    particles: usize,
    conditional_ess: f64,
    moves: usize,
    relaxation: usize,
    /// Bound on all energy evaluations, and on the mean RMS of F by the mean force in kT.
    bounds: (u64, f64),
}

impl Lean {
    fn settings(&self, seed: u64) -> Result<Settings> {
        let mut settings = Settings { seed, ..preset("dimer")? };
        settings.example_burn_in = 300;
        settings.example_steps = self.example_steps;
        settings.architecture.hidden = vec![128, 128];
        for (stage, iterations) in settings.stages.iter_mut().zip(self.iterations) {
            stage.iterations = iterations;
        }
        settings.stages[1].weights.set("kl", 0.05);
        settings.smc.particles = self.particles;
        settings.smc.conditional_ess = self.conditional_ess;
        settings.smc.moves = self.moves;
        settings.smc.relaxation = self.relaxation;
        Ok(settings)
    }
}

const LEAN: [Lean; 2] = [
    Lean {
        example_steps: 1000,
        iterations: [6000, 200],
        particles: 150,
        conditional_ess: 0.88,
        moves: 2,
        relaxation: 60,
        bounds: (2_000_000, 0.15),
    },
    Lean {
        example_steps: 400,
        iterations: [3000, 100],
        particles: 40,
        conditional_ess: 0.85,
        moves: 1,
        relaxation: 100,
        bounds: (700_000, 0.2),
    },
];

/// The same with a tenth and a fifth of the evaluations.
pub(super) fn measure_lean(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "seed",
        "evaluations: data",
        "training",
        "estimates",
        "seconds: data and training",
        "estimates",
        "histogram: F RMS (kT)",
        "mean force: F RMS (kT)",
        "reference in the 95 % band",
        "ΔF(open − closed)",
    ]);
    let reference = reference_of(&Dimer::default(), 1.0);
    for lean in &LEAN {
        let (mut sum, mut count, mut most) = (0.0, 0.0, 0);
        for seed in seeds.iter().take(MOST_SEEDS) {
            let model = Model::new(lean.settings(*seed)?)?;
            let found = anneal(&model, &Dimer::default(), 1.0)?;
            let [histogram, mean_force] = compare(&found, &reference)?;
            outcome.row(vec![
                seed.to_string(),
                model.data.to_string(),
                model.training.to_string(),
                found.evaluations.to_string(),
                format!("{:.0}", model.seconds),
                format!("{:.0}", found.seconds),
                format!("{:.3}", histogram.0),
                format!("{:.3}", mean_force.0),
                percent(mean_force.1),
                format!("{:.3}", found.delta_f),
            ]);
            sum += mean_force.0;
            count += 1.0;
            most = most.max(model.data + model.training + found.evaluations);
        }
        let (evaluations, rms) = lean.bounds;
        let text = format!("at most {evaluations} energy evaluations: {most}");
        outcome.claim(text, most <= evaluations);
        let text = format!("there, mean RMS of F at most {rms} kT: {:.3}", sum / count);
        outcome.claim(text, sum / count <= rms);
    }
    Ok(outcome)
}

/// A flow that is driven by energy alone until it makes a part of the target only, and is called collapsed.
pub(super) fn measure_collapse(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "seed",
        "forward gap (nats)",
        "reverse gap, worst 1 % left out",
        "generated closed, barrier, open",
        "called collapsed",
    ]);
    for seed in seeds.iter().take(1) {
        let mut settings = Settings { seed: *seed, ..preset("dimer")? };
        let stage = |iterations, ml, kl| {
            let mut stage = Stage::default().with_weight("ml", ml).with_weight("kl", kl);
            stage.iterations = iterations;
            stage
        };
        settings.architecture.hidden = vec![96, 96];
        settings.stages = vec![stage(1000, 1.0, 0.0), stage(1500, 0.0, 1.0)];
        settings.smc_runs = 4;
        settings.smc.particles = 400;
        let model = Model::new(settings)?;
        // As its user has it: log Z from the collapsed model itself.
        let log_z = anneal(&model, &Dimer::default(), 1.0)?.biased_log_z;
        let (gaps, _, d) = model.gaps(log_z)?;
        outcome.row(vec![
            seed.to_string(),
            format!("{:.1}", gaps.forward.unwrap_or(Estimate::exact(f64::NAN))),
            format!("{:.1}", gaps.reverse),
            parts(&d),
            if gaps.is_collapsed() { "yes" } else { "no" }.into(),
        ]);
        outcome.claim("a collapsed model is called collapsed".into(), gaps.is_collapsed());
    }
    Ok(outcome)
}
