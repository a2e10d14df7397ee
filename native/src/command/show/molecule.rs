//! What a molecule is: atoms, terms, and its energy as the structure file has it.

use std::collections::BTreeSet;
use std::path::Path;

use boltzflow::nalgebra::DMatrix;
use boltzflow::potential::Potential;
use boltzflow_molecule::Molecule;
use boltzflow_molecule::term::PARTS;
use serde_json::json;

use crate::failure::Failure;
use crate::file::molecule_file;
use crate::table;

/// Prints it.
pub(super) fn show(system: &Path, structure: Option<&Path>, json: bool) -> Result<(), Failure> {
    let molecule = molecule_file::read(system, structure)?;
    let x = DMatrix::from_row_slice(1, molecule.dim(), &molecule.structure.models[0]);
    let parts = molecule.parts(&x).map(|part| part[0]);
    let energy: f64 = parts.iter().sum();
    let mass: f64 = molecule.masses.iter().sum();
    let residues = residues(&molecule);
    let models = molecule.structure.models.len();
    let counts = molecule.force_field.counts();
    if json {
        let parts: serde_json::Map<_, _> =
            PARTS.iter().zip(parts).map(|(name, u)| ((*name).to_owned(), json!(u))).collect();
        let counts: serde_json::Map<_, _> = counts
            .into_iter()
            .map(|(name, count)| (name.replace([' ', '-'], "_"), json!(count)))
            .collect();
        return table::print_json(&json!({
            "system": "molecule",
            "atoms": molecule.masses.len(),
            "dim": molecule.dim(),
            "mass": mass,
            "residues": residues,
            "models": models,
            "terms": counts,
            "energy": energy,
            "energy_terms": parts,
        }));
    }
    let mut rows = vec![
        ("atoms".to_owned(), format!("{}, {} coordinates", molecule.masses.len(), molecule.dim())),
        ("mass".to_owned(), format!("{mass:.3} amu")),
        ("residues".to_owned(), shortened(&residues)),
        ("models".to_owned(), models.to_string()),
    ];
    rows.extend(counts.into_iter().map(|(name, count)| (name.to_owned(), count.to_string())));
    rows.push(("energy of the structure".to_owned(), format!("{energy:.4} kJ/mol")));
    rows.extend(
        PARTS.iter().zip(parts).map(|(name, u)| (format!("  {name}"), format!("{u:.4} kJ/mol"))),
    );
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(k, v)| vec![k, v]).collect();
    table::print(&table::align(&rows))
}

/// Names and numbers of the residues in the order of the file.
fn residues(molecule: &Molecule) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let atoms = molecule.structure.atoms.iter();
    let known = atoms.filter(|atom| seen.insert((&atom.chain, &atom.number, &atom.residue)));
    known.map(|atom| format!("{} {}", atom.residue, atom.number)).collect()
}

/// At most ten of them.
fn shortened(residues: &[String]) -> String {
    match residues.get(10..) {
        None | Some([]) => residues.join(", "),
        Some(more) => format!("{}, and {} more", residues[..10].join(", "), more.len()),
    }
}
