//! Harmonic angles.

use boltzflow::num::Lanes;

use super::Term;
use super::harmonic::Harmonic;
use crate::vector::{add, cross, dot, minus, plus, position, times};

/// U = Σ k/2·(θ − θ₀)², θ the angle at the second of three atoms; θ₀ in rad, k in kJ/mol/rad².
pub type Angles = Harmonic<3>;

impl Term for Angles {
    fn count(&self) -> usize {
        self.atoms.len()
    }

    /// With a = xᵢ − xⱼ, b = xₖ − xⱼ, n = a × b: θ = atan2(|n|, a·b), which is exact at both ends, and
    /// ∂θ/∂xᵢ = a × n/(|a|²|n|), ∂θ/∂xₖ = −b × n/(|b|²|n|), ∂θ/∂xⱼ = −∂θ/∂xᵢ − ∂θ/∂xₖ.
    #[inline(always)]
    fn add_to<L: Lanes>(&self, x: &[L], gradient: &mut [L], _: &mut [L]) -> L {
        let mut energy = L::splat(0.0);
        let tiny = L::splat(f64::MIN_POSITIVE);
        for ([i, j, k], angle, stiffness) in self.iter() {
            let vertex = position(x, j);
            let (a, b) = (minus(position(x, i), vertex), minus(position(x, k), vertex));
            let n = cross(a, b);
            let area = dot(n, n).sqrt();
            let bend = area.atan2(dot(a, b)) - L::splat(angle);
            let force = L::splat(stiffness) * bend;
            energy += L::splat(0.5) * force * bend;
            // A straight or closed angle has no direction to bend in.
            let slope = force / area.larger(tiny);
            let first = times(slope / dot(a, a).larger(tiny), cross(a, n));
            let last = times(-slope / dot(b, b).larger(tiny), cross(b, n));
            add(gradient, i, first);
            add(gradient, k, last);
            add(gradient, j, times(L::splat(-1.0), plus(first, last)));
        }
        energy
    }
}
