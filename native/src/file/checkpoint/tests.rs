//! Files with what a flow was fitted to, those of older versions among them.

use boltzflow::num::Sequential;
use boltzflow::preset::preset;
use boltzflow::setting::Value;

use super::*;

/// A run with a whitening, some steps from its start.
fn run() -> (Settings, Trainer<f32>) {
    let mut settings = preset("dimer").unwrap();
    for (key, value) in [("example_steps", 300.0), ("batch", 64.0), ("example_chains", 4.0)] {
        settings.set(key, &Value::Number(value)).unwrap();
    }
    settings.set("hidden", &Value::List(vec![4.0])).unwrap();
    settings.moving_average = 0.9;
    let examples = settings.examples().unwrap();
    (settings.clone(), settings.trainer(examples).unwrap())
}

fn read(path: &Path) -> Tensors {
    Tensors::parse(&fs::read(path).unwrap()).unwrap()
}

/// The numbers of θ and the constants in one vector, as versions up to 0.1 kept them.
fn old(file: &Tensors, trainer: &Trainer<f32>, zero: &[f32]) -> Tensors {
    let layout = trainer.generator().flow.layout();
    let mut changed = file.clone();
    for name in ["current", "keyframe"] {
        for part in ["theta", "adam_m", "adam_v", "average"] {
            let name = format!("{name}/{part}");
            let values = file.values(&name, &[file.count(&name)]).unwrap();
            let fitted = if part.starts_with("adam") { zero } else { trainer.constants() };
            let all = layout.join(&values, fitted);
            changed.push(name, &[all.len()], &all);
        }
    }
    changed.push("constants", &[0], &[]);
    changed
}

/// A state whose θ holds the constants, as older versions wrote it, goes on with the bits of one that keeps them apart;
/// and the constants come from the file, whatever the run was fitted to since.
#[test]
fn states_with_constants_in_theta_go_on() {
    let (settings, mut trainer) = run();
    (0..3).for_each(|_| {
        trainer.step(&Sequential).unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let folder = RunFolder::new(folder.path());
    folder.save(&settings, "", &trainer, &Progress::default()).unwrap();
    let new = read(&folder.state_file());
    let n = trainer.constants().len();
    assert!(n > 0);
    assert_eq!(new.count("current/adam_m"), trainer.theta().len());
    let old = old(&new, &trainer, &vec![0.0; n]);
    assert_eq!(old.count("current/theta"), trainer.theta().len() + n);
    (0..2).for_each(|_| {
        trainer.step(&Sequential).unwrap();
    });
    for file in [new, old] {
        let mut other = run().1;
        other.set_constants(&vec![1.0; n]).unwrap();
        SavedState::of(&file).unwrap().restore(&mut other).unwrap();
        (0..2).for_each(|_| {
            other.step(&Sequential).unwrap();
        });
        assert!(other.theta() == trainer.theta() && other.constants() == trainer.constants());
        assert!(other.generator().numbers() == trainer.generator().numbers());
    }
}

/// A model's names, their order and its digest are those of versions that kept the constants in θ.
#[test]
fn a_model_file_is_the_same_as_ever() {
    let (settings, trainer) = run();
    let folder = tempfile::tempdir().unwrap();
    let folder = RunFolder::new(folder.path());
    let digests = folder.save(&settings, "", &trainer, &Progress::default()).unwrap();
    let file = read(&folder.model_file());
    let layout = trainer.generator().flow.layout();
    let mut all = Vec::new();
    for entry in layout.entries() {
        all.extend(file.values(&entry.name, &entry.shape).unwrap());
    }
    assert_eq!(format!("{:016x}", boltzflow::num::digest(&all)), digests.model);
    let first = layout.entries().iter().find(|e| e.fitted).unwrap();
    assert!(first.name.ends_with("/mean"), "{}", first.name);
    let model = folder.model().unwrap();
    assert!(model.generator.numbers() == all && model.digest == digests.model);
}
