//! Exact answers by quadrature, for potentials of one or two coordinates and for sums of
//! independent parts of that size.
//!
//! Along a coordinate the integrals are composite Gauss–Legendre sums whose panels end at the
//! cuts, across it trapezoidal sums over a box at whose border no weight is left: both converge
//! faster than any power of the step for smooth energies. Steps are halved until nothing changes.

use alloc::{vec, vec::Vec};

use super::slice::{Slice, Support, spread};
use super::{Coordinate, CoordinateKind, Potential};
use crate::num::Real;

/// Independent parts of a potential that are equal to one another:
/// U(x) = Σ over parts, Σ over copies of U_part(x at these coordinates).
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The coordinates of each copy, one or two of them.
    pub copies: Vec<Vec<usize>>,
}

/// Exact averages at one temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermodynamics {
    /// ln Z, Z = ∫ exp(−U/kT) dx.
    pub log_z: f64,
    /// ⟨U⟩ in the units of the energy.
    pub mean_energy: f64,
    /// S/k = ⟨U⟩/kT + ln Z.
    pub entropy: f64,
}

/// An exact free-energy profile along a coordinate.
#[derive(Clone, Debug, PartialEq)]
pub struct ExactProfile {
    /// Probability of each bin, out of the whole space.
    pub probability: Vec<f64>,
    /// −ln(probability/width) of each bin in kT above the lowest; infinite in bins without weight.
    pub free_energy: Vec<f64>,
}

/// Exact populations of the two states of a coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct States {
    /// Probability of state A, below the boundary.
    pub below: f64,
    /// Probability of state B, above it.
    pub above: f64,
    /// F_A − F_B = −ln(P_A/P_B) in kT.
    pub delta_f: f64,
}

/// ln Z, mean energy and entropy. `temperature` is kT.
///
/// `None` if the potential has no parts of at most two coordinates, if the integral does not
/// exist, or if it does not converge.
#[must_use]
pub fn thermodynamics(potential: &dyn Potential, temperature: f64) -> Option<Thermodynamics> {
    let (mut log_z, mut mean_energy, mut middle) = (0.0, 0.0, 0.0);
    let parts = potential.parts()?;
    for part in &parts {
        let columns = part.copies.first()?.clone();
        let direction = [1.0, 0.0];
        let mut slice = Slice::new(potential, columns.clone(), &direction[..columns.len()]);
        let masses = integrate(&mut slice, temperature, &[])?;
        let copies = part.copies.len() as f64;
        log_z += copies * masses.log_total();
        mean_energy += copies * masses.mean_energy;
        // Parts count from the middle of the domain, whose energy is added once.
        middle = slice.offset();
    }
    log_z -= middle / temperature;
    mean_energy += middle;
    Some(Thermodynamics { log_z, mean_energy, entropy: mean_energy / temperature + log_z })
}

/// The exact profile over bins between `edges` (ascending, n + 1 for n bins), averaged over each
/// bin as a histogram is. `temperature` is kT.
///
/// `None` as for [`thermodynamics`], for a coordinate that depends on more than two coordinates or
/// is not linear, and for edges that do not ascend.
#[must_use]
pub fn profile(
    potential: &dyn Potential,
    coordinate: &Coordinate,
    temperature: f64,
    edges: &[f64],
) -> Option<ExactProfile> {
    if edges.len() < 2 || edges.windows(2).any(|e| e[0] >= e[1]) {
        return None;
    }
    let (mut slice, scale) = slice_along(potential, coordinate)?;
    let cuts: Vec<f64> = edges.iter().map(|e| e / scale).collect();
    let masses = integrate(&mut slice, temperature, &cuts)?;
    let probability: Vec<f64> =
        masses.between[1..cuts.len()].iter().map(|m| m / masses.total()).collect();
    let mut free_energy: Vec<f64> = probability
        .iter()
        .zip(edges.windows(2))
        .map(|(p, e)| -Real::ln(p / (e[1] - e[0])))
        .collect();
    let lowest = free_energy.iter().copied().fold(f64::INFINITY, f64::min);
    free_energy.iter_mut().for_each(|f| *f -= lowest);
    Some(ExactProfile { probability, free_energy })
}

/// The exact populations below and above the coordinate's boundary. `temperature` is kT; `None` as
/// for [`profile`].
#[must_use]
pub fn states(
    potential: &dyn Potential,
    coordinate: &Coordinate,
    temperature: f64,
) -> Option<States> {
    let (mut slice, scale) = slice_along(potential, coordinate)?;
    let masses = integrate(&mut slice, temperature, &[coordinate.boundary / scale])?;
    let (below, above) = (masses.between[0], masses.between[1]);
    let delta_f = Real::ln(above) - Real::ln(below);
    Some(States { below: below / masses.total(), above: above / masses.total(), delta_f })
}

