//! A trained preset with its weighted samples.

use std::time::Instant;

use boltzflow::generator::{BoltzmannGenerator, Samples};
use boltzflow::num::{Purpose, Result, Sequential, Stream};
use boltzflow::preset::Settings;
use boltzflow::stats::{Bins, Bootstrap, DeltaF, LogWeights, Profile};
use boltzflow::system::{Coordinate, System, quadrature};

/// Width of the bins of profiles.
const WIDTH: f64 = 0.1;
/// Profiles are compared up to this height above their minimum, in kT.
const HEIGHT: f64 = 6.0;

/// A trained generator, samples of it, and what they cost.
#[derive(Debug)]
pub struct Run {
    /// The generator.
    pub generator: BoltzmannGenerator<f32>,
    /// The coordinate of its settings.
    pub coordinate: Coordinate,
    /// Weighted samples.
    pub samples: Samples,
    /// Their weights.
    pub weights: LogWeights,
    /// Energy evaluations: examples, training, these samples.
    pub evaluations: u64,
    /// Seconds of examples, training and sampling.
    pub seconds: f64,
}

impl Run {
    /// Trains by the settings and draws `n` samples.
    ///
    /// # Errors
    /// Those of the library.
    pub fn new(settings: &Settings, n: usize) -> Result<Self> {
        let start = Instant::now();
        let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
        while !trainer.is_done() {
            trainer.step(&Sequential)?;
        }
        let generator = trainer.generator();
        let samples = generator.sample(n, settings.seed, &Sequential);
        let seconds = start.elapsed().as_secs_f64();
        Ok(Self {
            coordinate: settings.reaction_coordinate(generator.target.system())?,
            weights: LogWeights::new(&samples.log_weight)?,
            evaluations: trainer.energy_evaluations() + n as u64,
            generator,
            samples,
            seconds,
        })
    }

    /// The system.
    #[must_use]
    pub fn system(&self) -> &System {
        self.generator.target.system()
    }

    /// Values of the coordinate.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        let mut values = vec![0.0; self.samples.u.len()];
        self.coordinate.values(&self.samples.x, &mut values);
        values
    }

    /// ΔF between the states of the coordinate.
    ///
    /// # Errors
    /// Those of the library.
    pub fn delta_f(&self) -> Result<DeltaF> {
        free_energy_difference(&self.values(), &self.weights, self.coordinate.boundary)
    }

    /// Root mean square deviation of the profile from the exact one, in kT.
    ///
    /// # Errors
    /// Those of the library.
    pub fn profile_rms(&self) -> Result<f64> {
        let temperature = self.generator.target.temperature();
        profile_rms(&self.values(), &self.weights, self.system(), &self.coordinate, temperature)
    }
}

/// ΔF of coordinate values with weights.
///
/// # Errors
/// Those of the library.
pub(super) fn free_energy_difference(
    values: &[f64],
    weights: &LogWeights,
    boundary: f64,
) -> Result<DeltaF> {
    let mut rng = Stream::new(1, Purpose::Bootstrap, 0, 0);
    DeltaF::new(values, weights, boundary, &Bootstrap::default(), &mut rng)
}

/// Root mean square deviation of a profile from the exact one over bins of width 0.1 whose exact
/// free energy is at most 6 kT above the minimum; both minima at zero. Infinite if such a bin is empty.
///
/// # Errors
/// Those of the library.
pub(super) fn profile_rms(
    values: &[f64],
    weights: &LogWeights,
    system: &System,
    coordinate: &Coordinate,
    temperature: f64,
) -> Result<f64> {
    let (low, high) = coordinate.range;
    let count = ((high - low) / WIDTH).round() as usize;
    let bins = Bins::new(low, high, count)?;
    let edges: Vec<f64> =
        (0..=count).map(|i| low + (high - low) * i as f64 / count as f64).collect();
    let Some(exact) = quadrature::profile(system, coordinate, temperature, &edges) else {
        return Ok(f64::NAN);
    };
    let mut rng = Stream::new(1, Purpose::Bootstrap, 0, 0);
    let found =
        Profile::new(values, weights, &bins, &Bootstrap { resamples: 2, block: 1 }, &mut rng)?;
    let squares: Vec<f64> = exact
        .free_energy
        .iter()
        .zip(&found.value)
        .filter(|(exact, _)| **exact <= HEIGHT)
        .map(|(exact, found)| (exact - found) * (exact - found))
        .collect();
    Ok((squares.iter().sum::<f64>() / squares.len() as f64).sqrt())
}
