//! The engine that a worker owns: one training run with everything the page asks of it.

use std::cell::OnceCell;

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Purpose, Result, Stream};
use boltzflow::potential::{Coordinate, ReducedPotential, Scratch};
use boltzflow::prior::Prior;
use boltzflow::train::Trainer;
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::estimate::{bins, estimate};
use crate::grid::bent_grid;
use crate::object::{f32_array, f64_array, object};
use crate::reference::Reference;
use crate::settings::parse;
use crate::training::Training;

/// Most points or samples of one call.
const MOST_POINTS: usize = 100_000;

/// A training run in the plane.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    pub(crate) training: Training,
    pub(crate) target: ReducedPotential,
    pub(crate) coordinate: Coordinate,
    layers: usize,
    /// Made when the first estimate needs it: the first picture does not wait for it.
    reference: OnceCell<Reference>,
}

#[wasm_bindgen]
impl Engine {
    /// An untrained run from settings as texts; `preset` names the one to start from. Makes the examples.
    ///
    /// # Errors
    /// Those of the settings; `dimension-mismatch` for a system that is not two-dimensional.
    #[wasm_bindgen(constructor)]
    pub fn new(keys: Vec<String>, values: Vec<String>) -> core::result::Result<Self, JsValue> {
        Self::create(&keys, &values).map_err(to_js)
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
            self.target.potential().domain().iter().flat_map(|(a, b)| [*a, *b]).collect();
        let (a, b) = self.coordinate.states;
        let states = [a, b].into_iter().map(JsValue::from).collect::<js_sys::Array>();
        object([
            ("range", f64_array(&range)),
            ("coordinate", self.coordinate.name.into()),
            ("states", states.into()),
            ("has_examples", self.training.trainer().examples().is_some().into()),
        ])
    }

    /// Everything that the two planes show, after the first `layers` layers: `points` samples, half as many
    /// examples at most, and the grid, whose segments are at most `tolerance` long where the line has room.
    ///
    /// `{ z, x, state, example_z, example_x, example_state, latent_grid, grid, grid_start }`: points are (x, y) pairs.
    ///
    /// # Errors
    /// `invalid-setting` for more points than a screen shows.
    pub fn map_view(
        &self,
        points: usize,
        layers: usize,
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

    /// One point and its partner, from the latent plane (`latent`) or the other: `{ z, x, log_det, energy, log_weight }`,
    /// the weight relative to the mean one.
    ///
    /// # Errors
    /// `dimension-mismatch` unless `point` has two numbers.
    pub fn probe(&self, latent: bool, point: &[f64]) -> core::result::Result<Object, JsValue> {
        self.pair(latent, point).map_err(to_js)
    }
}

impl Engine {
    fn create(keys: &[String], values: &[String]) -> Result<Self> {
        let settings = parse(keys, values)?;
        let potential = settings.potential()?;
        if potential.dim() != 2 {
            let found = potential.dim();
            let what = "a system that is shown in the plane";
            return Err(Error::DimensionMismatch { what, expected: 2, found });
        }
        let coordinate = settings.reaction_coordinate(&*potential)?;
        let trainer: Trainer<f32> = settings.trainer(settings.examples()?)?;
        let layers = trainer.generator().flow.len();
        let (target, training) = (settings.target()?, Training::new(trainer));
        Ok(Self { training, target, coordinate, layers, reference: OnceCell::new() })
    }

    /// The exact answers at the temperature of training.
    pub(crate) fn reference(&self) -> Result<&Reference> {
        let bins = bins(&self.coordinate)?;
        let exact = || Reference::new(&self.target, &self.coordinate, &bins);
        Ok(self.reference.get_or_init(exact))
    }

    fn weigh(&self, samples: usize) -> Result<Object> {
        let reference = self.reference()?;
        let trainer = self.training.trainer();
        let (generator, seed) = (trainer.generator(), trainer.seed());
        let evaluations = trainer.energy_evaluations();
        estimate(&generator, &self.coordinate, reference, samples, seed, evaluations)
    }

