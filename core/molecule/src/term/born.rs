//! Implicit solvent by the generalised Born model of Onufriev, Bashford and Case (2004), with a surface area.

use boltzflow::num::Lanes;

use super::Term;
use crate::vector::{add, dot, minus, plus, position, times};

/// What is taken off a radius, nm.
pub const OFFSET: f64 = 0.009;
/// Radius of a water molecule, nm.
const PROBE: f64 = 0.14;

/// How B follows from ψ: tanh(αψ − βψ² + γψ³).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ObcModel {
    /// (0.8, 0, 2.909125)
    Obc1,
    /// (1, 0.8, 4.85)
    Obc2,
}

impl ObcModel {
    /// α, β, γ.
    #[must_use]
    pub fn coefficients(self) -> [f64; 3] {
        match self {
            Self::Obc1 => [0.8, 0.0, 2.909_125],
            Self::Obc2 => [1.0, 0.8, 4.85],
        }
    }
}

/// One atom of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BornAtom {
    /// Charge, e.
    pub charge: f64,
    /// R − 0.009 nm.
    pub offset_radius: f64,
    /// Scale·(R − 0.009), nm.
    pub scaled_radius: f64,
}

/// With oᵢ = Rᵢ − 0.009 and sⱼ the scaled radius of j:
///
/// - Iᵢ = Σ over j ≠ i, all of them, of H(r; oᵢ, sⱼ), where H = 0 if r + sⱼ ≤ oᵢ, else with U = r + sⱼ, L = max(oᵢ, |r − sⱼ|):
///   H = ½[1/L − 1/U + (r − sⱼ²/r)(1/U² − 1/L²)/4 + ln(L/U)/(2r)];
/// - ψ = Iᵢoᵢ, 1/Bᵢ = 1/oᵢ − tanh(αψ − βψ² + γψ³)/Rᵢ;
/// - U = −τ Σ over i<j qᵢqⱼ/f − ½τ Σ qᵢ²/Bᵢ + Σ A(Rᵢ + 0.14)²(Rᵢ/Bᵢ)⁶, f² = r² + BᵢBⱼ e^(−r²/4BᵢBⱼ).
///
/// (Hawkins, Cramer and Truhlar 1996; Onufriev, Bashford and Case 2004; Schaefer, Bartels and Karplus 1998.)
#[derive(Clone, Debug, PartialEq)]
pub struct Born {
    atoms: Vec<BornAtom>,
    coefficients: [f64; 3],
    /// kₑ(1/ε_in − 1/ε_out), kJ/mol·nm/e².
    tau: f64,
    /// A(Rᵢ + 0.14)²Rᵢ⁶ of each atom.
    surface: Vec<f64>,
    /// Whether an atom inside of the scaled sphere of another adds 1/oᵢ − 1/L to H, as in OpenMM's own force, or nothing, as in its texts.
    inner: bool,
}

/// What all atoms share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solvent {
    /// How radii follow from the overlap.
    pub model: ObcModel,
    /// kₑ(1/ε_in − 1/ε_out), kJ/mol·nm/e².
    pub tau: f64,
    /// A, kJ/mol/nm².
    pub surface: f64,
    /// Whether an atom inside of the scaled sphere of another adds 1/oᵢ − 1/L, as in GBSAOBCForce.
    pub inner: bool,
}

impl Born {
    /// The model of these atoms.
    #[must_use]
    pub fn new(atoms: Vec<BornAtom>, solvent: Solvent) -> Self {
        let area = |atom: &BornAtom| {
            let radius = atom.offset_radius + OFFSET;
            solvent.surface * (radius + PROBE).powi(2) * radius.powi(6)
        };
        Self {
            surface: atoms.iter().map(area).collect(),
            atoms,
            coefficients: solvent.model.coefficients(),
            tau: solvent.tau,
            inner: solvent.inner,
        }
    }

