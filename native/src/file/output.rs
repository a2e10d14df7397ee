//! Arrays written to a file whose name says in which format.

use std::path::Path;

use super::format::{extension, words};
use super::npz::Array;
use super::{atomic, csv, npz};
use crate::failure::Failure;

/// Formats of arrays.
pub(crate) const ARRAYS: &[&str] = &["npz", "csv"];

/// Fails unless the name of a file ends like one of `formats` and the file can be written.
pub(crate) fn check(path: &Path, formats: &[&str]) -> Result<(), Failure> {
    if !formats.contains(&extension(path).as_str()) && !path.is_dir() {
        let endings = words(formats);
        return Err(Failure::input(
            "unknown-format",
            format!("{} is not the name of a {endings} file", path.display()),
            format!("give the file a name that ends in {endings}"),
        ));
    }
    atomic::check_writable(path)
}

/// Writes arrays of equal length as an archive or as a table.
pub(crate) fn write(path: &Path, arrays: &[(&str, Array<'_>)]) -> Result<(), Failure> {
    match extension(path).as_str() {
        "csv" => csv::write(path, arrays),
        _ => npz::write(path, arrays),
    }
}
