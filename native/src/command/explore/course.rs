//! How an exploration goes: when the other state is first entered, and from when on ΔF is right.

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Stream};
use boltzflow::sampler::{Chain, Metropolis};
use boltzflow::stats::{Bootstrap, DeltaF, Estimate, LogWeights};
use boltzflow::system::{Coordinate, ReducedPotential};
use serde_json::{Value as Json, json};

use crate::executor::Threads;
use crate::failure::Failure;
use crate::{interrupt, table};

/// Samples of an estimate by plain weights.
pub(super) const SAMPLES: usize = 20_000;
/// Deviation from the exact free-energy difference that counts as reached, in kT.
pub(super) const CLOSE: f64 = 0.3;
/// Steps in which Metropolis tunes its step size, and steps that it makes at a time.
const TUNING: usize = 2000;
const PART: usize = 10_000;

/// Of the flow or of Metropolis.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    /// Evaluations until the other state was first entered.
    pub(super) crossing: Option<u64>,
    /// Evaluations and ΔF of each estimate.
    pub(super) estimates: Vec<(u64, Estimate)>,
    /// Evaluations in all.
    pub(super) evaluations: u64,
}

impl Course {
    /// The first estimate from which on all stay close to the exact value.
    fn close(&self, exact: Option<f64>) -> Option<u64> {
        let exact = exact?;
        let far = |(_, e): &(u64, Estimate)| (e.value - exact).abs() > CLOSE || e.value.is_nan();
        let first = self.estimates.iter().rposition(far).map_or(0, |i| i + 1);
        self.estimates.get(first).map(|(evaluations, _)| *evaluations)
    }

    fn last(&self) -> Estimate {
        let undetermined = Estimate { value: f64::NAN, error: f64::INFINITY };
        self.estimates.last().map_or(undetermined, |(_, e)| *e)
    }

    pub(super) fn to_json(&self, exact: Option<f64>) -> Json {
        let last = self.last();
        json!({
            "first_crossing": self.crossing,
            "close": self.close(exact),
            "delta_f": table::object(last),
            "energy_evaluations": self.evaluations,
        })
    }

    pub(super) fn row(&self, name: &str, exact: Option<f64>) -> Vec<String> {
        let count = |n: Option<u64>| n.map_or("never".into(), |n| n.to_string());
        let delta_f = table::estimate(self.last(), 3);
        let close = if exact.is_some() { count(self.close(exact)) } else { "unknown".into() };
        vec![name.into(), count(self.crossing), close, delta_f, self.evaluations.to_string()]
    }
}

/// The states of a coordinate as seen from a start.
pub(super) struct States<'a> {
    pub(super) coordinate: &'a Coordinate,
    home_is_below: bool,
}

impl<'a> States<'a> {
    pub(super) fn new(coordinate: &'a Coordinate, start: &[f64]) -> Self {
        let mut at_start = [0.0];
        coordinate.values(&DMatrix::from_row_slice(1, start.len(), start), &mut at_start);
        Self { coordinate, home_is_below: at_start[0] < coordinate.boundary }
    }

    pub(super) fn values(&self, x: &DMatrix<f64>) -> Vec<f64> {
        let mut values = vec![0.0; x.nrows()];
        self.coordinate.values(x, &mut values);
        values
    }

    /// True for a value in the state below the boundary.
    pub(super) fn is_below(&self, value: f64) -> bool {
        value < self.coordinate.boundary
    }

    /// True for a value in the other state.
    pub(super) fn is_other(&self, value: f64) -> bool {
        self.is_below(value) != self.home_is_below
    }

    fn delta_f(&self, values: &[f64], weights: &LogWeights) -> Result<Estimate, Failure> {
        let (boundary, bootstrap) =
            (self.coordinate.boundary, Bootstrap { resamples: 2, block: 1 });
        let mut stream = Stream::new(0, Purpose::Bootstrap, 0, 0);
        Ok(DeltaF::new(values, weights, boundary, &bootstrap, &mut stream)?.delta_f)
    }
}

/// ΔF at the target's temperature from weighted samples of a flow.
pub(super) fn by_weights(
    generator: &BoltzmannGenerator<f32>,
    states: &States<'_>,
    target: &ReducedPotential,
    seed: u64,
    threads: &Threads,
) -> Result<Estimate, Failure> {
    let generator = BoltzmannGenerator { target: target.clone(), ..generator.clone() };
    let samples = generator.sample(SAMPLES, seed, threads);
    match LogWeights::new(&samples.log_weight) {
        Ok(weights) => states.delta_f(&states.values(&samples.x), &weights),
        Err(_) => Ok(Estimate { value: f64::NAN, error: f64::INFINITY }),
    }
}

/// A chain from the same start, with estimates at the same numbers of evaluations.
pub(super) fn metropolis(
    states: &States<'_>,
    target: &ReducedPotential,
    start: &[f64],
    seed: u64,
    flow: &Course,
) -> Result<Course, Failure> {
    let mut chain = Chain::new(Box::new(Metropolis { step_size: 0.1 }), target, start, seed, 0)?;
    chain.burn_in(TUNING, true);
    let mut course = Course::default();
    let mut values = Vec::new();
    for (evaluations, _) in &flow.estimates {
        while chain.state().evaluations() < *evaluations {
            interrupt::check()?;
            let before = chain.state().evaluations();
            let steps = PART.min((evaluations - before) as usize);
            let new = states.values(&chain.sample(steps, 1).x);
            if course.crossing.is_none() {
                let first = new.iter().position(|v| states.is_other(*v));
                course.crossing = first.map(|i| before + i as u64 + 1);
            }
            values.extend(new);
        }
        course.evaluations = chain.state().evaluations();
        if !values.is_empty() {
            let weights = LogWeights::uniform(values.len())?;
            course.estimates.push((course.evaluations, states.delta_f(&values, &weights)?));
        }
    }
    Ok(course)
}