    /// H, or H′ = ½[(1 + s²/r²)(1/U² − 1/L²)/4 − ln(L/U)/(2r²)]: what U and L add to it cancels or vanishes, but for
    /// an atom inside of the other's sphere, where L falls with r: 1/L² more, unless the inner part, which has −1/L², is there.
    #[inline(always)]
    fn overlap<L: Lanes, const SLOPE: bool>(&self, r: L, inverse: L, o: f64, s: f64) -> L {
        let (o, s) = (L::splat(o), L::splat(s));
        let (half, quarter, zero) = (L::splat(0.5), L::splat(0.25), L::splat(0.0));
        let upper = r + s;
        let lower = (r - s).abs().larger(o);
        let one = L::splat(1.0);
        let (inverse_upper, inverse_lower) = (one / upper, one / lower);
        let squares = inverse_upper.square() - inverse_lower.square();
        let log = (lower * inverse_upper).ln();
        let inside = s - r;
        let h = if SLOPE {
            let ratio = s * inverse;
            let slope = quarter * (one + ratio.square()) * squares - half * log * inverse.square();
            let h = half * slope;
            if self.inner { h } else { o.if_less(inside, h + inverse_lower.square(), h) }
        } else {
            let h = half
                * (inverse_lower - inverse_upper
                    + quarter * (r - s.square() * inverse) * squares
                    + half * log * inverse);
            if self.inner { o.if_less(inside, h + (one / o - inverse_lower), h) } else { h }
        };
        o.if_less(upper, h, zero)
    }
}

impl Term for Vec<Born> {
    fn count(&self) -> usize {
        self.iter().map(|born| born.atoms.len()).sum()
    }

    fn work(&self) -> usize {
        self.iter().map(|born| 3 * born.atoms.len()).max().unwrap_or(0)
    }

    #[inline(always)]
    fn add_to<L: Lanes>(&self, x: &[L], gradient: &mut [L], work: &mut [L]) -> L {
        let mut energy = L::splat(0.0);
        for born in self {
            energy += born.add_to(x, gradient, work);
        }
        energy
    }
}

impl Born {
    /// Three passes over the pairs: I and B; the energy with gᵢ = ∂U/∂Bᵢ,
    /// ∂U/∂r = τqᵢqⱼ r(1 − e/4)/f³, ∂U/∂Bᵢ = τqᵢqⱼ e(Bⱼ + r²/4Bᵢ)/(2f³), e = e^(−r²/4BᵢBⱼ), and of one atom
    /// τqᵢ²/(2Bᵢ²) − 6A(Rᵢ + 0.14)²Rᵢ⁶/Bᵢ⁷; then cᵢ = gᵢ·∂Bᵢ/∂Iᵢ, ∂Bᵢ/∂Iᵢ = Bᵢ²(1 − tanh²)(α − 2βψ + 3γψ²)oᵢ/Rᵢ,
    /// and cᵢH′(r; oᵢ, sⱼ) + cⱼH′(r; oⱼ, sᵢ) adds to ∂U/∂r.
    #[inline(always)]
    fn add_to<L: Lanes>(&self, x: &[L], gradient: &mut [L], work: &mut [L]) -> L {
        let n = self.atoms.len();
        let (radii, rest) = work.split_at_mut(n);
        let (by_overlap, rest) = rest.split_at_mut(n);
        // Iᵢ, and in its place Bᵢ.
        self.overlaps(x, radii);
        let mut energy = self.radii(radii, by_overlap, &mut rest[..n]);
        let slopes = &mut rest[..n];
        energy += self.pairs(x, gradient, radii, slopes);
        for (slope, by_overlap) in slopes.iter_mut().zip(by_overlap) {
            *slope = *slope * *by_overlap;
        }
        self.through_radii(x, gradient, slopes);
        energy
    }

    /// Iᵢ of each atom.
    #[inline(always)]
    fn overlaps<L: Lanes>(&self, x: &[L], sums: &mut [L]) {
        sums.fill(L::splat(0.0));
        for (i, a) in self.atoms.iter().enumerate() {
            let xi = position(x, i as u32);
            let mut of_i = sums[i];
            for (j, b) in self.atoms.iter().enumerate().skip(i + 1) {
                let d = minus(xi, position(x, j as u32));
                let r = dot(d, d).sqrt();
                let inverse = L::splat(1.0) / r;
                of_i += self.overlap::<L, false>(r, inverse, a.offset_radius, b.scaled_radius);
                sums[j] += self.overlap::<L, false>(r, inverse, b.offset_radius, a.scaled_radius);
            }
            sums[i] = of_i;
        }
    }

