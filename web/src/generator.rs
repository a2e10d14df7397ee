//! A generator of any system for programs: training, samples, maps and estimates as plain arrays. The npm package is made of it.
//!
//! Configurations and latent points are rows, one after the other (n·dim numbers).

use std::cell::OnceCell;
use std::sync::Arc;

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Purpose, Result, Stream};
use boltzflow::potential::{Coordinate, Scratch};
use boltzflow::preset::{OwnPotential, PRESETS, Preset, Settings};
use boltzflow::stats::{Bins, Bootstrap, Coverage, DeltaF, LogWeights, Profile, Quality, Verdict};
use boltzflow::train::Examples;
use js_sys::{Array, Function, Object, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::custom::{Custom, thrown};
use crate::error::to_js;
use crate::estimate::{RESAMPLES, bins};
use crate::model::{draws, model};
use crate::object::{f64_array, object};
use crate::pretrained::trained;
use crate::reference::Reference;
use crate::settings::parse;
use crate::training::Training;

/// Most numbers of an array of samples: 512 MiB.
const MOST_NUMBERS: usize = 1 << 26;

type Answer<T> = core::result::Result<T, JsValue>;

/// A generator with its training, which begins when it is first asked for.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Generator {
    settings: Settings,
    coordinates: Vec<Coordinate>,
    /// What it draws with until there is a training.
    start: BoltzmannGenerator<f32>,
    /// Where training begins, for a generator from a file.
    opened: Option<Opened>,
    examples: Option<Examples>,
    training: OnceCell<Training>,
    reference: OnceCell<Reference>,
}

