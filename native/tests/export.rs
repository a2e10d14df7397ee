//! A model alone in a file: small, read like the folder of its run, and honest about where it comes from.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by a panic

mod program;

use std::fs;

use program::{json, run, succeed, train_small};

#[test]
fn a_file_takes_the_place_of_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    train_small(path, "run", &["--set", "example_held_out=0.2"]);
    let whole = json(path, &["export", "run", "--precision", "single", "-o", "whole.safetensors"]);
    let half = json(path, &["export", "run", "-o", "half.safetensors"]);
    let trained = json(path, &["show", "run"]);
    assert_eq!(whole["digest"]["model"], trained["digest"]["model"]);
    assert_eq!(whole["nll"], whole["nll_before"]);
    // The file has the digest that every front tells of the run.
    let header = fs::read(path.join("whole.safetensors")).unwrap();
    let length = u64::from_le_bytes(header[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&header[8..8 + length]).unwrap();
    assert_eq!(header["__metadata__"]["digest"], trained["digest"]["model"]);
    assert_ne!(half["digest"]["model"], trained["digest"]["model"]);
    // A model alone has no parameters in training.
    assert!(half["digest"].get("training").is_none());
    // Rounding to 11 bits moves the likelihood by little, but moves it.
    let cost = half["nll"].as_f64().unwrap() - half["nll_before"].as_f64().unwrap();
    assert!(cost != 0.0 && cost.abs() < 0.01, "{cost}");
    let sizes = ["whole", "half"]
        .map(|name| fs::metadata(path.join(format!("{name}.safetensors"))).unwrap().len() as f64);
    let parameters = trained["parameters"].as_f64().unwrap();
    assert!((sizes[0] - sizes[1] - 2.0 * parameters).abs() < 200.0, "{sizes:?}, {parameters}");

    let shown = json(path, &["show", "half.safetensors"]);
    for key in ["system", "flow", "seed", "step", "energy_evaluations", "version"] {
        assert_eq!(shown[key], trained[key], "{key}");
    }
    assert_eq!(shown["digest"], half["digest"]);
    succeed(path, &["sample", "run", "-n", "50", "-o", "a.npz"]);
    succeed(path, &["sample", "whole.safetensors", "-n", "50", "-o", "b.npz"]);
    assert_eq!(fs::read(path.join("a.npz")).unwrap(), fs::read(path.join("b.npz")).unwrap());
    succeed(path, &["analyze", "half.safetensors", "-n", "2000", "-o", "report"]);
}

#[test]
fn what_is_no_model_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    train_small(path, "run", &[]);
    succeed(path, &["export", "run", "-o", "model.safetensors"]);
    let good = fs::read(path.join("model.safetensors")).unwrap();
    fs::write(path.join("cut.safetensors"), &good[..good.len() - 9]).unwrap();
    fs::write(path.join("text.safetensors"), "no model").unwrap();
    for (file, part) in [
        ("cut.safetensors", "cut.safetensors"),
        ("text.safetensors", "text.safetensors"),
        ("nothing.safetensors", "there is no run in"),
    ] {
        let output = run(path, &["show", file]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(part) && error.trim_end().lines().count() == 1, "{error}");
    }
    let output = run(path, &["export", "nowhere", "-o", "x.safetensors"]);
    assert_eq!(output.status.code(), Some(2));
}
