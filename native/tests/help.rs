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
    let list = succeed(Path::new("."), &["simulate", "double-well", "--help-settings"]);
    assert!(list.contains("metropolis") && list.contains("step_size"), "{list}");
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
