//! What a configuration of particles looks like.

/// Particles in space, x = [x₁, y₁, …, x₂, y₂, …]: all that a picture or a trajectory file needs to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParticleGeometry {
    /// Dimension of space.
    pub space: usize,
    /// Distance at which two particles touch, in units of x: there begins their repulsion. `None` for points.
    pub contact: Option<f64>,
    /// Half the side of the box around the origin that walls hold the particles in; `None` without walls.
    pub half_box: Option<f64>,
}
