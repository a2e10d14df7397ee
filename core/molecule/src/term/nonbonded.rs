//! Coulomb and Lennard-Jones between pairs of atoms, without a cutoff.

use std::collections::HashMap;

use boltzflow::num::Lanes;

use super::Term;
use crate::vector::{add, dot, minus, plus, position, times};

/// 1/4πε₀ as OpenMM's NonbondedForce and GBSAOBCForce have it, in kJ/mol·nm/e².
pub const COULOMB: f64 = 138.935_457_644_381_98;

/// U = Σ over pairs kₑqq/r + 4ε[(σ/r)¹² − (σ/r)⁶].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nonbonded {
    /// The first atoms, and the ends of their rows of pairs.
    rows: Vec<(u32, usize)>,
    /// The second atoms.
    partners: Vec<u32>,
    /// kₑqq, 4εσ¹² and 4εσ⁶ of each pair.
    strengths: Vec<[f64; 3]>,
}

/// What one atom has of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AtomParameters {
    /// Charge, e.
    pub charge: f64,
    /// σ, nm.
    pub sigma: f64,
    /// ε, kJ/mol.
    pub epsilon: f64,
}

/// What a pair has in place of the rules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairParameters {
    /// Product of the charges, e².
    pub charges: f64,
    /// σ, nm.
    pub sigma: f64,
    /// ε, kJ/mol.
    pub epsilon: f64,
}

impl Nonbonded {
    /// All pairs by the rules of Lorentz and Berthelot, σ = (σᵢ + σⱼ)/2, ε = √(εᵢεⱼ), but for those with an exception, the first
    /// atom of which is the smaller one.
    #[must_use]
    pub fn new(atoms: &[AtomParameters], exceptions: &HashMap<(u32, u32), PairParameters>) -> Self {
        let mut pairs = Self::default();
        for (i, a) in (0_u32..).zip(atoms) {
            for (j, b) in (i + 1..).zip(&atoms[i as usize + 1..]) {
                let pair = exceptions.get(&(i, j)).copied().unwrap_or(PairParameters {
                    charges: a.charge * b.charge,
                    sigma: 0.5 * (a.sigma + b.sigma),
                    epsilon: (a.epsilon * b.epsilon).sqrt(),
                });
                let sixth = pair.sigma.powi(6);
                let attraction = 4.0 * pair.epsilon * sixth;
                let strengths = [COULOMB * pair.charges, attraction * sixth, attraction];
                if strengths != [0.0; 3] {
                    pairs.partners.push(j);
                    pairs.strengths.push(strengths);
                }
            }
            if pairs.partners.len() > pairs.rows.last().map_or(0, |row| row.1) {
                pairs.rows.push((i, pairs.partners.len()));
            }
        }
        pairs
    }

    /// The pairs of another force, too.
    pub fn extend(&mut self, other: &Self) {
        let before = self.partners.len();
        self.rows.extend(other.rows.iter().map(|(atom, end)| (*atom, end + before)));
        self.partners.extend(&other.partners);
        self.strengths.extend(&other.strengths);
    }
}

impl Term for Nonbonded {
    fn count(&self) -> usize {
        self.partners.len()
    }

    /// ∂U/∂r·1/r = −[kₑqq/r + 12·4ε(σ/r)¹² − 6·4ε(σ/r)⁶]/r²
    #[inline(always)]
    fn add_to<L: Lanes>(&self, x: &[L], gradient: &mut [L], _: &mut [L]) -> L {
        let (mut energy, one) = (L::splat(0.0), L::splat(1.0));
        let mut start = 0;
        for &(i, end) in &self.rows {
            let xi = position(x, i);
            let mut on_i = [L::splat(0.0); 3];
            for (&j, strengths) in self.partners[start..end].iter().zip(&self.strengths[start..end])
            {
                let d = minus(xi, position(x, j));
                let inverse_square = one / dot(d, d);
                let [charges, repulsion, attraction] = strengths.map(L::splat);
                let coulomb = charges * inverse_square.sqrt();
                let sixth = inverse_square * inverse_square * inverse_square;
                let (repulsion, attraction) = (repulsion * sixth * sixth, attraction * sixth);
                energy += coulomb + (repulsion - attraction);
                let slope = coulomb + L::splat(12.0) * repulsion - L::splat(6.0) * attraction;
                let along = times(-slope * inverse_square, d);
                on_i = plus(on_i, along);
                add(gradient, j, times(L::splat(-1.0), along));
            }
            add(gradient, i, on_i);
            start = end;
        }
        energy
    }
}
