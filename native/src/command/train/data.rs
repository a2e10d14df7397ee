//! The user's own examples.

use std::path::{Path, PathBuf};

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Error;
use boltzflow::train::Examples;
use xxhash_rust::xxh3::Xxh3;

use crate::failure::Failure;
use crate::file::{npy, xyz};

/// The user's examples and what identifies them; none for those that the settings make.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// The examples.
    pub(super) examples: Option<Examples>,
    /// Digest and files, one a line; empty without examples.
    pub(super) identity: String,
}

impl Data {
    /// Reads the files given, or those that a saved state names, which must not have changed.
    pub(super) fn load(
        file: Option<&Path>,
        weights: Option<&Path>,
        recorded: Option<&str>,
        dim: usize,
    ) -> Result<Self, Failure> {
        let mut lines = recorded.unwrap_or_default().lines().map(PathBuf::from).skip(1);
        let (old_file, old_weights) = (lines.next(), lines.next());
        let Some(file) = file.map(Path::to_path_buf).or(old_file) else {
            return Ok(Self::default());
        };
        let weights = weights.map(Path::to_path_buf).or(old_weights);
        let data = Self::read(&file, weights.as_deref(), dim)?;
        let digest = |identity: &str| identity.lines().next().map(String::from);
        if recorded.is_some_and(|r| digest(r) != digest(&data.identity)) {
            return Err(Failure::input(
                "other-settings",
                format!("the run was started with other examples than those of {}", file.display()),
                "go on with the same data, or start a new run in another folder",
            ));
        }
        Ok(data)
    }

    fn read(file: &Path, weights: Option<&Path>, dim: usize) -> Result<Self, Failure> {
        let x = match file.extension().and_then(|e| e.to_str()) {
            Some("xyz" | "extxyz") => xyz::read(file, dim)?,
            _ => npy::read_matrix(file)?,
        };
        if x.ncols() != dim {
            let error =
                Error::DimensionMismatch { what: "examples", expected: dim, found: x.ncols() };
            return Err(error.into());
        }
        let w = weights.map(npy::read_vector).transpose()?;
        let mut identity = digest(&x, w.as_deref());
        for path in [Some(file), weights].into_iter().flatten() {
            let path = std::path::absolute(path).map_err(|e| Failure::reading(path, &e))?;
            identity.push_str(&format!("\n{}", path.display()));
        }
        Ok(Self { examples: Some(Examples::new(x, w, 0)?), identity })
    }
}

fn digest(x: &DMatrix<f64>, weights: Option<&[f64]>) -> String {
    let mut hash = Xxh3::new();
    for v in x.as_slice().iter().chain(weights.unwrap_or_default()) {
        hash.update(&v.to_le_bytes());
    }
    format!("{:016x}", hash.digest())
}
