//! Tables of numbers as text (`.csv`): written with a header row, read with one or without. Numbers need no quotes and no
//! escapes, which is why no library for them is used.

use std::fs;
use std::path::Path;

use boltzflow::nalgebra::DMatrix;

use super::npz::Array;
use super::{atomic, npy};
use crate::failure::Failure;

/// A table as it is in its file.
struct Table {
    /// Names of the columns; empty without a header row.
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

/// Reads the configurations in a table (`n × dim`): the columns named x0, x1, …, in whatever order they stand, or all columns where they
/// have no such names.
pub(crate) fn read_matrix(path: &Path, dim: usize) -> Result<DMatrix<f64>, Failure> {
    matrix(&fs::read(path).map_err(|e| Failure::reading(path, &e))?, path, dim)
}

/// Reads a table of one column.
pub(crate) fn read_vector(path: &Path) -> Result<Vec<f64>, Failure> {
    let bytes = fs::read(path).map_err(|e| Failure::reading(path, &e))?;
    let table = parse(&bytes, path)?;
    let columns = table.rows[0].len();
    if columns != 1 {
        return Err(Failure::of_file(
            path,
            format!("has {columns} columns, not one"),
            "give one number a line",
        ));
    }
    let values = DMatrix::from_iterator(table.rows.len(), 1, table.rows.into_iter().flatten());
    npy::check_finite(path, &values)?;
    Ok(values.data.into())
}

/// The configurations in the bytes of a table.
pub(crate) fn matrix(bytes: &[u8], path: &Path, dim: usize) -> Result<DMatrix<f64>, Failure> {
    let Table { names, rows } = parse(bytes, path)?;
    let columns = rows[0].len();
    let named: Option<Vec<usize>> =
        (0..dim).map(|k| names.iter().position(|name| *name == format!("x{k}"))).collect();
    let chosen = named.unwrap_or_else(|| (0..columns).collect());
    let x = DMatrix::from_fn(rows.len(), chosen.len(), |i, k| rows[i][chosen[k]]);
    npy::check_finite(path, &x)?;
    Ok(x)
}

fn parse(bytes: &[u8], path: &Path) -> Result<Table, Failure> {
    const SAVE: &str = "give one configuration a line, numbers separated by commas";
    let text =
        std::str::from_utf8(bytes).map_err(|_| Failure::of_file(path, "is not text", SAVE))?;
    let mut table = Table { names: Vec::new(), rows: Vec::new() };
    let mut separator = None;
    // Editors of spreadsheets put a mark before the first line.
    for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = *separator.get_or_insert_with(|| separator_of(line));
        let cells: Vec<&str> = match at {
            Some(at) => line.split(at).map(str::trim).collect(),
            None => line.split_whitespace().collect(),
        };
        let numbers: Vec<Option<f64>> = cells.iter().map(|cell| cell.parse().ok()).collect();
        let is_first = table.names.is_empty() && table.rows.is_empty();
        if is_first && numbers.iter().all(Option::is_none) {
            table.names = cells.iter().map(|cell| cell.trim_matches('"').into()).collect();
            continue;
        }
        let (line, count) = (i + 1, cells.len());
        let expected = match table.rows.first() {
            Some(first) => first.len(),
            None if table.names.is_empty() => count,
            None => table.names.len(),
        };
        if count != expected {
            let what = format!("has {count} columns in line {line}, {expected} before");
            return Err(Failure::of_file(path, what, "give every line as many numbers"));
        }
        if let Some(k) = numbers.iter().position(Option::is_none) {
            let cell: String = cells[k].chars().take(40).collect();
            let what = format!("has '{cell}' in line {line}, column {}: no number", k + 1);
            return Err(Failure::of_file(path, what, "correct it, or remove that line"));
        }
        table.rows.push(numbers.into_iter().flatten().collect());
    }
    if table.rows.is_empty() {
        return Err(Failure::of_file(path, "is empty", SAVE));
    }
    Ok(table)
}

/// What separates the cells of a line; `None` for blanks.
fn separator_of(line: &str) -> Option<char> {
    [',', ';', '\t'].into_iter().find(|c| line.contains(*c))
}

/// Writes arrays as columns, a matrix `x` as x0, x1, …. A vector that has the name of a column before it is that column.
pub(crate) fn write(path: &Path, arrays: &[(&str, Array<'_>)]) -> Result<(), Failure> {
    let mut columns: Vec<(String, &[f64])> = Vec::new();
    for (name, array) in arrays {
        match array {
            Array::Matrix(x) => {
                let each = x.as_slice().chunks(x.nrows().max(1)).enumerate();
                columns.extend(each.map(|(k, column)| (format!("{name}{k}"), column)));
            }
            Array::Vector(values) if columns.iter().all(|(known, _)| known != name) => {
                columns.push(((*name).into(), values));
            }
            Array::Vector(_) => {}
        }
    }
    let rows = columns.iter().map(|(_, column)| column.len()).max().unwrap_or(0);
    atomic::write(path, |out| {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        writeln!(out, "{}", names.join(","))?;
        for i in 0..rows {
            let cells: Vec<String> = columns.iter().map(|(_, c)| c[i].to_string()).collect();
            writeln!(out, "{}", cells.join(","))?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, dim: usize) -> Result<DMatrix<f64>, String> {
        matrix(text.as_bytes(), Path::new("a.csv"), dim).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let x = DMatrix::from_row_slice(2, 2, &[0.1, 1.0 / 3.0, -4e-300, 5.0]);
        let u = [f64::NAN, 2.0];
        let x0 = [0.1, -4e-300];
        let arrays = [("x", Array::Matrix(&x)), ("energy", Array::Vector(&u))];
        let arrays = [&arrays[..], &[("x0", Array::Vector(&x0))]].concat();
        write(&path, &arrays).unwrap();
        assert!(
            fs::read_to_string(&path)
                .unwrap()
                .starts_with("x0,x1,energy\n0.1,0.3333333333333333,NaN\n")
        );
        assert_eq!(read_matrix(&path, 2).unwrap(), x);
        assert!(read_vector(&path).is_err());
        write(&path, &[("w", Array::Vector(&x0))]).unwrap();
        assert_eq!(read_vector(&path).unwrap(), x0);
    }

    #[test]
    fn headers_and_separators() {
        let x = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 3.0, -4.5]);
        for text in [
            "1,2\n3,-4.5\n",
            "a, b\r\n1, 2\r\n3, -4.5",
            "\u{feff}\"x0\";\"x1\"\n1;2\n\n3;-4.5\n",
            "# saved by someone\n1 2\n3   -4.5",
            "1\t2\n3\t-4.5",
            "energy,x1,x0\n7,2,1\n8,-4.5,3",
            "x1,x0\n2,1\n-4.5,3",
        ] {
            assert_eq!(read(text, 2), Ok(x.clone()), "{text:?}");
        }
    }

    #[test]
    fn faults_name_line_and_column() {
        for (text, part) in [
            ("", "is empty"),
            ("a,b\n", "is empty"),
            ("1,2\n3\n", "1 columns in line 2, 2 before"),
            ("a,b\n3,4,5\n", "3 columns in line 2, 2 before"),
            ("1,2\n3,four\n", "'four' in line 2, column 2"),
            ("a,b\n1,2\n,4\n", "'' in line 3, column 1"),
            ("1,2\n3,nan\n", "row 1, column 1"),
        ] {
            let said = read(text, 2).unwrap_err();
            assert!(said.contains(part), "{text:?}: {said}");
        }
        assert!(matrix(b"\xff\xfe1,2", Path::new("a.csv"), 2).is_err());
    }
}
