//! Models, exported models and states of training.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use boltzflow::preset::{Settings, preset};
use boltzflow::setting::Value;
use boltzflow::train::Trainer;
use boltzflow_model::{Model, Precision, SavedState, Tensors};

use super::try_all;
use crate::file::checkpoint::{Progress, RunFolder};

/// A network so small that its files are mostly header.
fn settings() -> Settings {
    let mut settings = preset("double-well").unwrap();
    settings.set("hidden", &Value::List(vec![3.0])).unwrap();
    settings.set("flow", &Value::Text("R1S".into())).unwrap();
    settings.stages.truncate(1);
    settings.set_in_stage(0, "w_ml", &Value::Number(0.0)).unwrap();
    settings
}

/// The files of a run at its first step, the exported model, and its trainer.
fn run() -> (Vec<u8>, Vec<u8>, Vec<u8>, Trainer<f32>) {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::new(folder.path());
    let trainer = settings().trainer::<f32>(None).unwrap();
    run.save(&settings(), "", &trainer, &Progress::default()).unwrap();
    let half = run.model().unwrap().rounded(Precision::Half);
    let exported = half.tensors(Precision::Half).encode().unwrap();
    let read = |path: &Path| fs::read(path).unwrap();
    (read(&run.model_file()), read(&run.state_file()), exported, trainer)
}

/// Whatever is changed, the checksum tells.
#[test]
fn safetensors_as_they_are() {
    let (model, state, exported, _) = run();
    let files = [model, state, exported];
    let good: Vec<Tensors> = files.iter().map(|f| Tensors::parse(f).unwrap()).collect();
    try_all("safetensors", &files, 10_000, 1 << 18, |bytes| match Tensors::parse(bytes) {
        // White space of the header, or a change that was taken back.
        Ok(read) => {
            assert!(good.contains(&read), "changed contents have a right checksum");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    });
}

/// A checksum keeps out accidents, not attackers: the same without it.
#[test]
fn models_whose_checksum_is_forged() {
    let (model, _, exported, _) = run();
    try_all("models", &[model, exported], 2_000, 1 << 27, |bytes| {
        let Ok(file) = Tensors::decode(bytes) else { return false };
        match Model::from_tensors(&file, None) {
            Ok(model) => !model.generator.theta.is_empty(),
            Err(error) => {
                assert!(!error.to_string().contains('\n'), "{error}");
                false
            }
        }
    });
}

#[test]
fn states_whose_checksum_is_forged() {
    let (_, state, _, trainer) = run();
    let trainer = RefCell::new(trainer);
    try_all("states", &[state], 5_000, 1 << 20, |bytes| {
        let Ok(file) = Tensors::decode(bytes) else { return false };
        let Ok(state) = SavedState::of(&file) else { return false };
        state.restore(&mut trainer.borrow_mut()).is_ok()
    });
}
