//! Files that are complete or not there: written under a temporary name in the same folder, flushed
//! to the disk, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::lock;
use crate::failure::Failure;
use crate::interrupt;

/// Beginning of temporary names.
const PREFIX: &str = ".boltzflow-";

/// A writer of a file to be.
pub(crate) trait Sink: Write + Seek {}
impl<W: Write + Seek> Sink for W {}

/// Writes a file.
pub(crate) fn write(
    path: &Path,
    content: impl FnOnce(&mut dyn Sink) -> io::Result<()>,
) -> Result<(), Failure> {
    let _whole = interrupt::postpone();
    let written = temporary(path).and_then(|mut temporary| {
        let mut writer = BufWriter::new(temporary.as_file_mut());
        content(&mut writer)?;
        writer.flush()?;
        drop(writer);
        temporary.as_file().sync_all()?;
        temporary.persist(path).map_err(|e| e.error)?;
        sync_folder(folder(path))
    });
    written.map_err(|e| Failure::writing(path, &e))
}

/// Writes a file through its temporary path, for libraries that only take a path.
pub(crate) fn write_at(
    path: &Path,
    content: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), Failure> {
    let _whole = interrupt::postpone();
    let written = temporary(path).and_then(|temporary| {
        content(temporary.path())?;
        temporary.as_file().sync_all()?;
        temporary.persist(path).map_err(|e| e.error)?;
        sync_folder(folder(path))
    });
    written.map_err(|e| Failure::writing(path, &e))
}

/// Writes a text file.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), Failure> {
    write(path, |out| out.write_all(text.as_bytes()))
}

/// Fails now, rather than after the work, where `path` cannot be written. Leaves nothing behind.
pub(crate) fn check_writable(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(Failure::input(
            "unwritable",
            format!("{} is a folder", path.display()),
            "give the name of a file",
        ));
    }
    temporary(path).map(drop).map_err(|e| Failure::writing(path, &e))
}

/// Fails now, rather than after the work, where a folder cannot be made, or written to if it is there. Leaves nothing behind.
pub(crate) fn check_folder(path: &Path) -> Result<(), Failure> {
    let there = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let error = match there.is_dir() {
        true => temporary(&there.join("folder")).err(),
        false => Some(io::ErrorKind::NotADirectory.into()),
    };
    error.map_or(Ok(()), |e| Err(Failure::writing(path, &e)))
}

/// True for a temporary file of a killed run, and for one that is locked.
pub(crate) fn is_leftover(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with(PREFIX)
}

/// Removes what killed runs left in a folder.
pub(crate) fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_leftover(&entry) && entry.file_name() != lock::NAME {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // The ending tells libraries the format.
    let suffix = path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    builder.prefix(PREFIX).suffix(&suffix);
    // The usual permissions of a new file, not those of a secret.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder(path))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Makes a rename survive a power cut; folders cannot be opened everywhere.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
