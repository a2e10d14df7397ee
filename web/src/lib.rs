//! The browser front of boltzflow.

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the engine, as in its `Cargo.toml`.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
