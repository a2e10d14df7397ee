//! A generator of any system for programs: training, samples, maps and estimates as plain arrays. The npm package is made of it.
//!
//! Configurations and latent points are rows, one after the other (n·dim numbers).

use std::cell::OnceCell;
use std::sync::Arc;

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Result, Sequential};
use boltzflow::preset::{PRESETS, Preset};
use boltzflow::stats::{Bins, StateCoverage, Verdict};
use boltzflow::system::{Coordinate, System};
use boltzflow::train::Examples;
use boltzflow_model::{FreeEnergy, Judge, Model, begin};
use js_sys::{Array, Function, Object, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::custom::{Custom, thrown};
use crate::error::to_js;
use crate::object::{draws, f32_array, f64_array, object, rows};
use crate::settings::parse;
use crate::training::Training;

/// Most numbers of an array of samples: 512 MiB.
const MOST_NUMBERS: usize = 1 << 26;

type Answer<T> = core::result::Result<T, JsValue>;

/// A model with its training, which begins when it is first asked for.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Generator {
    /// What it draws with until there is a training.
    start: Model,
    coordinates: Vec<Coordinate>,
    training: OnceCell<Training>,
    judge: OnceCell<Judge>,
}

#[wasm_bindgen]
impl Generator {
    /// An untrained generator from settings as texts; `preset` names the one to start from. Learns from `examples` (rows) if there
    /// are any, else from those of the settings. `energy` computes a potential in place of the preset's, on the box of `range`
    /// (lower and upper end of each coordinate): see `custom.rs`.
    ///
    /// # Errors
    /// Those of the settings; `dimension-mismatch` for examples of another dimension; what `energy` throws.
    #[wasm_bindgen(constructor)]
    pub fn new(
        keys: Vec<String>,
        values: Vec<String>,
        examples: Option<Vec<f64>>,
        energy: Option<Function>,
        range: &[f64],
    ) -> Answer<Self> {
        let made = || {
            let mut settings = parse(&keys, &values)?;
            settings.own = own(energy, range)?;
            let dim = settings.system()?.dim();
            let examples =
                examples.map(|x| Examples::new(matrix(&x, dim)?, None, 0)).transpose()?;
            // The flow is fitted to its examples from the start.
            let trainer = begin(&settings, examples)?;
            let made = Self::of(Model::of(&settings, &trainer))?;
            made.training.get_or_init(|| Training::new(trainer));
            Ok(made)
        };
        heard(made())
    }

    /// A generator of numbers from a file: `bias` (empty if there is none), `theta` and `course`, which are the steps and the energy
    /// evaluations of training and of examples, are those of `ModelFile` of the module `files`. `energy` and `range` as for [`Generator::new`].
    ///
    /// # Errors
    /// `checkpoint` for numbers of another network; those of the settings; what `energy` throws.
    pub fn open(
        keys: Vec<String>,
        values: Vec<String>,
        bias: &[f64],
        theta: Vec<f32>,
        course: &[f64],
        energy: Option<Function>,
        range: &[f64],
    ) -> Answer<Self> {
        let count = |i: usize| course.get(i).map_or(0, |v| *v as u64);
        let made = || {
            let mut settings = parse(&keys, &values)?;
            settings.own = own(energy, range)?;
            let mut model = Model::of_numbers(&settings, &theta, count(0), [count(1), count(2)])?;
            if !bias.is_empty() {
                model.put_bias(bias)?;
            }
            Self::of(model)
        };
        heard(made())
    }

    /// What a file of the model holds: `{ bias, theta, course }` as for [`Generator::open`].
    #[must_use]
    pub fn model(&self) -> Object {
        let trained = self.training.get();
        let trained = trained.map(|run| Model::of(&self.start.settings, &run.trainer()));
        let model = trained.as_ref().unwrap_or(&self.start);
        let course = [model.step, model.training_evaluations, model.data_evaluations];
        object([
            ("bias", f64_array(&model.bias())),
            ("theta", f32_array(&model.generator.numbers())),
            ("course", f64_array(&course.map(|count| count as f64))),
        ])
    }

    /// What does not change: `{ dim, parameters, coordinates: [{ name, range, boundary, states }] }`.
    #[must_use]
    pub fn system(&self) -> Object {
        let row = |c: &Coordinate| -> JsValue {
            let states: Array =
                [&c.states.0, &c.states.1].into_iter().map(|s| JsValue::from(&**s)).collect();
            object([
                ("name", (&*c.name).into()),
                ("range", f64_array(&[c.range.0, c.range.1])),
                ("boundary", c.boundary.into()),
                ("states", states.into()),
            ])
            .into()
        };
        let coordinates: Array = self.coordinates.iter().map(row).collect();
        object([
            ("dim", self.dim().into()),
            ("parameters", self.start.generator.flow.layout().len().into()),
            ("coordinates", coordinates.into()),
        ])
    }

