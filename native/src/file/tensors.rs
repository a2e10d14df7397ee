//! Named tensors of f32 or f16 with metadata in the safetensors format, protected by a checksum.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use boltzflow::num::{CheckpointFault, Error};
use clap::ValueEnum;
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, View};
use xxhash_rust::xxh3::Xxh3;

use super::atomic;
use crate::failure::Failure;

/// Format of the files written here, in their metadata.
const FORMAT: &str = "boltzflow-1";

/// A file of named tensors.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tensors {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Tensor>,
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Precision {
    /// 32 bits: every bit of the parameters
    Single,
    /// 16 bits, rounded to the nearest: half the size
    Half,
}

/// One tensor of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tensor {
    shape: Vec<usize>,
    precision: Precision,
    /// Little-endian numbers.
    bytes: Vec<u8>,
}

impl Precision {
    /// The numbers that are left of these after they have been stored.
    pub(crate) fn rounded(self, values: &[f32]) -> Vec<f32> {
        match self {
            Self::Single => values.to_vec(),
            Self::Half => values.iter().map(|v| f16::from_f32(*v).to_f32()).collect(),
        }
    }

    fn dtype(self) -> Dtype {
        match self {
            Self::Single => Dtype::F32,
            Self::Half => Dtype::F16,
        }
    }
}

impl View for &Tensor {
    fn dtype(&self) -> Dtype {
        self.precision.dtype()
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl Tensors {
    /// Adds a tensor of f32.
    pub(crate) fn push(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) {
        self.push_as(Precision::Single, name, shape, values);
    }

    /// Adds a tensor.
    pub(crate) fn push_as(
        &mut self,
        precision: Precision,
        name: impl Into<String>,
        shape: &[usize],
        values: &[f32],
    ) {
        let bytes = match precision {
            Precision::Single => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Precision::Half => {
                values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()
            }
        };
        self.tensors.insert(name.into(), Tensor { shape: shape.to_vec(), precision, bytes });
    }

    /// Adds an entry to the metadata.
    pub(crate) fn set(&mut self, key: &str, value: &dyn ToString) {
        self.metadata.insert(key.into(), value.to_string());
    }

    /// An entry of the metadata.
    pub(crate) fn text(&self, key: &str) -> Result<&str, Error> {
        let missing = || truncated(format!("its entry '{key}' is missing"));
        self.metadata.get(key).map(String::as_str).ok_or_else(missing)
    }

    /// A number in the metadata.
    pub(crate) fn number<N: std::str::FromStr>(&self, key: &str) -> Result<N, Error> {
        self.text(key)?.parse().map_err(|_| truncated(format!("its entry '{key}' is not a number")))
    }

    /// The values of a tensor of a known shape.
    pub(crate) fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
        let tensor = self.check_shape(name, shape)?;
        let single = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let half = |b: &[u8]| f16::from_le_bytes([b[0], b[1]]).to_f32();
        Ok(match tensor.precision {
            Precision::Single => tensor.bytes.chunks_exact(4).map(single).collect(),
            Precision::Half => tensor.bytes.chunks_exact(2).map(half).collect(),
        })
    }

    /// Fails unless there is a tensor of this name and shape.
    pub(crate) fn check_shape(&self, name: &str, shape: &[usize]) -> Result<&Tensor, Error> {
        let wrong =
            |detail: String| Error::Checkpoint { reason: CheckpointFault::Layout { detail } };
        let tensor =
            self.tensors.get(name).ok_or_else(|| wrong(format!("there is no '{name}'")))?;
        if tensor.shape != shape {
            let found = &tensor.shape;
            return Err(wrong(format!("'{name}' has shape {found:?}, this network {shape:?}")));
        }
        Ok(tensor)
    }

    /// Length of a tensor of one axis, 0 if there is none.
    pub(crate) fn len(&self, name: &str) -> usize {
        self.tensors.get(name).map_or(0, |t| t.shape.iter().product())
    }

    /// Writes the file; the same contents give the same bytes.
    pub(crate) fn write(mut self, path: &Path) -> Result<(), Failure> {
        self.set("format", &FORMAT);
        self.set("checksum", &self.checksum());
        let metadata: HashMap<String, String> = self.metadata.clone().into_iter().collect();
        let mut bytes = safetensors::serialize(self.tensors.iter(), Some(metadata))
            .map_err(|e| Failure::other("checkpoint", e.to_string(), "report this as a bug"))?;
        sort_header(&mut bytes);
        atomic::write(path, |out| out.write_all(&bytes))
    }

    /// Reads and verifies a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|e| Failure::reading(path, &e))?;
        Self::parse(&bytes).map_err(|e| fault(path, &e))
    }

