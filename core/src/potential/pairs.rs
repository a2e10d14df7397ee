//! The sum of a function of the distance over pairs of particles.

use crate::num::Lanes;

/// An energy φ(r) of two particles at distance r. It holds its constants, ready for use, and goes by
/// value: the compiler keeps them in registers.
pub(crate) trait PairEnergy: Copy {
    /// φ and φ′(r)/r, from r². Marked `#[inline(always)]`: it is the inside of the loop.
    fn energy_slope<L: Lanes>(&self, square: L) -> (L, L);
}

/// Σ φ(r_ij) over pairs j < i with i ≥ `first`: 1 takes all pairs, 2 all but that of the first two
/// particles. `x` = [x₁, y₁, …, x₂, y₂, …] of particles in `space` dimensions (1 to 3, otherwise
/// the energy is NaN); its derivatives are *added* to `gradient`.
#[inline(always)]
pub(crate) fn add_pairs<L: Lanes>(
    pair: impl PairEnergy,
    first: usize,
    space: usize,
    x: &[L],
    gradient: &mut [L],
) -> L {
    match space {
        1 => add_in_space::<L, 1>(pair, first, x, gradient),
        2 => add_in_space::<L, 2>(pair, first, x, gradient),
        3 => add_in_space::<L, 3>(pair, first, x, gradient),
        _ => L::splat(f64::NAN),
    }
}

#[inline(always)]
fn add_in_space<L: Lanes, const SPACE: usize>(
    pair: impl PairEnergy,
    first: usize,
    x: &[L],
    gradient: &mut [L],
) -> L {
    let (points, forces) = (x.as_chunks::<SPACE>().0, gradient.as_chunks_mut::<SPACE>().0);
    let zero = L::splat(0.0);
    let mut u = zero;
    for i in first..points.len() {
        let point = points[i];
        let mut sum = [zero; SPACE];
        let (before, rest) = forces.split_at_mut(i);
        for (other, force) in points.iter().zip(before) {
            let mut delta = [zero; SPACE];
            let mut square = zero;
            for k in 0..SPACE {
                delta[k] = point[k] - other[k];
                square += delta[k].square();
            }
            let (energy, slope) = pair.energy_slope(square);
            u += energy;
            // ∂φ/∂rᵢ = (φ′/r)(rᵢ − rⱼ) = −∂φ/∂rⱼ
            for k in 0..SPACE {
                let g = slope * delta[k];
                sum[k] += g;
                force[k] -= g;
            }
        }
        for k in 0..SPACE {
            rest[0][k] += sum[k];
        }
    }
    u
}
