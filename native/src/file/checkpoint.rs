//! The files of a run: `run.toml` (settings), `model.safetensors` (parameters to draw samples with),
//! `state.safetensors` (everything needed to go on with the same bits) and `log.jsonl` (losses). A model alone, as
//! `boltzflow export` writes it, is read like the folder of a run.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{CheckpointFault, Error};
use boltzflow::optim::AdamState;
use boltzflow::preset::Settings;
use boltzflow::train::{Examples, Moments, Trainer, TrainerState};

use super::lock::FolderLock;
use super::npz::{self, Array};
use super::tensors::{self, Precision, Tensors};
use super::{atomic, bias, npy, run_file};
use crate::digests::Digests;
use crate::failure::Failure;

/// Held-out examples that are kept, at most.
const HELD_OUT: usize = 4096;

/// The folder of a run, or a file with a model alone.
#[derive(Clone, Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
}

/// What a run says of itself beside its parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// Steps done.
    pub(crate) step: u64,
    /// Energy evaluations of training.
    pub(crate) training_evaluations: u64,
    /// Energy evaluations that made the examples.
    pub(crate) data_evaluations: u64,
    /// Seconds of training, over all its sessions.
    pub(crate) seconds: f64,
    /// Bytes of the log that belong to this state.
    pub(crate) log_bytes: u64,
}

/// A trained generator as it was saved.
#[derive(Debug)]
pub(crate) struct Model {
    /// Settings of the run.
    pub(crate) settings: Settings,
    /// The generator with its parameters.
    pub(crate) generator: BoltzmannGenerator<f32>,
    /// Steps done.
    pub(crate) step: u64,
    /// Energy evaluations of training.
    pub(crate) training_evaluations: u64,
    /// Energy evaluations that made the examples.
    pub(crate) data_evaluations: u64,
    /// Digest of the parameters.
    pub(crate) digest: String,
    /// Version of the program that wrote it.
    pub(crate) version: String,
}

impl RunFolder {
    /// The folder of a run that may or may not exist.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file with all settings.
    pub(crate) fn settings_file(&self) -> PathBuf {
        self.path.join("run.toml")
    }

    /// The file with the parameters.
    pub(crate) fn model_file(&self) -> PathBuf {
        if self.path.is_file() { self.path.clone() } else { self.path.join("model.safetensors") }
    }

    /// The file with the state of training.
    pub(crate) fn state_file(&self) -> PathBuf {
        self.path.join("state.safetensors")
    }

    /// The file with examples that were not learnt from.
    pub(crate) fn held_out_file(&self) -> PathBuf {
        self.path.join("held_out.npz")
    }

