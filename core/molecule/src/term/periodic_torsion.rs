//! Periodic torsions, proper and improper alike.

use boltzflow::num::Lanes;

use super::Term;
use super::dihedral::Dihedral;

/// The largest periodicity: cos nφ is built up from cos φ.
pub const MAX_PERIODICITY: u32 = 64;

/// U = Σ k(1 + cos(nφ − δ)); k in kJ/mol, δ in rad. All terms of four atoms share their dihedral.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeriodicTorsions {
    /// Atoms of each dihedral, and the end of its terms.
    dihedrals: Vec<([u32; 4], usize)>,
    /// n, k, k cos δ and k sin δ of each term, n ascending within a dihedral.
    terms: Vec<(u32, f64, f64, f64)>,
}

impl PeriodicTorsions {
    /// From atoms, n, δ and k of each term, in any order.
    #[must_use]
    pub fn new(mut list: Vec<([u32; 4], u32, f64, f64)>) -> Self {
        list.sort_by_key(|(atoms, n, ..)| (*atoms, *n));
        let mut torsions = Self::default();
        for (atoms, n, phase, k) in list {
            torsions.terms.push((n, k, k * phase.cos(), k * phase.sin()));
            let end = torsions.terms.len();
            match torsions.dihedrals.last_mut() {
                Some((last, known)) if *last == atoms => *known = end,
                _ => torsions.dihedrals.push((atoms, end)),
            }
        }
        torsions
    }
}

impl Term for PeriodicTorsions {
    fn count(&self) -> usize {
        self.terms.len()
    }

    /// cos((n+1)φ) = cos nφ cos φ − sin nφ sin φ and its like for sin;
    /// ∂U/∂φ = n(−k cos δ sin nφ + k sin δ cos nφ).
    #[inline(always)]
    fn add_to<L: Lanes>(&self, x: &[L], gradient: &mut [L], _: &mut [L]) -> L {
        let mut energy = L::splat(0.0);
        let mut start = 0;
        for &(atoms, end) in &self.dihedrals {
            let dihedral = Dihedral::new(x, atoms);
            let (mut cos, mut sin) = (L::splat(1.0), L::splat(0.0));
            let (mut at, mut slope) = (0, L::splat(0.0));
            for &(n, k, k_cos, k_sin) in &self.terms[start..end] {
                while at < n {
                    (cos, sin) = (
                        cos * dihedral.cos - sin * dihedral.sin,
                        sin * dihedral.cos + cos * dihedral.sin,
                    );
                    at += 1;
                }
                let (k_cos, k_sin) = (L::splat(k_cos), L::splat(k_sin));
                energy += L::splat(k) + k_cos * cos + k_sin * sin;
                slope += L::splat(f64::from(n)) * (k_sin * cos - k_cos * sin);
            }
            dihedral.add_to(gradient, atoms, slope);
            start = end;
        }
        energy
    }
}
