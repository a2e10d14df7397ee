//! The claims of the README as functions: each trains, measures and says whether it holds.
//!
//! `cargo figures` runs them over many seeds and prints the tables; a test runs each with few.

pub mod figure;
