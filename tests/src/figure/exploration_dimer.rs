//! Exploration of the dimer from one configuration, closed or open, without knowledge of its coordinate.

use std::time::Instant;

use boltzflow::ensemble::{Annealing, Ensemble, Region, StateRuns, delta_f_of_states};
use boltzflow::explore::{Exploration, Explorer};
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Result, Sequential, Stream};
use boltzflow::preset::{Settings, preset};
use boltzflow::sampler::Metropolis;
use boltzflow::stats::{Cooling, Estimate};
use boltzflow::system::{Coordinate, Dimer};

use super::Outcome;
use super::exploration::{CLOSE, other, values};
use super::umbrella::reference_at;

/// Seeds: each takes a minute or two.
const MOST: usize = 5;
/// Annealing runs within each state from the flow of the first seed, and particles of each.
const RUNS: usize = 4;
const PARTICLES: usize = 500;
/// Metropolis: the step of the paper, and chains that share the evaluations.
const STEP_SIZE: f64 = 0.02;
const CHAINS: usize = 256;

/// What a seed has found.
struct Found {
    crossing: Option<u64>,
    delta_f: f64,
    evaluations: u64,
    flow: BoltzmannGenerator<f32>,
}

/// The preset's settings with a flow that knows nothing of the dimer: all coordinates whitened alike, all particles split alike.
fn settings(seed: u64) -> Result<Settings> {
    let mut settings = Settings { seed, flow: "WR8".into(), ..preset("dimer")? };
    settings.architecture.hidden = vec![64, 64];
    Ok(settings)
}

fn explore(settings: &Settings, coordinate: &Coordinate, start: &[f64]) -> Result<Found> {
    let generator = settings.generator::<f32>()?;
    let target = generator.target.clone();
    let exploration = Exploration::suited_to(target.system());
    let seed = settings.seed;
    let mut explorer = Explorer::new(generator, exploration, start, seed, &Sequential)?;
    let is_other = other(coordinate, start);
    let (cell, mut images) = (settings.cell()?, Stream::new(seed, Purpose::Explore, 0, 2));
    let (mut crossing, mut cooling) = (None, Cooling::default());
    while !explorer.is_done() {
        let image = |x: &mut [f64]| {
            if let Some(cell) = &cell {
                cell.draw_image(x, &mut images);
            }
        };
        let done = explorer.step(image, &Sequential)?;
        let (x, u) = explorer.buffer();
        let d = values(coordinate, x);
        if d.iter().any(&is_other) {
            crossing.get_or_insert(done.energy_evaluations);
        }
        cooling.observe(1.0 / done.temperature, u, |i| d[i] < coordinate.boundary);
    }
    Ok(Found {
        crossing,
        delta_f: cooling.delta_f(),
        evaluations: explorer.energy_evaluations(),
        flow: BoltzmannGenerator { target, ..explorer.generator().clone() },
    })
}

/// ΔF by annealing the flow within each state, and the evaluations that this took.
fn annealed(
    flow: &BoltzmannGenerator<f32>,
    settings: &Settings,
    coordinate: &Coordinate,
) -> Result<(Estimate, u64)> {
    let cell = settings.cell()?;
    let inside = |x: &[f64]| cell.as_ref().is_none_or(|cell| cell.holds(x));
    let region: Region<'_> = &inside;
    let annealing = Annealing { particles: PARTICLES, ..settings.smc.clone() };
    let mut runs: Vec<StateRuns> = Vec::new();
    while runs.len() < RUNS {
        let seed = settings.seed;
        let run =
            annealing.next_in_states(&runs, flow, Some(region), coordinate, seed, &Sequential)?;
        runs.push(run);
    }
    let evaluations = runs.iter().flatten().map(|run| run.energy_evaluations).sum();
    Ok((delta_f_of_states(&runs)?, evaluations))
}

/// Evaluations of Metropolis chains, side by side from the same start, until one first enters the other state, if one does
/// within as many.
fn metropolis(
    flow: &BoltzmannGenerator<f32>,
    coordinate: &Coordinate,
    start: &[f64],
    seed: u64,
    evaluations: u64,
) -> Result<Option<u64>> {
    let kernel = Metropolis { step_size: STEP_SIZE };
    let mut x = DMatrix::from_fn(CHAINS, start.len(), |_, k| start[k]);
    let mut chains = Ensemble::new(flow, &x, seed, &Sequential)?;
    let is_other = other(coordinate, start);
    let (mut spent, mut row) = (CHAINS as u64, start.to_vec());
    while spent < evaluations {
        // On the target alone: the flow takes no part.
        spent += chains.local(flow, None, &kernel, &Sequential).energy_evaluations;
        for i in 0..CHAINS {
            chains.get(i, &mut row);
            for (k, value) in row.iter().enumerate() {
                x[(i, k)] = *value;
            }
        }
        if values(coordinate, &x).iter().any(&is_other) {
            return Ok(Some(spent));
        }
    }
    Ok(None)
}

pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "seed",
        "start",
        "first crossing",
        "ΔF(open − closed) of the buffer",
        "evaluations",
        "ΔF of its flow, annealed",
        "further evaluations",
        "Metropolis: first crossing",
        "seconds",
    ]);
    let reference = reference_at(1.0).delta_f;
    let system = Dimer::default().system()?;
    let coordinate = system.coordinate("d")?;
    let (mut crossed, mut close) = (0, 0);
    let seeds = &seeds[..seeds.len().min(MOST)];
    for (i, seed) in seeds.iter().enumerate() {
        let started = Instant::now();
        let settings = settings(*seed)?;
        // Closed and open in turn.
        let mut rng = Stream::new(*seed, Purpose::Explore, 0, 1);
        let start = system.starts(2, 1.0, &mut rng).swap_remove(i % 2);
        let found = explore(&settings, coordinate, &start)?;
        crossed += usize::from(found.crossing.is_some());
        close += usize::from((found.delta_f - reference.value).abs() <= CLOSE);
        let [mut by_flow, mut further] = [String::from("–"), String::from("–")];
        if i == 0 {
            let (delta_f, evaluations) = annealed(&found.flow, &settings, coordinate)?;
            let off = (delta_f.value - reference.value) / delta_f.error.hypot(reference.error);
            let text = format!("the flow's ΔF within 3 standard errors: {delta_f:.2}, {off:+.1}");
            outcome.claim(text, off.abs() <= 3.0);
            [by_flow, further] = [format!("{delta_f:.2}"), evaluations.to_string()];
        }
        let chain = metropolis(&found.flow, coordinate, &start, *seed, found.evaluations)?;
        let words = |n: Option<u64>| n.map_or("never".into(), |n| n.to_string());
        outcome.row(vec![
            seed.to_string(),
            ["closed", "open"][i % 2].into(),
            words(found.crossing),
            format!("{:.2}", found.delta_f),
            found.evaluations.to_string(),
            by_flow,
            further,
            words(chain),
            format!("{:.0}", started.elapsed().as_secs_f64()),
        ]);
    }
    let n = seeds.len();
    outcome.claim(format!("other state found in {crossed} of {n}"), crossed == n);
    let text = format!("ΔF within {CLOSE} kT of {:.2} in {close} of {n}", reference.value);
    outcome.claim(text, 2 * close > n);
    Ok(outcome)
}
