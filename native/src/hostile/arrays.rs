//! Arrays, archives of arrays and trajectories.

use std::io::{Cursor, Write};
use std::path::Path;

use boltzflow::nalgebra::DMatrix;
use npyz::zip::ZipWriter;
use npyz::zip::write::FileOptions;

use super::try_all;
use crate::file::npz::{self, Array};
use crate::file::{csv, npy, xyz};

/// A `.npy` file of six numbers.
fn file(kind: &str, order: &str, shape: &str) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    for i in 0..6_u8 {
        let value = f64::from(i) - 1.5;
        match kind {
            "<f8" => bytes.extend(value.to_le_bytes()),
            ">f8" => bytes.extend(value.to_be_bytes()),
            _ => bytes.extend((value as f32).to_le_bytes()),
        }
    }
    bytes
}

fn files() -> Vec<Vec<u8>> {
    vec![
        file("<f8", "False", "(3, 2)"),
        file("<f4", "True", "(3, 2)"),
        file(">f8", "False", "(6,)"),
    ]
}

#[test]
fn npy_files() {
    try_all("npy", &files(), 20_000, 1 << 17, |bytes| match npy::parse(bytes) {
        Ok(array) => {
            let n: usize = array.shape.iter().product();
            assert_eq!(array.into_rows().len(), n);
            true
        }
        Err((what, hint)) => {
            assert!(!what.is_empty() && !hint.is_empty());
            false
        }
    });
}

#[test]
fn npz_archives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    let x = DMatrix::from_row_slice(3, 2, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    npz::write(&path, &[("x", Array::Matrix(&x)), ("weight", Array::Vector(&[1.0, 2.0, 3.0]))])
        .unwrap();
    // As numpy.savez_compressed writes it, in the other order.
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("x.npy", FileOptions::default()).unwrap();
    zip.write_all(&file("<f8", "True", "(3, 2)")).unwrap();
    let compressed = zip.finish().unwrap().into_inner();
    let read = npz::entry(Cursor::new(&compressed), "x").unwrap().unwrap();
    assert_eq!(read.into_rows(), [-1.5, 1.5, -0.5, 2.5, 0.5, 3.5]);

    let archives = [std::fs::read(&path).unwrap(), compressed];
    // What is compressed may grow a thousandfold, which no reader can know before it reads.
    try_all("npz", &archives, 20_000, 1 << 23, |bytes| {
        let mut read = false;
        for name in ["x", "weight"] {
            match npz::entry(Cursor::new(bytes), name) {
                Ok(found) => read |= found.is_some(),
                Err(what) => assert!(!what.is_empty()),
            }
        }
        read
    });
}

#[test]
fn trajectories() {
    let plain = b"2\nc\nH 0 0 1\nH 0 0.5 2\n2\n\nH 1 0 1\nH 0 -1e3 2\n".to_vec();
    let extended =
        b"2\nProperties=id:I:1:species:S:1:pos:R:3 energy=1\n1 H 0 0 1\n2 H 0 0 1\n".to_vec();
    try_all("xyz", &[plain, extended], 20_000, 1 << 17, |bytes| {
        xyz::parse(bytes.to_vec(), Path::new("a.xyz"), 6, &["H"; 2]).is_ok_and(|x| x.ncols() == 6)
    });
}

#[test]
fn tables() {
    let plain = b"1,2\n3,-4e5\n".to_vec();
    let named = b"energy;x1;x0\n1;2;3\n4;5;6.5\n".to_vec();
    try_all("csv", &[plain, named], 20_000, 1 << 17, |bytes| {
        csv::matrix(bytes, Path::new("a.csv"), 2).is_ok_and(|x| x.ncols() == 2)
    });
}
