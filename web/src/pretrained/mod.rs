//! A generator that was trained elsewhere, from the numbers of its file: draws, paths, and the rooms beside.

#[cfg(feature = "page")]
mod anneal;
#[cfg(feature = "page")]
mod continued;
#[cfg(feature = "page")]
mod simulation;

use std::sync::Arc;

use boltzflow::generator::{BoltzmannGenerator, Interpolation};
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{CheckpointFault, Error, Result, Sequential, digest, parse_decimal};
use boltzflow::preset::Settings;
use boltzflow::system::{Bias, Coordinate, entry};
use js_sys::{Array, Object};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::engine::limit;
use crate::error::to_js;
use crate::object::{f32_array, f64_array, object};
use crate::settings::parse;
use crate::training::Training;

#[cfg(feature = "page")]
pub use simulation::Simulation;

/// Samples among which the ends of a path are looked for.
const CANDIDATES: usize = 1000;

/// A trained generator of particles.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Pretrained {
    settings: Settings,
    generator: BoltzmannGenerator<f32>,
    coordinate: Coordinate,
}

/// The blocks of parameters of the network of these settings, in order: `[{ name, shape: [rows, columns] }]`.
///
/// # Errors
/// Those of the settings.
#[wasm_bindgen]
pub fn parameter_layout(
    keys: Vec<String>,
    values: Vec<String>,
) -> core::result::Result<Array, JsValue> {
    let generator = parse(&keys, &values).and_then(|s| s.generator::<f32>()).map_err(to_js)?;
    let entry = |e: &boltzflow::nn::ParamEntry| {
        let shape: Array = e.shape.iter().map(|n| JsValue::from(*n)).collect();
        object([("name", e.name.as_str().into()), ("shape", shape.into())]).into()
    };
    let entries: Vec<JsValue> = generator.flow.layout().entries().iter().map(entry).collect();
    Ok(entries.into_iter().collect())
}

#[wasm_bindgen]
impl Pretrained {
    /// The generator of these settings (as for [`crate::Engine::new`]) with its parameters, in the order of [`parameter_layout`],
    /// whose `digest` it must have. `tilt` holds the ends of its range, the force constant of its walls and its values; it is
    /// empty for a target without one.
    ///
    /// # Errors
    /// Those of the settings; `checkpoint` for parameters of another network or with another digest.
    #[wasm_bindgen(constructor)]
    pub fn new(
        keys: Vec<String>,
        values: Vec<String>,
        tilt: &[f64],
        theta: Vec<f32>,
        digest: &str,
    ) -> core::result::Result<Self, JsValue> {
        Self::create(&keys, &values, tilt, theta, digest).map_err(to_js)
    }

    /// What does not change: `{ dim, particles, diameter, range, wall, coordinate, coordinate_range, boundary, states, layers, parameters }`,
    /// where `range` is what to show of space, `wall` where it ends, and `diameter` the distance at which two particles repel
    /// each other with kT.
    #[must_use]
    pub fn system(&self) -> Object {
        let space = self.generator.target.system().space();
        let particles = space.labelled().map_or(0, |p| p.reference.len() / p.space.max(1));
        let ends = space
            .domain
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |e, d| (e.0.min(d.0), e.1.max(d.1)));
        let Coordinate { name, range, boundary, states: (a, b), .. } = &self.coordinate;
        let states: Array = [a, b].into_iter().map(|s| JsValue::from(&**s)).collect();
        object([
            ("dim", self.generator.target.dim().into()),
            ("particles", particles.into()),
            ("diameter", self.parameter("rm").into()),
            ("range", f64_array(&[ends.0, ends.1])),
            ("wall", self.parameter("box_halfsize").into()),
            ("coordinate", (&**name).into()),
            ("coordinate_range", f64_array(&[range.0, range.1])),
            ("boundary", (*boundary).into()),
            ("states", states.into()),
            ("layers", self.generator.flow.len().into()),
            ("parameters", self.generator.theta.len().into()),
        ])
    }

    /// Batch number `batch` of independent samples of the flow: `{ x, d, energy, log_weight }`, the configurations one after the other
    /// (f32), their values of the coordinate, their energies in units of kT and the logarithms of their weights, without the tilt.
    ///
    /// # Errors
    /// `invalid-setting` for none or too many.
    pub fn sample(&self, count: usize, batch: f64) -> core::result::Result<Object, JsValue> {
        limit("samples", count).map_err(to_js)?;
        let samples = self.generator.sample(count, self.stream(batch as u64), &Sequential);
        let mut d = vec![0.0; count];
        self.coordinate.values(&samples.x, &mut d);
        Ok(object([
            ("x", rows(&samples.x)),
            ("d", f64_array(&d)),
            ("energy", f64_array(&samples.u)),
            ("log_weight", f64_array(&samples.log_weight)),
        ]))
    }

    /// `points` configurations from the first state of the coordinate to the second, through latent space: between the samples of
    /// lowest energy of a batch in both. `{ x, t, u, d }` with reduced energies u.
    ///
    /// # Errors
    /// `invalid-data` if a state is not reached, `invalid-setting` for fewer than two points or too many.
    pub fn path(&self, points: usize, batch: f64) -> core::result::Result<Object, JsValue> {
        self.walk(points, batch as u64).map_err(to_js)
    }

    /// The parameters of now, for another worker.
    #[must_use]
    pub fn theta(&self) -> Vec<f32> {
        self.generator.theta.clone()
    }

    /// Their digest.
    #[must_use]
    pub fn digest(&self) -> String {
        format!("{:016x}", digest(&self.generator.theta))
    }

    /// Takes the parameters that a training has reached (their average over its last steps, which samples are drawn with).
    pub fn adopt(&mut self, training: &Training) {
        self.generator.theta = training.trainer().generator().theta;
    }
}

