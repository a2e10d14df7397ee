//! The user's own examples.

use std::path::{Path, PathBuf};

use boltzflow::system::{Coordinate, System};
use boltzflow::train::Examples;
use xxhash_rust::xxh3::Xxh3;

use crate::failure::Failure;
use crate::file::format::extension;
use crate::file::{configurations, examples_file};

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
        system: &System,
        coordinate: &Coordinate,
    ) -> Result<Self, Failure> {
        let mut lines = recorded.unwrap_or_default().lines().map(PathBuf::from).skip(1);
        let (old_file, old_weights) = (lines.next(), lines.next());
        let Some(file) = file.map(Path::to_path_buf).or(old_file) else {
            return Ok(Self::default());
        };
        let weights = weights.map(Path::to_path_buf).or(old_weights);
        let data = Self::read(&file, weights.as_deref(), system, coordinate)?;
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

    fn read(
        file: &Path,
        weights: Option<&Path>,
        system: &System,
        coordinate: &Coordinate,
    ) -> Result<Self, Failure> {
        let given = weights.map(configurations::read_vector).transpose()?;
        let examples = match extension(file).as_str() {
            "npz" => examples_file::read(file, given, coordinate)?,
            _ => Examples::new(configurations::read(file, system)?, given, 0)?,
        };
        configurations::check_columns(file, examples.x().ncols(), system.dim())?;
        let mut identity = digest(&examples);
        for path in [Some(file), weights].into_iter().flatten() {
            let path = std::path::absolute(path).map_err(|e| Failure::reading(path, &e))?;
            identity.push_str(&format!("\n{}", path.display()));
        }
        Ok(Self { examples: Some(examples), identity })
    }
}

fn digest(examples: &Examples) -> String {
    let mut hash = Xxh3::new();
    for v in examples.x().as_slice() {
        hash.update(&v.to_le_bytes());
    }
    for i in 0..examples.x().nrows() {
        hash.update(&examples.weight(i).to_le_bytes());
    }
    format!("{:016x}", hash.digest())
}
