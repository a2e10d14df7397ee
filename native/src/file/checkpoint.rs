//! The files of a run: `run.toml` (settings), `model.safetensors` (parameters to draw samples with),
//! `state.safetensors` (everything needed to go on with the same bits) and `log.jsonl` (losses). A model alone, as
//! `boltzflow export` writes it, is read like the folder of a run.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Error;
use boltzflow::preset::Settings;
use boltzflow::train::{Examples, Trainer};
use boltzflow_model::{Model, Precision, SavedState, Tensors};
use serde_json::Value as Json;

use super::lock::FolderLock;
use super::npz::{self, Array};
use super::{atomic, npy, run_file};
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
    /// Steps of the whole run, less those that stages left out which ended early.
    pub(crate) total_steps: u64,
    /// Energy evaluations of training.
    pub(crate) training_evaluations: u64,
    /// Energy evaluations that made the examples.
    pub(crate) data_evaluations: u64,
    /// Seconds of training, over all its sessions.
    pub(crate) seconds: f64,
    /// Bytes of the log that belong to this state.
    pub(crate) log_bytes: u64,
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
        if self.has_run() || self.model_file().is_file() {
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
        let model = Model::of(settings, trainer);
        write(model.tensors(Precision::Single), &self.model_file())?;
        let state = SavedState {
            trainer: trainer.state(),
            constants: trainer.constants().to_vec(),
            data: data.into(),
            seconds: progress.seconds,
            log_bytes: progress.log_bytes,
        };
        write(state.tensors(), &self.state_file())?;
        let training = state.digest(&model.generator.flow.layout());
        Ok(Digests::new(&model, Some(training)))
    }

    /// The stages that ended early, counted from 1, as the log tells.
    pub(crate) fn ended_early(&self) -> Vec<u64> {
        let log = fs::read_to_string(self.log_file()).unwrap_or_default();
        let lines = log
            .lines()
            .filter(|line| line.contains("\"stopped\":true"))
            .filter_map(|line| serde_json::from_str::<Json>(line).ok());
        let stopped = lines.filter(|line| line["stopped"] == true);
        let mut stages: Vec<u64> =
            stopped.filter_map(|line| Some(line["stage"].as_u64()? + 1)).collect();
        // A rewind may have come back to the same end.
        stages.sort_unstable();
        stages.dedup();
        stages
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
        SavedState::of(&read(&path)?).map_err(|e| Failure::within(&path, &e))
    }

    /// The saved generator.
    pub(crate) fn model(&self) -> Result<Model, Failure> {
        self.require()?;
        let path = self.model_file();
        Model::from_tensors(&read(&path)?, None).map_err(|e| Failure::within(&path, &e))
    }
}

/// Writes a file of tensors.
pub(crate) fn write(tensors: Tensors, path: &Path) -> Result<(), Failure> {
    let bytes = tensors.encode()?;
    atomic::write(path, |out| out.write_all(&bytes))
}

/// Reads and verifies a file of tensors.
fn read(path: &Path) -> Result<Tensors, Failure> {
    let bytes = fs::read(path).map_err(|e| Failure::reading(path, &e))?;
    Tensors::parse(&bytes).map_err(|e| Failure::within(path, &e))
}
