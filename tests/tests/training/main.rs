//! What training, and what is made of trained flows, promises.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

mod allocations;
mod bias;
mod bits;
mod ensemble;
mod exploration;
mod objectives;
mod runs;
mod shared_steps;
