//! Exploration from one configuration, with Metropolis at equal evaluations beside it.

use boltzflow::explore::{Exploration, Explorer};
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Result, Sequential, Stream};
use boltzflow::preset::{Settings, preset};
use boltzflow::sampler::{Chain, Metropolis};
use boltzflow::stats::{Bootstrap, DeltaF, LogWeights};
use boltzflow::system::{Coordinate, quadrature};

use super::Outcome;

/// Iterations from one estimate to the next, and its samples.
const EVERY: u64 = 50;
const SAMPLES: usize = 20_000;
/// Deviation of ΔF that counts as reached, in kT.
pub(super) const CLOSE: f64 = 0.3;
/// Steps of Metropolis: the one of the paper, and about the best.
const STEP_SIZES: [f64; 2] = [0.1, 1.0];

/// Evaluations to the first crossing, and evaluations with ΔF at each estimate.
#[derive(Default)]
struct Course {
    crossing: Option<u64>,
    estimates: Vec<(u64, f64)>,
}

impl Course {
    /// Evaluations at the first estimate from which on all are close.
    fn close(&self, exact: f64) -> Option<u64> {
        let far = |(_, d): &(u64, f64)| (d - exact).abs() > CLOSE || d.is_nan();
        let first = self.estimates.iter().rposition(far).map_or(0, |i| i + 1);
        self.estimates.get(first).map(|(evaluations, _)| *evaluations)
    }

    fn words(&self, exact: f64) -> [String; 2] {
        [self.crossing, self.close(exact)].map(|n| n.map_or("never".into(), |n| n.to_string()))
    }
}

pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "system",
        "seed",
        "first crossing",
        "ΔF within 0.3 kT from",
        "ΔF at the end",
        "exact",
        "evaluations",
        "Metropolis 0.1: first crossing",
        "ΔF from",
        "Metropolis 1.0: first crossing",
        "ΔF from",
    ]);
    for name in ["double-well", "mueller-brown"] {
        let (mut crossed, mut reached) = (0, 0);
        for seed in seeds {
            let settings = Settings { seed: *seed, ..preset(name)? };
            let generator = settings.generator::<f32>()?;
            let target = generator.target.clone();
            let coordinate = settings.reaction_coordinate(target.system())?;
            let exact = quadrature::states(target.system(), &coordinate, 1.0)
                .map_or(f64::NAN, |s| s.delta_f);
            let start = target.system().wells().swap_remove(0);
            let (flow, evaluations) = explore(generator, &coordinate, &start, *seed)?;
            crossed += usize::from(flow.crossing.is_some());
            reached += usize::from(flow.close(exact).is_some());
            let last = flow.estimates.last().map_or(f64::NAN, |(_, d)| *d);
            let [crossing, close] = flow.words(exact);
            let mut row = vec![name.into(), seed.to_string(), crossing, close];
            row.extend([last, exact].map(|d| format!("{d:.3}")));
            row.push(evaluations.to_string());
            for step_size in STEP_SIZES {
                let kernel = Box::new(Metropolis { step_size });
                let mut chain = Chain::new(kernel, &target, &start, *seed, 0)?;
                row.extend(metropolis(&mut chain, &coordinate, &start, &flow)?.words(exact));
            }
            outcome.row(row);
        }
        let n = seeds.len();
        outcome.claim(format!("{name}: other state found in {crossed} of {n}"), crossed == n);
        outcome.claim_most(&format!("{name}: ΔF within {CLOSE} kT at the end"), reached, n);
    }
    Ok(outcome)
}

pub(super) fn values(coordinate: &Coordinate, x: &DMatrix<f64>) -> Vec<f64> {
    let mut values = vec![0.0; x.nrows()];
    coordinate.values(x, &mut values);
    values
}

/// ΔF alone: its error is not looked at.
fn delta_f(values: &[f64], weights: &LogWeights, boundary: f64) -> Result<f64> {
    let mut rng = Stream::new(1, Purpose::Bootstrap, 0, 0);
    let few = Bootstrap { resamples: 2, block: 1 };
    Ok(DeltaF::new(values, weights, boundary, &few, &mut rng)?.delta_f.value)
}

/// True for each value beyond the boundary as seen from the start.
pub(super) fn other(coordinate: &Coordinate, start: &[f64]) -> impl Fn(&f64) -> bool {
    let start = values(coordinate, &DMatrix::from_row_slice(1, start.len(), start));
    let boundary = coordinate.boundary;
    move |v| (*v < boundary) != (start[0] < boundary)
}

fn explore(
    generator: BoltzmannGenerator<f32>,
    coordinate: &Coordinate,
    start: &[f64],
    seed: u64,
) -> Result<(Course, u64)> {
    let target = generator.target.clone();
    let is_other = other(coordinate, start);
    let mut course = Course::default();
    let settings = Exploration::default();
    let mut explorer = Explorer::new(generator, settings, start, seed, &Sequential)?;
    while !explorer.is_done() {
        let done = explorer.step(|_| (), &Sequential)?;
        if course.crossing.is_none()
            && values(coordinate, explorer.buffer().0).iter().any(&is_other)
        {
            course.crossing = Some(done.energy_evaluations);
        }
        if done.iteration % EVERY == 0 {
            let flow = explorer.generator().clone();
            let generator = BoltzmannGenerator { target: target.clone(), ..flow };
            let samples = generator.sample(SAMPLES, done.iteration, &Sequential);
            let weights = LogWeights::new(&samples.log_weight)?;
            let values = values(coordinate, &samples.x);
            let d = delta_f(&values, &weights, coordinate.boundary)?;
            // One estimate is paid for; the others only show when it could have been made.
            let evaluations = done.energy_evaluations + SAMPLES as u64;
            course.estimates.push((evaluations, d));
        }
    }
    Ok((course, explorer.energy_evaluations() + SAMPLES as u64))
}

/// A chain with estimates at the same numbers of evaluations.
fn metropolis(
    chain: &mut Chain,
    coordinate: &Coordinate,
    start: &[f64],
    flow: &Course,
) -> Result<Course> {
    let is_other = other(coordinate, start);
    let mut course = Course::default();
    let mut all = Vec::new();
    for (evaluations, _) in &flow.estimates {
        let before = chain.state().evaluations();
        let new = values(coordinate, &chain.sample((evaluations - before) as usize, 1).x);
        if course.crossing.is_none() {
            course.crossing = new.iter().position(&is_other).map(|i| before + i as u64 + 1);
        }
        all.extend(new);
        let weights = LogWeights::uniform(all.len())?;
        let d = delta_f(&all, &weights, coordinate.boundary)?;
        course.estimates.push((*evaluations, d));
    }
    Ok(course)
}
