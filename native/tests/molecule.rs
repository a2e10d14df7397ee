//! `boltzflow show` and `boltzflow energy` of molecules, as a user has them: two files.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by a panic

mod program;

use std::fs;
use std::path::{Path, PathBuf};

use program::{json, names_in_npz, read_npz, run, succeed, write_npy};

fn reference(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference/molecules/openmm").join(file)
}

/// A folder with the two files of a system, and a file that names them.
fn folder(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (ending, to) in [("xml", "system.xml"), ("pdb", "structure.pdb")] {
        fs::copy(reference(&format!("{name}.{ending}")), folder.path().join(to)).unwrap();
    }
    let file = "system = 'molecule'\nopenmm = 'system.xml'\nstructure = 'structure.pdb'\ntemperature = '300 K'\n";
    fs::write(folder.path().join("molecule.toml"), file).unwrap();
    folder
}

const BOTH: [&str; 3] = ["system.xml", "--structure", "structure.pdb"];

#[test]
fn terms_units_and_temperatures() {
    let folder = folder("ala2_ff96_obc1");
    let folder = folder.path();
    let with = |more: &[&str]| {
        succeed(folder, &[&["energy", "system.xml", "structure.pdb"], &BOTH[1..], more].concat());
    };
    with(&["--terms", "-o", "u.npz"]);
    let parts = ["energy_angle", "energy_bond", "energy_gb", "energy_nonbonded", "energy_torsion"];
    let names = [&["energy"], &parts[..], &["gradient"]].concat();
    assert_eq!(names_in_npz(&folder.join("u.npz")), names);
    let energy = read_npz(&folder.join("u.npz"), "energy").1[0];
    let sum: f64 = parts.iter().map(|name| read_npz(&folder.join("u.npz"), name).1[0]).sum();
    assert!((energy - sum).abs() < 1e-10);
    assert_eq!(read_npz(&folder.join("u.npz"), "gradient").0, [1, 66]);
    // kT(300 K) = 2.494338785 kJ/mol, from the file, from an option in kelvin, and as kT itself.
    succeed(folder, &["energy", "molecule.toml", "structure.pdb", "-o", "a.npz"]);
    with(&["-T", "300K", "-o", "b.npz"]);
    with(&["-T", "2.494338785445972", "-o", "c.npz"]);
    for file in ["a.npz", "b.npz", "c.npz"] {
        let reduced = read_npz(&folder.join(file), "reduced").1[0];
        assert!((reduced - energy / 2.494_338_785_445_972).abs() < 1e-9, "{file}: {reduced}");
    }
}

/// `n × 3N` and `n × N × 3` are the same configurations.
#[test]
fn arrays_have_two_axes_or_three() {
    let folder = folder("butane_trappe_ua");
    let folder = folder.path();
    let x: Vec<Vec<f64>> = (0..3)
        .map(|i| {
            (0..12).map(|j| f64::from(j) * 0.1 + 0.01 * f64::from((7 * i + j * j) % 11)).collect()
        })
        .collect();
    write_npy(&folder.join("flat.npy"), &x);
    let bytes = fs::read(folder.join("flat.npy")).unwrap();
    let length = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8(bytes[10..length].to_vec()).unwrap();
    let cube = header.replace("(3, 12)", "(3, 4, 3)");
    assert_ne!(cube, header);
    let size = u16::try_from(cube.len()).unwrap().to_le_bytes();
    let parts = [&bytes[..8], &size, cube.as_bytes(), &bytes[length..]];
    fs::write(folder.join("cube.npy"), parts.concat()).unwrap();
    let energies = |file: &str| {
        succeed(folder, &[&["energy", "system.xml", file], &BOTH[1..], &["-o", "u.npz"]].concat());
        read_npz(&folder.join("u.npz"), "energy").1
    };
    assert_eq!(energies("flat.npy"), energies("cube.npy"));
}

#[test]
fn a_molecule_is_shown() {
    let folder = folder("val2_ff99sbildn_obc2");
    let shown = json(folder.path(), &[&["show"], &BOTH[..]].concat());
    assert_eq!((&shown["atoms"], &shown["dim"]), (&28.into(), &84.into()));
    assert_eq!(shown["residues"].as_array().unwrap().len(), 3);
    let sum: f64 =
        shown["energy_terms"].as_object().unwrap().values().map(|u| u.as_f64().unwrap()).sum();
    assert!((sum - shown["energy"].as_f64().unwrap()).abs() < 1e-9);
    let output = run(folder.path(), &[&["show"], &BOTH[..]].concat());
    let (out, error) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(out.contains("ACE 1, VAL 2, NME 3") && out.contains("kJ/mol"), "{out}");
    assert!(error.contains("CMMotionRemover is left out"), "{error}");
}

#[test]
fn what_cannot_be_is_refused_in_a_sentence() {
    let folder = folder("butane_oplsaa");
    let folder = folder.path();
    fs::copy(reference("pentane_oplsaa.pdb"), folder.join("pentane.pdb")).unwrap();
    fs::copy(reference("cases/butane_custom_bond.xml"), folder.join("custom.xml")).unwrap();
    fs::write(folder.join("no-system.toml"), "system = 'molecule'\n").unwrap();
    let cases: [(&[&str], &str); 9] = [
        (&["energy", "system.xml", "structure.pdb"], "give --structure FILE.pdb"),
        (
            &["energy", "system.xml", "structure.pdb", "--structure", "pentane.pdb"],
            "17 atoms, and the system 14 particles",
        ),
        (&["energy", "system.xml", "pentane.pdb", "--structure", "structure.pdb"], "51 columns"),
        (
            &["energy", "custom.xml", "structure.pdb", "--structure", "structure.pdb"],
            "CustomBondForce",
        ),
        (
            &["energy", "molecule.toml", "structure.pdb", "--dim", "3"],
            "a molecule has no dimension",
        ),
        (&["energy", "no-system.toml", "structure.pdb"], "openmm = \"system.xml\""),
        (
            &["energy", "double-well", "structure.pdb", "--structure", "structure.pdb"],
            "has no atoms",
        ),
        (&["energy", "double-well", "structure.pdb", "-T", "300K"], "for a molecule only"),
        (&["simulate", "molecule.toml"], "simulate does not take molecules yet"),
    ];
    for (arguments, expected) in cases {
        let refused = run(folder, &[arguments, &["-o", "out.npz"]].concat());
        let error = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
        assert!(!folder.join("out.npz").exists());
    }
}
