//! The energy on a line or plane through configuration space, where quadrature works.

use alloc::{vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Space, System};
use crate::num::Real;
use crate::potential::{Potential, Scratch};

/// Depth of the tail that counts, in kT above the minimum: profiles are exact up to some 50 kT.
const TAIL: f64 = 70.0;
/// Attempts to find a box that holds all weight.
const EXTENSIONS: usize = 16;

/// A box in the frame (s, t) that holds all weight, and the lowest energy seen in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Support {
    pub(super) s: (f64, f64),
    pub(super) t: (f64, f64),
    pub(super) lowest: f64,
    /// Whether s and t end there because their coordinate does, and not because no weight is left.
    pub(super) bounded: [bool; 2],
}

/// U at x = s·e_s + t·e_t in one or two coordinates, all others fixed.
pub(super) struct Slice<'a> {
    potential: &'a dyn Potential,
    space: &'a Space,
    columns: Vec<usize>,
    frame: [[f64; 2]; 2],
    others: Vec<f64>,
    offset: f64,
    /// (s, t) of the known wells, which may be too narrow for a scan.
    wells: Vec<(f64, f64)>,
    x: DMatrix<f64>,
    energy: Vec<f64>,
    gradient: DMatrix<f64>,
    scratch: Scratch,
}

/// `n` equally spaced points from end to end.
pub(super) fn spread((low, high): (f64, f64), n: usize) -> Vec<f64> {
    let step = (high - low) / (n.max(2) - 1) as f64;
    (0..n).map(|i| low + step * i as f64).collect()
}

impl<'a> Slice<'a> {
    /// Through the middle of the domain along `columns` (1 or 2), s along `direction` (any length,
    /// one number for each column). Energies count from the middle, unless the slice is the whole space.
    pub(super) fn new(system: &'a System, columns: Vec<usize>, direction: &[f64]) -> Self {
        let norm = Real::sqrt(direction.iter().map(|w| w * w).sum::<f64>());
        let (a, b) = (direction[0] / norm, direction.get(1).map_or(0.0, |w| w / norm));
        let frame = [[a, b], [-b, a]];
        let along = |x: &[f64], e: &[f64; 2]| -> f64 {
            columns.iter().zip(e).map(|(column, e)| x[*column] * e).sum()
        };
        let known = system.wells.iter().flatten();
        let wells = known.map(|x| (along(x, &frame[0]), along(x, &frame[1]))).collect();
        let mut slice = Self {
            potential: &**system.potential(),
            space: system.space(),
            columns,
            frame,
            others: system.space().middle(),
            offset: 0.0,
            wells,
            x: DMatrix::zeros(0, 0),
            energy: Vec::new(),
            gradient: DMatrix::zeros(0, 0),
            scratch: Scratch::default(),
        };
        if slice.columns.len() < system.dim() {
            let mut gradient = slice.others.clone();
            slice.offset = slice.potential.energy_gradient(&slice.others, &mut gradient);
        }
        slice
    }

    /// The energy from which the slice counts.
    pub(super) fn offset(&self) -> f64 {
        self.offset
    }

    pub(super) fn is_line(&self) -> bool {
        self.columns.len() == 1
    }

    /// The full configuration at (s, t).
    pub(super) fn configuration(&self, s: f64, t: f64) -> Vec<f64> {
        let mut x = self.others.clone();
        for (k, column) in self.columns.iter().enumerate() {
            x[*column] = s * self.frame[0][k] + t * self.frame[1][k];
        }
        x
    }

    /// U at (s, t) for each t.
    pub(super) fn energies(&mut self, s: f64, t: &[f64]) -> &[f64] {
        let (n, dim) = (t.len(), self.others.len());
        if self.x.nrows() != n {
            self.x = DMatrix::from_fn(n, dim, |_, c| self.others[c]);
            self.gradient = DMatrix::zeros(n, dim);
            self.energy = vec![0.0; n];
        }
        for (k, column) in self.columns.iter().enumerate() {
            for (x, t) in self.x.column_mut(*column).iter_mut().zip(t) {
                *x = s * self.frame[0][k] + t * self.frame[1][k];
            }
        }
        let Self { potential, x, energy, gradient, scratch, .. } = self;
        potential.evaluate(x, energy, gradient, scratch);
        for u in energy.iter_mut() {
            *u -= self.offset;
        }
        &self.energy
    }

    /// Lengths along s and t within which U stays within kT/2 of its value at each known well that counts: a standard
    /// deviation of a harmonic one, up to a factor of 2; 0 for what is far too narrow.
    pub(super) fn narrowest(&mut self, temperature: f64, support: &Support) -> (f64, f64) {
        let Support { s, t, lowest, .. } = *support;
        let mut narrowest = (s.1 - s.0, t.1 - t.0);
        for (well_s, well_t) in self.wells.clone() {
            let u = self.energies(well_s, &[well_t])[0];
            if u > lowest + TAIL * temperature {
                continue;
            }
            let near = |u_there: &f64| u_there - u <= 0.5 * temperature;
            narrowest.0 = width(narrowest.0, |h| {
                [-h, h].iter().any(|h| near(&self.energies(well_s + h, &[well_t])[0]))
            });
            if !self.is_line() {
                let both = |h: f64| [well_t - h, well_t + h];
                narrowest.1 =
                    width(narrowest.1, |h| self.energies(well_s, &both(h)).iter().any(near));
            }
        }
        narrowest
    }

