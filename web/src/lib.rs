//! The browser front of boltzflow: the engine that a worker owns, and what the page asks of it.
//!
//! Everything here is a thin layer over the core: texts to settings, settings to a trainer, its numbers
//! to typed arrays. Errors cross as JavaScript errors with `code`, `message` and `hint`; a panic
//! leaves its words for [`last_panic`].
#![allow(clippy::needless_pass_by_value)] // the bridge hands lists over by value

mod bench;
mod catalogue;
mod engine;
mod error;
mod estimate;
mod grid;
mod keyframes;
mod landscape;
mod model;
mod object;
mod panic;
mod pretrained;
mod race;
mod reference;
mod reweighting;
mod settings;
mod share;
mod training;

pub use bench::{Sampler, kernels, peak, workloads};
pub use catalogue::{defaults, schema, systems};
pub use engine::Engine;
pub use landscape::{landscape, plot_range};
pub use panic::last_panic;
pub use pretrained::{Pretrained, Simulation, parameter_layout};
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
