//! F1: networks on slices of one flat parameter vector θ.

mod layout;
mod mlp;

pub use layout::{ParamEntry, ParamLayout};
pub use mlp::Mlp;