impl Pretrained {
    fn create(
        keys: &[String],
        values: &[String],
        tilt: &[f64],
        theta: Vec<f32>,
        expected: &str,
    ) -> Result<Self> {
        let settings = parse(keys, values)?;
        let (generator, coordinate) = trained(&settings, tilt, theta, expected)?;
        Ok(Self { settings, generator, coordinate })
    }

    /// The seed of a batch of samples: all differ, and from the run's own.
    fn stream(&self, batch: u64) -> u64 {
        self.settings.seed ^ (batch + 1) << 32
    }

    /// A parameter of the system, its default where it is not set; NaN where it has none of that name.
    fn parameter(&self, name: &str) -> f64 {
        let specs = entry(&self.settings.system).map_or(&[][..], |entry| entry.parameters);
        let default = specs.iter().find(|spec| spec.name == name).map_or("", |spec| spec.default);
        self.settings.parameters.number(name, parse_decimal(default).unwrap_or(f64::NAN))
    }

    /// The sample of lowest energy in the first state (`below`) or the second one.
    fn lowest(&self, below: bool, batch: u64) -> Result<Vec<f64>> {
        let samples = self.generator.sample(CANDIDATES, self.stream(batch), &Sequential);
        let mut d = vec![0.0; CANDIDATES];
        self.coordinate.values(&samples.x, &mut d);
        let inside =
            |i: &usize| samples.u[*i].is_finite() && (d[*i] < self.coordinate.boundary) == below;
        let lowest =
            (0..CANDIDATES).filter(inside).min_by(|a, b| samples.u[*a].total_cmp(&samples.u[*b]));
        let (a, b) = &self.coordinate.states;
        let state = if below { a } else { b };
        let problem = || format!("none of {CANDIDATES} samples lies in the state '{state}'");
        let row = lowest.ok_or_else(|| Error::data("the flow", problem()))?;
        Ok(samples.x.row(row).iter().copied().collect())
    }

    fn walk(&self, points: usize, batch: u64) -> Result<Object> {
        limit("points", points)?;
        let (from, to) = (self.lowest(true, batch)?, self.lowest(false, batch)?);
        let path = self.generator.interpolate(&from, &to, points, Interpolation::GreatCircle)?;
        let mut d = vec![0.0; points];
        self.coordinate.values(&path.x, &mut d);
        Ok(object([
            ("x", rows(&path.x)),
            ("t", f64_array(&path.t)),
            ("u", f64_array(&path.u)),
            ("d", f64_array(&d)),
        ]))
    }
}

/// The generator of settings with parameters from elsewhere, and its coordinate; arguments as for [`Pretrained::new`].
pub(crate) fn trained(
    settings: &Settings,
    tilt: &[f64],
    theta: Vec<f32>,
    expected: &str,
) -> Result<(BoltzmannGenerator<f32>, Coordinate)> {
    let mut generator = settings.generator::<f32>()?;
    let coordinate = settings.reaction_coordinate(generator.target.system())?;
    let misfit = |detail| Error::Checkpoint { reason: CheckpointFault::Layout { detail } };
    if theta.len() != generator.theta.len() {
        let (found, needed) = (theta.len(), generator.theta.len());
        return Err(misfit(format!("{found} numbers, it has {needed}")));
    }
    if format!("{:016x}", digest(&theta)) != expected || theta.iter().any(|v| !v.is_finite()) {
        return Err(Error::Checkpoint { reason: CheckpointFault::Checksum });
    }
    generator.theta = theta;
    if let [low, high, wall, values @ ..] = tilt {
        let tilt = Bias::new(coordinate.clone(), (*low, *high), values.to_vec(), *wall)?;
        generator.target = generator.target.biased(Some(Arc::new(tilt)));
    }
    Ok((generator, coordinate))
}

/// Configurations one after the other.
fn rows(x: &DMatrix<f64>) -> JsValue {
    let flat: Vec<f32> =
        x.row_iter().flat_map(|r| r.iter().map(|v| *v as f32).collect::<Vec<_>>()).collect();
    f32_array(&flat)
}
