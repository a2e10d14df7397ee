//! The same bits on every instruction set with fused multiply-add: `tests/golden/bits.json` holds them, and the tests of
//! the page compare the wasm modules with the same file.
//!
//! `BOLTZFLOW_GOLDEN=write cargo test -p boltzflow-tests --test training bits` writes it anew.

use std::fs;
use std::path::Path;

use boltzflow::num::kernel::limit_to;
use boltzflow::num::{Sequential, digest};
use boltzflow::objective::Source;
use boltzflow::preset::preset;
use boltzflow::setting::Value as Setting;
use boltzflow::train::Trainer;
use boltzflow_workloads::workload;
use serde_json::{Value, json};

/// Name, steps, and what makes the trainer.
const CASES: [(&str, usize); 5] = [
    ("w1/energy", 3),
    ("w1/examples", 3),
    ("w2/energy", 1),
    ("w2/examples", 1),
    ("double-well", 60),
];

/// A workload by what it learns from, or a preset with its examples, losses and average.
fn trainer(name: &str) -> Trainer<f32> {
    match name.split_once('/') {
        Some((name, "energy")) => workload(name).unwrap().trainer(Source::Prior).unwrap(),
        Some((name, _)) => workload(name).unwrap().trainer(Source::Examples).unwrap(),
        None => {
            let mut settings = preset(name).unwrap();
            settings.set("iterations", &Setting::Number(100.0)).unwrap();
            settings.trainer(settings.examples().unwrap()).unwrap()
        }
    }
}

/// Digests after some steps, and some numbers of the last gradient for machines without fused multiply-add.
fn measured(name: &str, steps: usize) -> Value {
    let mut trainer = trainer(name);
    for _ in 0..steps {
        trainer.step(&Sequential).unwrap();
    }
    let gradient = trainer.gradient();
    let some: Vec<f32> = gradient.iter().step_by(gradient.len() / 16).copied().collect();
    let [digest, theta] = [gradient, trainer.theta()].map(|v| format!("{:016x}", digest(v)));
    json!({
        "steps": steps,
        "digest": { "gradient": digest, "theta": theta },
        "gradient": some,
    })
}

#[test]
fn the_same_bits_on_avx512_and_avx2() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/bits.json");
    if std::env::var_os("BOLTZFLOW_GOLDEN").is_some_and(|v| v == "write") {
        let all = CASES.into_iter().map(|(name, steps)| (name.to_owned(), measured(name, steps)));
        fs::write(&path, format!("{:#}\n", all.collect::<Value>())).unwrap();
    }
    let golden: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for set in ["avx512", "avx2", "neon"] {
        // A machine without the set has nothing to compare.
        if limit_to(set).is_ok() {
            for (name, steps) in CASES {
                let found = measured(name, steps);
                assert_eq!(found["digest"], golden[name]["digest"], "{name} on {set}");
            }
        }
    }
}
