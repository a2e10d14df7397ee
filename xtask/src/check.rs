//! `cargo xtask check`: everything that can be told without running a test, fastest first.

use crate::setup;
use crate::step::{self, cargo, cargo_wasm, root};
use anyhow::{Result, ensure};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Formatting, types of the scripts, builds without std, lints and documentation, natively and for wasm; a warning is an error.
pub(crate) fn run() -> Result<()> {
    setup::rust_components()?;
    step::run("formatting", &mut cargo("fmt --all --check"))?;
    println!("▸ formatting of the files that registries declare");
    ensure!(rustfmt(&root().join("core/src"))?.status()?.success(), "rustfmt finds differences");
    types()?;

    setup::rust_targets(&[setup::WASM])?;
    setup::rust_targets(&setup::BARE)?;
    for target in setup::BARE {
        let mut check = cargo_wasm(
            "check --package boltzflow --no-default-features --features libm,particles --target",
        );
        step::run("library without std", check.arg(target))?;
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

/// Types of the page's scripts and of the package's: nothing has to be built for them.
fn types() -> Result<()> {
    setup::node_packages()?;
    for project in ["www", "web/npm"] {
        let mut node = setup::node()?;
        node.arg(root().join("node_modules/typescript/bin/tsc"))
            .arg("-p")
            .arg(root().join(project));
        step::run(&format!("types, {project}"), &mut node)?;
    }
    Ok(())
}

/// Checks all files below a folder: `cargo fmt` does not see those that the macro of a registry declares.
fn rustfmt(folder: &Path) -> Result<Command> {
    let mut command = Command::new("rustfmt");
    command.args(["--check", "--edition", "2024"]);
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                command.arg(path);
            }
        }
    }
    Ok(command)
}
