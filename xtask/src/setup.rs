//! What the tasks need beyond rustup and Node: looked for first, installed only when missing.

use crate::step::{cargo, command, output, root, run};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The target of the page's modules.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";
/// Targets without an operating system, on which the library must build.
pub(crate) const BARE: [&str; 2] = ["thumbv7em-none-eabihf", "wasm32v1-none"];

const NODE_MINIMUM: u32 = 20;

/// Installs the standard library of each target that the toolchain lacks.
pub(crate) fn rust_targets(targets: &[&str]) -> Result<()> {
    let installed = |target: &str| {
        let libdir =
            output(command("rustc").args(["--print", "target-libdir", "--target", target]));
        libdir.is_some_and(|dir| Path::new(&dir).is_dir())
    };
    let missing: Vec<_> = targets.iter().copied().filter(|target| !installed(target)).collect();
    rustup("target", &missing)
}

/// Installs the formatter and the linter when the toolchain lacks them.
pub(crate) fn rust_components() -> Result<()> {
    let installed = |component: &str| {
        let tool = component.trim_start_matches("rust");
        output(cargo(tool).arg("--version")).is_some()
    };
    let missing: Vec<_> =
        ["rustfmt", "clippy"].into_iter().filter(|name| !installed(name)).collect();
    rustup("component", &missing)
}

fn rustup(kind: &str, missing: &[&str]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    run(&format!("install the Rust {kind}"), command("rustup").args([kind, "add"]).args(missing))
        .with_context(|| {
            format!(
                "the Rust {kind} {} is missing: install rustup, see https://rustup.rs",
                missing.join(", ")
            )
        })
}

/// Node itself, checked, with the arguments given.
pub(crate) fn node() -> Result<Command> {
    let Some(version) = output(command("node").arg("--version")) else {
        bail!(
            "Node {NODE_MINIMUM} or newer is needed and `node` was not found: see https://nodejs.org"
        );
    };
    let major =
        version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    ensure!(
        major >= Some(NODE_MINIMUM),
        "Node {NODE_MINIMUM} or newer is needed, found {version}: see https://nodejs.org"
    );
    Ok(command("node"))
}

/// Installs the development tools of `package.json` when `node_modules` does not hold what the lock file names.
pub(crate) fn node_packages() -> Result<()> {
    node()?;
    let lock =
        fs::read(root().join("package-lock.json")).context("cannot read package-lock.json")?;
    let installed = root().join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|content| content == lock) {
        return Ok(());
    }
    let mut ci = npm();
    ci.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run("install the development tools", &mut ci)?;
    fs::write(&installed, lock).with_context(|| format!("cannot write {}", installed.display()))
}

/// The package manager of Node.
pub(crate) fn npm() -> Command {
    command(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// True where Debian packages can be installed without asking: on Debian, as root.
pub(crate) fn can_install() -> bool {
    let debian = fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"));
    debian && output(command("id").arg("-u")).is_some_and(|id| id == "0")
}

/// Installs Debian packages.
pub(crate) fn debian_packages(what: &str, packages: &[&str]) -> Result<()> {
    run("read the package lists", command("apt-get").args(["update", "--quiet"]))?;
    let mut apt = command("apt-get");
    apt.args(["install", "--quiet", "--yes", "--no-install-recommends"]).args(packages);
    run(&format!("install {what}"), apt.env("DEBIAN_FRONTEND", "noninteractive"))
}
