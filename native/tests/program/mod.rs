//! Runs the built program and looks at what it says and writes.
#![allow(dead_code)] // each test binary uses a part

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The options of a training run of a second.
pub(crate) const SMALL: [&str; 8] = [
    "--set",
    "iterations=80",
    "--set",
    "batch=64",
    "--set",
    "hidden=[16]",
    "--set",
    "example_steps=500",
];

/// The program with arguments, in a folder.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boltzflow"));
    command.current_dir(folder).args(arguments);
    command
}

/// Runs the program.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// Runs the program, which must succeed, and gives its standard output.
pub(crate) fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the program with `--json`, which must succeed, and gives the object.
pub(crate) fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let mut arguments = arguments.to_vec();
    arguments.push("--json");
    serde_json::from_str(&succeed(folder, &arguments)).unwrap()
}

/// Trains the double well for a second.
pub(crate) fn train_small(folder: &Path, run: &str, more: &[&str]) -> serde_json::Value {
    json(folder, &[&["train", "double-well", "-o", run], &SMALL[..], more].concat())
}

/// Names of all files below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

/// A `.npy` file with a header and data.
pub(crate) fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

/// Writes an `n × dim` array of f64.
pub(crate) fn write_npy(path: &Path, rows: &[Vec<f64>]) {
    write_npy_as(path, rows, false, "<f8");
}

/// Writes an array in C or Fortran order and of a type.
pub(crate) fn write_npy_as(path: &Path, rows: &[Vec<f64>], fortran: bool, kind: &str) {
    let (n, dim) = (rows.len(), rows.first().map_or(0, Vec::len));
    let values: Vec<f64> = if fortran {
        (0..dim).flat_map(|k| rows.iter().map(move |r| r[k])).collect()
    } else {
        rows.concat()
    };
    let bytes = |v: f64| match kind {
        "<f8" => v.to_le_bytes().to_vec(),
        ">f8" => v.to_be_bytes().to_vec(),
        "<f4" => (v as f32).to_le_bytes().to_vec(),
        ">f4" => (v as f32).to_be_bytes().to_vec(),
        other => panic!("type {other}"),
    };
    let data: Vec<u8> = values.into_iter().flat_map(bytes).collect();
    let order = if fortran { "True" } else { "False" };
    let header =
        format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': ({n}, {dim}), }}\n");
    fs::write(path, npy(&header, &data)).unwrap();
}

/// Shape and values (C order) of an array in an archive.
pub(crate) fn read_npz(path: &Path, name: &str) -> (Vec<u64>, Vec<f64>) {
    let mut archive = npyz::npz::NpzArchive::open(path).unwrap();
    let array = archive.by_name(name).unwrap().unwrap_or_else(|| panic!("no array {name}"));
    assert_eq!(array.order(), npyz::Order::C);
    (array.shape().to_vec(), array.into_vec().unwrap())
}

/// Names of the arrays in an archive, sorted.
pub(crate) fn names_in_npz(path: &Path) -> Vec<String> {
    let archive = npyz::npz::NpzArchive::open(path).unwrap();
    let mut names: Vec<String> = archive.array_names().map(String::from).collect();
    names.sort();
    names
}