    /// The file with the losses, one JSON object a line.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.path.join("log.jsonl")
    }

    /// True if the folder holds anything but temporary files of a killed run.
    pub(crate) fn is_used(&self) -> Result<bool, Failure> {
        match fs::read_dir(&self.path) {
            Ok(entries) => Ok(entries.flatten().any(|e| !atomic::is_leftover(&e))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(Failure::writing(&self.path, &e)),
        }
    }

    /// True if the folder holds nothing but what a run that was killed before its settings were written leaves.
    pub(crate) fn is_unborn(&self) -> Result<bool, Failure> {
        let own = [self.model_file(), self.state_file(), self.held_out_file()];
        match fs::read_dir(&self.path) {
            Ok(mut entries) => Ok(entries
                .all(|e| e.is_ok_and(|e| atomic::is_leftover(&e) || own.contains(&e.path())))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(true),
            Err(e) => Err(Failure::writing(&self.path, &e)),
        }
    }

    /// Takes the folder, if there is one, for this run alone.
    pub(crate) fn lock(&self) -> Result<Option<FolderLock>, Failure> {
        self.path.is_dir().then(|| FolderLock::take(&self.path)).transpose()
    }

    /// Fails with one sentence unless a run was started here, or a model is here.
    pub(crate) fn require(&self) -> Result<(), Failure> {
        if self.has_run() || self.path.is_file() {
            return Ok(());
        }
        Err(Failure::input(
            "no-run",
            format!("there is no run in {}", self.path.display()),
            "give the folder that boltzflow train wrote with -o, or a file of boltzflow export",
        ))
    }

    /// Makes the folder and takes it for this run alone.
    pub(crate) fn create(&self) -> Result<FolderLock, Failure> {
        fs::create_dir_all(&self.path).map_err(|e| Failure::writing(&self.path, &e))?;
        FolderLock::take(&self.path)
    }

    /// Writes the settings, which makes the folder that of a run.
    pub(crate) fn write_settings(&self, settings: &Settings) -> Result<(), Failure> {
        atomic::write_text(&self.settings_file(), &run_file::write(settings))
    }

    /// True if a run was started here.
    pub(crate) fn has_run(&self) -> bool {
        self.settings_file().is_file()
    }

    /// Settings of the run.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        run_file::read(&self.settings_file())
    }

    /// Removes temporary files of a killed run.
    pub(crate) fn clean(&self) -> Result<(), Failure> {
        atomic::remove_leftovers(&self.path).map_err(|e| Failure::writing(&self.path, &e))
    }

    /// Cuts the log to what belongs to the saved state and appends lines.
    pub(crate) fn append_log(&self, keep: u64, lines: &str) -> Result<u64, Failure> {
        let path = self.log_file();
        let appended = || {
            let mut file = File::options().create(true).append(true).open(&path)?;
            // A log that was shortened by someone else goes on where it ends.
            let length = file.metadata()?.len();
            if length > keep {
                file.set_len(keep)?;
            }
            file.write_all(lines.as_bytes())?;
            file.sync_all()?;
            Ok(length.min(keep) + lines.len() as u64)
        };
        appended().map_err(|e| Failure::writing(&path, &e))
    }

    /// Writes the parameters and the state. The state comes last: it alone decides where a run goes on.
    pub(crate) fn save(
        &self,
        settings: &Settings,
        data: &str,
        trainer: &Trainer<f32>,
        progress: &Progress,
    ) -> Result<Digests, Failure> {
        let generator = trainer.generator();
        let model = Model {
            settings: settings.clone(),
            digest: tensors::digest(&generator.numbers()),
            generator,
            step: progress.step,
            training_evaluations: progress.training_evaluations,
            data_evaluations: progress.data_evaluations,
            version: env!("CARGO_PKG_VERSION").into(),
        };
        model.tensors(Precision::Single).write(&self.model_file())?;

        let state = trainer.state();
        let mut file = Tensors::default();
        for (name, moments) in [("current", &state.current), ("keyframe", &state.keyframe)] {
            for (part, values) in [
                ("theta", &moments.theta),
                ("adam_m", &moments.adam.m),
                ("adam_v", &moments.adam.v),
                ("average", &moments.average),
            ] {
                file.push(format!("{name}/{part}"), &[values.len()], values);
            }
            file.set(&format!("{name}/step"), &moments.step);
            file.set(&format!("{name}/adam_t"), &moments.adam.t);
            file.set(&format!("{name}/average_updates"), &moments.average_updates);
        }
        file.push("constants", &[trainer.constants().len()], trainer.constants());
        file.set("rate_factor", &state.rate_factor);
        file.set("rewinds", &state.rewinds);
        file.set("skipped", &state.skipped);
        file.set("lowest", &state.lowest);
        file.set("training_evaluations", &state.energy_evaluations);
        file.set("data", &data);
        file.set("seconds", &progress.seconds);
        file.set("log_bytes", &progress.log_bytes);
        file.write(&self.state_file())?;
        let training = Some(tensors::digest(&state.current.theta));
        Ok(Digests { model: model.digest, training })
    }

    /// Keeps held-out examples with their weights.
    pub(crate) fn save_held_out(&self, examples: &Examples) -> Result<(), Failure> {
        let examples = examples.subset(HELD_OUT)?;
        let weights: Vec<f64> = (0..examples.x().nrows()).map(|row| examples.weight(row)).collect();
        let arrays = [("x", Array::Matrix(examples.x())), ("weight", Array::Vector(&weights))];
        npz::write(&self.held_out_file(), &arrays)
    }

    /// The examples that were not learnt from (`n × dim`) and their weights (`n`), if there are any.
    pub(crate) fn held_out(&self) -> Result<Option<(DMatrix<f64>, Vec<f64>)>, Failure> {
        let path = self.held_out_file();
        if !path.is_file() {
            return Ok(None);
        }
        let mut arrays = npz::read(&path, &["x", "weight"])?.into_iter();
        match (arrays.next(), arrays.next()) {
            (Some((shape, x)), Some((_, weights)))
                if shape.len() == 2 && shape[0] == weights.len() && !x.is_empty() =>
            {
                let x = DMatrix::from_row_slice(weights.len(), shape[1], &x);
                npy::check_finite(&path, &x)?;
                Ok(Some((x, weights)))
            }
            _ => {
                let problem = "x is not a matrix with a weight for each row";
                Err(Error::data(path.display().to_string(), problem).into())
            }
        }
    }

    /// The saved state of training and what identifies its examples.
    pub(crate) fn state(&self) -> Result<SavedState, Failure> {
        let path = self.state_file();
        SavedState::of(&Tensors::read(&path)?).map_err(|e| tensors::fault(&path, &e))
    }

    /// The saved generator.
    pub(crate) fn model(&self) -> Result<Model, Failure> {
        self.require()?;
        let path = self.model_file();
        Model::of(&Tensors::read(&path)?, &path)
    }
}

