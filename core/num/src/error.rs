//! The one error type: typed fields, a stable code, a hint, and whether training may go on.

use alloc::string::String;

/// Result of everything that can fail for a reason outside the library.
pub type Result<T> = core::result::Result<T, Error>;

/// What went wrong. Every front (program, page, package) shows the same words:
/// `error[code]: message; hint`.
///
/// ```
/// use boltzflow_num::Error;
///
/// let error = Error::setting("batch", 0, "at least 1");
/// assert_eq!(error.to_string(), "batch = 0 is not allowed: it must be at least 1");
/// assert!(!error.is_recoverable() && !error.hint().is_empty());
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// Two things that must have the same size do not.
    #[error("{what} must have {expected} columns or values, but has {found}")]
    DimensionMismatch {
        /// What has the wrong size, for example `configurations`.
        what: &'static str,
        /// The size it must have.
        expected: usize,
        /// The size it has.
        found: usize,
    },
    /// A setting outside its allowed values.
    #[error("{name} = {value} is not allowed: it must be {allowed}")]
    InvalidSetting {
        /// Name of the setting as in the schema.
        name: String,
        /// The value that was given.
        value: String,
        /// The allowed values in words.
        allowed: String,
    },
    /// A name that no registry knows.
    #[error("there is no {kind} called '{name}'; known: {known}")]
    UnknownName {
        /// What kind of thing was asked for.
        kind: &'static str,
        /// The unknown name.
        name: String,
        /// The names that exist, separated by commas.
        known: String,
    },
    /// Data given by the user that cannot be used.
    #[error("{what}: {problem}")]
    InvalidData {
        /// Which data, for example a file name or `data weights`.
        what: String,
        /// What is wrong with it and where.
        problem: String,
    },
    /// Numbers became infinite or undefined; the trainer rewinds.
    #[error("{count} of {of} numbers in {stage} at step {step} are not finite")]
    NonFinite {
        /// The computation in which it happened.
        stage: &'static str,
        /// Training step.
        step: u64,
        /// How many.
        count: usize,
        /// Out of how many.
        of: usize,
    },
    /// A saved state that cannot be restored.
    #[error("the checkpoint cannot be used: {reason}")]
    Checkpoint {
        /// Why.
        reason: CheckpointFault,
    },
}

/// Why a saved state cannot be restored.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// Written by a version with another format.
    #[error("it has format {found}, this version reads {supported}")]
    Version {
        /// Format of the file.
        found: String,
        /// Format that can be read.
        supported: String,
    },
    /// Ends too early or is not a checkpoint at all.
    #[error("it is truncated or not a checkpoint ({detail})")]
    Truncated {
        /// Where reading stopped.
        detail: String,
    },
    /// The digest does not match the contents.
    #[error("its contents do not match their digest")]
    Checksum,
    /// Parameters of another network.
    #[error("its parameters do not fit this network ({detail})")]
    Layout {
        /// The first difference.
        detail: String,
    },
}

impl Error {
    /// Stable machine-readable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DimensionMismatch { .. } => "dimension-mismatch",
            Self::InvalidSetting { .. } => "invalid-setting",
            Self::UnknownName { .. } => "unknown-name",
            Self::InvalidData { .. } => "invalid-data",
            Self::NonFinite { .. } => "not-finite",
            Self::Checkpoint { .. } => "checkpoint",
        }
    }

    /// What the user can do about it, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::DimensionMismatch { .. } => "check that the data belong to this system",
            Self::InvalidSetting { .. } => "change the value or leave it out to take the default",
            Self::UnknownName { .. } => "choose one of the known names",
            Self::InvalidData { .. } => "correct the data and try again",
            Self::NonFinite { .. } => "lower the learning rate or the energy cap",
            Self::Checkpoint { .. } => "use an intact checkpoint of this version, or train anew",
        }
    }

    /// True if training can go on from an earlier state.
    #[must_use]
    pub fn is_recoverable(&self) -> bool {
        matches!(self, Self::NonFinite { .. })
    }

    /// Shorthand for [`Error::InvalidSetting`].
    pub fn setting(
        name: impl Into<String>,
        value: impl core::fmt::Display,
        allowed: impl Into<String>,
    ) -> Self {
        Self::InvalidSetting {
            name: name.into(),
            value: alloc::format!("{value}"),
            allowed: allowed.into(),
        }
    }

    /// Shorthand for [`Error::InvalidData`].
    pub fn data(what: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::InvalidData { what: what.into(), problem: problem.into() }
    }
}
