//! Boltzmann generators with hand-derived gradients.
//!
//! A Boltzmann generator is an invertible map `F` between a latent variable `z` of simple density and
//! configurations `x` of a molecular system. Trained on a potential energy `U(x)` it draws
//! independent configurations in one shot, and the weights
//! `w(x) = exp(-u(x)) / p_X(x)`, with `u = U/kT`, make every average exact
//! (Noé, Olsson, Köhler, Wu, Science 365, eaaw1147, 2019).
//!
//! An energy of your own, as a function that also gives its gradient, in a box where its samples lie:
//!
//! ```
//! use boltzflow::{num::Sequential, preset::Settings, stats::LogWeights, system::System};
//!
//! let system = System::closure(vec![(-3.0, 3.0); 2], |x, gradient| {
//!     let (a, b) = (x[0] * x[0] - 2.0, x[1] * x[1] - 2.0);
//!     gradient.copy_from_slice(&[4.0 * a * x[0], 4.0 * b * x[1]]);
//!     a * a + b * b
//! })?;
//! let settings = Settings::of(system);
//! # let mut settings = settings;
//! # (settings.example_steps, settings.stages[0].iterations) = (2000, 20);
//! let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
//! while !trainer.is_done() {
//!     trainer.step(&Sequential)?;
//! }
//! let samples = trainer.generator().sample(5000, 1, &Sequential);
//! println!("log Z = {:.2}", LogWeights::new(&samples.log_weight)?.log_z());
//! # Ok::<(), boltzflow::num::Error>(())
//! ```
//!
//! The floors, each using only those below it:
//!
//! | floor | modules | holds |
//! |---|---|---|
//! | F8 | [`preset`], [`explore`], [`bootstrap`] | named systems with architecture and training plan; the settings schema; exploration from one configuration; learning from annealed particles |
//! | F7 | [`train`], [`ensemble`] | the training loop, stages, reports, state to save; annealing from flow to target, moves that a flow proposes |
//! | F6 | [`generator`] | prior + flow + potential: samples, weights, free energies |
//! | F5 | [`objective`], [`sampler`], [`stats`] | objectives; Metropolis, HMC; estimators |
//! | F4 | [`flow`], [`prior`] | bijectors; the density of the latent variable |
//! | F3 | [`system`] | a potential and all else that is known of it; the registered systems; exact answers |
//! | F2 | [`potential`] | energies |
//! | F1 | [`nn`], [`optim`], [`setting`] | networks on a flat parameter vector; Adam; what a parameter or setting may be |
//! | F0 | [`num`] | numbers, kernels, random streams, tape, errors |
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![warn(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;

pub use boltzflow_num as num;
pub use nalgebra;

pub mod bootstrap;
pub mod ensemble;
pub mod explore;
pub mod flow;
pub mod generator;
pub mod nn;
pub mod objective;
pub mod optim;
pub mod potential;
pub mod preset;
pub mod prior;
pub mod sampler;
pub mod setting;
pub mod stats;
pub mod system;
pub mod train;
