//! The wells of a system and how much weight each holds: the reference for coverage.

use alloc::{vec, vec::Vec};

use super::System;
use super::quadrature::{Part, integrate, join};
use super::slice::{Slice, spread};
use crate::num::{Real, Stream};

/// More wells than this are not listed (a many-well has 2^(dim/2)); use its coordinates instead.
const MOST_WELLS: usize = 64;
/// Points of the grid in each direction on which weight is assigned to wells of a plane.
const GRID: usize = 257;

/// The independent parts of a potential, each with the minima of its first copy. `None` if U has no
/// such parts, or one of them no minimum within the domain.
fn parts_with_minima(system: &System) -> Option<Vec<(Part, Vec<Vec<f64>>)>> {
    let with_minima = |part: Part| {
        let minima = minima_of_part(system, part.copies.first()?);
        (!minima.is_empty()).then_some((part, minima))
    };
    system.parts()?.iter().cloned().map(with_minima).collect()
}

/// Puts one copy of a part into a minimum that was found for its first copy.
fn place(well: &mut [f64], part: &Part, copy: &[usize], minimum: &[f64]) {
    for (to, from) in copy.iter().zip(&part.copies[0]) {
        well[*to] = minimum[*from];
    }
}

/// The minima of U within the domain: see [`System::wells`].
pub(super) fn minima(system: &System) -> Vec<Vec<f64>> {
    let Some(parts) = parts_with_minima(system) else { return Vec::new() };
    let mut wells = vec![vec![0.0; system.dim()]];
    for (part, minima) in &parts {
        for copy in &part.copies {
            if wells.len() * minima.len() > MOST_WELLS {
                return Vec::new();
            }
            let placed = |(well, minimum): (&Vec<f64>, &Vec<f64>)| {
                let mut well = well.clone();
                place(&mut well, part, copy, minimum);
                well
            };
            wells =
                wells.iter().flat_map(|w| minima.iter().map(move |m| (w, m))).map(placed).collect();
        }
    }
    wells
}

/// `n` wells, each copy of each part in a minimum drawn with probability ∝ e^(−U/kT) of its energy;
/// `None` where they are not known.
pub(super) fn random_minima(
    system: &System,
    n: usize,
    temperature: f64,
    rng: &mut Stream,
) -> Option<Vec<Vec<f64>>> {
    let mut gradient = vec![0.0; system.dim()];
    let mut energy = |x: &Vec<f64>| system.potential().energy_gradient(x, &mut gradient);
    let mut parts = Vec::new();
    for (part, minima) in parts_with_minima(system)? {
        let energies: Vec<f64> = minima.iter().map(&mut energy).collect();
        let lowest = energies.iter().copied().fold(f64::INFINITY, f64::min);
        let weights: Vec<f64> =
            energies.iter().map(|u| Real::exp(-(u - lowest) / temperature)).collect();
        parts.push((part, minima, weights));
    }
    let mut draw = || {
        let mut well = vec![0.0; system.dim()];
        for (part, minima, weights) in &parts {
            for copy in &part.copies {
                let mut rest = rng.uniform() * weights.iter().sum::<f64>();
                let passed = |w: &f64| {
                    rest -= w;
                    rest < 0.0
                };
                let chosen = weights.iter().position(passed).unwrap_or(minima.len() - 1);
                place(&mut well, part, copy, &minima[chosen]);
            }
        }
        well
    };
    Some((0..n).map(|_| draw()).collect())
}

