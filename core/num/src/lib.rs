//! F0: numbers. Scalars and lanes, elementary functions, kernels, random streams, the tape, errors.
//!
//! A **chunk** is a [`nalgebra::DMatrix`] of shape `n × dim`, column-major: row = sample,
//! column = coordinate, so that one coordinate of all samples is contiguous.
//!
//! It is a crate of its own because it alone holds hot loops: the wasm modules compile it for speed, and all else for size.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![warn(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;

mod accumulator;
mod buffer;
mod decimal;
mod digest;
mod elementary;
mod error;
mod executor;
pub mod kernel;
mod lanes;
mod rng;
mod tape;
mod words;

pub use accumulator::Accumulator;
pub use buffer::Buffer;
pub use decimal::parse_decimal;
pub use digest::digest;
pub use elementary::sin_cos_turns;
pub use error::{CheckpointFault, Error, Result};
pub use executor::{Executor, SEGMENTS, Sequential, segment, segments_mut};
pub use kernel::{Activation, Real};
pub use lanes::{F64x8, LANES, Lanes};
pub use rng::{Purpose, Stream};
pub use tape::Tape;
