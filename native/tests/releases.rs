//! Files that released versions wrote: read by this one, with the numbers of then. `tests/golden/releases/README.md` says how a release adds its own.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by a panic

mod program;

use std::fs;
use std::path::{Path, PathBuf};

use program::{json, run};

/// Folders of runs, by version.
fn releases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/releases");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// The samples that the version drew with seed 7, of the first to the last number.
fn samples(path: &Path) -> Vec<f64> {
    let text = fs::read_to_string(path).unwrap();
    text.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

#[test]
fn their_models_give_the_same_samples_and_their_runs_go_on() {
    let releases = releases();
    assert!(!releases.is_empty());
    for release in releases {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        copy(&release, &folder.join("run"));
        run(folder, &["sample", "run", "-n", "8", "--seed", "7", "-o", "samples.npz"]);
        let bytes = fs::read(folder.join("samples.npz")).unwrap();
        let (x, expected) = (array_x(&bytes), samples(&release.join("samples.txt")));
        assert_eq!(x.len(), expected.len());
        for (x, expected) in x.iter().zip(&expected) {
            assert!((x - expected).abs() < 1e-5 * (1.0 + expected.abs()), "{x} {expected}");
        }
        let shown = json(folder, &["show", "run"]);
        let before = shown["step"].as_u64().unwrap();
        let resumed = json(folder, &["train", "-o", "run", "--resume"]);
        assert!(resumed["step"].as_u64().unwrap() > before, "{resumed}");
    }
}

/// The numbers of the array x of an archive, which is stored as it is: found by its npy header.
fn array_x(archive: &[u8]) -> Vec<f64> {
    let start = archive.windows(6).position(|w| w == b"\x93NUMPY").unwrap();
    let header = usize::from(u16::from_le_bytes([archive[start + 8], archive[start + 9]]));
    let numbers = &archive[start + 10 + header..][..8 * 16];
    numbers.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
}

/// A file of a format that is not ours is refused, and the sentence names both formats.
#[test]
fn other_formats_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    copy(releases().last().unwrap(), &folder.join("run"));
    let model = folder.join("run/model.safetensors");
    let bytes = fs::read(&model).unwrap();
    let at = bytes.windows(11).position(|w| w == b"boltzflow-1").unwrap();
    let mut changed = bytes;
    changed[at + 10] = b'9';
    fs::write(&model, changed).unwrap();
    let output =
        program::command(folder, &["sample", "run", "-n", "1", "-o", "x.npz"]).output().unwrap();
    assert!(!output.status.success());
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("boltzflow-9") && words.contains("boltzflow-1"), "{words}");
}
