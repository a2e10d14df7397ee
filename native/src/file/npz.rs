//! Archives of NumPy arrays (`.npz`).

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Error;
use npyz::WriterBuilder;
use npyz::npz::NpzWriter;
use npyz::zip::ZipArchive;
use npyz::zip::result::ZipError;
use npyz::zip::write::FileOptions;

use super::{atomic, npy};
use crate::failure::Failure;

/// Most bytes of an array that is read: 16 GiB, as of one that is sampled.
const MOST_BYTES: u64 = 1 << 34;

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
                // The same contents give the same bytes, whatever the clock says.
                .last_modified_time(npyz::zip::DateTime::default())
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

/// Reads arrays by name: their shapes and numbers, in C order.
pub(crate) fn read(path: &Path, names: &[&str]) -> Result<Vec<(Vec<usize>, Vec<f64>)>, Failure> {
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

fn read_if_there(path: &Path, name: &str) -> Result<Option<(Vec<usize>, Vec<f64>)>, Failure> {
    let file = File::open(path).map_err(|e| Failure::reading(path, &e))?;
    let array = entry(BufReader::new(file), name).map_err(|what| wrong(path, what))?;
    Ok(array.map(|array| (array.shape.clone(), array.into_rows())))
}

/// An array of an archive, if there is one of that name, or what is wrong with it.
pub(crate) fn entry(archive: impl Read + Seek, name: &str) -> Result<Option<npy::Array>, String> {
    let unreadable = |e: ZipError| format!("it is not a readable .npz archive ({e})");
    let mut archive = ZipArchive::new(archive).map_err(unreadable)?;
    let mut file = match archive.by_name(&npyz::npz::file_name_from_array_name(name)) {
        Err(ZipError::FileNotFound) => return Ok(None),
        found => found.map_err(unreadable)?,
    };
    // Grows with what is there, not with what the archive says of it; a small archive may hold a very large array of zeros.
    let mut bytes = Vec::new();
    let read = (&mut file).take(MOST_BYTES + 1).read_to_end(&mut bytes);
    let length = read.map_err(|e| format!("array '{name}': {e}"))?;
    if length as u64 > MOST_BYTES {
        return Err(format!("array '{name}' has more than 16 GiB"));
    }
    npy::parse(&bytes).map(Some).map_err(|(what, _)| format!("array '{name}' {what}"))
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
