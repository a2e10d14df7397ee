//! The ring: one closed valley around a hill, deeper on one side.

use alloc::{vec, vec::Vec};

use crate::num::{Lanes, Result};
use crate::potential::LanePotential;
use crate::setting::{Description, Kind};
use crate::system::{Coordinate, Space, System, SystemEntry};

/// More than enough: each doubles the digits.
const NEWTON_STEPS: usize = 12;

/// $$ U(x) = h \Big( \frac{x_0^2 + x_1^2}{R^2} - 1 \Big)^2 + a \frac{x_0}{R} $$
///
/// **Units** reduced. **Shape** `x`: dim 2. **Defaults** h = 12, R = 2, a = 1: a hill of height h
/// inside a valley of radius R, which is 2a deeper on the left than on the right.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// Height h of the hill in the middle.
    pub height: f64,
    /// Radius R of the valley.
    pub radius: f64,
    /// Half the difference in height a between the right end of the valley and the left.
    pub tilt: f64,
}

impl Default for Ring {
    fn default() -> Self {
        Self { height: 12.0, radius: 2.0, tilt: 1.0 }
    }
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "ring",
    summary: "a closed valley around a hill, deeper on one side",
    parameters: &[
        Description::new("height", Kind::Positive, "12", "height of the hill in the middle"),
        Description::new("radius", Kind::Positive, "2", "radius of the valley"),
        Description::new(
            "tilt",
            Kind::FINITE,
            "1",
            "half the difference in height between the right end of the valley and the left",
        ),
    ],
    variants: &[],
    default_dim: None,
    build: |parameters, dim| {
        ENTRY.derived_dim(dim, 2)?;
        let default = Ring::default();
        Ring {
            height: parameters.number("height", default.height),
            radius: parameters.number("radius", default.radius),
            tilt: parameters.number("tilt", default.tilt),
        }
        .system()
    },
};

impl LanePotential for Ring {
    fn dim(&self) -> usize {
        2
    }

    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        let (height, slope) = (L::splat(self.height), L::splat(self.tilt / self.radius));
        let scale = L::splat(1.0 / (self.radius * self.radius));
        // s = r²/R² − 1, U = hs² + ax₀/R
        let s = (x[0].square() + x[1].square()) * scale - L::splat(1.0);
        // ∂(hs²)/∂x = 4hs·x/R²
        let factor = L::splat(4.0) * height * s * scale;
        gradient[0] = factor * x[0] + slope;
        gradient[1] = factor * x[1];
        height * s.square() + slope * x[0]
    }
}

impl Ring {
    /// The lowest place of the valley; a level valley has none.
    fn wells(&self) -> Vec<Vec<f64>> {
        if self.tilt == 0.0 {
            return Vec::new();
        }
        let scale = 1.0 / (self.radius * self.radius);
        let mut x = if self.tilt > 0.0 { -self.radius } else { self.radius };
        // Newton's method on ∂U/∂x₀ at x₁ = 0: the start lies on the inner side, where it runs to the minimum.
        for _ in 0..NEWTON_STEPS {
            let slope =
                4.0 * self.height * (x * x * scale - 1.0) * x * scale + self.tilt / self.radius;
            let curvature = 4.0 * self.height * (3.0 * x * x * scale - 1.0) * scale;
            x -= slope / curvature;
        }
        vec![vec![x, 0.0]]
    }

    /// With its space and coordinates: x₀ and x₁, each divided at the middle.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for a radius that is not positive and finite.
    pub fn system(self) -> Result<System> {
        let end = 1.5 * self.radius;
        let along = |name, i| Coordinate::component(name, i, 2).with_range(-end, end);
        let coordinates = vec![
            along("x0", 0).with_states("left", "right"),
            along("x1", 1).with_states("lower", "upper"),
        ];
        let (space, wells) = (Space::boxed(vec![(-end, end); 2])?, self.wells());
        System::new(self, space)?.with_coordinates(coordinates).with_wells(wells)
    }
}
