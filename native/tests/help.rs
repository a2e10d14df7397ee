//! What the program says of itself: help with examples, completions, JSON.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by a panic

mod program;

use std::path::Path;

use program::{run, succeed};

/// The names of all commands, as the program lists them.
fn commands() -> Vec<String> {
    let output = run(Path::new("."), &[]);
    let error = String::from_utf8(output.stderr).unwrap();
    let (_, list) = error.split_once("commands: ").unwrap();
    let list = list.split(';').next().unwrap();
    list.split(", ").map(String::from).collect()
}

#[test]
fn every_command_has_examples() {
    let commands = commands();
    assert!(commands.len() > 10, "{commands:?}");
    for command in &commands {
        for flag in ["-h", "--help"] {
            let help = succeed(Path::new("."), &[command, flag]);
            let (_, examples) = help.split_once("Examples:").unwrap();
            assert!(examples.contains(&format!("boltzflow {command}")), "{command} {flag}");
        }
    }
    assert!(succeed(Path::new("."), &["--help"]).contains("Examples:"));
}

#[test]
fn every_result_comes_as_json() {
    for command in commands().iter().filter(|c| *c != "completions") {
        let help = succeed(Path::new("."), &[command, "-h"]);
        assert!(help.contains("--json"), "{command} has no --json");
    }
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = succeed(Path::new("."), &["completions", shell]);
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
        assert!(script.contains("checkpoint-every"), "{shell}");
    }
}

/// Columns of text that is broken by hand: wider, it is broken once more at the edge of a terminal of 100.
const COLUMNS: usize = 95;

#[test]
fn text_below_the_options_is_not_broken_twice() {
    let commands = commands();
    let mut all: Vec<Vec<&str>> =
        commands.iter().map(|name| vec![name.as_str(), "--help"]).collect();
    all.push(vec!["--help"]);
    for arguments in &all {
        let help = succeed(Path::new("."), arguments);
        let lines: Vec<&str> = help.lines().collect();
        let is_option = |line: &&str| line.starts_with("  ") && line.trim_start().starts_with('-');
        let last = lines.iter().rposition(is_option).unwrap();
        let below: Vec<&str> =
            lines[last..].iter().copied().skip_while(|l| !l.is_empty()).collect();
        assert!(below.len() > 2, "{arguments:?}");
        for line in below {
            assert!(line.chars().count() <= COLUMNS, "{arguments:?}: {line}");
        }
    }
}

/// Lines of a page.
const PAGE: usize = 75;

#[test]
fn help_is_a_page_and_settings_are_listed_apart() {
    for command in commands() {
        let [short, long] = ["-h", "--help"].map(|flag| succeed(Path::new("."), &[&command, flag]));
        assert_eq!(short, long, "{command}");
        assert!(long.lines().count() <= PAGE, "{command}: {} lines", long.lines().count());
    }
    for command in ["train", "explore", "bootstrap"] {
        let list = succeed(Path::new("."), &[command, "--help-settings"]);
        for part in ["Flow:", "learning_rate = 0.002", "smc_particles = 2000", "[kT]", "Presets:"] {
            assert!(list.contains(part), "{command} lacks {part}: {list}");
        }
    }
    for command in ["simulate", "analyze"] {
        let list = succeed(Path::new("."), &[command, "double-well", "--help-settings"]);
        assert!(list.contains("metropolis") && list.contains("step_size"), "{list}");
    }
}

#[test]
fn a_dry_run_prints_the_run_file_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let change = ["--set", "batch=77", "--set", "c4=2", "--seed", "5"];
    let dry = [&["train", "double-well", "-o", "run", "--dry-run"][..], &change].concat();
    let text = succeed(folder, &dry);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
    for part in ["batch = 77", "c4 = 2", "seed = 5", "learning_rate = ", "[[stages]]"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // It needs no folder, and is a run file.
    std::fs::write(folder.join("again.toml"), &text).unwrap();
    assert_eq!(succeed(folder, &["train", "again.toml", "--dry-run"]), text);
    let refused = run(folder, &["train", "double-well", "--dry-run", "--set", "flow=X7"]);
    assert_eq!(refused.status.code(), Some(2));
}

/// What training would refuse before it makes an example, a dry run refuses.
#[test]
fn a_dry_run_accepts_nothing_that_training_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("x.csv"), "1,2\n").unwrap();
    for (arguments, part) in [
        (&["own", "--set", "formula=x"][..], "falls without end"),
        (&["double-well", "--set", "example_labels=reference"], "example_labels"),
        (&["double-well", "--set", "example_chains=0"], "no examples"),
        (&["double-well", "--set", "max_energy=1", "--set", "high_energy=2"], "max_energy"),
        (&["double-well", "--data", "none.npy"], "none.npy"),
        (&["dimer", "--data", "x.csv"], "x.csv has 2 columns"),
        (&["double-well", "--set", "w_ml=0", "--data", "x.csv"], "w_ml"),
    ] {
        for more in [&["--dry-run"][..], &["-o", "run"]] {
            let output = run(folder, &[&["train"], arguments, more].concat());
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{arguments:?} {more:?}: {error}");
            assert!(error.contains(part), "{arguments:?} {more:?}: {error}");
        }
    }
    assert!(!folder.join("run").exists());
}
