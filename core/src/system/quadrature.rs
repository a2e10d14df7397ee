//! Exact answers by quadrature, for potentials of one or two coordinates and for sums of
//! independent parts of that size.
//!
//! Along a coordinate the integrals are composite Gauss–Legendre sums whose panels end at the
//! cuts, across it trapezoidal sums over a box at whose border no weight is left: both converge
//! faster than any power of the step for smooth energies. Steps are halved until nothing changes.
//! On circles and intervals the integrals go from end to end.

use alloc::{vec, vec::Vec};

use super::slice::{Slice, Support, spread};
use super::{Coordinate, System};
use crate::num::Real;

/// Independent parts of a potential that are equal to one another:
/// U(x) = Σ over parts, Σ over copies of U_part(x at these coordinates).
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The coordinates of each copy, one or two of them.
    pub copies: Vec<Vec<usize>>,
}

/// Exact averages at one temperature.
#[non_exhaustive]
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
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct ExactProfile {
    /// Probability of each bin, out of the whole space.
    pub probability: Vec<f64>,
    /// −ln(probability/width) of each bin in kT above the lowest; infinite in bins without weight.
    pub free_energy: Vec<f64>,
}

/// Exact populations of the two states of a coordinate.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct States {
    /// Probability of state A, below the boundary.
    pub below: f64,
    /// Probability of state B, above it.
    pub above: f64,
    /// F_B − F_A = −ln(P_B/P_A) in kT.
    pub delta_f: f64,
}

