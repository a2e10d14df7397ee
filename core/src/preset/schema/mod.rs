//! The schema: one row per setting, from which menus, command-line keys, files, URLs and checks follow.

/// A row of the run.
macro_rules! run {
    ($key:literal, $kind:expr, $unit:literal, $help:literal, $get:expr, $set:expr) => {
        SettingSpec {
            description: $crate::setting::Description::new($key, $kind, "", $help).in_unit($unit),
            access: Access::Run { get: $get, set: $set },
        }
    };
}

/// A row of stages.
macro_rules! stage {
    ($key:literal, $kind:expr, $unit:literal, $help:literal, $get:expr, $set:expr) => {
        SettingSpec {
            description: $crate::setting::Description::new($key, $kind, "", $help).in_unit($unit),
            access: Access::Stage { get: $get, set: $set },
        }
    };
}

use alloc::vec::Vec;

use super::spec::SettingSpec;
use crate::num::{Error, Result};
use crate::setting::Kind;

/// Registers files of rows, in the order that menus show them: one line each.
macro_rules! groups {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*

        /// Rows of every file.
        const GROUPS: &[&[SettingSpec]] = &[$($module::ROWS),*];
    };
}
groups! {
    system,
    flow,
    examples,
    annealing,
    training,
    weights,
    limits,
}

/// Every setting.
///
/// ```
/// use boltzflow::preset::{SCHEMA, Settings};
///
/// // Each has a name, a kind and a line of help, and can be read of any settings.
/// let settings = Settings::default();
/// for spec in SCHEMA {
///     assert!(!spec.description.help.is_empty());
///     assert!(settings.get(spec.description.name).is_ok());
/// }
/// ```
pub static SCHEMA: &[SettingSpec] = &joined::<_, { count(GROUPS) }>(GROUPS);

/// The row of a key.
///
/// ```
/// use boltzflow::preset::setting;
///
/// assert!(setting("batch")?.description.kind.is_whole());
/// let message = setting("tempurature").unwrap_err().to_string();
/// assert!(message.contains("did you mean 'temperature'?"));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] with the known keys.
pub fn setting(key: &str) -> Result<&'static SettingSpec> {
    SCHEMA.iter().find(|s| s.description.name == key).ok_or_else(|| {
        let known: Vec<&str> = SCHEMA.iter().map(|s| s.description.name).collect();
        Error::unknown("setting", key, &known)
    })
}

const fn between(min: f64, max: f64) -> Kind {
    Kind::Number { min, max }
}

const fn integer(min: usize, max: usize) -> Kind {
    Kind::Integer { min, max }
}

const TEXT: Kind = Kind::Text;
const POSITIVE: Kind = Kind::Positive;

/// Length of lists one after the other.
const fn count<T>(lists: &[&[T]]) -> usize {
    let (mut sum, mut i) = (0, 0);
    while i < lists.len() {
        sum += lists[i].len();
        i += 1;
    }
    sum
}

/// Lists one after the other, none of them empty; `N` is [`count`] of them.
const fn joined<T: Copy, const N: usize>(lists: &[&[T]]) -> [T; N] {
    let mut all = [lists[0][0]; N];
    let (mut at, mut list) = (0, 0);
    while list < lists.len() {
        let mut i = 0;
        while i < lists[list].len() {
            all[at] = lists[list][i];
            (at, i) = (at + 1, i + 1);
        }
        list += 1;
    }
    all
}
