//! The browser front of boltzflow: the engine that a worker owns, and what the page asks of it.
//!
//! Everything here is a thin layer over the core: texts to settings, settings to a trainer, its numbers
//! to typed arrays. Errors cross as JavaScript errors with `code`, `message` and `hint`; a panic
//! leaves its words for [`last_panic`].
#![allow(clippy::needless_pass_by_value)] // the bridge hands lists over by value

#[cfg(feature = "views")]
mod bench;
#[cfg(any(feature = "page", feature = "package"))]
mod catalogue;
#[cfg(feature = "package")]
mod custom;
#[cfg(feature = "page")]
mod engine;
mod error;
#[cfg(feature = "page")]
mod estimate;
#[cfg(feature = "package")]
mod generator;
#[cfg(feature = "page")]
mod grid;
#[cfg(feature = "page")]
mod keyframes;
#[cfg(feature = "page")]
mod landscape;
#[cfg(feature = "page")]
mod model;
#[cfg(feature = "files")]
mod model_file;
mod object;
mod panic;
#[cfg(feature = "views")]
mod pretrained;
#[cfg(feature = "views")]
mod race;
#[cfg(feature = "page")]
mod reweighting;
mod settings;
#[cfg(any(feature = "page", feature = "views", feature = "package"))]
mod share;
#[cfg(any(feature = "page", feature = "views", feature = "package"))]
mod stages;
#[cfg(any(feature = "page", feature = "views", feature = "package"))]
mod training;

#[cfg(feature = "views")]
pub use bench::{Sampler, peak, workloads};
#[cfg(feature = "page")]
pub use catalogue::{check_settings, presets};
#[cfg(any(feature = "page", feature = "package"))]
pub use catalogue::{defaults, schema};
#[cfg(feature = "page")]
pub use engine::Engine;
#[cfg(feature = "package")]
pub use generator::{Generator, all_presets, free_energy};
#[cfg(feature = "page")]
pub use landscape::{landscape, plot_range};
#[cfg(feature = "files")]
pub use model_file::{ModelFile, model_file};
pub use panic::last_panic;
#[cfg(feature = "views")]
pub use pretrained::{Pretrained, Simulation};
#[cfg(feature = "views")]
pub use race::{OneShot, Race, Walk};
#[cfg(any(feature = "page", feature = "views", feature = "package"))]
pub use share::Share;
#[cfg(any(feature = "page", feature = "views", feature = "package"))]
pub use training::Training;

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the engine, as in its `Cargo.toml`.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