    /// Bᵢ in the place of Iᵢ, ∂Bᵢ/∂Iᵢ, and the energies of single atoms with their part of ∂U/∂Bᵢ.
    #[inline(always)]
    fn radii<L: Lanes>(&self, radii: &mut [L], by_overlap: &mut [L], slopes: &mut [L]) -> L {
        let [alpha, beta, gamma] = self.coefficients.map(L::splat);
        let (one, two, three) = (L::splat(1.0), L::splat(2.0), L::splat(3.0));
        let tau = L::splat(0.5 * self.tau);
        let mut energy = L::splat(0.0);
        for (i, (atom, surface)) in self.atoms.iter().zip(&self.surface).enumerate() {
            let o = L::splat(atom.offset_radius);
            let whole = L::splat(atom.offset_radius + OFFSET);
            let psi = radii[i] * o;
            let tanh = (psi * (alpha - psi * (beta - gamma * psi))).tanh();
            let b = one / (one / o - tanh / whole);
            let inner = alpha - psi * (two * beta - three * gamma * psi);
            by_overlap[i] = b.square() * (one - tanh.square()) * inner * o / whole;
            let own = tau * L::splat(atom.charge * atom.charge) / b;
            let square = one / b.square();
            let area = L::splat(*surface) * (square * square * square);
            energy += area - own;
            slopes[i] = (own - L::splat(6.0) * area) / b;
            radii[i] = b;
        }
        energy
    }

    /// The energies of pairs at given radii, with their part of ∂U/∂x and of ∂U/∂Bᵢ.
    #[inline(always)]
    fn pairs<L: Lanes>(&self, x: &[L], gradient: &mut [L], radii: &[L], slopes: &mut [L]) -> L {
        let (one, quarter, half) = (L::splat(1.0), L::splat(0.25), L::splat(0.5));
        let mut energy = L::splat(0.0);
        for (i, a) in self.atoms.iter().enumerate() {
            let (xi, bi) = (position(x, i as u32), radii[i]);
            let (mut on_i, mut slope_i) = ([L::splat(0.0); 3], slopes[i]);
            for (j, b) in self.atoms.iter().enumerate().skip(i + 1) {
                let d = minus(xi, position(x, j as u32));
                let (square, bj) = (dot(d, d), radii[j]);
                let product = bi * bj;
                let e = (-quarter * square / product).exp();
                let inverse = one / (square + product * e).sqrt();
                let charges = L::splat(self.tau * a.charge * b.charge);
                let u = charges * inverse;
                energy -= u;
                let steep = u * inverse.square();
                let along = times(steep * (one - quarter * e), d);
                on_i = plus(on_i, along);
                add(gradient, j as u32, times(L::splat(-1.0), along));
                let by_radius = half * steep * e;
                let both = quarter * square;
                slope_i += by_radius * (bj + both / bi);
                slopes[j] += by_radius * (bi + both / bj);
            }
            add(gradient, i as u32, on_i);
            slopes[i] = slope_i;
        }
        energy
    }

    /// ∂U/∂x through the radii, cᵢ = ∂U/∂Iᵢ given.
    #[inline(always)]
    fn through_radii<L: Lanes>(&self, x: &[L], gradient: &mut [L], c: &[L]) {
        for (i, a) in self.atoms.iter().enumerate() {
            let xi = position(x, i as u32);
            let mut on_i = [L::splat(0.0); 3];
            for (j, b) in self.atoms.iter().enumerate().skip(i + 1) {
                let d = minus(xi, position(x, j as u32));
                let r = dot(d, d).sqrt();
                let inverse = L::splat(1.0) / r;
                let of_i = self.overlap::<L, true>(r, inverse, a.offset_radius, b.scaled_radius);
                let of_j = self.overlap::<L, true>(r, inverse, b.offset_radius, a.scaled_radius);
                let along = times((c[i] * of_i + c[j] * of_j) * inverse, d);
                on_i = plus(on_i, along);
                add(gradient, j as u32, times(L::splat(-1.0), along));
            }
            add(gradient, i as u32, on_i);
        }
    }
}
