//! A molecule from two files: OpenMM's System as XML, and a structure as PDB.

use std::fs;
use std::path::Path;

use boltzflow::nalgebra::DMatrix;
use boltzflow_molecule::{Molecule, Structure, openmm, pdb};

use crate::failure::Failure;

/// Reads a molecule; what its system has beside an energy is told on standard error.
pub(crate) fn read(system: &Path, structure: Option<&Path>) -> Result<Molecule, Failure> {
    let Some(structure) = structure else {
        let what = format!("{} has no names and no positions of its atoms", system.display());
        return Err(Failure::input("no-structure", what, "give --structure FILE.pdb"));
    };
    let bytes = fs::read(system).map_err(|e| Failure::reading(system, &e))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::of_file(system, "is not UTF-8 text", "write it with XmlSerializer.serialize")
    })?;
    let parsed = openmm::read(&text).map_err(|e| Failure::within(system, &e))?;
    for note in &parsed.notes {
        eprintln!("note: {}: {note}", system.display());
    }
    let atoms = read_structure(structure)?;
    Molecule::new(parsed, atoms).map_err(|e| Failure::within(structure, &e))
}

/// Reads the positions of each model, nm (`n × 3N`).
pub(crate) fn read_models(path: &Path) -> Result<DMatrix<f64>, Failure> {
    let structure = read_structure(path)?;
    let dim = 3 * structure.atoms.len();
    let rows = structure.models.concat();
    Ok(DMatrix::from_row_slice(structure.models.len(), dim, &rows))
}

fn read_structure(path: &Path) -> Result<Structure, Failure> {
    let bytes = fs::read(path).map_err(|e| Failure::reading(path, &e))?;
    pdb::read(&bytes).map_err(|e| Failure::within(path, &e))
}
