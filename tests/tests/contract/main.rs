//! What everything registered promises, checked for each by being registered: layers, networks, objectives, systems, samplers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test stops where it fails

mod bijector;
mod network;
mod objective;
mod potential;
mod sampler;
mod values;