    /// The training. The first call makes the examples of a generator from a file.
    ///
    /// # Errors
    /// Those of the settings and of the examples; what an energy throws.
    pub fn training(&self) -> Answer<Training> {
        heard(self.trained().cloned())
    }

    /// At most `count` steps; the number of those that were made.
    ///
    /// # Errors
    /// As [`Generator::training`] and [`Training::step`].
    pub fn train(&self, count: usize) -> Answer<usize> {
        let training = self.training()?;
        for step in 0..count {
            if training.is_done() {
                return Ok(step);
            }
            let stepped = training.step();
            thrown().map_or(Ok(()), Err)?;
            stepped?;
        }
        Ok(count)
    }

    /// `count` independent samples: `{ dim, x, energy, log_weight }`, reduced energies u = U/kT; the same for the same seed, here and in `boltzflow sample`.
    ///
    /// # Errors
    /// `invalid-setting` for none or more than memory holds; what an energy throws.
    pub fn sample(&self, count: usize, seed: f64) -> Answer<Object> {
        let most = MOST_NUMBERS / self.dim();
        if count == 0 || count > most {
            let allowed = format!("a whole number from 1 to {most}");
            return Err(to_js(Error::setting("samples", count, allowed)));
        }
        heard(Ok(draws(&self.generator().sample(count, seed as u64, &Sequential))))
    }

    /// Configurations of latent points: `{ x, log_det }` with log|det ∂x/∂z|.
    ///
    /// # Errors
    /// `dimension-mismatch` for numbers that do not divide into points.
    pub fn map(&self, z: &[f64]) -> Answer<Object> {
        let mapped = self.rows(z).and_then(|z| self.generator().map(&z)).map_err(to_js)?;
        Ok(pair("x", mapped))
    }

    /// Latent points of configurations: `{ z, log_det }` with log|det ∂z/∂x|.
    ///
    /// # Errors
    /// As [`Generator::map`].
    pub fn inverse(&self, x: &[f64]) -> Answer<Object> {
        let mapped = self.rows(x).and_then(|x| self.generator().inverse(&x)).map_err(to_js)?;
        Ok(pair("z", mapped))
    }

    /// log p(x) of the flow for each configuration.
    ///
    /// # Errors
    /// As [`Generator::map`].
    pub fn log_prob(&self, x: &[f64]) -> Answer<Vec<f64>> {
        self.rows(x).and_then(|x| self.generator().log_prob(&x)).map_err(to_js)
    }

    /// Reduced energies u = U/kT of configurations and their gradients: `{ energy, gradient }`.
    ///
    /// # Errors
    /// As [`Generator::map`]; what an energy throws.
    pub fn energy(&self, x: &[f64]) -> Answer<Object> {
        let computed = self.rows(x).and_then(|x| self.start.energy(&x));
        let (u, gradient) = heard(computed)?;
        Ok(object([("energy", f64_array(&u)), ("gradient", rows(&gradient))]))
    }

    /// Values of a coordinate by its place among those of [`Generator::system`].
    ///
    /// # Errors
    /// As [`Generator::map`]; `invalid-setting` for a place where there is none.
    pub fn coordinate(&self, place: usize, x: &[f64]) -> Answer<Vec<f64>> {
        let values = || {
            let x = self.rows(x)?;
            let count = self.coordinates.len();
            let coordinate = self.coordinates.get(place);
            let coordinate = coordinate
                .ok_or_else(|| Error::setting("coordinate", place, format!("below {count}")))?;
            let mut values = vec![0.0; x.nrows()];
            coordinate.values(&x, &mut values);
            Ok(values)
        };
        values().map_err(to_js)
    }

    /// How far weights can be trusted: `{ fraction, effective, pareto_k, max_weight, dropped, code, words, states: [{ name, share, reference, missed }] }`.
    /// `x` are the configurations that the weights belong to.
    ///
    /// # Errors
    /// `dimension-mismatch`; `invalid-data` if no sample has a weight.
    pub fn quality(&self, x: &[f64], log_weight: &[f64]) -> Answer<Object> {
        heard(self.judged(x, log_weight))
    }
}

/// All presets: `[{ name, system, summary, dim }]`.
#[wasm_bindgen]
#[must_use]
pub fn all_presets() -> Array {
    let entry = |p: &Preset| -> JsValue {
        let settings = (p.settings)();
        let dim = settings.system().map_or(0, |system| system.dim());
        object([
            ("name", p.name.into()),
            ("system", settings.system.into()),
            ("summary", p.summary.into()),
            ("dim", dim.into()),
        ])
        .into()
    };
    PRESETS.iter().map(entry).collect()
}

