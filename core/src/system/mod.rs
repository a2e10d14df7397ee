//! F3: a system as a value: a potential and all else that is known of it.

mod space;

pub use space::Support;
