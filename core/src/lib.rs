//! Boltzmann generators with hand-derived gradients.
#![no_std]
extern crate alloc;
