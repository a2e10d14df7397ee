//! F8: named systems with architecture and training plan, and the schema of every setting that a
//! front shows.

mod build;
mod examples;
mod keys;
mod presets;
mod schema;
mod settings;
mod spec;

pub use presets::{PRESETS, Preset, preset};
pub use schema::{SCHEMA, setting};
pub use settings::{LabelKind, Settings};
pub use spec::{Access, SettingSpec};