/// The exact share of each well: the probability that it is the nearest one. `temperature` is kT;
/// accurate to about 10⁻³, to 10⁻⁸ where the wells lie on a line.
///
/// `None` where wells differ in more than two coordinates, in one that does not live on a line, or have not the length of a configuration,
/// or U has no exact answers.
///
/// ```
/// use boltzflow::setting::Parameters;
/// use boltzflow::system::{self, well_probabilities};
///
/// let system = system::build("double-well", &Parameters::new(), None)?;
/// let shares = well_probabilities(&system, &system.wells(), 1.0).unwrap();
/// assert_eq!(shares.len(), 2);
/// assert!((shares[0] + shares[1] - 1.0).abs() < 1e-6);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[must_use]
pub fn well_probabilities(
    system: &System,
    wells: &[Vec<f64>],
    temperature: f64,
) -> Option<Vec<f64>> {
    let first = wells.first()?;
    if wells.iter().any(|well| well.len() != system.dim()) {
        return None;
    }
    if wells.len() == 1 {
        return Some(vec![1.0]);
    }
    let differs = |i: &usize| wells.iter().any(|w| (w[*i] - first[*i]).abs() > 1e-6);
    let used: Vec<usize> = (0..system.dim()).filter(differs).collect();
    let columns = join(system.parts()?, &used)?;
    // Of what is nearest on a circle, lines know nothing.
    if !system.space().are_lines(&columns) {
        return None;
    }
    let direction = [1.0, 0.0];
    let mut slice = Slice::new(system, columns.clone(), &direction[..columns.len()]);
    if slice.is_line() {
        let mut order: Vec<usize> = (0..wells.len()).collect();
        let place = |i: usize| wells[i][columns[0]];
        order.sort_by(|a, b| place(*a).total_cmp(&place(*b)));
        let cuts: Vec<f64> = order.windows(2).map(|w| 0.5 * (place(w[0]) + place(w[1]))).collect();
        let masses = integrate(&mut slice, temperature, &cuts)?;
        let mut shares = vec![0.0; wells.len()];
        for (i, mass) in order.iter().zip(&masses.between) {
            shares[*i] = mass / masses.total();
        }
        return Some(shares);
    }
    let support = slice.support(temperature)?;
    let ts = spread(support.t, GRID);
    let mut shares = vec![0.0; wells.len()];
    for s in spread(support.s, GRID) {
        for (u, t) in slice.energies(s, &ts).iter().zip(&ts) {
            let p = crate::num::Real::exp(-(u - support.lowest) / temperature);
            if p > 1e-12 {
                let distance = |w: &Vec<f64>| {
                    (w[columns[0]] - s) * (w[columns[0]] - s)
                        + (w[columns[1]] - t) * (w[columns[1]] - t)
                };
                let nearest = (0..wells.len())
                    .min_by(|a, b| distance(&wells[*a]).total_cmp(&distance(&wells[*b])))?;
                shares[nearest] += p;
            }
        }
    }
    let total: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= total);
    Some(shares)
}

/// Minima of U along the coordinates of a part, all others fixed; as full configurations. None are looked for on circles and intervals,
/// where one may lie at an end.
fn minima_of_part(system: &System, columns: &[usize]) -> Vec<Vec<f64>> {
    if !system.space().are_lines(columns) {
        return Vec::new();
    }
    let direction = [1.0, 0.0];
    let mut slice = Slice::new(system, columns.to_vec(), &direction[..columns.len()]);
    let (s, t) = slice.domain();
    let (ss, ts) = slice.scan_points(s, t);
    let rows: Vec<Vec<f64>> = ss.iter().map(|s| slice.energies(*s, &ts).to_vec()).collect();
    let mut minima = Vec::new();
    for i in 1..ss.len() - 1 {
        for j in 0..ts.len() {
            let lowest_around = neighbours(&rows, i, j)
                .all(|(before, u)| rows[i][j] < u || (rows[i][j] == u && before));
            let inside = slice.is_line() || (j > 0 && j + 1 < ts.len());
            if inside && lowest_around {
                minima.push(descend(system, columns, slice.configuration(ss[i], ts[j])));
            }
        }
    }
    minima
}

/// Energies around a point of the grid; true for those that come later, so that of two equal
/// neighbours one counts as the lower.
fn neighbours(rows: &[Vec<f64>], i: usize, j: usize) -> impl Iterator<Item = (bool, f64)> + '_ {
    let columns = j.saturating_sub(1)..(j + 2).min(rows[0].len());
    (i - 1..i + 2)
        .flat_map(move |k| columns.clone().map(move |l| (k, l)))
        .filter(move |place| *place != (i, j))
        .map(move |(k, l)| ((k, l) > (i, j), rows[k][l]))
}

/// Newton's method from a point next to a minimum; stops where U no longer falls.
fn descend(system: &System, columns: &[usize], mut x: Vec<f64>) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let mut g = x.clone();
    let mut energy = system.potential().energy_gradient(&x, &mut g);
    for _ in 0..20 {
        // H_ij = ∂g_j/∂x_i by central differences.
        let mut hessian = [[1.0, 0.0], [0.0, 1.0]];
        let (mut up, mut down) = (x.clone(), x.clone());
        for (i, c) in columns.iter().enumerate() {
            let at = x[*c];
            x[*c] = at + STEP;
            system.potential().energy_gradient(&x, &mut up);
            x[*c] = at - STEP;
            system.potential().energy_gradient(&x, &mut down);
            x[*c] = at;
            for (j, d) in columns.iter().enumerate() {
                hessian[i][j] = (up[*d] - down[*d]) / (2.0 * STEP);
            }
        }
        // x ← x − H⁻¹g
        let slope = [g[columns[0]], columns.get(1).map_or(0.0, |c| g[*c])];
        let [[a, b], [c, d]] = hessian;
        let determinant = a * d - b * c;
        let step = [
            (d * slope[0] - b * slope[1]) / determinant,
            (a * slope[1] - c * slope[0]) / determinant,
        ];
        let mut next = x.clone();
        columns.iter().zip(step).for_each(|(c, step)| next[*c] -= step);
        let lower = system.potential().energy_gradient(&next, &mut g);
        if lower < energy {
            (x, energy) = (next, lower);
        } else {
            break;
        }
    }
    x
}