/// What a file says of the training behind it.
#[derive(Debug)]
struct Opened {
    step: u64,
    training_evaluations: u64,
    data_evaluations: u64,
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
        let made = own(parse(&keys, &values), energy, range)
            .and_then(|settings| Self::of(settings, examples.as_deref(), None));
        heard(made)
    }

    /// A generator from the numbers of a file, as [`crate::Pretrained::new`] takes them, and what the file says of its training.
    ///
    /// # Errors
    /// As there.
    pub fn open(
        keys: Vec<String>,
        values: Vec<String>,
        tilt: &[f64],
        theta: Vec<f32>,
        digest: &str,
        evaluations: &[f64],
        energy: Option<Function>,
        range: &[f64],
    ) -> Answer<Self> {
        let count = |i: usize| evaluations.get(i).map_or(0, |v| *v as u64);
        let opened =
            Opened { step: count(0), training_evaluations: count(1), data_evaluations: count(2) };
        let made = own(parse(&keys, &values), energy, range).and_then(|settings| {
            let (generator, _) = trained(&settings, tilt, theta, digest)?;
            Self::of(settings, None, Some((generator, opened)))
        });
        heard(made)
    }

    /// What does not change: `{ dim, parameters, coordinates: [{ name, range, boundary, states }] }`.
    #[must_use]
    pub fn system(&self) -> Object {
        let row = |c: &Coordinate| -> JsValue {
            let states: Array = [c.states.0, c.states.1].into_iter().map(JsValue::from).collect();
            object([
                ("name", c.name.into()),
                ("range", f64_array(&[c.range.0, c.range.1])),
                ("boundary", c.boundary.into()),
                ("states", states.into()),
            ])
            .into()
        };
        let coordinates: Array = self.coordinates.iter().map(row).collect();
        object([
            ("dim", self.dim().into()),
            ("parameters", self.start.theta.len().into()),
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
        heard(Ok(draws(&self.generator(), count, seed as u64)))
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
        let x = self.rows(x).map_err(to_js)?;
        let (mut u, mut gradient) = (vec![0.0; x.nrows()], x.clone());
        self.start.target.evaluate_untilted(&x, &mut u, &mut gradient, &mut Scratch::default());
        heard(Ok(object([
            ("energy", f64_array(&u)),
            ("gradient", f64_array(gradient.transpose().as_slice())),
        ])))
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

    /// What a file of the model holds: as [`crate::Engine::model`].
    #[must_use]
    pub fn model(&self) -> Object {
        match self.training.get() {
            Some(training) => {
                let trainer = training.trainer();
                let data = trainer.examples().map_or(0, Examples::energy_evaluations);
                let theta = trainer.generator().theta;
                model(&theta, trainer.step_count(), trainer.energy_evaluations() - data, data)
            }
            None => {
                let none = Opened { step: 0, training_evaluations: 0, data_evaluations: 0 };
                let opened = self.opened.as_ref().unwrap_or(&none);
                let Opened { step, training_evaluations, data_evaluations } = *opened;
                model(&self.start.theta, step, training_evaluations, data_evaluations)
            }
        }
    }
}

/// All presets: `[{ name, summary, dim }]`.
#[wasm_bindgen]
#[must_use]
pub fn all_systems() -> Array {
    let entry = |p: &Preset| -> JsValue {
        let dim = (p.settings)().potential().map_or(0, |potential| potential.dim());
        object([("name", p.name.into()), ("summary", p.summary.into()), ("dim", dim.into())]).into()
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
    let profile = || {
        let weights = LogWeights::new(log_weight)?;
        let bins = Bins::new(low, high, count)?;
        let bootstrap = Bootstrap { resamples: RESAMPLES, ..Bootstrap::default() };
        let mut stream = Stream::new(seed as u64, Purpose::Bootstrap, 0, 0);
        let profile = Profile::new(values, &weights, &bins, &bootstrap, &mut stream)?;
        let sampled: Vec<u8> = profile.sampled().into_iter().map(u8::from).collect();
        let delta_f = DeltaF::new(values, &weights, boundary, &bootstrap, &mut stream)?.delta_f;
        Ok(object([
            ("center", f64_array(&profile.center)),
            ("value", f64_array(&profile.value)),
            ("error", f64_array(&profile.error)),
            ("lower", f64_array(&profile.lower)),
            ("upper", f64_array(&profile.upper)),
            ("sampled", Uint8Array::from(&sampled[..]).into()),
            ("delta_f", (-delta_f.value).into()),
            ("delta_f_error", delta_f.error.into()),
        ]))
    };
    profile().map_err(to_js)
}

impl Generator {
    fn of(
        settings: Settings,
        examples: Option<&[f64]>,
        opened: Option<(BoltzmannGenerator<f32>, Opened)>,
    ) -> Result<Self> {
        let (start, opened) = match opened {
            Some((generator, opened)) => (generator, Some(opened)),
            None => (settings.generator()?, None),
        };
        let potential = start.target.potential();
        let dim = potential.dim();
        let default = settings.reaction_coordinate(&**potential)?;
        let mut coordinates = potential.coordinates();
        coordinates.retain(|c| c.name != default.name);
        coordinates.insert(0, default);
        let examples = examples.map(|x| Examples::new(rows(x, dim)?, None, 0)).transpose()?;
        let is_new = opened.is_none();
        let (training, reference) = (OnceCell::new(), OnceCell::new());
        let made = Self { settings, coordinates, start, opened, examples, training, reference };
        // The flow of a new generator is fitted to its examples; that of a file has been.
        if is_new {
            made.trained()?;
        }
        Ok(made)
    }

    fn dim(&self) -> usize {
        self.start.target.dim()
    }

    fn rows(&self, numbers: &[f64]) -> Result<DMatrix<f64>> {
        rows(numbers, self.dim())
    }

    /// The generator of now.
    fn generator(&self) -> BoltzmannGenerator<f32> {
        match self.training.get() {
            Some(training) => training.trainer().generator(),
            None => self.start.clone(),
        }
    }

    fn trained(&self) -> Result<&Training> {
        if let Some(training) = self.training.get() {
            return Ok(training);
        }
        let examples = match &self.examples {
            Some(examples) => Some(examples.clone()),
            None => self.settings.examples()?,
        };
        let training = Training::new(self.settings.trainer(examples)?);
        if let Some(Opened { step, training_evaluations, .. }) = self.opened {
            training.restart(self.start.theta.clone(), step, training_evaluations)?;
        }
        Ok(self.training.get_or_init(|| training))
    }

    fn judged(&self, x: &[f64], log_weight: &[f64]) -> Result<Object> {
        let (x, weights) = (self.rows(x)?, LogWeights::new(log_weight)?);
        let coordinate = &self.coordinates[0];
        let mut values = vec![0.0; x.nrows()];
        coordinate.values(&x, &mut values);
        let side: Vec<u8> = values.iter().map(|v| u8::from(*v >= coordinate.boundary)).collect();
        let bins = bins(coordinate)?;
        let exact = || Reference::new(&self.start.target, coordinate, &bins);
        let reference = self.reference.get_or_init(exact);
        let assigned = reference.assign(&x, &side);
        let quality =
            Quality::new(&weights, Coverage::new(&reference.states, &assigned, &weights)?, None);
        let state = |s: &boltzflow::stats::StateCoverage| -> JsValue {
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

/// Settings whose potential is the user's own, where there is one.
fn own(settings: Result<Settings>, energy: Option<Function>, range: &[f64]) -> Result<Settings> {
    let mut settings = settings?;
    if let Some(function) = energy {
        settings.own = Some(OwnPotential(Arc::new(Custom::new(function, range)?)));
    }
    Ok(settings)
}

/// The result, or what an energy has thrown on the way to it.
fn heard<T>(result: Result<T>) -> Answer<T> {
    match thrown() {
        Some(error) => Err(error),
        None => result.map_err(to_js),
    }
}

fn rows(numbers: &[f64], dim: usize) -> Result<DMatrix<f64>> {
    if !numbers.len().is_multiple_of(dim) {
        let what = "an array of points, whose length divides by their dimension";
        return Err(Error::DimensionMismatch { what, expected: dim, found: numbers.len() });
    }
    Ok(DMatrix::from_row_slice(numbers.len() / dim, dim, numbers))
}

fn pair(name: &str, (points, log_det): (DMatrix<f64>, Vec<f64>)) -> Object {
    object([(name, f64_array(points.transpose().as_slice())), ("log_det", f64_array(&log_det))])
}
