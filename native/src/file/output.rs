//! Arrays written to a file whose name says in which format.

use std::path::Path;

use super::npz::Array;
use super::{atomic, csv, npz};
use crate::failure::Failure;

/// Formats of arrays.
pub(crate) const ARRAYS: &[&str] = &["npz", "csv"];

/// Fails unless the name of a file ends like one of `formats` and the file can be written.
pub(crate) fn check(path: &Path, formats: &[&str]) -> Result<(), Failure> {
    let extension = path.extension().map_or(String::new(), |e| e.to_string_lossy().to_lowercase());
    if !formats.contains(&extension.as_str()) && !path.is_dir() {
        let names: Vec<String> = formats.iter().map(|format| format!(".{format}")).collect();
        return Err(Failure::input(
            "unknown-format",
            format!("{} is not the name of a {} file", path.display(), names.join(" or ")),
            format!("give the file a name that ends in {}", names.join(" or ")),
        ));
    }
    atomic::check_writable(path)
}

/// Writes arrays of equal length as an archive or as a table.
pub(crate) fn write(path: &Path, arrays: &[(&str, Array<'_>)]) -> Result<(), Failure> {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("csv") => csv::write(path, arrays),
        _ => npz::write(path, arrays),
    }
}
