//! The browser front of boltzflow: the engine that a worker owns, and what the page asks of it.
//!
//! Everything here is a thin layer over the core: texts to settings, settings to a trainer, its numbers
//! to typed arrays. Errors cross as JavaScript errors with `code`, `message` and `hint`; a panic
//! leaves its words for [`last_panic`].
#![allow(clippy::needless_pass_by_value)] // the bridge hands lists over by value

#[cfg(feature = "page")]
mod bench;
mod catalogue;
#[cfg(feature = "package")]
mod custom;
mod engine;
mod error;
mod estimate;
#[cfg(feature = "package")]
mod generator;
mod grid;
mod keyframes;
#[cfg(feature = "page")]
mod landscape;
mod model;
mod object;
mod panic;
mod pretrained;
#[cfg(feature = "page")]
mod race;
mod reference;
#[cfg(feature = "page")]
mod reweighting;
mod settings;
mod share;
mod training;

#[cfg(feature = "page")]
pub use bench::{Sampler, kernels, peak, workloads};
pub use catalogue::{defaults, presets, schema};
pub use engine::Engine;
#[cfg(feature = "package")]
pub use generator::{Generator, all_presets, free_energy};
#[cfg(feature = "page")]
pub use landscape::{landscape, plot_range};
pub use panic::last_panic;
#[cfg(feature = "page")]
pub use pretrained::Simulation;
pub use pretrained::{Pretrained, parameter_layout};
#[cfg(feature = "page")]
pub use race::{OneShot, Walk};
pub use share::Share;
pub use training::Training;

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the engine, as in its `Cargo.toml`.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
