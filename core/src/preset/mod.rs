//! F6: named systems with architecture and training plan, and the schema of every setting that a
//! front shows.

mod build;
mod presets;
mod schema;
mod settings;
mod workload;

pub use presets::{PRESETS, Preset, preset};
pub use schema::{Access, SCHEMA, SettingKind, SettingSpec, setting};
pub use settings::Settings;
pub use workload::{Direction, WORKLOADS, Workload, workload};
