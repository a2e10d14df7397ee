//! Charts that the page draws on its own canvases, in the theme's colours: a wasm module beside the engine's, of which it needs nothing.
#![allow(clippy::needless_pass_by_value)] // the bridge hands lists over by value

mod canvas;
mod frame;
mod lines;
mod losses;
mod path;
mod profile;

pub use lines::draw_lines;
pub use losses::draw_losses;
pub use path::draw_path;
pub use profile::draw_profile;
