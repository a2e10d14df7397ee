//! Configurations from a file of any kind: `.npy`, `.csv`, `.xyz` for particles, or `.pdb` for atoms.

use std::path::Path;

use boltzflow::nalgebra::DMatrix;
use boltzflow::system::System;

use super::format::{extension, words};
use super::{csv, molecule_file, npy, xyz};
use crate::failure::Failure;
use crate::species;

/// Reads configurations of a system (`n × dim`).
pub(crate) fn read(path: &Path, system: &System) -> Result<DMatrix<f64>, Failure> {
    let dim = system.dim();
    let x = match extension(path).as_str() {
        "csv" => csv::read_matrix(path, dim)?,
        "xyz" | "extxyz" => xyz::read(path, dim, &species::of(system))?,
        "npy" | "" => npy::read_matrix(path)?,
        "pdb" => molecule_file::read_models(path)?,
        _ => return Err(other_format(path, &["npy", "csv", "xyz", "pdb"])),
    };
    check_columns(path, x.ncols(), dim)?;
    Ok(x)
}

/// Reads one number for each configuration.
pub(crate) fn read_vector(path: &Path) -> Result<Vec<f64>, Failure> {
    match extension(path).as_str() {
        "csv" => csv::read_vector(path),
        "npy" | "" => npy::read_vector(path),
        _ => Err(other_format(path, &["npy", "csv"])),
    }
}

/// Fails unless a file has a column for each coordinate of its system.
pub(crate) fn check_columns(path: &Path, found: usize, dim: usize) -> Result<(), Failure> {
    if found == dim {
        return Ok(());
    }
    let what = format!(
        "{} has {found} columns in each line or row, the system {dim} coordinates",
        path.display()
    );
    Err(Failure::input("dimension-mismatch", what, "check that the data belong to this system"))
}

fn other_format(path: &Path, formats: &[&str]) -> Failure {
    let formats = words(formats);
    let what = format!("{} is not a {formats} file", path.display());
    Failure::input("unknown-format", what, format!("give a file whose name ends in {formats}"))
}
