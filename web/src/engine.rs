//! The engine that a worker owns: one training run with everything the page asks of it.

mod layers;
mod next_step;
mod region;
mod replay;

use std::cell::{Cell, OnceCell};

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Purpose, Result, Stream};
use boltzflow::potential::Scratch;

use boltzflow::system::{Coordinate, ReducedPotential};
use boltzflow::train::{Examples, Trainer};
use boltzflow_model::{Reference, bins};
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::estimate::estimate;
use crate::grid::{behind, bent_grid, latent, places};
use crate::object::{f32_array, f64_array, object, pairs};
use crate::settings::{limit, parse};
use crate::training::Training;

/// Part of a coordinate's range on each side of the boundary that counts as between the states.
const BETWEEN: f64 = 0.05;
/// On the bridge between the states are points within so many standard deviations, with a weight below 1/5 of the mean.
const REACHED: f64 = 3.0;
const BRIDGE_LOG_WEIGHT: f64 = -1.6;

/// A training run whose first two coordinates are shown in a plane.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    pub(crate) training: Training,
    pub(crate) target: ReducedPotential,
    pub(crate) coordinate: Coordinate,
    layers: usize,
    /// The keyframe that everything is shown at, instead of the present.
    shown: Cell<Option<u64>>,
    /// Made when the first estimate needs it: the first picture does not wait for it.
    reference: OnceCell<Reference>,
}

#[wasm_bindgen]
impl Engine {
    /// An untrained run from settings as texts; `preset` names the one to start from. Makes the examples.
    ///
    /// # Errors
    /// Those of the settings; `dimension-mismatch` for a system of one coordinate.
    #[wasm_bindgen(constructor)]
    pub fn new(keys: Vec<String>, values: Vec<String>) -> core::result::Result<Self, JsValue> {
        Self::create(&keys, &values, None).map_err(to_js)
    }

    /// The same, learning from the visitor's samples: (x, y) pairs one after the other.
    ///
    /// # Errors
    /// As [`Engine::new`]; `dimension-mismatch` for a system of more coordinates, `invalid-data` for no sample.
    pub fn from_samples(
        keys: Vec<String>,
        values: Vec<String>,
        samples: &[f64],
    ) -> core::result::Result<Self, JsValue> {
        let x = DMatrix::from_row_slice(samples.len() / 2, 2, &samples[..samples.len() / 2 * 2]);
        Examples::new(x, None, 0)
            .and_then(|examples| Self::create(&keys, &values, Some(examples)))
            .map_err(to_js)
    }

    /// The training.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn training(&self) -> Training {
        self.training.clone()
    }

    /// Number of layers of the flow.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn layers(&self) -> usize {
        self.layers
    }

    /// What does not change during a run: `{ range, coordinate, states, has_examples }`.
    #[must_use]
    pub fn system(&self) -> Object {
        let range: Vec<f64> =
            self.target.system().space().domain.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let (a, b) = &self.coordinate.states;
        let states = [a, b].into_iter().map(|s| JsValue::from(&**s)).collect::<js_sys::Array>();
        object([
            ("range", f64_array(&range)),
            ("coordinate", (&*self.coordinate.name).into()),
            ("states", states.into()),
            ("has_examples", self.training.trainer().examples().is_some().into()),
        ])
    }

    /// Everything that the two planes show, after the first `layers` layers (between two of them where it is no whole
    /// number): `points` samples, half as many examples at most, and the grid, whose segments are at most `tolerance`
    /// long where the line has room.
    ///
    /// `{ z, x, state, weight, example_z, example_x, example_state, latent_grid, grid, grid_start }`: points are (x, y)
    /// pairs, a state is 0 or 1, or 2 between them; weights are relative to the mean one.
    ///
    /// # Errors
    /// `invalid-setting` for more points than a screen shows.
    pub fn map_view(
        &self,
        points: usize,
        layers: f64,
        tolerance: f64,
    ) -> core::result::Result<Object, JsValue> {
        limit("points", points).and_then(|()| self.planes(points, layers, tolerance)).map_err(to_js)
    }

    /// Estimates from fresh samples: see the fields in `estimate.rs`.
    ///
    /// # Errors
    /// `invalid-data` if no sample has a weight, `invalid-setting` for none or too many.
    pub fn estimate(&self, samples: usize) -> core::result::Result<Object, JsValue> {
        limit("samples", samples).and_then(|()| self.weigh(samples)).map_err(to_js)
    }

    /// One point and its partner, from the latent plane (`latent`) or the other, where it is seen behind the first `layers`
    /// layers, all of them unless given: `{ z, x, place, log_det, energy, log_weight, is_bridge }`; `place` is where the
    /// point is behind those layers, the weight relative to the mean one.
    ///
    /// # Errors
    /// `dimension-mismatch` unless `point` has two numbers.
    pub fn probe(
        &self,
        latent: bool,
        point: &[f64],
        layers: Option<usize>,
    ) -> core::result::Result<Object, JsValue> {
        self.pair(latent, point, layers.unwrap_or(self.layers)).map_err(to_js)
    }
}

