//! All configurations of all systems of `tests/reference/molecules`.

use std::fs;

use boltzflow::nalgebra::DMatrix;
use boltzflow::potential::{Potential, Scratch};
use boltzflow_molecule::term::PARTS;
use boltzflow_tests::{number, numbers, reference};
use serde_json::Value;

use super::{folder, molecule};

/// Names of the systems, by their files.
fn systems() -> Vec<String> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> =
        files.filter_map(|file| Some(file.to_str()?.strip_suffix(".xml")?.to_owned())).collect();
    names.sort();
    assert_eq!(names.len(), 17);
    names
}

fn of(name: &str) -> Value {
    let own = format!("molecules/openmm/{name}.json");
    let exists = folder().join(format!("{name}.json")).exists();
    reference(&if exists { own } else { format!("molecules/{name}.json") })
}

/// Energies and terms within 10⁻¹⁰ of the sum of the terms' sizes, gradients within 10⁻⁹ of the largest component.
#[test]
fn energies_terms_and_gradients() {
    for name in systems() {
        let molecule = molecule(&name);
        let data = of(&name);
        let configurations = data["configs"].as_array().unwrap();
        let rows: Vec<f64> = configurations
            .iter()
            .flat_map(|c| c["x"].as_array().unwrap().iter().flat_map(numbers))
            .collect();
        let (n, dim) = (configurations.len(), molecule.dim());
        let x = DMatrix::from_row_slice(n, dim, &rows);
        let (mut energy, mut gradient) = (vec![0.0; n], DMatrix::zeros(n, dim));
        molecule.evaluate(&x, &mut energy, &mut gradient, &mut Scratch::default());
        let parts = molecule.parts(&x);
        for (i, configuration) in configurations.iter().enumerate() {
            let terms = &configuration["terms"];
            let expected = PARTS.map(|part| terms[part].as_f64().unwrap_or(0.0));
            let size = expected.iter().map(|u| u.abs()).sum::<f64>().max(1.0);
            let label = format!("{name}, configuration {i}");
            let error = (energy[i] - number(&configuration["energy"])).abs();
            assert!(error <= 1e-10 * size, "{label}: energy off by {error:e} of {size:e}");
            for ((part, name), expected) in parts.iter().zip(PARTS).zip(expected) {
                let error = (part[i] - expected).abs();
                assert!(error <= 1e-10 * size, "{label}: {name} off by {error:e} of {size:e}");
            }
            let expected = configuration["gradient"].as_array().unwrap().iter();
            let expected: Vec<f64> = expected.flat_map(numbers).collect();
            let largest = expected.iter().fold(1.0_f64, |m, g| m.max(g.abs()));
            for (j, expected) in expected.iter().enumerate() {
                let error = (gradient[(i, j)] - expected).abs();
                assert!(
                    error <= 1e-9 * largest,
                    "{label}: gradient {j} off by {error:e} of {largest:e}"
                );
            }
        }
    }
}

/// At the coordinates that the structure files print.
#[test]
fn energies_at_the_printed_coordinates() {
    let index = reference("molecules/openmm/index.json");
    for name in systems() {
        let molecule = molecule(&name);
        let x = DMatrix::from_row_slice(1, molecule.dim(), &molecule.structure.models[0]);
        let parts = molecule.parts(&x).map(|part| part[0]);
        let size = parts.iter().map(|u| u.abs()).sum::<f64>().max(1.0);
        let expected = number(&index[&name]["energy_at_pdb_coordinates"]);
        let error = (parts.iter().sum::<f64>() - expected).abs();
        assert!(error <= 1e-10 * size, "{name}: off by {error:e} of {size:e}");
    }
}
