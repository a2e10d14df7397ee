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
