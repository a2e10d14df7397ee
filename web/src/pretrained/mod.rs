//! A generator that was trained elsewhere, from the numbers of its file: draws, paths, and the rooms beside.

mod anneal;
mod continued;
mod simulation;

use boltzflow::generator::Interpolation;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Result, Sequential, parse_decimal};
use boltzflow::system::{Coordinate, entry};
use boltzflow_model::Model;
use js_sys::{Array, Object};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::object::{f32_array, f64_array, object};
use crate::settings::{limit, parse};
use crate::training::Training;

pub use simulation::Simulation;

/// Samples among which the ends of a path are looked for.
const CANDIDATES: usize = 1000;

/// A trained generator of particles.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Pretrained {
    model: Model,
    coordinate: Coordinate,
}

#[wasm_bindgen]
impl Pretrained {
    /// The generator of these settings (as for [`crate::Engine::new`]) with all its numbers and its bias, as [`crate::ModelFile::model`] gives them.
    ///
    /// # Errors
    /// Those of the settings; `checkpoint` for numbers of another network.
    #[wasm_bindgen(constructor)]
    pub fn new(
        keys: Vec<String>,
        values: Vec<String>,
        bias: &[f64],
        theta: Vec<f32>,
    ) -> core::result::Result<Self, JsValue> {
        Self::of(&keys, &values, bias, theta).map_err(to_js)
    }

    /// What does not change: `{ dim, particles, diameter, range, wall, coordinate, coordinate_range, boundary, states, layers, parameters }`,
    /// where `range` is what to show of space, `wall` where it ends, and `diameter` the distance at which two particles repel
    /// each other with kT.
    #[must_use]
    pub fn system(&self) -> Object {
        let space = self.model.generator.target.system().space();
        let particles = space.labelled().map_or(0, |p| p.reference.len() / p.space.max(1));
        let ends = space
            .domain
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |e, d| (e.0.min(d.0), e.1.max(d.1)));
        let Coordinate { name, range, boundary, states: (a, b), .. } = &self.coordinate;
        let states: Array = [a, b].into_iter().map(|s| JsValue::from(&**s)).collect();
        object([
            ("dim", self.model.generator.target.dim().into()),
            ("particles", particles.into()),
            ("diameter", self.parameter("rm").into()),
            ("range", f64_array(&[ends.0, ends.1])),
            ("wall", self.parameter("box_halfsize").into()),
            ("coordinate", (&**name).into()),
            ("coordinate_range", f64_array(&[range.0, range.1])),
            ("boundary", (*boundary).into()),
            ("states", states.into()),
            ("layers", self.model.generator.flow.len().into()),
            ("parameters", self.model.generator.flow.layout().len().into()),
        ])
    }

    /// Batch number `batch` of independent samples of the flow: `{ x, d, energy, log_weight }`, the configurations one after the other
    /// (f32), their values of the coordinate, their energies in units of kT and the logarithms of their weights, without the bias.
    ///
    /// # Errors
    /// `invalid-setting` for none or too many.
    pub fn sample(&self, count: usize, batch: f64) -> core::result::Result<Object, JsValue> {
        limit("samples", count).map_err(to_js)?;
        let samples = self.model.generator.sample(count, self.stream(batch as u64), &Sequential);
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

    /// All its numbers as they are now, for another worker.
    #[must_use]
    pub fn numbers(&self) -> Vec<f32> {
        self.model.generator.numbers()
    }

    /// Their digest, that of every front.
    #[must_use]
    pub fn digest(&self) -> String {
        self.model.digest.clone()
    }

    /// Takes the parameters that a training has reached (their average over its last steps, which samples are drawn with).
    ///
    /// # Errors
    /// `checkpoint` for the training of another network.
    pub fn adopt(&mut self, training: &Training) -> core::result::Result<(), JsValue> {
        self.model.set_numbers(&training.numbers()).map_err(to_js)
    }
}

impl Pretrained {
    fn of(keys: &[String], values: &[String], bias: &[f64], theta: Vec<f32>) -> Result<Self> {
        let mut model = Model::of_numbers(&parse(keys, values)?, &theta, 0, [0, 0])?;
        let coordinate = model.coordinate()?;
        if !bias.is_empty() {
            model.put_bias(bias)?;
        }
        Ok(Self { model, coordinate })
    }

    /// The seed of a batch of samples: all differ. That of batch 2³² − 1, which the first annealing run takes, is the run's own.
    fn stream(&self, batch: u64) -> u64 {
        self.model.settings.seed ^ (batch + 1) << 32
    }

    /// A parameter of the system, its default where it is not set; NaN where it has none of that name.
    fn parameter(&self, name: &str) -> f64 {
        let specs = entry(&self.model.settings.system).map_or(&[][..], |entry| entry.parameters);
        let default = specs.iter().find(|spec| spec.name == name).map_or("", |spec| spec.default);
        self.model.settings.parameters.number(name, parse_decimal(default).unwrap_or(f64::NAN))
    }

    /// The sample of lowest energy in the first state (`below`) or the second one.
    fn lowest(&self, below: bool, batch: u64) -> Result<Vec<f64>> {
        let samples = self.model.generator.sample(CANDIDATES, self.stream(batch), &Sequential);
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
        let path =
            self.model.generator.interpolate(&from, &to, points, Interpolation::GreatCircle)?;
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

/// Configurations one after the other.
fn rows(x: &DMatrix<f64>) -> JsValue {
    let flat: Vec<f32> =
        x.row_iter().flat_map(|r| r.iter().map(|v| *v as f32).collect::<Vec<_>>()).collect();
    f32_array(&flat)
}
