//! A Markov chain beside independent draws: what each pays for a sample.

mod one_shot;
mod walk;

pub use one_shot::OneShot;
pub use walk::Walk;
