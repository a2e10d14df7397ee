//! A trained generator with what its file says of it.

use std::sync::Arc;

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{CheckpointFault, Error, Result};
use boltzflow::optim::AdamState;
use boltzflow::potential::Scratch;
use boltzflow::preset::Settings;
use boltzflow::system::{Coordinate, System};
use boltzflow::train::{Examples, Moments, Trainer};

use crate::bias;
use crate::run_file;
use crate::tensors::{Precision, Tensors, old_digest};

/// A generator with its settings and the course of its training.
///
/// ```
/// use boltzflow::num::Sequential;
/// use boltzflow::preset::preset;
/// use boltzflow_model::Model;
///
/// let model = Model::create(&preset("double-well-by-energy")?)?;
/// let loaded = Model::load(&model.save()?)?;
/// assert_eq!(loaded.digest, model.digest);
/// let draw = |model: &Model| model.generator.sample(10, 1, &Sequential);
/// assert_eq!(draw(&loaded), draw(&model));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    /// Settings of the run.
    pub settings: Settings,
    /// The generator with its parameters.
    pub generator: BoltzmannGenerator<f32>,
    /// Steps done.
    pub step: u64,
    /// Steps of the plan that were left out by stages which ended early.
    pub skipped: u64,
    /// Energy evaluations of training.
    pub training_evaluations: u64,
    /// Energy evaluations that made the examples.
    pub data_evaluations: u64,
    /// Digest of the parameters ([`BoltzmannGenerator::digest`]): the same in every front.
    pub digest: String,
    /// Version of boltzflow that wrote it.
    pub version: String,
}

/// A training from the start, with the examples given or those of the settings.
///
/// # Errors
/// Those of [`Settings::examples`] and [`Settings::trainer`].
pub fn begin(settings: &Settings, examples: Option<Examples>) -> Result<Trainer<f32>> {
    let examples = match examples {
        Some(examples) => Some(examples),
        None => settings.examples()?,
    };
    settings.trainer(examples)
}

/// The digest of a generator's parameters as text.
fn digest_of(generator: &BoltzmannGenerator<f32>) -> String {
    format!("{:016x}", generator.digest())
}

/// Puts a training to parameters that were trained elsewhere, as [`BoltzmannGenerator::numbers`] gives them: it goes on from there without the optimiser's memory.
///
/// # Errors
/// [`Error::Checkpoint`] for parameters of another network.
pub fn restart(
    trainer: &mut Trainer<f32>,
    numbers: &[f32],
    step: u64,
    energy_evaluations: u64,
) -> Result<()> {
    let (theta, constants) = trainer.layout().divide(numbers)?;
    let mut state = trainer.state();
    let average = if state.current.average.is_empty() { Vec::new() } else { theta.clone() };
    let adam = AdamState::new(theta.len());
    let moments = Moments { step, adam, average, average_updates: step, theta };
    state.keyframe = moments.clone();
    state.current = moments;
    state.energy_evaluations = energy_evaluations;
    trainer.set_constants(&constants)?;
    trainer.restore(state)
}

impl Model {
    /// An untrained model. Where there are examples, [`begin`] fits its flow to them.
    ///
    /// # Errors
    /// Those of [`Settings::generator`].
    pub fn create(settings: &Settings) -> Result<Self> {
        Ok(Self::with(settings, settings.generator()?, 0, [0, 0]))
    }

    /// What a training has reached: the parameters that samples are drawn with.
    #[must_use]
    pub fn of(settings: &Settings, trainer: &Trainer<f32>) -> Self {
        let data = trainer.examples().map_or(0, Examples::energy_evaluations);
        let evaluations = [trainer.energy_evaluations() - data, data];
        let generator = trainer.generator();
        let model = Self::with(settings, generator, trainer.step_count(), evaluations);
        Self { skipped: trainer.skipped(), ..model }
    }

    /// A model of numbers from elsewhere, as [`BoltzmannGenerator::numbers`] gives them.
    ///
    /// # Errors
    /// Those of [`Settings::generator`]; [`Error::Checkpoint`] for numbers of another network.
    pub fn of_numbers(
        settings: &Settings,
        numbers: &[f32],
        step: u64,
        evaluations: [u64; 2],
    ) -> Result<Self> {
        let mut generator = settings.generator()?;
        generator.set_numbers(numbers)?;
        Ok(Self::with(settings, generator, step, evaluations))
    }

