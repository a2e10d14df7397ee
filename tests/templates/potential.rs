//! A quartic bowl: a template for a system.

use crate::num::{Lanes, Result};
use crate::potential::LanePotential;
use crate::setting::{Description, Kind};
use crate::system::{Coordinate, Space, System, SystemEntry};

/// $$ U(x) = \tfrac{k}{4} (x_0^4 + x_1^4) $$
///
/// **Units** reduced. **Shape** `x`: dim 2. **Defaults** k = 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted {
    /// Coefficient k.
    pub k: f64,
}

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "planted-system",
    summary: "a quartic bowl",
    parameters: &[Description::new("k", Kind::Positive, "1", "coefficient of the quartic")],
    variants: &[],
    default_dim: None,
    build: |parameters, dim| {
        ENTRY.derived_dim(dim, 2)?;
        Planted { k: parameters.number("k", 1.0) }.system()
    },
};

impl LanePotential for Planted {
    fn dim(&self) -> usize {
        2
    }

    #[inline(always)]
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
        let k = L::splat(self.k);
        // ∂U/∂xᵢ = k xᵢ³
        gradient[0] = k * x[0].square() * x[0];
        gradient[1] = k * x[1].square() * x[1];
        k * L::splat(0.25) * (x[0].square().square() + x[1].square().square())
    }
}

impl Planted {
    fn system(self) -> Result<System> {
        let coordinate =
            Coordinate::component("x0", 0, 2).with_range(-3.0, 3.0).with_states("left", "right");
        let space = Space::boxed(alloc::vec![(-3.0, 3.0); 2])?;
        System::new(self, space)?
            .with_coordinates(alloc::vec![coordinate])
            .with_wells(alloc::vec![alloc::vec![0.0, 0.0]])
    }
}
