//! Runs that are killed, interrupted or spread over threads end with the same bits.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by a panic

mod program;

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use program::{command, files, json, run, train_small, write_npy};

/// A checkpoint after every step, so that a kill hits every phase of writing one.
const ALWAYS: [&str; 2] = ["--checkpoint-every", "0"];

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = command(folder, arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn same_results(folder: &Path, a: &str, b: &str) {
    for name in ["model.safetensors", "log.jsonl", "run.toml"] {
        let read = |run: &str| fs::read(folder.join(run).join(name)).unwrap();
        assert!(read(a) == read(b), "{name} differs between {a} and {b}");
    }
}

fn small<'a>(run: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["train", "double-well", "-o", run], &program::SMALL[..], more].concat()
}

#[test]
fn killed_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let began = Instant::now();
    let whole = train_small(folder, "whole", &ALWAYS);
    let duration = began.elapsed();

    let arguments = small("killed", &[&ALWAYS[..], &["--resume"]].concat());
    let (mut kills, mut duration) = (0, duration);
    while kills < 6 {
        let mut child = start(folder, &arguments);
        sleep(duration / 40 + duration * kills / 60);
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
            child.wait().unwrap();
        } else {
            // The machine has become quicker, and the run was whole before its time: once more, with earlier ends.
            fs::remove_dir_all(folder.join("killed")).unwrap();
            (kills, duration) = (0, duration / 2);
        }
    }
    let resumed = json(folder, &arguments);
    assert_eq!(resumed["digest"], whole["digest"]);
    assert_eq!(resumed["energy_evaluations"], whole["energy_evaluations"]);
    same_results(folder, "whole", "killed");
    let names: Vec<_> =
        files(&folder.join("killed")).iter().map(|p| p.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["log.jsonl", "model.safetensors", "run.toml", "state.safetensors"]);
}

#[test]
fn resumed_without_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let x: Vec<Vec<f64>> =
        (0..50).map(|i| vec![1.7 - 3.4 * f64::from(i % 2), 0.1 * f64::from(i) - 2.5]).collect();
    let w: Vec<Vec<f64>> = (0..50).map(|i| vec![1.0 + f64::from(i)]).collect();
    write_npy(&folder.join("x.npy"), &x);
    write_npy(&folder.join("w.npy"), &w);
    // The whitening is fitted to these data: its numbers must come back as well.
    let data = ["--data", "x.npy", "--data-weights", "w.npy", "--set", "flow=WRQ"];
    let whole = train_small(folder, "whole", &data);
    assert_eq!(whole["energy_evaluations"]["data"], 0);

    let mut child = start(folder, &small("killed", &[&data[..], &ALWAYS].concat()));
    while !folder.join("killed/run.toml").exists() {
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    write_npy(&folder.join("w.npy"), &x.iter().map(|r| vec![r[1].abs()]).collect::<Vec<_>>());
    let changed = run(folder, &["train", "-o", "killed", "--resume"]);
    assert_eq!(changed.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&changed.stderr).contains("other examples"));
    write_npy(&folder.join("w.npy"), &w);
    let resumed = json(folder, &["train", "-o", "killed", "--resume"]);
    assert_eq!(resumed["digest"], whole["digest"]);
    same_results(folder, "whole", "killed");
    // A finished run has nothing to do.
    assert_eq!(json(folder, &["train", "-o", "killed", "--resume"])["digest"], whole["digest"]);
    // A saved model needs no data.
    fs::remove_file(folder.join("x.npy")).unwrap();
    json(folder, &["sample", "killed", "-n", "100", "-o", "s.npz"]);
    assert_eq!(program::read_npz(&folder.join("s.npz"), "x").0, [100, 2]);
}

#[cfg(unix)]
#[test]
fn interrupted_by_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Long enough that the interrupt comes before the end.
    let long = ["--set", "iterations=4000"];
    let whole = train_small(folder, "whole", &long);
    // No checkpoint but the one that the interrupt causes.
    let rare = [&long[..], &["--checkpoint-every", "1000"]].concat();
    let mut child = start(folder, &small("stopped", &rare));
    while !folder.join("stopped/run.toml").exists() {
        sleep(Duration::from_millis(1));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let shown = json(folder, &["show", "stopped"]);
    assert_eq!(shown["done"], false);
    let resumed = json(folder, &["train", "-o", "stopped", "--resume"]);
    assert_eq!(resumed["digest"], whole["digest"]);
    same_results(folder, "whole", "stopped");
}

#[test]
fn any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let digest = |run: &str, more: &[&str]| train_small(folder, run, more)["digest"].clone();
    // A batch of several chunks, so that threads share it.
    let batch = ["--set", "batch=1500", "--set", "iterations=20", "--threads"];
    let digests: Vec<_> =
        ["1", "2", "8"].iter().map(|n| digest(n, &[&batch[..], &[n]].concat())).collect();
    assert_eq!(digests[0], digests[1]);
    assert_eq!(digests[0], digests[2]);
    same_results(folder, "1", "8");
    assert_ne!(digest("seed", &[&batch[..], &["1", "--seed", "2"]].concat()), digests[0]);
    let sample = |threads: &str| {
        let out = format!("{threads}.npz");
        json(folder, &["sample", "1", "-n", "2000", "--threads", threads, "-o", &out]);
        program::read_npz(&folder.join(out), "log_weight")
    };
    assert_eq!(sample("1"), sample("8"));
}
