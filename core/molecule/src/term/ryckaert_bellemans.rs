//! Torsions as polynomials of a cosine.

use boltzflow::num::Lanes;

use super::Term;
use super::dihedral::Dihedral;

/// U = Σ c₀ + c₁C + … + c₅C⁵, C = cos(φ − π) = −cos φ; in kJ/mol (Ryckaert and Bellemans, 1978).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RyckaertBellemans {
    /// The four atoms of each.
    pub atoms: Vec<[u32; 4]>,
    /// c₀ to c₅, kJ/mol.
    pub c: Vec<[f64; 6]>,
}

impl RyckaertBellemans {
    /// Adds a torsion.
    pub fn push(&mut self, atoms: [u32; 4], c: [f64; 6]) {
        self.atoms.push(atoms);
        self.c.push(c);
    }
}

impl Term for RyckaertBellemans {
    fn count(&self) -> usize {
        self.atoms.len()
    }

    /// ∂U/∂φ = ∂C/∂φ Σ m cₘC^(m−1) with ∂C/∂φ = sin φ; both sums by Horner's rule.
    #[inline(always)]
    fn add_to<L: Lanes>(&self, x: &[L], gradient: &mut [L], _: &mut [L]) -> L {
        let mut energy = L::splat(0.0);
        for (&atoms, c) in self.atoms.iter().zip(&self.c) {
            let dihedral = Dihedral::new(x, atoms);
            let cosine = -dihedral.cos;
            let (mut value, mut slope) = (L::splat(0.0), L::splat(0.0));
            for c in c.iter().rev() {
                slope = slope * cosine + value;
                value = value * cosine + L::splat(*c);
            }
            energy += value;
            dihedral.add_to(gradient, atoms, dihedral.sin * slope);
        }
        energy
    }
}