/// Free energies along any coordinate from its `values` and their log-weights: `{ center, value, error, lower, upper, sampled, delta_f,
/// delta_f_error }` over `count` bins from `low` to `high`; ΔF is that of the state above `boundary` less that below it. All in kT.
///
/// # Errors
/// `dimension-mismatch`; `invalid-setting` for bins or a boundary that make no sense; `invalid-data` if no weight falls into the bins.
#[wasm_bindgen]
pub fn free_energy(
    values: &[f64],
    log_weight: &[f64],
    low: f64,
    high: f64,
    count: usize,
    boundary: f64,
    seed: f64,
) -> Answer<Object> {
    let found = Bins::new(low, high, count).and_then(|bins| {
        boltzflow_model::free_energy(values, log_weight, &bins, boundary, seed as u64)
    });
    let FreeEnergy { profile, delta_f } = found.map_err(to_js)?;
    let sampled: Vec<u8> = profile.sampled().into_iter().map(u8::from).collect();
    Ok(object([
        ("center", f64_array(&profile.center)),
        ("value", f64_array(&profile.value)),
        ("error", f64_array(&profile.error)),
        ("lower", f64_array(&profile.lower)),
        ("upper", f64_array(&profile.upper)),
        ("sampled", Uint8Array::from(&sampled[..]).into()),
        ("delta_f", delta_f.value.into()),
        ("delta_f_error", delta_f.error.into()),
    ]))
}

impl Generator {
    fn of(start: Model) -> Result<Self> {
        let coordinates = start.coordinates()?;
        Ok(Self { start, coordinates, training: OnceCell::new(), judge: OnceCell::new() })
    }

    fn dim(&self) -> usize {
        self.start.generator.target.dim()
    }

    fn rows(&self, numbers: &[f64]) -> Result<DMatrix<f64>> {
        matrix(numbers, self.dim())
    }

    /// The generator of now.
    fn generator(&self) -> BoltzmannGenerator<f32> {
        match self.training.get() {
            Some(training) => training.trainer().generator(),
            None => self.start.generator.clone(),
        }
    }

    fn trained(&self) -> Result<&Training> {
        if let Some(training) = self.training.get() {
            return Ok(training);
        }
        let training = Training::new(self.start.trainer(None)?);
        Ok(self.training.get_or_init(|| training))
    }

    fn judged(&self, x: &[f64], log_weight: &[f64]) -> Result<Object> {
        let x = self.rows(x)?;
        let judge = match self.judge.get() {
            Some(judge) => judge,
            None => {
                let judge = Judge::new(&self.start)?;
                self.judge.get_or_init(|| judge)
            }
        };
        let quality = judge.quality(&x, log_weight)?;
        let state = |s: &StateCoverage| -> JsValue {
            object([
                ("name", s.name.as_str().into()),
                ("share", s.share.value.into()),
                ("reference", s.reference.map_or(f64::NAN, |r| r.value).into()),
                ("missed", s.is_missed().into()),
            ])
            .into()
        };
        let states: Array = quality.coverage.states.iter().map(state).collect();
        Ok(object([
            ("fraction", quality.ess_fraction.into()),
            ("effective", quality.ess.into()),
            ("pareto_k", quality.pareto_k.unwrap_or(f64::NAN).into()),
            ("max_weight", quality.max_weight.into()),
            ("dropped", quality.dropped.into()),
            ("code", quality.verdict.code().into()),
            ("words", quality.verdict.to_string().into()),
            ("trusted", matches!(quality.verdict, Verdict::Good { .. }).into()),
            ("states", states.into()),
        ]))
    }
}

/// The system of a potential of the user's own, where there is one.
fn own(energy: Option<Function>, range: &[f64]) -> Result<Option<Arc<System>>> {
    let custom = energy.map(|function| Custom::system(function, range)).transpose()?;
    Ok(custom.map(Arc::new))
}

/// The result, or what an energy has thrown on the way to it.
fn heard<T>(result: Result<T>) -> Answer<T> {
    match thrown() {
        Some(error) => Err(error),
        None => result.map_err(to_js),
    }
}

fn matrix(numbers: &[f64], dim: usize) -> Result<DMatrix<f64>> {
    if !numbers.len().is_multiple_of(dim) {
        let what = "an array of points, whose length divides by their dimension";
        return Err(Error::DimensionMismatch { what, expected: dim, found: numbers.len() });
    }
    Ok(DMatrix::from_row_slice(numbers.len() / dim, dim, numbers))
}

fn pair(name: &str, (points, log_det): (DMatrix<f64>, Vec<f64>)) -> Object {
    object([(name, rows(&points)), ("log_det", f64_array(&log_det))])
}
