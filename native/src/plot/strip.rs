//! Configurations above a figure of them.

use super::particles::Particles;
use super::{Area, Drawn, Figure, Plot};

/// Particles, where there are any, and a figure below them.
#[derive(Clone, Debug)]
pub(crate) struct Strip {
    /// The configurations.
    pub(crate) particles: Option<Particles>,
    /// Numbers of them; its caption is that of all.
    pub(crate) figure: Figure,
}

impl Plot for Strip {
    fn size(&self) -> (u32, u32) {
        let (width, height) = self.figure.size();
        match &self.particles {
            Some(particles) => {
                let (wide, above) = particles.size();
                (wide.max(width), above + height)
            }
            None => (width, height),
        }
    }

    fn caption(&self) -> &str {
        self.figure.caption()
    }

    fn draw<DB: plotters::prelude::DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let Some(particles) = &self.particles else { return self.figure.draw(area) };
        let (above, below) = area.split_vertically(particles.size().1);
        particles.draw(&above)?;
        self.figure.draw(&below)
    }
}