impl Engine {
    fn create(keys: &[String], values: &[String], samples: Option<Examples>) -> Result<Self> {
        let settings = parse(keys, values)?;
        let system = settings.system()?;
        if system.dim() < 2 {
            let found = system.dim();
            let what = "a system that is shown in the plane";
            return Err(Error::DimensionMismatch { what, expected: 2, found });
        }
        let coordinate = settings.reaction_coordinate(&system)?;
        let trainer: Trainer<f32> = settings.trainer(match samples {
            Some(samples) => Some(samples),
            None => settings.examples()?,
        })?;
        let layers = trainer.generator().flow.len();
        let (target, training) = (settings.target()?, Training::with_keyframes(trainer));
        let (shown, reference) = (Cell::new(None), OnceCell::new());
        Ok(Self { training, target, coordinate, layers, shown, reference })
    }

    /// The exact answers at the temperature of training.
    pub(crate) fn reference(&self) -> Result<&Reference> {
        let bins = bins(&self.coordinate)?;
        let exact = || Reference::new(&self.target, &self.coordinate, &bins);
        Ok(self.reference.get_or_init(exact))
    }

    fn weigh(&self, samples: usize) -> Result<Object> {
        let reference = self.reference()?;
        let (seed, evaluations) = (self.training.trainer().seed(), self.energy_evaluations());
        estimate(&self.generator(), &self.coordinate, reference, samples, seed, evaluations)
    }

    fn planes(&self, points: usize, layers: f64, tolerance: f64) -> Result<Object> {
        let generator = self.generator();
        let layers = layers.clamp(0.0, self.layers as f64);
        let drawn = self.drawn(&generator, points)?;
        let state = self.states(&drawn.x);
        let weight: Vec<f32> = drawn.weight.iter().map(|w| *w as f32).collect();
        let x = self.shown_at(&generator, &drawn.z, drawn.x, layers)?;
        let grid = bent_grid(&generator, layers, tolerance)?;

        let example = self.example_rows(points.div_ceil(2));
        let (example_z, _) = generator.inverse(&example)?;
        let example_state = self.states(&example);
        let example_x = self.shown_at(&generator, &example_z, example, layers)?;
        Ok(object([
            ("z", pairs(&drawn.z)),
            ("x", pairs(&x)),
            ("state", js_sys::Uint8Array::from(&state[..]).into()),
            ("weight", f32_array(&weight)),
            ("example_z", pairs(&example_z)),
            ("example_x", pairs(&example_x)),
            ("example_state", js_sys::Uint8Array::from(&example_state[..]).into()),
            ("latent_grid", f32_array(&grid.latent)),
            ("grid", f32_array(&grid.image)),
            ("grid_start", js_sys::Uint32Array::from(&grid.start[..]).into()),
        ]))
    }

    /// The samples that the planes show: the same latent points in every snapshot, so that the eye can follow them.
    fn drawn(&self, generator: &BoltzmannGenerator<f32>, points: usize) -> Result<Drawn> {
        let mut rng = Stream::new(self.training.trainer().seed(), Purpose::Display, 0, 0);
        let dim = self.dim();
        let mut z = DMatrix::from_element(points, dim, 0.0);
        generator.prior.sample(&mut z, &mut rng);
        let (x, log_det) = generator.map(&z)?;
        let mut weight = self.log_weights(generator, &z, &x, &log_det).1;
        let highest = weight.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        weight.iter_mut().for_each(|w| *w = (*w - highest).exp());
        let mean = weight.iter().sum::<f64>() / points as f64;
        weight.iter_mut().for_each(|w| *w /= mean);
        Ok(Drawn { z, x, weight })
    }

