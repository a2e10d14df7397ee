//! Harmonic bonds.

use boltzflow::num::Lanes;

use super::Term;
use super::harmonic::Harmonic;
use crate::vector::{add, dot, minus, position, times};

/// U = Σ k/2·(r − r₀)², r = |xᵢ − xⱼ|; r₀ in nm, k in kJ/mol/nm².
pub type Bonds = Harmonic<2>;

impl Term for Bonds {
    fn count(&self) -> usize {
        self.atoms.len()
    }

    /// ∂U/∂xᵢ = k(r − r₀)·(xᵢ − xⱼ)/r = −∂U/∂xⱼ.
    #[inline(always)]
    fn add_to<L: Lanes>(&self, x: &[L], gradient: &mut [L], _: &mut [L]) -> L {
        let mut energy = L::splat(0.0);
        for ([i, j], length, k) in self.iter() {
            let d = minus(position(x, i), position(x, j));
            let r = dot(d, d).sqrt();
            let stretch = r - L::splat(length);
            let force = L::splat(k) * stretch;
            energy += L::splat(0.5) * force * stretch;
            // Atoms in one place have no direction.
            let along = times(force / r.larger(L::splat(f64::MIN_POSITIVE)), d);
            add(gradient, i, along);
            add(gradient, j, times(L::splat(-1.0), along));
        }
        energy
    }
}
