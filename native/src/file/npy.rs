//! NumPy arrays (`.npy`): f32 or f64, C or Fortran order, either byte order.

use std::fs;
use std::path::Path;

use boltzflow::nalgebra::DMatrix;
use npyz::{NpyFile, Order, TypeChar};

use crate::failure::Failure;

/// Reads an `n × dim` matrix of finite numbers; of `n × atoms × axes` numbers those of an atom stand together.
pub(crate) fn read_matrix(path: &Path) -> Result<DMatrix<f64>, Failure> {
    let array = read(path)?;
    let (n, atoms, axes) = match array.shape[..] {
        [n, dim] => (n, 1, dim),
        [n, atoms, axes] => (n, atoms, axes),
        _ => {
            return Err(Failure::of_file(
                path,
                format!("has {} axes, not two or three", array.shape.len()),
                "save it with shape n × dim, or n × atoms × 3",
            ));
        }
    };
    let dim = atoms * axes;
    if n == 0 || dim == 0 {
        return Err(Failure::of_file(
            path,
            format!("is empty ({n} × {dim})"),
            "give at least one row",
        ));
    }
    let matrix = match array.order {
        Order::C => DMatrix::from_row_slice(n, dim, &array.values),
        Order::Fortran => DMatrix::from_fn(n, dim, |i, column| {
            array.values[i + n * (column / axes + atoms * (column % axes))]
        }),
    };
    check_finite(path, &matrix)?;
    Ok(matrix)
}

/// Reads `n` finite numbers: shape `(n,)` or `(n, 1)`.
pub(crate) fn read_vector(path: &Path) -> Result<Vec<f64>, Failure> {
    let array = read(path)?;
    if !matches!(array.shape[..], [_] | [_, 1]) {
        return Err(Failure::of_file(
            path,
            format!("has shape {:?}", array.shape),
            "save it with shape (n,)",
        ));
    }
    check_finite(path, &DMatrix::from_column_slice(array.values.len(), 1, &array.values))?;
    Ok(array.values)
}

/// Fails at the first number that is NaN or infinite, naming its place.
pub(crate) fn check_finite(path: &Path, x: &DMatrix<f64>) -> Result<(), Failure> {
    for row in 0..x.nrows() {
        for column in 0..x.ncols() {
            let v = x[(row, column)];
            if !v.is_finite() {
                let what = format!("has {v} in row {row}, column {column} (counted from 0)");
                return Err(Failure::of_file(path, what, "remove that row or correct it"));
            }
        }
    }
    Ok(())
}

/// An array as it is in its file.
#[derive(Debug)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    order: Order,
    values: Vec<f64>,
}

impl Array {
    /// The numbers in C order, of an array of one or two axes.
    pub(crate) fn into_rows(self) -> Vec<f64> {
        match (self.order, &self.shape[..]) {
            (Order::Fortran, &[n, dim]) => {
                DMatrix::from_row_slice(dim, n, &self.values).data.into()
            }
            _ => self.values,
        }
    }
}

/// What is wrong with a file, and what to do.
pub(crate) type Fault = (String, &'static str);

fn read(path: &Path) -> Result<Array, Failure> {
    let bytes = fs::read(path).map_err(|e| Failure::reading(path, &e))?;
    parse(&bytes).map_err(|(what, hint)| Failure::of_file(path, what, hint))
}

/// Reads the bytes of a file. What its header promises is not believed before it is there.
pub(crate) fn parse(bytes: &[u8]) -> Result<Array, Fault> {
    const SAVE: &str = "save the array with numpy.save";
    if bytes.is_empty() {
        return Err(("is empty".into(), "save an array to it with numpy.save"));
    }
    if !header_is_sane(bytes) {
        return Err(("is not a .npy file".into(), SAVE));
    }
    let file =
        NpyFile::new(bytes).map_err(|e| (format!("is not a readable .npy file ({e})"), SAVE))?;
    let kind = match file.dtype() {
        npyz::DType::Plain(t) if t.type_char() == TypeChar::Float => t.num_bytes(),
        _ => None,
    };
    let shape: Vec<usize> = file.shape().iter().map(|n| *n as usize).collect();
    let (order, count, descr) = (file.order(), file.len() as usize, file.dtype().descr());
    let available = remaining(bytes);
    let size = kind.unwrap_or(0);
    if !matches!(size, 4 | 8) {
        return Err((format!("holds numbers of type {descr}"), "save it as float64 or float32"));
    }
    if available < count * size {
        let what = format!("ends after {} of {count} numbers", available / size);
        return Err((what, "the file is truncated: write it again"));
    }
    let values = match size {
        4 => file.into_vec::<f32>().map(|v| v.into_iter().map(f64::from).collect()),
        _ => file.into_vec::<f64>(),
    };
    let values = values.map_err(|e| (format!("cannot be read ({e})"), "write it again"))?;
    Ok(Array { shape, order, values })
}

/// Bytes behind the header.
fn remaining(bytes: &[u8]) -> usize {
    header(bytes).map_or(0, |(_, end)| bytes.len() - end)
}

/// Text of the header and where it ends.
fn header(bytes: &[u8]) -> Option<(&[u8], usize)> {
    if !bytes.starts_with(b"\x93NUMPY") {
        return None;
    }
    let (length, start): (usize, usize) = match bytes.get(6)? {
        1 => (u16::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?]) as usize, 10),
        _ => {
            let field: [u8; 4] = bytes.get(8..12)?.try_into().ok()?;
            (u32::from_le_bytes(field) as usize, 12)
        }
    };
    let end = start.checked_add(length)?;
    Some((bytes.get(start..end)?, end))
}

/// A hostile header could overflow the product of the shape or the stack of the parser: at most 15 digits
/// (the product stays below 10^15) and no nesting beyond that of a plain array.
fn header_is_sane(bytes: &[u8]) -> bool {
    let Some((text, _)) = header(bytes) else { return false };
    let opening = text.iter().filter(|b| matches!(b, b'(' | b'[' | b'{')).count();
    text.iter().filter(|b| b.is_ascii_digit()).count() <= 16 && opening <= 2
}
