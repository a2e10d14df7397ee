//! Configurations from a file of any kind: `.npy`, `.csv`, or `.xyz` for particles.

use std::path::Path;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Error;
use boltzflow::system::System;

use super::{csv, npy, xyz};
use crate::failure::Failure;
use crate::species;

fn extension(path: &Path) -> String {
    path.extension().map_or(String::new(), |e| e.to_string_lossy().to_lowercase())
}

/// Reads configurations of a system (`n × dim`).
pub(crate) fn read(path: &Path, system: &System) -> Result<DMatrix<f64>, Failure> {
    let dim = system.dim();
    let x = match extension(path).as_str() {
        "csv" => csv::read_matrix(path, dim)?,
        "xyz" | "extxyz" => xyz::read(path, dim, &species::of(system))?,
        _ => npy::read_matrix(path)?,
    };
    if x.ncols() != dim {
        let (what, expected, found) = ("configurations", dim, x.ncols());
        return Err(Error::DimensionMismatch { what, expected, found }.into());
    }
    Ok(x)
}

/// Reads one number for each configuration.
pub(crate) fn read_vector(path: &Path) -> Result<Vec<f64>, Failure> {
    match extension(path).as_str() {
        "csv" => csv::read_vector(path),
        _ => npy::read_vector(path),
    }
}
