//! Charts that the page draws on its own canvases, in the theme's colours.

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