/// ln Z, mean energy and entropy. `temperature` is kT.
///
/// `None` if the potential has no parts of at most two coordinates, if the integral does not
/// exist, or if it does not converge.
///
/// ```
/// use boltzflow::system::{System, quadrature};
///
/// let spring = System::closure(vec![(-6.0, 6.0)], |x, gradient| {
///     gradient[0] = x[0];
///     0.5 * x[0] * x[0]
/// })?;
/// let exact = quadrature::thermodynamics(&spring, 2.0).unwrap();
/// assert!((exact.mean_energy - 1.0).abs() < 1e-9);
/// assert!((exact.log_z - 0.5 * (2.0 * std::f64::consts::TAU).ln()).abs() < 1e-9);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[must_use]
pub fn thermodynamics(system: &System, temperature: f64) -> Option<Thermodynamics> {
    let (mut log_z, mut mean_energy, mut middle) = (0.0, 0.0, 0.0);
    for part in system.parts()? {
        let columns = part.copies.first()?.clone();
        let direction = [1.0, 0.0];
        let mut slice = Slice::new(system, columns.clone(), &direction[..columns.len()]);
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
/// `None` as for [`thermodynamics`], for a coordinate that depends on more than two coordinates, is
/// not linear or mixes lines with circles or intervals, and for edges that do not ascend.
///
/// ```
/// use boltzflow::setting::Parameters;
/// use boltzflow::system::{self, quadrature};
///
/// let system = system::build("double-well", &Parameters::new(), None)?;
/// let edges = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
/// let exact = quadrature::profile(&system, &system.coordinates()[0], 1.0, &edges).unwrap();
/// assert!((exact.probability.iter().sum::<f64>() - 1.0).abs() < 1e-3);
/// assert!(exact.free_energy.iter().all(|f| *f >= 0.0));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[must_use]
pub fn profile(
    system: &System,
    coordinate: &Coordinate,
    temperature: f64,
    edges: &[f64],
) -> Option<ExactProfile> {
    if edges.len() < 2 || !edges.windows(2).all(|e| e[0] < e[1]) {
        return None;
    }
    let (mut slice, scale) = slice_along(system, coordinate)?;
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
///
/// ```
/// use boltzflow::setting::Parameters;
/// use boltzflow::system::{self, quadrature};
///
/// let system = system::build("double-well", &Parameters::new(), None)?;
/// let exact = quadrature::states(&system, &system.coordinates()[0], 1.0).unwrap();
/// assert!((exact.below + exact.above - 1.0).abs() < 1e-9);
/// assert!((exact.delta_f + (exact.above / exact.below).ln()).abs() < 1e-9);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[must_use]
pub fn states(system: &System, coordinate: &Coordinate, temperature: f64) -> Option<States> {
    let (mut slice, scale) = slice_along(system, coordinate)?;
    let masses = integrate(&mut slice, temperature, &[coordinate.boundary / scale])?;
    let (below, above) = (masses.between[0], masses.between[1]);
    let delta_f = Real::ln(below) - Real::ln(above);
    Some(States { below: below / masses.total(), above: above / masses.total(), delta_f })
}

/// The slice whose s, times the returned scale, is the coordinate.
fn slice_along<'a>(system: &'a System, coordinate: &Coordinate) -> Option<(Slice<'a>, f64)> {
    let weights = coordinate.variable.weights().filter(|w| w.len() == system.dim())?;
    let used: Vec<usize> = (0..weights.len()).filter(|i| weights[*i] != 0.0).collect();
    let columns = join(system.parts()?, &used)?;
    let direction: Vec<f64> = columns.iter().map(|c| weights[*c]).collect();
    let scale = Real::sqrt(direction.iter().map(|w| w * w).sum::<f64>());
    Some((Slice::new(system, columns, &direction), scale))
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

/// Nodes and weights of the Gauss–Legendre rule of 4 points on [−1, 1] (Abramowitz and Stegun,
/// table 25.4).
const LEGENDRE: [(f64, f64); 4] = [
    (-0.861_136_311_594_052_6, 0.347_854_845_137_453_85),
    (-0.339_981_043_584_856_26, 0.652_145_154_862_546_1),
    (0.339_981_043_584_856_26, 0.652_145_154_862_546_1),
    (0.861_136_311_594_052_6, 0.347_854_845_137_453_85),
];
/// Largest relative change at which the last halving of steps is accepted; what is left is far
/// smaller, as the convergence is fast.
const TOLERANCE: f64 = 1e-7;
/// Masses smaller than this part of the whole may change a hundred times as much.
const RARE: f64 = 1e-9;
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
pub(super) fn integrate(slice: &mut Slice<'_>, temperature: f64, cuts: &[f64]) -> Option<Masses> {
    if temperature <= 0.0 || !temperature.is_finite() {
        return None;
    }
    let support = slice.support(temperature)?;
    let resolved = resolving_level(slice, temperature, &support)?;
    // Cuts in the far tail are honoured one box beyond its ends; no weight lies further out.
    let width = support.s.1 - support.s.0;
    let first = cuts.first().map_or(support.s.0, |cut| cut.min(support.s.0));
    let last = cuts.last().map_or(support.s.1, |cut| cut.max(support.s.1));
    let (low, high) = match support.bounded[0] {
        true => support.s,
        false => (first.max(support.s.0 - width), last.min(support.s.1 + width)),
    };
    let mut ends = vec![low];
    ends.extend(cuts.iter().map(|cut| cut.clamp(low, high)));
    ends.push(high);
    let intervals: Vec<(f64, f64)> = ends.windows(2).map(|e| (e[0], e[1])).collect();
    let mut integrals: Vec<Integral> =
        intervals.iter().map(|i| Integral::new(slice, temperature, support, *i, 0)).collect();
    let total = integrals.iter().map(|i| i.mass).sum::<f64>();
    for (integral, interval) in integrals.iter_mut().zip(&intervals) {
        let mut level = 0;
        loop {
            level += 1;
            if level > finest(slice) {
                return None;
            }
            let finer = Integral::new(slice, temperature, support, *interval, level);
            let change = (finer.mass - integral.mass).abs();
            let largest = finer.mass.max(integral.mass);
            *integral = finer;
            let tolerance = if largest < RARE * total { 100.0 * TOLERANCE } else { TOLERANCE };
            let converged = change <= tolerance * integral.mass || largest <= NEGLIGIBLE * total;
            if converged && level >= resolved {
                break;
            }
        }
    }
    let between: Vec<f64> = integrals.iter().map(|i| i.mass).collect();
    let total: f64 = between.iter().sum();
    let mean_energy = integrals.iter().map(|i| i.energy).sum::<f64>() / total;
    let log_scale = -support.lowest / temperature;
    (total > 0.0 && mean_energy.is_finite()).then_some(Masses { between, mean_energy, log_scale })
}

/// The last level of refinement that is tried.
fn finest(slice: &Slice<'_>) -> usize {
    if slice.is_line() { 10 } else { 5 }
}

/// The first level whose steps no known well is too narrow for; `None` if it would be beyond the finest: sums that do not
/// see a well converge, too.
fn resolving_level(slice: &mut Slice<'_>, temperature: f64, support: &Support) -> Option<usize> {
    let (s, t) = slice.narrowest(temperature, support);
    let seen = |level: &usize| {
        let refinement = (1_usize << level) as f64;
        let panel = (support.s.1 - support.s.0) / (32.0 * refinement);
        let step = (support.t.1 - support.t.0) / (64.0 * refinement);
        panel <= 4.0 * s && (slice.is_line() || step <= t)
    };
    (0..=finest(slice)).find(seen)
}

/// Integrals of p = exp(−(U − U_lowest)/kT) and of pU over an interval of s and all t.
struct Integral {
    mass: f64,
    energy: f64,
}

impl Integral {
    /// At a level of refinement: panels of 4 nodes along s at most 1/(32·2^level) of the box wide,
    /// 64·2^level steps along t.
    fn new(
        slice: &mut Slice<'_>,
        temperature: f64,
        support: Support,
        interval: (f64, f64),
        level: usize,
    ) -> Self {
        let refinement = (1_usize << level) as f64;
        let (ts, t_step) = if slice.is_line() {
            (vec![0.0], 1.0)
        } else {
            let steps = 64.0 * refinement;
            (spread(support.t, steps as usize + 1), (support.t.1 - support.t.0) / steps)
        };
        let length = interval.1 - interval.0;
        let widest = (support.s.1 - support.s.0) / (32.0 * refinement);
        // More at each level also where the interval is short.
        let panels = (length / widest) as usize + 1 + level;
        let half = 0.5 * length / panels as f64;
        let beta = 1.0 / temperature;
        let mut integral = Self { mass: 0.0, energy: 0.0 };
        for panel in 0..panels {
            let centre = interval.0 + half * (2 * panel + 1) as f64;
            for (node, weight) in LEGENDRE {
                let weight = weight * half * t_step;
                for (k, u) in slice.energies(centre + half * node, &ts).iter().enumerate() {
                    let mut p = weight * Real::exp(-(u - support.lowest) * beta);
                    // The ends of a circle are one point, those of an interval have half a step each.
                    if support.bounded[1] && (k == 0 || k + 1 == ts.len()) {
                        p *= 0.5;
                    }
                    // Where U is not defined there is no weight.
                    if p > 0.0 {
                        integral.mass += p;
                        integral.energy += p * u;
                    }
                }
            }
        }
        integral
    }
}
