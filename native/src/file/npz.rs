//! Archives of NumPy arrays (`.npz`).

use std::io;
use std::path::Path;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Error;
use npyz::WriterBuilder;
use npyz::npz::{NpzArchive, NpzWriter};
use npyz::zip::write::FileOptions;

use super::atomic;
use crate::failure::Failure;

/// An array to write, as f64 in C order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Array<'a> {
    /// Shape `n × dim`.
    Matrix(&'a DMatrix<f64>),
    /// Shape `(n,)`.
    Vector(&'a [f64]),
}

/// Writes named arrays.
pub(crate) fn write(path: &Path, arrays: &[(&str, Array<'_>)]) -> Result<(), Failure> {
    atomic::write(path, |sink| {
        let mut archive = NpzWriter::new(sink);
        for (name, array) in arrays {
            // Stored, not compressed: numbers of a simulation do not compress, and NumPy can map them.
            let options = FileOptions::default()
                .compression_method(npyz::zip::CompressionMethod::Stored)
                .large_file(true);
            match array {
                Array::Matrix(m) => append(
                    archive.array(name, options)?,
                    &[m.nrows() as u64, m.ncols() as u64],
                    (0..m.nrows()).flat_map(|i| m.row(i).iter().copied().collect::<Vec<_>>()),
                )?,
                Array::Vector(v) => {
                    append(archive.array(name, options)?, &[v.len() as u64], v.iter().copied())?;
                }
            }
        }
        archive.zip_writer().finish().map(drop).map_err(io::Error::from)
    })
}

/// Reads arrays of f64 in C order by name: their shapes and numbers.
pub(crate) fn read(path: &Path, names: &[&str]) -> Result<Vec<(Vec<u64>, Vec<f64>)>, Failure> {
    let array = |name: &&str| {
        read_if_there(path, name)?.ok_or_else(|| wrong(path, format!("there is no array '{name}'")))
    };
    names.iter().map(array).collect()
}

/// Reads the numbers of an array of one axis, if there is one of that name.
pub(crate) fn read_vector(path: &Path, name: &str) -> Result<Option<Vec<f64>>, Failure> {
    match read_if_there(path, name)? {
        Some((shape, _)) if shape.len() != 1 => {
            Err(wrong(path, format!("array '{name}' has {} axes, not one", shape.len())))
        }
        found => Ok(found.map(|(_, values)| values)),
    }
}

fn read_if_there(path: &Path, name: &str) -> Result<Option<(Vec<u64>, Vec<f64>)>, Failure> {
    let mut archive = NpzArchive::open(path).map_err(|e| Failure::reading(path, &e))?;
    let Some(array) = archive.by_name(name).map_err(|e| wrong(path, e.to_string()))? else {
        return Ok(None);
    };
    let shape = array.shape().to_vec();
    let values =
        array.into_vec::<f64>().map_err(|e| wrong(path, format!("array '{name}': {e}")))?;
    Ok(Some((shape, values)))
}

fn wrong(path: &Path, detail: String) -> Failure {
    Error::data(path.display().to_string(), detail).into()
}

fn append<W: io::Write + io::Seek>(
    entry: npyz::npz::NpzWriterBuilder<'_, f64, W>,
    shape: &[u64],
    values: impl Iterator<Item = f64>,
) -> io::Result<()> {
    let mut writer = entry.default_dtype().shape(shape).begin_nd()?;
    writer.extend(values)?;
    writer.finish()
}