    /// Evaluations are those of training and of examples.
    fn with(
        settings: &Settings,
        generator: BoltzmannGenerator<f32>,
        step: u64,
        [training_evaluations, data_evaluations]: [u64; 2],
    ) -> Self {
        Self {
            settings: settings.clone(),
            digest: digest_of(&generator),
            generator,
            step,
            skipped: 0,
            training_evaluations,
            data_evaluations,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// Steps of its whole training, less those that were left out.
    #[must_use]
    pub fn total_steps(&self) -> u64 {
        let planned: u64 = self.settings.stages.iter().map(|stage| stage.iterations).sum();
        planned.saturating_sub(self.skipped)
    }

    /// From the bytes of a file.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] for bytes that are no model, that are damaged or do not fit its settings, and the errors of these.
    pub fn load(bytes: &[u8]) -> Result<Self> {
        Self::from_tensors(&Tensors::parse(bytes)?, None)
    }

    /// From the contents of a file; `own` stands in place of the system that the file names.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn from_tensors(file: &Tensors, own: Option<Arc<System>>) -> Result<Self> {
        let mut settings = run_file::parse(file.text("settings")?)?;
        settings.own = own;
        // What the settings say is not believed before the parameters are there.
        let layout = settings.blueprint::<f32>(&*settings.system()?)?.layout();
        for entry in layout.entries() {
            file.check_shape(&entry.name, &entry.shape)?;
        }
        let mut numbers = Vec::with_capacity(layout.len());
        for entry in layout.entries() {
            numbers.extend(file.values(&entry.name, &entry.shape)?);
        }
        if numbers.iter().any(|v| !v.is_finite()) {
            return Err(misfit("some of its numbers are not finite".into()));
        }
        let evaluations = [file.number("training_evaluations")?, file.number("data_evaluations")?];
        let mut model = Self::of_numbers(&settings, &numbers, file.number("step")?, evaluations)?;
        if let Ok(text) = file.text("tilt") {
            model.put_bias(&numbers_of(text)?)?;
        }
        let named = file.text("digest")?;
        if named != model.digest && named != old_digest(&numbers) {
            return Err(Error::Checkpoint { reason: CheckpointFault::Checksum });
        }
        model.version = file.text("version")?.into();
        // Only files of such runs say so.
        model.skipped = file.number("skipped").unwrap_or(0);
        Ok(model)
    }

    /// The bytes of its file, with every bit of the parameters.
    ///
    /// # Errors
    /// [`Error::InvalidData`] for a potential that is the user's own: a file names its energy, and holds none.
    pub fn save(&self) -> Result<Vec<u8>> {
        if self.settings.own.is_some() {
            let problem = "a potential of one's own cannot be saved, a formula can";
            return Err(Error::data("the model", problem));
        }
        self.tensors(Precision::Single).encode()
    }

    /// The contents of its file, rounded as by [`Model::rounded`].
    #[must_use]
    pub fn tensors(&self, precision: Precision) -> Tensors {
        let Self { generator, settings, .. } = self;
        let mut model = Tensors::default();
        for entry in generator.flow.layout().entries() {
            let (precision, source) = match entry.fitted {
                true => (Precision::Single, &generator.constants),
                false => (precision, &generator.theta),
            };
            model.push_as(precision, &entry.name, &entry.shape, &source[entry.range.clone()]);
        }
        if generator.target.bias().is_some() {
            // As text: in f64, to the last bit.
            model.set("tilt", &text_of(&self.bias()));
        }
        model.set("settings", &run_file::write(settings));
        model.set("seed", &settings.seed);
        model.set("step", &self.step);
        if self.skipped > 0 {
            model.set("skipped", &self.skipped);
        }
        model.set("version", &self.version);
        model.set("digest", &self.digest);
        model.set("training_evaluations", &self.training_evaluations);
        model.set("data_evaluations", &self.data_evaluations);
        model
    }

    /// With the parameters that are left of it in this precision. What was fitted to examples, such as a whitening, stays as it
    /// is: it is small, and everything else rests on it.
    #[must_use]
    pub fn rounded(mut self, precision: Precision) -> Self {
        self.generator.theta = precision.rounded(&self.generator.theta);
        self.digest = digest_of(&self.generator);
        self
    }

    /// Takes numbers from elsewhere, as [`BoltzmannGenerator::numbers`] gives them.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] for those of another network.
    pub fn set_numbers(&mut self, numbers: &[f32]) -> Result<()> {
        self.generator.set_numbers(numbers)?;
        self.digest = digest_of(&self.generator);
        Ok(())
    }

    /// The bias of the target as numbers, of which there are none without one.
    #[must_use]
    pub fn bias(&self) -> Vec<f64> {
        self.generator.target.bias().map_or_else(Vec::new, |bias| bias::to_numbers(bias))
    }

    /// Takes a bias along the reaction coordinate, as [`Model::bias`] gives it.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] for fewer than three numbers, and those of [`boltzflow::system::Bias::new`].
    pub fn put_bias(&mut self, numbers: &[f64]) -> Result<()> {
        let bias = bias::from_numbers(self.coordinate()?, numbers)?;
        let target = self.generator.target.clone();
        self.generator.target = target.biased(Some(Arc::new(bias)));
        Ok(())
    }

    /// A training that goes on from these parameters, with the examples given or those of the settings; without the optimiser's memory.
    ///
    /// # Errors
    /// As [`begin`]; [`Error::InvalidData`] for examples that would put another bias in place of the model's.
    pub fn trainer(&self, examples: Option<Examples>) -> Result<Trainer<f32>> {
        let mut trainer = begin(&self.settings, examples)?;
        if trainer.generator().target.bias() != self.generator.target.bias() {
            let problem = "their bias along the reaction coordinate is not that of the model, which learns from examples of its own target alone";
            return Err(Error::data("the examples", problem));
        }
        restart(&mut trainer, &self.generator.numbers(), self.step, self.training_evaluations)?;
        Ok(trainer)
    }

    /// The reaction coordinate of the settings.
    ///
    /// # Errors
    /// Those of [`Settings::reaction_coordinate`].
    pub fn coordinate(&self) -> Result<Coordinate> {
        self.settings.reaction_coordinate(self.generator.target.system())
    }

    /// All coordinates of the system, that of the settings first.
    ///
    /// # Errors
    /// As [`Model::coordinate`].
    pub fn coordinates(&self) -> Result<Vec<Coordinate>> {
        let first = self.coordinate()?;
        let mut coordinates = self.generator.target.system().coordinates().to_vec();
        coordinates.retain(|c| c.name != first.name);
        coordinates.insert(0, first);
        Ok(coordinates)
    }

    /// Reduced energies u = U/kT of configurations (`n × dim`) and their gradients (`n × dim`), of the system itself.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] for another number of columns.
    pub fn energy(&self, x: &DMatrix<f64>) -> Result<(Vec<f64>, DMatrix<f64>)> {
        let (expected, found) = (self.generator.target.dim(), x.ncols());
        if expected != found {
            return Err(Error::DimensionMismatch { what: "configurations", expected, found });
        }
        let (mut u, mut gradient) = (vec![0.0; x.nrows()], x.clone());
        let target = &self.generator.target;
        target.evaluate_unbiased(x, &mut u, &mut gradient, &mut Scratch::default());
        Ok((u, gradient))
    }
}

fn misfit(detail: String) -> Error {
    Error::Checkpoint { reason: CheckpointFault::Layout { detail } }
}

/// Numbers as text and back, to the last bit.
fn text_of(numbers: &[f64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<String>>().join(" ")
}

fn numbers_of(text: &str) -> Result<Vec<f64>> {
    let numbers = text.split(' ').map(str::parse).collect::<core::result::Result<_, _>>();
    numbers.map_err(|_| misfit("the bias is not a list of numbers".into()))
}

#[cfg(test)]
mod tests {
    use boltzflow::num::Sequential;
    use boltzflow::preset::preset;
    use boltzflow::setting::Value;
    use boltzflow::system::Bias;

    use super::*;

    fn settings() -> Settings {
        let mut settings = preset("double-well-by-energy").unwrap();
        settings.set("hidden", &Value::List(vec![8.0])).unwrap();
        settings.set("batch", &Value::Number(32.0)).unwrap();
        settings
    }

    #[test]
    fn what_is_saved_is_loaded_and_saved_with_the_same_bytes() {
        let settings = settings();
        let mut trainer = begin(&settings, None).unwrap();
        for _ in 0..3 {
            trainer.step(&Sequential).unwrap();
        }
        let mut model = Model::of(&settings, &trainer);
        let coordinate = model.coordinate().unwrap();
        let bias =
            Bias::new(coordinate, (-2.0, 2.0), vec![0.1, 1.0 / 3.0, 1e-17, 0.5], 3.0).unwrap();
        model.generator.target = model.generator.target.biased(Some(Arc::new(bias)));
        let bytes = model.save().unwrap();
        let loaded = Model::load(&bytes).unwrap();
        assert_eq!(loaded.generator.theta, model.generator.theta);
        assert_eq!(loaded.generator.target.bias(), model.generator.target.bias());
        assert_eq!((loaded.step, &loaded.settings), (3, &settings));
        assert_eq!(loaded.training_evaluations, model.training_evaluations);
        assert_eq!(loaded.save().unwrap(), bytes);
    }

    #[test]
    fn half_precision_rounds_and_says_so_in_its_digest() {
        let model = Model::create(&settings()).unwrap();
        let (digest, theta) = (model.digest.clone(), model.generator.theta.clone());
        let half = model.rounded(Precision::Half);
        assert_ne!(half.digest, digest);
        let loaded = half.tensors(Precision::Half).encode().unwrap();
        let loaded = Model::load(&loaded).unwrap();
        assert_eq!(loaded.digest, half.digest);
        assert_eq!(loaded.generator.theta, half.generator.theta);
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-3 * b.abs() + 1e-7;
        assert!(loaded.generator.theta.iter().zip(&theta).all(near));
    }

    /// It is the one that a training tells of itself, whatever its flow was fitted to.
    #[test]
    fn the_digest_of_a_model_is_that_of_its_training() {
        let mut settings = settings();
        settings.moving_average = 0.0;
        settings.set("flow", &Value::Text("WR4".into())).unwrap();
        for (key, value) in [("w_ml", 1.0), ("example_chains", 2.0), ("example_steps", 400.0)] {
            settings.set(key, &Value::Number(value)).unwrap();
        }
        let mut trainer = begin(&settings, None).unwrap();
        trainer.step(&Sequential).unwrap();
        assert!(!trainer.constants().is_empty());
        let told = trainer.layout().digest(trainer.theta(), trainer.constants());
        let model = Model::of(&settings, &trainer);
        assert_eq!(model.digest, format!("{told:016x}"));
        assert_eq!(model.tensors(Precision::Single).text("digest").unwrap(), model.digest);
    }

    /// Version 0.1.0 wrote another digest of the same numbers.
    #[test]
    fn the_model_of_a_release_is_read_and_has_the_digest_of_today() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/releases/0.1.0");
        let bytes = std::fs::read(format!("{folder}/model.safetensors")).unwrap();
        let model = Model::load(&bytes).unwrap();
        assert_eq!(model.digest, digest_of(&model.generator));
        assert_ne!(Tensors::parse(&bytes).unwrap().text("digest").unwrap(), model.digest);
        let again = Model::load(&model.save().unwrap()).unwrap();
        assert_eq!(again.digest, model.digest);
        let mut forged = model.tensors(Precision::Single);
        forged.set("digest", &"0123456789abcdef");
        assert!(Model::from_tensors(&forged, None).is_err());
    }

    #[test]
    fn training_goes_on_where_the_model_stands() {
        let settings = settings();
        let mut trainer = begin(&settings, None).unwrap();
        trainer.step(&Sequential).unwrap();
        let model = Model::load(&Model::of(&settings, &trainer).save().unwrap()).unwrap();
        let mut again = model.trainer(None).unwrap();
        assert_eq!(again.step_count(), 1);
        assert_eq!(again.generator().theta, model.generator.theta);
        again.step(&Sequential).unwrap();
        assert_eq!(again.step_count(), 2);
    }

    #[test]
    fn training_does_not_go_on_towards_another_bias() {
        let settings = settings();
        let mut model = Model::create(&settings).unwrap();
        model.put_bias(&[-2.0, 2.0, 3.0, 0.0, 1.0, 0.5]).unwrap();
        let error = model.trainer(None).unwrap_err();
        assert_eq!(error.code(), "invalid-data");
        assert!(error.to_string().contains("bias"), "{error}");
    }

    #[test]
    fn numbers_of_another_network_and_infinite_ones_are_refused() {
        let model = Model::create(&settings()).unwrap();
        let mut theta = model.generator.theta.clone();
        let short = theta[1..].to_vec();
        let refused = Model::of_numbers(&settings(), &short, 0, [0, 0]).unwrap_err();
        assert_eq!(refused.code(), "checkpoint");
        theta[0] = f32::INFINITY;
        let infinite = Model::of_numbers(&settings(), &theta, 0, [0, 0]).unwrap();
        let words = Model::load(&infinite.save().unwrap()).unwrap_err().to_string();
        assert!(words.contains("not finite"), "{words}");
    }

    #[test]
    fn energies_are_checked_and_those_of_the_system() {
        let model = Model::create(&settings()).unwrap();
        let x = DMatrix::from_row_slice(1, 2, &[0.5, -0.25]);
        let (u, gradient) = model.energy(&x).unwrap();
        assert_eq!((u.len(), gradient.shape()), (1, (1, 2)));
        assert!(model.energy(&DMatrix::zeros(1, 3)).is_err());
    }
}
