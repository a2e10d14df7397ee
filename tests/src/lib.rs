//! Access to the reference data in `tests/reference`, and the claims of the book as functions:
//! each trains, measures and says whether it holds. `cargo figures` runs them over many seeds and
//! prints their tables; a test runs each with few.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod counting;
#[cfg(doctest)]
pub mod documents;
pub mod figure;
pub mod source;

pub use counting::Counting;

use boltzflow::num::Executor;
use serde_json::Value;

/// Threads that take jobs in whatever order they come.
#[derive(Clone, Copy, Debug)]
pub struct Threads(pub usize);

impl Threads {
    /// One for each core.
    #[must_use]
    pub fn all() -> Self {
        Self(std::thread::available_parallelism().map_or(1, usize::from))
    }
}

impl Executor for Threads {
    fn for_each<J: Send>(&self, jobs: &mut [J], work: impl Fn(&mut J) + Sync) {
        let size = jobs.len().div_ceil(self.0).max(1);
        std::thread::scope(|scope| {
            // Last chunk first: the order of execution must not matter.
            for part in jobs.chunks_mut(size).rev() {
                scope.spawn(|| part.iter_mut().rev().for_each(&work));
            }
        });
    }

    fn width(&self) -> usize {
        self.0
    }
}

/// A file of the reference folder.
///
/// # Panics
/// If the file is missing or not JSON.
#[must_use]
pub fn reference(name: &str) -> Value {
    let path = format!("{}/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A list of numbers.
///
/// # Panics
/// If the value is something else.
#[must_use]
pub fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap_or_else(|| panic!("not a list: {value}"));
    list.iter().map(number).collect()
}

/// A number.
///
/// # Panics
/// If the value is something else.
#[must_use]
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))
}
