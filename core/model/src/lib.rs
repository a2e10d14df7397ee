//! What every front of boltzflow needs of a model: create it, train it, draw and weigh, save and load it.
//!
//! Nothing here knows files, threads, clocks or JavaScript: a front gives bytes and takes bytes, and brings an
//! [`Executor`](boltzflow::num::Executor) where work can be shared. The format of the files is in [`Tensors`], what a model says of
//! itself in [`Model`], a training that goes on with the same bits in [`SavedState`], and its settings as text in [`run_file`].
//!
//! ```
//! use boltzflow::num::Sequential;
//! use boltzflow::preset::preset;
//! use boltzflow_model::{Judge, Model, begin};
//!
//! # fn main() -> boltzflow::num::Result<()> {
//! let settings = preset("double-well-by-energy")?;
//! let mut trainer = begin(&settings, None)?;
//! for _ in 0..20 {
//!     trainer.step(&Sequential)?;
//! }
//! let model = Model::of(&settings, &trainer);
//! let bytes = model.save()?;
//!
//! let loaded = Model::load(&bytes)?;
//! let drawn = loaded.generator.sample(1000, 7, &Sequential);
//! let quality = Judge::new(&loaded)?.quality(&drawn.x, &drawn.log_weight)?;
//! assert_eq!(loaded.step, 20);
//! assert!(quality.ess_fraction > 0.0);
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]

pub mod bias;
mod changes;
mod estimate;
mod model;
mod reference;
pub mod run_file;
mod state;
mod tensors;
mod value;

pub use changes::changes;
pub use estimate::{FreeEnergy, Judge, RESAMPLES, bins, free_energy};
pub use model::{Model, begin, restart};
pub use reference::Reference;
pub use state::SavedState;
pub use tensors::{FORMAT, Precision, Tensor, Tensors};
pub use value::{from_toml, to_toml};
