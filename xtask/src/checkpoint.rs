//! `cargo xtask checkpoint`: trains the flow of the page's dimer and writes it where the page fetches it.

use crate::step::{self, cargo};
use anyhow::{Context, Result};
use std::fs;

/// The preset's dimer with narrower networks: less than a megabyte in half precision.
const SETTINGS: &str = "hidden=[96,96]";
const OUTPUT: &str = "www/assets/dimer.safetensors";
const REFERENCE: &str = "tests/reference/dimer_free_energy.json";

/// Trains (minutes; an interrupted training goes on when it is called again) and exports.
pub(crate) fn run() -> Result<()> {
    let folder = step::target_dir().join("xtask/dimer");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let program = |arguments: &[&str]| {
        let mut command = cargo("run --release --package boltzflow-cli --");
        command.args(arguments);
        command
    };
    let folder = folder.to_string_lossy().into_owned();
    let train = ["train", "dimer", "-o", &folder, "--set", SETTINGS, "--resume"];
    step::run("train the dimer", &mut program(&train))?;
    let export = ["export", &folder, "-o", OUTPUT, "--reference", REFERENCE];
    step::run("export it for the page", &mut program(&export))
}
