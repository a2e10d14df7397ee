//! F1: one description of a value, for parameters of systems, settings of samplers and settings of a run.
//!
//! A [`Description`] says what a value is called, what it may be ([`Kind`]), its unit, default and help. It checks values, reads them from
//! text and says in words what is allowed, so that no front (program, page, package) needs to know the kinds.
//! Texts are those of the page's address: numbers in decimals, lists with commas, points with semicolons.

mod description;
mod kind;
mod parameters;
mod value;

pub use description::Description;
pub use kind::Kind;
pub use parameters::Parameters;
pub use value::Value;
