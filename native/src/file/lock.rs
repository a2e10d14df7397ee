//! One writer to a folder at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use crate::failure::Failure;

/// Name of the file that is locked where a folder cannot be: it begins like a temporary file, so that it makes no folder a used one.
pub(super) const NAME: &str = ".boltzflow-lock";

/// A folder that no other run writes to until this is dropped, or the program ends in whatever way.
#[derive(Debug)]
pub(crate) struct FolderLock(#[allow(dead_code)] Option<File>);

impl FolderLock {
    /// Takes a folder that exists.
    pub(crate) fn take(folder: &Path) -> Result<Self, Failure> {
        // The folder itself: nothing is left behind in it. Some file systems only lock files that are open for writing.
        let locked = match lock(File::open(folder)) {
            Err(TryLockError::Error(_)) => {
                let mut options = File::options();
                options.create(true).truncate(false).write(true);
                lock(options.open(folder.join(NAME)))
            }
            done => done,
        };
        match locked {
            Ok(file) => Ok(Self(Some(file))),
            Err(TryLockError::WouldBlock) => Err(Failure::input(
                "in-use",
                format!("another run is writing to {}", folder.display()),
                "wait for it or stop it, or give another folder",
            )),
            // A file system that knows no locks, or a folder that cannot be written to, which the first write will say.
            Err(TryLockError::Error(_)) => Ok(Self(None)),
        }
    }
}

fn lock(file: io::Result<File>) -> Result<File, TryLockError> {
    let file = file.map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}
