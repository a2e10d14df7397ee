//! Molecules read from OpenMM's own files, against independent energies of each term.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops where it fails

mod cases;
mod reference;
mod terms;

use std::fs;
use std::path::PathBuf;

use boltzflow_molecule::{Molecule, openmm, pdb};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("reference/molecules/openmm")
}

/// The text of a system file, by its name without the ending.
fn xml(name: &str) -> String {
    fs::read_to_string(folder().join(format!("{name}.xml"))).unwrap()
}

/// The molecule of two files.
fn molecule(name: &str) -> Molecule {
    let structure = fs::read(folder().join(format!("{name}.pdb"))).unwrap();
    Molecule::new(openmm::read(&xml(name)).unwrap(), pdb::read(&structure).unwrap()).unwrap()
}
