//! Files: arrays, tables, system files, trajectories, checkpoints. Outputs are complete or not there.

pub(crate) mod atomic;
pub(crate) mod checkpoint;
pub(crate) mod configurations;
pub(crate) mod csv;
pub(crate) mod examples_file;
pub(crate) mod format;
pub(crate) mod lock;
pub(crate) mod molecule_file;
pub(crate) mod npy;
pub(crate) mod npz;
pub(crate) mod output;
pub(crate) mod reference_file;
pub(crate) mod run_file;
pub(crate) mod system_file;
pub(crate) mod xyz;
