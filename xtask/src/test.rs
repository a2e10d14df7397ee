//! `cargo test-all`: every test, the quick ones first.

use crate::chromium::Chromium;
use crate::modules;
use crate::neon;
use crate::npm;
use crate::page;
use crate::server::Server;
use crate::setup;
use crate::step::{self, cargo, cargo_wasm, root, target_dir};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// All that is native. What is built for all of it together is not built again for a part, whose dependencies may have other features.
const NATIVE: &str =
    "--workspace --exclude boltzflow-web --exclude boltzflow-charts --exclude xtask";

/// The examples of the library, which fail where their answer is off.
const EXAMPLES: [&str; 5] = ["double_well", "dimer", "own_potential", "own_layer", "own_objective"];

/// Native tests, kernels on emulated NEON, wasm tests in Node and Chromium, then the page in Chromium and the npm package.
pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    setup::rust_targets(&[setup::WASM])?;
    setup::node_packages()?;
    let chromium = Chromium::require()?;

    step::run("native tests", &mut cargo(&format!("test {NATIVE}")))?;
    // They are built with the tests, and the library is optimised there, too.
    let examples = EXAMPLES.map(|example| {
        step::command(target_dir().join("debug/examples").join(executable(example)))
    });
    step::run_together("examples", examples)?;
    let bare =
        "run --release --package boltzflow --no-default-features --features libm --example no_std";
    step::run("example no_std", &mut cargo(bare))?;
    step::run(
        "tests of the development tasks",
        &mut cargo("test --package xtask --features test-runner"),
    )?;
    neon::run()?;
    let wasm = format!("test --package boltzflow-web --target {}", setup::WASM);
    step::run("wasm tests, in Node and in Chromium", &mut cargo_wasm(&wasm))?;
    modules::build()?;
    page_tests(&chromium)?;
    package_tests(&chromium)?;
    println!("\nAll tests passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs the page tests against a server of their own, and against the folder that is published.
fn page_tests(chromium: &Chromium) -> Result<()> {
    let server = Server::bind(None)?;
    let address = server.address();
    server.start();
    page::run(&["--no-build".into()])?;
    let mut node = node_tests("tests/page")?;
    node.env("BOLTZFLOW_PUBLISHED", page::folder())
        .env("BOLTZFLOW_PAGE", address)
        .env("CHROMIUM", &chromium.browser);
    step::run("page tests in Chromium", &mut node)
}

/// Packs the npm package and runs its tests, with the native program on the other side.
fn package_tests(chromium: &Chromium) -> Result<()> {
    let packed = npm::run(&[])?;
    // Built with the native tests, as the examples.
    let native = target_dir().join("debug").join(executable("boltzflow"));
    let mut node = node_tests("tests/package")?;
    node.env("BOLTZFLOW_PACKAGE", packed)
        .env("BOLTZFLOW_NATIVE", native)
        .env("CHROMIUM", &chromium.browser);
    step::run("package tests in Node and in Chromium", &mut node)
}

/// The name of a program's file.
fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// Node's test runner with a file for each core: most tests of a page wait for one worker.
fn node_tests(folder: &str) -> Result<Command> {
    let mut node = setup::node()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    node.args(["--test", "--test-reporter=spec", &format!("--test-concurrency={cores}")]);
    node.args(test_files(folder)?);
    Ok(node)
}

/// The test files of a folder by name: Node 20 does not expand patterns.
fn test_files(folder: &str) -> Result<Vec<PathBuf>> {
    let dir = PathBuf::from(folder);
    let mut files = Vec::new();
    let cannot = || format!("cannot read {folder}");
    for entry in fs::read_dir(root().join(&dir)).with_context(cannot)? {
        let name = entry.with_context(cannot)?.file_name();
        if name.to_string_lossy().ends_with(".test.mjs") {
            files.push(dir.join(name));
        }
    }
    ensure!(!files.is_empty(), "{folder} holds no *.test.mjs");
    files.sort();
    Ok(files)
}
