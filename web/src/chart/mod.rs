//! Charts that the page draws on its own canvases, in the theme's colours.

mod canvas;
mod frame;
mod losses;
mod profile;

pub use losses::draw_losses;
pub use profile::draw_profile;