    /// The domain in this frame; whole circles and intervals.
    pub(super) fn domain(&self) -> ((f64, f64), (f64, f64)) {
        let along = |direction: [f64; 2]| {
            let mut range = (0.0, 0.0);
            for (w, column) in direction.iter().zip(&self.columns) {
                let (low, high) = self.space.range(*column);
                let ends = (w * low, w * high);
                range = (range.0 + ends.0.min(ends.1), range.1 + ends.0.max(ends.1));
            }
            range
        };
        (along(self.frame[0]), if self.is_line() { (0.0, 0.0) } else { along(self.frame[1]) })
    }

    /// The points of a coarse scan of a box.
    pub(super) fn scan_points(&self, s: (f64, f64), t: (f64, f64)) -> (Vec<f64>, Vec<f64>) {
        if self.is_line() { (spread(s, 1025), vec![0.0]) } else { (spread(s, 97), spread(t, 97)) }
    }

    /// Whether s and t run along a circle or an interval; `None` where a direction mixes these with another coordinate.
    fn bounded(&self) -> Option<[bool; 2]> {
        let along = |direction: &[f64; 2]| {
            let used = self.columns.iter().zip(direction).filter(|(_, w)| **w != 0.0);
            let used: Vec<usize> = used.map(|(column, _)| *column).collect();
            let lines = self.space.are_lines(&used);
            (lines || used.len() == 1).then_some(!lines)
        };
        let [s, t] = &self.frame;
        Some([along(s)?, !self.is_line() && along(t)?])
    }

    /// Starts from the domain, extends each side on which weight is left, then crops what holds
    /// none; circles and intervals stay whole. `None` if the weight never ends, and the integral does not exist, or where
    /// the frame is oblique to a circle or an interval.
    pub(super) fn support(&mut self, temperature: f64) -> Option<Support> {
        let bounded = self.bounded()?;
        let (mut s, mut t) = self.domain();
        for _ in 0..EXTENSIONS {
            let (ss, ts) = self.scan_points(s, t);
            let (mut low_s, mut low_t) = (vec![f64::MAX; ss.len()], vec![f64::MAX; ts.len()]);
            for (s, low_s) in ss.iter().zip(&mut low_s) {
                for (u, low_t) in self.energies(*s, &ts).iter().zip(&mut low_t) {
                    // `min` passes over NaN.
                    *low_s = low_s.min(*u);
                    *low_t = low_t.min(*u);
                }
            }
            for (well_s, well_t) in self.wells.clone() {
                let u = self.energies(well_s, &[well_t])[0];
                for (points, well, low) in [(&ss, well_s, &mut low_s), (&ts, well_t, &mut low_t)] {
                    let at = nearest(points, well);
                    low[at] = low[at].min(u);
                }
            }
            let lowest = low_s.iter().copied().fold(f64::MAX, f64::min);
            if !lowest.is_finite() || lowest == f64::MAX {
                return None;
            }
            let level = lowest + TAIL * temperature;
            let (next_s, grown_s) = if bounded[0] { (s, false) } else { fit(&ss, &low_s, level) };
            let (next_t, grown_t) =
                if self.is_line() || bounded[1] { (t, false) } else { fit(&ts, &low_t, level) };
            let halved =
                |next: (f64, f64), old: (f64, f64)| next.1 - next.0 < 0.5 * (old.1 - old.0);
            let done = !(grown_s || grown_t || halved(next_s, s) || halved(next_t, t));
            (s, t) = (next_s, next_t);
            if done {
                return Some(Support { s, t, lowest, bounded });
            }
        }
        None
    }
}

/// The widest of the lengths below `widest`, each twice the one before, up to which a well is near; 0 if none is.
fn width(widest: f64, mut is_near: impl FnMut(f64) -> bool) -> f64 {
    // From inside: further out there may be another well.
    let mut found = 0.0;
    let mut h = widest / 65_536.0;
    while h <= widest && h > 0.0 && is_near(h) {
        (found, h) = (h, 2.0 * h);
    }
    found
}

/// The equally spaced point that is closest.
fn nearest(points: &[f64], x: f64) -> usize {
    let step = (points[points.len() - 1] - points[0]) / (points.len().max(2) - 1) as f64;
    if step > 0.0 { (((x - points[0]) / step + 0.5) as usize).min(points.len() - 1) } else { 0 }
}

/// The interval in which the lowest energies lie below `level`, with a margin of two points;
/// wider by a third on a side where they still do at the end (then true).
fn fit(points: &[f64], lowest: &[f64], level: f64) -> ((f64, f64), bool) {
    let n = points.len();
    let inside = |u: &f64| *u < level;
    let first = lowest.iter().position(inside).unwrap_or(0);
    let last = lowest.iter().rposition(inside).unwrap_or(n - 1);
    let extension = (points[n - 1] - points[0]) / 3.0;
    let low = if first == 0 { points[0] - extension } else { points[first.saturating_sub(2)] };
    let high =
        if last == n - 1 { points[n - 1] + extension } else { points[(last + 2).min(n - 1)] };
    ((low, high), first == 0 || last == n - 1)
}
