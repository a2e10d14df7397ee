//! The dihedral of four atoms with its gradient, which all torsions share.

use boltzflow::num::Lanes;

use crate::vector::{Vector, add, cross, dot, minus, plus, position, times};

/// φ as cosine and sine, and ∂φ/∂x of its four atoms.
pub(super) struct Dihedral<L> {
    pub(super) cos: L,
    pub(super) sin: L,
    slopes: [Vector<L>; 4],
}

impl<L: Lanes> Dihedral<L> {
    /// With b₁ = xⱼ − xᵢ, b₂ = xₖ − xⱼ, b₃ = xₗ − xₖ, m = b₁ × b₂, n = b₂ × b₃: φ = atan2(|b₂| b₁·n, m·n), trans = π.
    /// ∂φ/∂xᵢ = −|b₂| m/|m|², ∂φ/∂xₗ = |b₂| n/|n|² and, with p = b₁·b₂/|b₂|², q = b₃·b₂/|b₂|²,
    /// ∂φ/∂xⱼ = −(1 + p) ∂φ/∂xᵢ + q ∂φ/∂xₗ, ∂φ/∂xₖ = −(1 + q) ∂φ/∂xₗ + p ∂φ/∂xᵢ. Nothing is divided by sin φ.
    #[inline(always)]
    pub(super) fn new(x: &[L], [i, j, k, l]: [u32; 4]) -> Self {
        let (one, tiny) = (L::splat(1.0), L::splat(f64::MIN_POSITIVE));
        let (xj, xk) = (position(x, j), position(x, k));
        let (b1, b2) = (minus(xj, position(x, i)), minus(xk, xj));
        let b3 = minus(position(x, l), xk);
        let (m, n) = (cross(b1, b2), cross(b2, b3));
        let square = dot(b2, b2);
        let length = square.sqrt();
        let (mm, nn) = (dot(m, m).larger(tiny), dot(n, n).larger(tiny));
        let inverse = one / (mm * nn).larger(tiny).sqrt();
        let first = times(-length / mm, m);
        let last = times(length / nn, n);
        let inverse_square = one / square.larger(tiny);
        let (p, q) = (dot(b1, b2) * inverse_square, dot(b3, b2) * inverse_square);
        let second = plus(times(-one - p, first), times(q, last));
        let third = plus(times(-one - q, last), times(p, first));
        Self {
            cos: dot(m, n) * inverse,
            sin: length * dot(b1, n) * inverse,
            slopes: [first, second, third, last],
        }
    }

    /// Adds ∂U/∂φ·∂φ/∂x to the gradients of the atoms.
    #[inline(always)]
    pub(super) fn add_to(&self, gradient: &mut [L], atoms: [u32; 4], slope: L) {
        for (atom, direction) in atoms.into_iter().zip(self.slopes) {
            add(gradient, atom, times(slope, direction));
        }
    }
}
