//! Why a command ended without its result, as one line and an exit code.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use boltzflow::num::Error;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The user can correct it: exit code 2.
    Input {
        /// Stable machine-readable code.
        code: &'static str,
        /// What is wrong, and where.
        what: String,
        /// What to do about it.
        hint: String,
    },
    /// Anything else: exit code 1.
    Other {
        /// Stable machine-readable code.
        code: &'static str,
        /// What went wrong.
        what: String,
        /// What to do about it.
        hint: String,
    },
    /// The user interrupted the work: exit code 130.
    Interrupted {
        /// What was kept.
        kept: String,
    },
}

impl Failure {
    /// A mistake of the user.
    pub(crate) fn input(
        code: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Input { code, what: what.into(), hint: hint.into() }
    }

    /// A failure that is not the user's.
    pub(crate) fn other(
        code: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Other { code, what: what.into(), hint: hint.into() }
    }

    /// Contents of a file that cannot be used.
    pub(crate) fn of_file(path: &Path, what: impl fmt::Display, hint: impl Into<String>) -> Self {
        Self::input("invalid-data", format!("{} {what}", path.display()), hint)
    }

    /// An error in what a file says, with its name.
    pub(crate) fn within(path: &Path, error: &Error) -> Self {
        Self::input(error.code(), format!("{}: {error}", path.display()), error.hint())
    }

    /// A file that cannot be read.
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        let file = path.display();
        match error.kind() {
            ErrorKind::NotFound => Self::input(
                "file-not-found",
                format!("there is no file {file}"),
                "check the path, which counts from the current folder",
            ),
            ErrorKind::IsADirectory => {
                Self::input("not-a-file", format!("{file} is a folder"), "give a file")
            }
            _ => Self::input(
                "unreadable",
                format!("{file} cannot be read ({error})"),
                "check the file and its permissions",
            ),
        }
    }

    /// A file that cannot be written.
    pub(crate) fn writing(path: &Path, error: &io::Error) -> Self {
        let what = format!("{} cannot be written ({error})", path.display());
        match error.kind() {
            ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::AlreadyExists
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidFilename
            | ErrorKind::ReadOnlyFilesystem => {
                Self::input("unwritable", what, "choose a folder that exists and can be written to")
            }
            _ => Self::other("write-failed", what, "check that the disk has space and is intact"),
        }
    }

    /// The same failure with other advice.
    pub(crate) fn advising(mut self, advice: impl Into<String>) -> Self {
        if let Self::Input { hint, .. } | Self::Other { hint, .. } = &mut self {
            *hint = advice.into();
        }
        self
    }

    /// The exit code of the program.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Input { .. } => 2,
            Self::Other { .. } => 1,
            Self::Interrupted { .. } => 130,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (code, what, hint) = (error.code(), error.to_string(), error.hint().to_string());
        if error.is_recoverable() {
            Self::Other { code, what, hint }
        } else {
            Self::Input { code, what, hint }
        }
    }
}

/// One line: `error[code]: what; hint`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, what, hint) = match self {
            Self::Input { code, what, hint } | Self::Other { code, what, hint } => {
                (*code, what, hint)
            }
            Self::Interrupted { kept } => return write!(f, "interrupted: {}", one_line(kept)),
        };
        write!(f, "error[{code}]: {}; {}", one_line(what), one_line(hint))
    }
}

/// The text with every run of white space as one blank.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
