//! The one error type: typed fields, a stable code, a hint, and whether training may go on.

use alloc::{string::String, vec::Vec};

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
    #[error("there is no {kind} called '{name}'{}", meant_or_known(name, known))]
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

    /// Shorthand for [`Error::UnknownName`].
    pub fn unknown(kind: &'static str, name: impl Into<String>, known: &[&str]) -> Self {
        Self::UnknownName { kind, name: name.into(), known: known.join(", ") }
    }

    /// Shorthand for [`Error::InvalidData`].
    pub fn data(what: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::InvalidData { what: what.into(), problem: problem.into() }
    }
}

/// Known names that are still listed beside the one that was probably meant.
const FEW: usize = 20;

/// ` (did you mean 'double-well'?)` for a name that is close to one of the known ones, which are separated by commas, and those,
/// unless one was found and they are many.
fn meant_or_known(name: &str, known: &str) -> String {
    let names = || known.split(',').map(str::trim);
    match closest(name, names()) {
        Some(meant) if names().count() > FEW => alloc::format!(" (did you mean '{meant}'?)"),
        Some(meant) => alloc::format!(" (did you mean '{meant}'?); known: {known}"),
        None => alloc::format!("; known: {known}"),
    }
}

/// The one known name that a misspelt one can only be: the nearest by [`distance`], up to a third of its letters, or
/// the only one that begins like it.
fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.filter(|k| !k.is_empty()).collect();
    let near = known.iter().map(|k| distance(name, k)).min()?;
    let allowed = 1.max(name.chars().count() / 3);
    let mut found: Vec<&str> =
        known.iter().copied().filter(|k| near <= allowed && distance(name, k) == near).collect();
    if found.is_empty() && name.len() > 2 {
        found = known.iter().copied().filter(|k| k.starts_with(name)).collect();
    }
    found.dedup();
    (found.len() == 1).then(|| found[0])
}

/// Letters to insert, leave out, replace or exchange with their neighbour on the way from one word to another (the restricted
/// Damerau–Levenshtein distance); a capital is its small letter, and `_` is `-`.
fn distance(a: &str, b: &str) -> usize {
    let plain = |c: char| if c == '_' { '-' } else { c.to_ascii_lowercase() };
    // A name that is longer than any known one is far from all of them.
    let letters = |word: &str| word.chars().take(64).map(plain).collect::<Vec<char>>();
    let (a, b) = (letters(a), letters(b));
    let mut rows = [(); 3].map(|()| (0..=b.len()).collect::<Vec<usize>>());
    for i in 1..=a.len() {
        rows.rotate_left(1);
        let [before, last, row] = &mut rows;
        row[0] = i;
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
    }
    rows[2][b.len()]
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn misspelt_names_find_the_one_that_was_meant() {
        for (a, b, expected) in
            [("", "", 0), ("abc", "", 3), ("bath", "batch", 1), ("step-size", "Step_size", 0)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
        assert_eq!((distance("trian", "train"), distance("kitten", "sitting")), (1, 3));
        let known = ["batch", "learning_rate", "double-well", "many-well", "x0", "x1"];
        let found = |name: &str| closest(name, known.into_iter());
        assert_eq!(found("bath"), Some("batch"));
        assert_eq!(found("doublewell"), Some("double-well"));
        assert_eq!(found("double"), Some("double-well"));
        assert_eq!(found("learningrate"), Some("learning_rate"));
        // Too far, or as near to two.
        assert_eq!((found("temperature"), found("x7"), found("")), (None, None, None));
    }

    #[test]
    fn an_unknown_name_says_what_may_have_been_meant() {
        let error = |name: &str| {
            let (name, known) = (name.into(), "temperature, batch".into());
            Error::UnknownName { kind: "setting", name, known }.to_string()
        };
        assert_eq!(
            error("temprature"),
            "there is no setting called 'temprature' (did you mean 'temperature'?); known: temperature, batch"
        );
        let many = (0..30).map(|i| alloc::format!("name-{i:02}")).collect::<Vec<_>>().join(", ");
        let error_of_many = |name: &str| {
            let known = many.clone();
            Error::UnknownName { kind: "thing", name: name.into(), known }.to_string()
        };
        assert_eq!(
            error_of_many("nam-07"),
            "there is no thing called 'nam-07' (did you mean 'name-07'?)"
        );
        assert!(error_of_many("q").ends_with("name-28, name-29"));
        assert_eq!(error("q"), "there is no setting called 'q'; known: temperature, batch");
    }
}
