//! Systems of OpenMM and structures.

use std::fs;
use std::path::Path;

use boltzflow::potential::Potential;
use boltzflow_molecule::{Molecule, Structure, openmm, pdb};

use super::try_all;

fn files(ending: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference/molecules/openmm");
    ["butane_trappe_ua", "butane_oplsaa", "gly2_ff99sbildn_obc2", "ala2_ff96_obc1"]
        .map(|name| fs::read(folder.join(format!("{name}.{ending}"))).unwrap())
        .to_vec()
}

#[test]
fn systems_of_openmm() {
    try_all("systems of OpenMM", &files("xml"), 1_500, 1 << 26, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        match openmm::read(text) {
            Ok(openmm::OpenMmSystem { masses, force_field, .. }) => {
                let x: Vec<f64> = (0..3 * masses.len()).map(|i| (i as f64).sin()).collect();
                let molecule = Molecule { masses, structure: Structure::default(), force_field };
                molecule.energy_gradient(&x, &mut vec![0.0; x.len()]);
                true
            }
            Err(error) => {
                let sentence = error.to_string();
                assert!(!sentence.contains('\n') && sentence.len() < 4000, "{sentence}");
                false
            }
        }
    });
}

#[test]
fn structures() {
    try_all("structures", &files("pdb"), 3_000, 1 << 22, |bytes| match pdb::read(bytes) {
        Ok(structure) => {
            let atoms = structure.atoms.len();
            assert!(structure.models.iter().all(|model| model.len() == 3 * atoms));
            assert!(structure.bonds.iter().all(|(i, j)| i < j && (*j as usize) < atoms));
            true
        }
        Err(error) => {
            assert!(!error.to_string().contains('\n'), "{error}");
            false
        }
    });
}