impl Model {
    /// From the contents of its file.
    pub(crate) fn of(file: &Tensors, path: &Path) -> Result<Self, Failure> {
        let fault = |e: Error| tensors::fault(path, &e);
        let settings = run_file::parse(file.text("settings").map_err(fault)?)?;
        // What the settings say is not believed before the parameters are there.
        let layout = settings.blueprint::<f32>(&*settings.system()?)?.layout();
        for entry in layout.entries() {
            file.check_shape(&entry.name, &entry.shape).map_err(fault)?;
        }
        let mut generator = settings.generator::<f32>()?;
        let mut all = Vec::with_capacity(layout.len());
        for entry in layout.entries() {
            all.extend(file.values(&entry.name, &entry.shape).map_err(fault)?);
        }
        generator.set_numbers(&all).map_err(fault)?;
        if let Ok(text) = file.text("tilt") {
            let coordinate = settings.reaction_coordinate(generator.target.system())?;
            let bias = numbers(text).and_then(|n| bias::from_numbers(coordinate, &n));
            let bias = bias.map_err(fault)?;
            generator.target = generator.target.biased(Some(Arc::new(bias)));
        }
        let digest = tensors::digest(&all);
        if file.text("digest").map_err(fault)? != digest {
            return Err(fault(Error::Checkpoint { reason: CheckpointFault::Checksum }));
        }
        Ok(Model {
            settings,
            generator,
            step: file.number("step").map_err(fault)?,
            training_evaluations: file.number("training_evaluations").map_err(fault)?,
            data_evaluations: file.number("data_evaluations").map_err(fault)?,
            version: file.text("version").map_err(fault)?.into(),
            digest,
        })
    }

    /// With the parameters that are left of it in this precision. What was fitted to examples, such as a whitening, stays as it
    /// is: it is small, and everything else rests on it.
    pub(crate) fn rounded(mut self, precision: Precision) -> Self {
        self.generator.theta = precision.rounded(&self.generator.theta);
        self.digest = tensors::digest(&self.generator.numbers());
        self
    }

    /// The contents of its file, rounded as by [`Model::rounded`].
    pub(crate) fn tensors(&self, precision: Precision) -> Tensors {
        let Self { generator, settings, .. } = self;
        let mut model = Tensors::default();
        for entry in generator.flow.layout().entries() {
            let (precision, source) = match entry.fitted {
                true => (Precision::Single, &generator.constants),
                false => (precision, &generator.theta),
            };
            let values = &source[entry.range.clone()];
            model.push_as(precision, &entry.name, &entry.shape, values);
        }
        if let Some(bias) = generator.target.bias() {
            // As text: in f64, to the last bit.
            model.set("tilt", &numbers_text(&bias::to_numbers(bias)));
        }
        model.set("settings", &run_file::write(settings));
        model.set("seed", &settings.seed);
        model.set("step", &self.step);
        model.set("version", &self.version);
        model.set("digest", &self.digest);
        model.set("training_evaluations", &self.training_evaluations);
        model.set("data_evaluations", &self.data_evaluations);
        model
    }
}

/// Numbers as text and back, to the last bit.
fn numbers_text(numbers: &[f64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<String>>().join(" ")
}

fn numbers(text: &str) -> Result<Vec<f64>, Error> {
    text.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>().map_err(|_| {
        let detail = "the bias is not a list of numbers".into();
        Error::Checkpoint { reason: CheckpointFault::Layout { detail } }
    })
}

/// A saved state of training.
#[derive(Debug)]
pub(crate) struct SavedState {
    /// For [`SavedState::restore`].
    pub(crate) trainer: TrainerState<f32>,
    /// What the flow was fitted to; empty in a file that was written when that was part of θ.
    constants: Vec<f32>,
    /// What identifies the user's examples; empty if there are none.
    pub(crate) data: String,
    /// Seconds of training so far.
    pub(crate) seconds: f64,
    /// Bytes of the log that belong to this state.
    pub(crate) log_bytes: u64,
}

impl SavedState {
    /// From the contents of its file.
    pub(crate) fn of(file: &Tensors) -> Result<Self, Error> {
        let moments = |name: &str| -> Result<Moments<f32>, Error> {
            let values = |part: &str| {
                let name = format!("{name}/{part}");
                file.values(&name, &[file.len(&name)])
            };
            Ok(Moments {
                step: file.number(&format!("{name}/step"))?,
                theta: values("theta")?,
                adam: AdamState {
                    m: values("adam_m")?,
                    v: values("adam_v")?,
                    t: file.number(&format!("{name}/adam_t"))?,
                },
                average: values("average")?,
                average_updates: file.number(&format!("{name}/average_updates"))?,
            })
        };
        Ok(Self {
            trainer: TrainerState {
                current: moments("current")?,
                keyframe: moments("keyframe")?,
                rate_factor: file.number("rate_factor")?,
                rewinds: file.number("rewinds")?,
                skipped: file.number("skipped")?,
                lowest: file.number("lowest")?,
                energy_evaluations: file.number("training_evaluations")?,
            },
            constants: match file.len("constants") {
                0 => Vec::new(),
                n => file.values("constants", &[n])?,
            },
            data: file.text("data")?.into(),
            seconds: file.number("seconds")?,
            log_bytes: file.number("log_bytes")?,
        })
    }

    /// Puts a trainer of the same run where this one was.
    pub(crate) fn restore(mut self, trainer: &mut Trainer<f32>) -> Result<(), Error> {
        let layout = trainer.layout();
        let within = self.trainer.take_constants(&layout)?;
        trainer.set_constants(&within.unwrap_or(self.constants))?;
        trainer.restore(self.trainer)
    }
}
