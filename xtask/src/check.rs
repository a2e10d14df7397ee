//! `cargo xtask check`: everything that can be told without running a test, fastest first.

use crate::setup;
use crate::step::{self, cargo, cargo_wasm};
use anyhow::Result;

/// Formatting, builds without std, lints and documentation, natively and for wasm; a warning is an error.
pub(crate) fn run() -> Result<()> {
    setup::rust_components()?;
    step::run("formatting", &mut cargo("fmt --all --check"))?;

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

    // Each module by itself, as it is built.
    for module in ["page", "views", "files", "package"] {
        let lints = format!(
            "clippy --package boltzflow-web --no-default-features --features {module} --target {} -- -D warnings",
            setup::WASM
        );
        step::run(&format!("lints, wasm of the module {module}"), &mut cargo_wasm(&lints))?;
    }

    let deny = |mut doc: std::process::Command| {
        doc.env("RUSTDOCFLAGS", "-D warnings");
        doc
    };
    step::run("documentation, native", &mut deny(cargo(&format!("doc {native} --no-deps"))))?;
    step::run("documentation, wasm", &mut deny(cargo_wasm(&format!("doc {wasm} --no-deps"))))
}