    fn planes(&self, points: usize, layers: usize, tolerance: f64) -> Result<Object> {
        let trainer = self.training.trainer();
        let generator = trainer.generator();
        let mut rng = Stream::new(trainer.seed(), Purpose::Display, 0, 0);
        let mut z = DMatrix::from_element(points, 2, 0.0);
        Prior::standard(2).sample(&mut z, &mut rng);
        let (image, _) = generator.map(&z)?;
        let state = self.states(&image);
        let x = self.shown(&generator, &z, image, layers)?;
        let grid = bent_grid(&generator, layers.min(self.layers), tolerance)?;

        let example = self.example_rows(points.div_ceil(2));
        let (example_z, _) = generator.inverse(&example)?;
        let example_state = self.states(&example);
        let example_x = self.shown(&generator, &example_z, example, layers)?;
        Ok(object([
            ("z", pairs(&z)),
            ("x", pairs(&x)),
            ("state", js_sys::Uint8Array::from(&state[..]).into()),
            ("example_z", pairs(&example_z)),
            ("example_x", pairs(&example_x)),
            ("example_state", js_sys::Uint8Array::from(&example_state[..]).into()),
            ("latent_grid", f32_array(&grid.latent)),
            ("grid", f32_array(&grid.image)),
            ("grid_start", js_sys::Uint32Array::from(&grid.start[..]).into()),
        ]))
    }

    /// Where the points are after the first `layers` layers; `image` is where they end.
    fn shown(
        &self,
        generator: &BoltzmannGenerator<f32>,
        z: &DMatrix<f64>,
        image: DMatrix<f64>,
        layers: usize,
    ) -> Result<DMatrix<f64>> {
        if layers >= self.layers { Ok(image) } else { Ok(generator.map_through(z, layers)?.0) }
    }

    /// At most `count` examples, evenly spaced over all of them.
    fn example_rows(&self, count: usize) -> DMatrix<f64> {
        let trainer = self.training.trainer();
        let Some(examples) = trainer.examples() else {
            return DMatrix::from_element(0, 2, 0.0);
        };
        let all = examples.x();
        let n = all.nrows().min(count);
        DMatrix::from_fn(n, 2, |row, column| all[(row * all.nrows() / n, column)])
    }

    /// 0 for the state below the coordinate's boundary, 1 for the one above.
    fn states(&self, x: &DMatrix<f64>) -> Vec<u8> {
        let mut values = vec![0.0; x.nrows()];
        self.coordinate.values(x, &mut values);
        values.into_iter().map(|v| u8::from(v >= self.coordinate.boundary)).collect()
    }

    fn pair(&self, latent: bool, point: &[f64]) -> Result<Object> {
        let generator = self.training.trainer().generator();
        let given = DMatrix::from_row_slice(1, point.len(), point);
        let (z, x, log_det) = if latent {
            let (x, log_det) = generator.map(&given)?;
            (given, x, log_det[0])
        } else {
            let (z, log_det) = generator.inverse(&given)?;
            (z, given, -log_det[0])
        };
        let mut u = [0.0];
        let mut gradient = x.clone();
        generator.target.evaluate(&x, &mut u, &mut gradient, &mut Scratch::default());
        // log w = −u(x) − log p_X(x), log p_X = ln q_Z(z) − log|det ∂x/∂z|
        let square = z.iter().map(|z| z * z).sum();
        let log_p = generator.prior.log_density(square) - log_det;
        let log_z = self.reference.get().and_then(|r| r.log_z).unwrap_or(0.0);
        Ok(object([
            ("z", f64_array(z.as_slice())),
            ("x", f64_array(x.as_slice())),
            ("log_det", log_det.into()),
            ("energy", u[0].into()),
            ("log_weight", (-u[0] - log_p - log_z).into()),
        ]))
    }
}

/// Refuses counts that no page needs and memory may not hold.
pub(crate) fn limit(name: &str, count: usize) -> Result<()> {
    match count {
        1..=MOST_POINTS => Ok(()),
        _ => {
            let allowed = format!("a whole number from 1 to {MOST_POINTS}");
            Err(Error::setting(name, count, allowed))
        }
    }
}

/// A chunk in the plane as (x, y) pairs.
pub(crate) fn pairs(points: &DMatrix<f64>) -> JsValue {
    let flat: Vec<f32> = points.row_iter().flat_map(|p| [p[0] as f32, p[1] as f32]).collect();
    f32_array(&flat)
}
