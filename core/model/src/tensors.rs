//! Named tensors of f32 or f16 with metadata in the safetensors format, protected by a checksum.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use boltzflow::num::{CheckpointFault, Error, Result};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, View};
use xxhash_rust::xxh3::Xxh3;

/// Format of the files written here, in their metadata.
pub const FORMAT: &str = "boltzflow-1";

/// A file of named tensors.
///
/// ```
/// use boltzflow_model::Tensors;
///
/// let mut file = Tensors::default();
/// file.push("matrix", &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
/// file.set("step", &7);
/// let mut bytes = file.encode()?;
/// let read = Tensors::parse(&bytes)?;
/// assert_eq!(read.number::<u64>("step")?, 7);
/// assert_eq!(read.values("matrix", &[2, 2])?, [1.0, 2.0, 3.0, 4.0]);
/// // Damage is noticed.
/// if let Some(last) = bytes.last_mut() {
///     *last ^= 1;
/// }
/// assert!(Tensors::parse(&bytes).is_err());
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tensors {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Tensor>,
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits: every bit of the parameters.
    Single,
    /// 16 bits, rounded to the nearest: half the size.
    Half,
}

/// One tensor of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    precision: Precision,
    /// Little-endian numbers.
    bytes: Vec<u8>,
}

impl Precision {
    /// The numbers that are left of these after they have been stored.
    #[must_use]
    pub fn rounded(self, values: &[f32]) -> Vec<f32> {
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
    pub fn push(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) {
        self.push_as(Precision::Single, name, shape, values);
    }

    /// Adds a tensor.
    pub fn push_as(
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
    pub fn set(&mut self, key: &str, value: &dyn ToString) {
        self.metadata.insert(key.into(), value.to_string());
    }

    /// All metadata, keys in alphabetical order; those of a file hold its `format` and `checksum`, too.
    #[must_use]
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// An entry of the metadata.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if there is none of that name.
    pub fn text(&self, key: &str) -> Result<&str> {
        let missing = || truncated(format!("its entry '{key}' is missing"));
        self.metadata.get(key).map(String::as_str).ok_or_else(missing)
    }

    /// A number in the metadata.
    ///
    /// # Errors
    /// As [`Tensors::text`], and for what is no number.
    pub fn number<N: std::str::FromStr>(&self, key: &str) -> Result<N> {
        self.text(key)?.parse().map_err(|_| truncated(format!("its entry '{key}' is not a number")))
    }

    /// The values of a tensor of a known shape.
    ///
    /// # Errors
    /// As [`Tensors::check_shape`].
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let tensor = self.check_shape(name, shape)?;
        let single = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let half = |b: &[u8]| f16::from_le_bytes([b[0], b[1]]).to_f32();
        Ok(match tensor.precision {
            Precision::Single => tensor.bytes.chunks_exact(4).map(single).collect(),
            Precision::Half => tensor.bytes.chunks_exact(2).map(half).collect(),
        })
    }

    /// The tensor of this name, which has this shape.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] unless there is one.
    pub fn check_shape(&self, name: &str, shape: &[usize]) -> Result<&Tensor> {
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

    /// Count of the numbers of a tensor, 0 if there is none of that name.
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        self.tensors.get(name).map_or(0, |t| t.shape.iter().product())
    }

    /// The bytes of the file; the same contents give the same bytes.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] for a tensor whose shape is not that of its numbers.
    pub fn encode(mut self) -> Result<Vec<u8>> {
        self.set("format", &FORMAT);
        self.set("checksum", &self.checksum());
        let metadata: HashMap<String, String> = self.metadata.clone().into_iter().collect();
        let misfit =
            |detail: String| Error::Checkpoint { reason: CheckpointFault::Layout { detail } };
        let mut bytes = safetensors::serialize(self.tensors.iter(), Some(metadata))
            .map_err(|e| misfit(e.to_string()))?;
        sort_header(&mut bytes);
        Ok(bytes)
    }

    /// Reads the bytes of a file and verifies its checksum. What the header says of sizes is compared with the bytes that are there.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] for bytes that are no such file, that are damaged, or that have another format.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let read = Self::decode(bytes)?;
        if read.text("checksum")? != read.checksum() {
            return Err(Error::Checkpoint { reason: CheckpointFault::Checksum });
        }
        Ok(read)
    }

    /// Reads the bytes of a file, whose checksum may be wrong.
    ///
    /// # Errors
    /// As [`Tensors::parse`], but for the checksum.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
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

/// What files of version 0.1.0 hold as the digest of their parameters.
pub(crate) fn old_digest(numbers: &[f32]) -> String {
    let mut hash = Xxh3::new();
    numbers.iter().for_each(|v| hash.update(&v.to_le_bytes()));
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

    fn file() -> Vec<u8> {
        let mut tensors = Tensors::default();
        tensors.push("w", &[2, 2], &[1.0, -2.0, 0.5, f32::MIN_POSITIVE]);
        tensors.push("empty", &[0], &[]);
        tensors.push_as(Precision::Half, "half", &[3], &[0.5, -0.1, 6e-8]);
        for key in ["a", "b", "c", "d", "e"] {
            tensors.set(key, &key);
        }
        tensors.encode().unwrap()
    }

    #[test]
    fn round_trip_with_the_same_bytes() {
        let (first, second) = (file(), file());
        assert_eq!(first, second);
        let read = Tensors::parse(&first).unwrap();
        assert_eq!(read.values("w", &[2, 2]).unwrap(), [1.0, -2.0, 0.5, f32::MIN_POSITIVE]);
        let rounded = Precision::Half.rounded(&[0.5, -0.1, 6e-8]);
        assert_eq!(rounded, [0.5, -0.099_975_586, 5.960_464_5e-8]);
        assert_eq!(read.values("half", &[3]).unwrap(), rounded);
        assert_eq!(read.text("c").unwrap(), "c");
        assert!(read.values("w", &[4]).is_err());
    }

    #[test]
    fn numbers_in_half_precision_are_read_bit_by_bit() {
        let largest = 65504.0;
        let known = [0.0, 1.0, -2.0, largest, 2.0_f32.powi(-14), 2.0_f32.powi(-24), 0.333_251_95];
        assert_eq!(Precision::Half.rounded(&known), known);
        assert_eq!(Precision::Half.rounded(&[1e6]), [f32::INFINITY]);
        assert!(Precision::Half.rounded(&[f32::NAN])[0].is_nan());
    }

    #[test]
    fn a_shape_that_is_not_that_of_its_numbers_is_refused() {
        let mut tensors = Tensors::default();
        tensors.push("w", &[3], &[1.0, 2.0]);
        assert!(matches!(tensors.encode(), Err(Error::Checkpoint { .. })));
    }

    /// What was written by version 0.1.0 is written again to the last byte.
    #[test]
    fn the_files_of_a_release_are_written_with_the_same_bytes() {
        for name in ["model", "state"] {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/releases/0.1.0");
            let bytes = std::fs::read(format!("{folder}/{name}.safetensors")).unwrap();
            assert_eq!(Tensors::parse(&bytes).unwrap().encode().unwrap(), bytes, "{name}");
        }
    }

    #[test]
    fn every_truncation_and_flip_is_an_error() {
        let good = file();
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
