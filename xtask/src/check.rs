//! `cargo xtask check`: everything that can be told without running a test, fastest first.

use crate::setup;
use crate::step::{self, cargo, cargo_wasm};
use anyhow::Result;
use std::process::Command;

/// Formatting, builds without std, lints and documentation, natively and for wasm; a warning is an error.
pub(crate) fn run() -> Result<()> {
    setup::rust_components()?;
    step::run("formatting", &mut cargo("fmt --all --check"))?;
    step::run("formatting of what registries declare", &mut registered()?)?;

    setup::rust_targets(&[setup::WASM])?;
    setup::rust_targets(&setup::BARE)?;
    for target in setup::BARE {
        let mut build =
            cargo_wasm("build --package boltzflow --no-default-features --features libm --target");
        step::run("library without std", build.arg(target))?;
    }

    let native = "--workspace --exclude boltzflow-web --exclude boltzflow-charts --features xtask/test-runner";
    let wasm =
        format!("--package boltzflow-web --package boltzflow-charts --target {}", setup::WASM);
    step::run(
        "lints, native",
        &mut cargo(&format!("clippy {native} --all-targets -- -D warnings")),
    )?;
    step::run(
        "lints, wasm",
        &mut cargo_wasm(&format!("clippy {wasm} --all-targets -- -D warnings")),
    )?;

    let package = format!(
        "--package boltzflow-web --no-default-features --features package --target {}",
        setup::WASM
    );
    step::run(
        "lints, wasm of the npm package",
        &mut cargo_wasm(&format!("clippy {package} -- -D warnings")),
    )?;

    let deny = |mut doc: std::process::Command| {
        doc.env("RUSTDOCFLAGS", "-D warnings");
        doc
    };
    step::run("documentation, native", &mut deny(cargo(&format!("doc {native} --no-deps"))))?;
    step::run("documentation, wasm", &mut deny(cargo_wasm(&format!("doc {wasm} --no-deps"))))
}

/// rustfmt sees no modules that a macro declares: those of registries are named to it.
fn registered() -> Result<Command> {
    let mut rustfmt = step::command("rustfmt");
    rustfmt.args(["--check", "--edition", "2024"]);
    for entry in std::fs::read_dir(step::root().join("core/src/sampler"))? {
        rustfmt.arg(entry?.path());
    }
    Ok(rustfmt)
}