/// The slice whose s, times the returned scale, is the coordinate.
fn slice_along<'a>(
    potential: &'a (dyn Potential + 'a),
    coordinate: &Coordinate,
) -> Option<(Slice<'a, dyn Potential + 'a>, f64)> {
    let CoordinateKind::Linear(weights) = &coordinate.kind else { return None };
    let used: Vec<usize> = (0..weights.len()).filter(|i| weights[*i] != 0.0).collect();
    let columns = join(&potential.parts()?, &used)?;
    let direction: Vec<f64> = columns.iter().map(|c| weights[*c]).collect();
    let scale = Real::sqrt(direction.iter().map(|w| w * w).sum::<f64>());
    Some((Slice::new(potential, columns, &direction), scale))
}

/// The coordinates of all copies that hold one of `used`, if they are one or two.
pub(super) fn join(parts: &[Part], used: &[usize]) -> Option<Vec<usize>> {
    let mut columns: Vec<usize> = parts
        .iter()
        .flat_map(|part| &part.copies)
        .filter(|copy| copy.iter().any(|c| used.contains(c)))
        .flatten()
        .copied()
        .collect();
    columns.sort_unstable();
    (1..=2).contains(&columns.len()).then_some(columns)
}

/// Nodes and weights of the Gauss–Legendre rule of 8 points on [−1, 1], positive half
/// (Abramowitz and Stegun, table 25.4).
const LEGENDRE: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
];
/// Largest relative change at which the last halving of steps is accepted.
const TOLERANCE: f64 = 1e-8;
/// Masses smaller than this part of the whole need not converge.
const NEGLIGIBLE: f64 = 1e-25;

/// Integrals of exp(−(U − U_lowest)/kT) before, between and after the cuts.
pub(super) struct Masses {
    pub(super) between: Vec<f64>,
    mean_energy: f64,
    /// −U_lowest/kT
    log_scale: f64,
}

impl Masses {
    pub(super) fn total(&self) -> f64 {
        self.between.iter().sum()
    }

    fn log_total(&self) -> f64 {
        Real::ln(self.total()) + self.log_scale
    }
}

/// Integrates over the slice, cut at ascending values of s.
pub(super) fn integrate(
    slice: &mut Slice<'_, dyn Potential + '_>,
    temperature: f64,
    cuts: &[f64],
) -> Option<Masses> {
    let mut support = slice.support(temperature)?;
    if let (Some(first), Some(last)) = (cuts.first(), cuts.last()) {
        let margin = 1e-3 * (support.s.1 - support.s.0);
        support.s = (support.s.0.min(first - margin), support.s.1.max(last + margin));
    }
    let levels = if slice.is_line() { 9 } else { 4 };
    let mut before: Option<Masses> = None;
    for level in 0..levels {
        let masses = integrate_at(slice, temperature, cuts, support, level);
        let total = masses.total();
        if let Some(before) = &before {
            let settled = masses.between.iter().zip(&before.between).all(|(m, b)| {
                (m - b).abs() <= TOLERANCE * m.abs() || m.max(*b) < NEGLIGIBLE * total
            });
            if settled && total > 0.0 && total.is_finite() {
                return Some(masses);
            }
        }
        before = Some(masses);
    }
    None
}

/// One level of refinement: 16·2^level panels of 8 nodes along s, 128·2^level points along t.
fn integrate_at(
    slice: &mut Slice<'_, dyn Potential + '_>,
    temperature: f64,
    cuts: &[f64],
    support: Support,
    level: u32,
) -> Masses {
    let refinement = 1_usize << level;
    let (ts, t_weight) = if slice.is_line() {
        (vec![0.0], 1.0)
    } else {
        let n = 128 * refinement;
        (spread(support.t, n + 1), (support.t.1 - support.t.0) / n as f64)
    };
    let widest = (support.s.1 - support.s.0) / (16 * refinement) as f64;
    let mut ends = vec![support.s.0];
    ends.extend_from_slice(cuts);
    ends.push(support.s.1);
    let (mut between, mut energy) = (Vec::with_capacity(ends.len() - 1), 0.0);
    let beta = 1.0 / temperature;
    for interval in ends.windows(2) {
        let mut mass = 0.0;
        // At least one panel; rounding up without `ceil`, which core lacks.
        let panels = ((interval[1] - interval[0]) / widest) as usize + 1;
        let half = 0.5 * (interval[1] - interval[0]) / panels as f64;
        for panel in 0..panels {
            let centre = interval[0] + half * (2 * panel + 1) as f64;
            for (node, weight) in LEGENDRE.iter().flat_map(|(x, w)| [(-x, *w), (*x, *w)]) {
                let weight = weight * half * t_weight;
                for u in slice.energies(centre + half * node, &ts) {
                    let p = weight * Real::exp(-(u - support.lowest) * beta);
                    // Where U is not defined there is no weight.
                    if p > 0.0 {
                        mass += p;
                        energy += p * u;
                    }
                }
            }
        }
        between.push(mass);
    }
    let total: f64 = between.iter().sum();
    Masses { between, mean_energy: energy / total, log_scale: -support.lowest * beta }
}