    /// Reads the bytes of a file and verifies its checksum.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let read = Self::decode(bytes)?;
        if read.text("checksum")? != read.checksum() {
            return Err(Error::Checkpoint { reason: CheckpointFault::Checksum });
        }
        Ok(read)
    }

    /// Reads the bytes of a file, whose checksum may be wrong.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let unreadable = |e: safetensors::SafeTensorError| truncated(e.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
        let file = SafeTensors::deserialize(bytes).map_err(unreadable)?;
        let mut read = Self::default();
        read.metadata.extend(header.metadata().clone().unwrap_or_default());
        let format = read.text("format")?;
        if format != FORMAT {
            let (found, supported) = (format.into(), FORMAT.into());
            return Err(Error::Checkpoint {
                reason: CheckpointFault::Version { found, supported },
            });
        }
        for (name, view) in file.iter() {
            let known = [Precision::Single, Precision::Half];
            let Some(precision) = known.into_iter().find(|p| p.dtype() == view.dtype()) else {
                return Err(truncated(format!("'{name}' holds neither f32 nor f16")));
            };
            let (shape, bytes) = (view.shape().to_vec(), view.data().to_vec());
            let tensor = Tensor { shape, precision, bytes };
            read.tensors.insert(name.into(), tensor);
        }
        Ok(read)
    }

    /// Of everything but itself.
    fn checksum(&self) -> String {
        let mut hash = Xxh3::new();
        let mut add = |bytes: &[u8]| {
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        for (key, value) in self.metadata.iter().filter(|(k, _)| *k != "checksum") {
            add(key.as_bytes());
            add(value.as_bytes());
        }
        for (name, tensor) in &self.tensors {
            add(name.as_bytes());
            add(format!("{:?}", tensor.shape).as_bytes());
            if tensor.precision == Precision::Half {
                add(b"f16");
            }
            add(&tensor.bytes);
        }
        format!("{:016x}", hash.digest())
    }
}

/// A fault of a checkpoint with the name of its file.
pub(crate) fn fault(path: &Path, error: &Error) -> Failure {
    Failure::input(error.code(), format!("{}: {error}", path.display()), error.hint())
}

/// Digest of parameters: of their little-endian bytes in order.
pub(crate) fn digest(theta: &[f32]) -> String {
    let mut hash = Xxh3::new();
    theta.iter().for_each(|v| hash.update(&v.to_le_bytes()));
    format!("{:016x}", hash.digest())
}

fn truncated(detail: String) -> Error {
    Error::Checkpoint { reason: CheckpointFault::Truncated { detail } }
}

/// The library writes metadata in the order of a hash table: puts its keys in alphabetical order, which
/// leaves the length as it is.
fn sort_header(bytes: &mut [u8]) {
    let Some(length) = bytes.first_chunk::<8>().map(|n| u64::from_le_bytes(*n) as usize) else {
        return;
    };
    let Some(header) = bytes.get_mut(8..8 + length) else { return };
    let Ok(mut json) = serde_json::from_slice::<serde_json::Value>(header) else { return };
    if let Some(metadata) = json.get_mut("__metadata__").and_then(|m| m.as_object_mut()) {
        metadata.sort_keys();
    }
    let sorted = json.to_string();
    if sorted.len() <= header.len() {
        header.fill(b' ');
        header[..sorted.len()].copy_from_slice(sorted.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let mut tensors = Tensors::default();
        tensors.push("w", &[2, 2], &[1.0, -2.0, 0.5, f32::MIN_POSITIVE]);
        tensors.push("empty", &[0], &[]);
        tensors.push_as(Precision::Half, "half", &[3], &[0.5, -0.1, 6e-8]);
        for key in ["a", "b", "c", "d", "e"] {
            tensors.set(key, &key);
        }
        tensors.write(&path).unwrap();
        (folder, path)
    }

    #[test]
    fn round_trip_with_the_same_bytes() {
        let ((_a, first), (_b, second)) = (file(), file());
        assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
        let read = Tensors::read(&first).unwrap();
        assert_eq!(read.values("w", &[2, 2]).unwrap(), [1.0, -2.0, 0.5, f32::MIN_POSITIVE]);
        let rounded = Precision::Half.rounded(&[0.5, -0.1, 6e-8]);
        assert_eq!(rounded, [0.5, -0.099_975_586, 5.960_464_5e-8]);
        assert_eq!(read.values("half", &[3]).unwrap(), rounded);
        assert_eq!(read.text("c").unwrap(), "c");
        assert!(read.values("w", &[4]).is_err());
    }

    #[test]
    fn every_truncation_and_flip_is_an_error() {
        let (_folder, path) = file();
        let good = fs::read(&path).unwrap();
        for end in 0..good.len() {
            assert!(Tensors::parse(&good[..end]).is_err(), "{end}");
        }
        for i in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[i] ^= 1 << bit;
                // A flip in the white space of the header may leave the contents as they are.
                if let Ok(read) = Tensors::parse(&bad) {
                    assert_eq!(read.checksum(), Tensors::parse(&good).unwrap().checksum());
                }
            }
        }
    }
}