    /// u(x) and log w = −u(x) − log p_X(x), with log p_X = ln q_Z(z) − log|det ∂x/∂z|, without the bias that examples may
    /// carry: estimates stand beside them.
    fn log_weights(
        &self,
        generator: &BoltzmannGenerator<f32>,
        z: &DMatrix<f64>,
        x: &DMatrix<f64>,
        log_det: &[f64],
    ) -> (Vec<f64>, Vec<f64>) {
        let mut u = vec![0.0; x.nrows()];
        let mut gradient = x.clone();
        generator.target.evaluate_unbiased(x, &mut u, &mut gradient, &mut Scratch::default());
        let mut log_q = vec![0.0; x.nrows()];
        generator.prior.log_density(z, &mut log_q);
        let terms = log_q.iter().zip(log_det).zip(&u);
        let log_weight = terms.map(|((log_q, log_det), u)| log_det - log_q - u).collect();
        (u, log_weight)
    }

    /// Where the points are behind the first `layers` layers; `image` is where they end.
    fn shown_at(
        &self,
        generator: &BoltzmannGenerator<f32>,
        z: &DMatrix<f64>,
        image: DMatrix<f64>,
        layers: f64,
    ) -> Result<DMatrix<f64>> {
        if layers >= self.layers as f64 { Ok(image) } else { places(generator, z, layers) }
    }

    /// At most `count` examples, evenly spaced over all of them.
    fn example_rows(&self, count: usize) -> DMatrix<f64> {
        let trainer = self.training.trainer();
        let Some(examples) = trainer.examples() else {
            return DMatrix::from_element(0, self.dim(), 0.0);
        };
        let all = examples.x();
        let n = all.nrows().min(count);
        DMatrix::from_fn(n, self.dim(), |row, column| all[(row * all.nrows() / n, column)])
    }

    /// 0 for the state below the coordinate's boundary, 1 for the one above, 2 near the boundary.
    fn states(&self, x: &DMatrix<f64>) -> Vec<u8> {
        let Coordinate { range: (low, high), boundary, .. } = &self.coordinate;
        let near = BETWEEN * (high - low);
        let mut values = vec![0.0; x.nrows()];
        self.coordinate.values(x, &mut values);
        let state = |v: f64| if (v - boundary).abs() < near { 2 } else { u8::from(v >= *boundary) };
        values.into_iter().map(state).collect()
    }

    fn dim(&self) -> usize {
        self.target.dim()
    }

    fn pair(&self, is_latent: bool, point: &[f64], layers: usize) -> Result<Object> {
        let generator = self.generator();
        if point.len() != 2 {
            let (what, expected) = ("a point of the plane", 2);
            return Err(Error::DimensionMismatch { what, expected, found: point.len() });
        }
        let given = DMatrix::from_row_slice(1, 2, point);
        let ends = layers >= self.layers;
        let given = match is_latent {
            true => latent(given, self.dim()),
            false => behind(&generator, given, layers.min(self.layers))?,
        };
        let z =
            if is_latent { given.clone() } else { generator.inverse_through(&given, layers)?.0 };
        let (image, log_det) = generator.map(&z)?;
        // What was pointed at is not moved by a round trip.
        let x = if ends && !is_latent { given.clone() } else { image };
        let place = match (ends, is_latent) {
            (true, _) => x.clone(),
            (false, true) => generator.map_through(&z, layers)?.0,
            (false, false) => given,
        };
        let (u, log_weight) = self.log_weights(&generator, &z, &x, &log_det);
        let log_z = self.reference.get().and_then(|r| r.log_z).unwrap_or(0.0);
        let log_weight = log_weight[0] - log_z;
        let is_bridge =
            self.states(&x) == [2] && z.norm() < REACHED && log_weight < BRIDGE_LOG_WEIGHT;
        Ok(object([
            ("z", f64_array(z.as_slice())),
            ("x", f64_array(x.as_slice())),
            ("place", f64_array(place.as_slice())),
            ("log_det", log_det[0].into()),
            ("energy", u[0].into()),
            ("log_weight", log_weight.into()),
            ("is_bridge", is_bridge.into()),
        ]))
    }
}

/// Samples with their weights, relative to the mean one.
struct Drawn {
    z: DMatrix<f64>,
    x: DMatrix<f64>,
    weight: Vec<f64>,
}
