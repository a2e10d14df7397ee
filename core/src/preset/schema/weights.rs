//! The weights of the objectives: one row for each that is registered.

use super::between;
use crate::objective::OBJECTIVES;
use crate::preset::spec::{Access, SettingSpec};
use crate::setting::Description;

/// The rows, in the order of the registry.
pub(super) const ROWS: &[SettingSpec] = &{
    let mut rows = [row(0); OBJECTIVES.len()];
    let mut i = 1;
    while i < rows.len() {
        rows[i] = row(i);
        i += 1;
    }
    rows
};

const fn row(i: usize) -> SettingSpec {
    SettingSpec {
        description: Description::new(
            OBJECTIVES[i].setting,
            between(0.0, 1e9),
            "",
            OBJECTIVES[i].help,
        ),
        access: Access::Weight(OBJECTIVES[i].name),
    }
}
