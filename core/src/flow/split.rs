//! Channels of a coupling: which columns condition and which are changed.

use alloc::vec::Vec;

use nalgebra::DMatrix;

use super::Pass;
use crate::num::{Buffer, Real, Tape, sin_cos_turns};
use crate::system::Support;

/// How a coupling divides the coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SplitKind {
    /// Even against odd columns, as in the paper.
    #[default]
    EvenOdd,
    /// First half against second half.
    Halves,
    /// Whole particles: particle i lies on digit k of i, written with ⌈n^{1/space}⌉ as its base, of axis k of
    /// a board, and the two colours of a chessboard are divided. Particles numbered along a lattice
    /// have neighbours of the other colour.
    Particles,
}

crate::num::words!(SplitKind: EvenOdd = "even-odd", Halves = "halves", Particles = "particles");

/// Colour (0 or 1) of particle `i` of `n` on a board of `space` dimensions.
fn colour(i: usize, n: usize, space: usize) -> usize {
    let fits = |side: &usize| (0..space).try_fold(1, |v: usize, _| v.checked_mul(*side)) >= Some(n);
    let side = (1..).find(fits).unwrap_or(n);
    let digits = (0..space).scan(i, |rest, _| {
        let digit = *rest % side;
        *rest /= side;
        Some(digit)
    });
    digits.sum::<usize>() % 2
}

/// The coordinates that a layer changes and those that it may look at, as sets of columns.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Columns {
    /// Number of all coordinates.
    pub dim: usize,
    /// Those it changes.
    pub changed: Vec<usize>,
    /// Those that condition it: none of the changed ones, possibly none at all.
    pub condition: Vec<usize>,
    /// Dimension of space: so many of the changed coordinates in a row belong to one particle.
    pub space: usize,
    /// Where each coordinate lives; empty if all live on lines.
    pub supports: Vec<Support>,
    /// Numbers of each row that networks see beside the coordinates.
    pub context: usize,
}

impl Columns {
    /// All of `dim` coordinates that belong to no particles, without a condition.
    #[must_use]
    pub fn all(dim: usize) -> Self {
        let (changed, condition, supports) = ((0..dim).collect(), Vec::new(), Vec::new());
        Self { dim, changed, condition, space: 1, supports, context: 0 }
    }

    /// Of particles in `space` dimensions.
    #[must_use]
    pub fn in_space(self, space: usize) -> Self {
        Self { space: space.max(1), ..self }
    }

    /// Of which only some are changed, and others condition that.
    #[must_use]
    pub fn given(
        self,
        changed: impl IntoIterator<Item = usize>,
        condition: impl IntoIterator<Item = usize>,
    ) -> Self {
        let (changed, condition) = (changed.into_iter().collect(), condition.into_iter().collect());
        Self { changed, condition, ..self }
    }

    /// On circles, intervals and lines.
    #[must_use]
    pub fn on(self, supports: &[Support]) -> Self {
        Self { supports: supports.to_vec(), ..self }
    }

    /// With so many numbers of each row for the networks.
    #[must_use]
    pub fn with_context(self, context: usize) -> Self {
        Self { context, ..self }
    }
}

/// The columns that stay (and condition) and those that are changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Columns that stay as they are and condition: those of the condition first.
    pub keep: Vec<usize>,
    /// Columns that are changed.
    pub change: Vec<usize>,
    dim: usize,
    /// Period of each kept column that is a circle; empty if none is.
    periods: Vec<Option<f64>>,
    context: usize,
}

impl Split {
    /// Divides columns; `swapped` exchanges the two roles. Those of the condition always stay.
    #[must_use]
    pub fn new(kind: SplitKind, columns: &Columns, swapped: bool) -> Self {
        let Columns { dim, changed, condition, space, supports, context } = columns;
        let (n, space) = (changed.len(), (*space).max(1));
        let first = |i: usize| match kind {
            SplitKind::EvenOdd => i.is_multiple_of(2),
            SplitKind::Halves => i < n.div_ceil(2),
            SplitKind::Particles => colour(i / space, n.div_ceil(space), space) == 0,
        };
        let part = |wanted: bool| {
            let of_part = move |(i, _): &(usize, &usize)| (first(*i) != swapped) == wanted;
            changed.iter().enumerate().filter(of_part).map(|(_, column)| *column)
        };
        let keep: Vec<usize> = condition.iter().copied().chain(part(true)).collect();
        let period = |column: &usize| match supports.get(*column) {
            Some(Support::Circle { period }) => Some(*period),
            _ => None,
        };
        let mut periods: Vec<Option<f64>> = keep.iter().map(period).collect();
        if periods.iter().all(Option::is_none) {
            periods.clear();
        }
        Self { keep, change: part(false).collect(), dim: *dim, periods, context: *context }
    }

    /// Whether all changed columns live where a layer can change them.
    pub(super) fn changes_only(
        &self,
        supports: &[Support],
        can: impl Fn(&Support) -> bool,
    ) -> bool {
        self.change.iter().all(|column| supports.get(*column).is_none_or(&can))
    }

    /// Total number of columns, of which some may have neither role.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Numbers of each row of the context that networks see.
    #[must_use]
    pub fn n_context(&self) -> usize {
        self.context
    }

    /// Number of inputs of a network: one for each kept column, two for one that is a circle, and the context.
    #[must_use]
    pub fn n_inputs(&self) -> usize {
        self.keep.len() + self.periods.iter().flatten().count() + self.context
    }

    /// What networks see of a chunk (`n × inputs`): the kept columns q, of a circle with period P cos(2πq/P) and sin(2πq/P), then the context,
    /// of which columns that are not given count as 0.
    pub fn inputs<T: Real>(&self, x: &DMatrix<T>, pass: &mut Pass<'_, T>) -> Buffer<T> {
        let n = x.nrows();
        if self.periods.is_empty() && self.context == 0 {
            return Self::gather(x, &self.keep, pass.tape);
        }
        let mut out = pass.tape.take(n * self.n_inputs());
        let mut slots = out.chunks_exact_mut(n);
        for (i, c) in self.keep.iter().enumerate() {
            let column = &x.as_slice()[c * n..][..n];
            match (self.periods.get(i).copied().flatten(), slots.next()) {
                (None, Some(slot)) => slot.copy_from_slice(column),
                (Some(period), Some(cosines)) => {
                    for ((cos, sin), q) in
                        cosines.iter_mut().zip(slots.next().unwrap_or_default()).zip(column)
                    {
                        let (s, c) = sin_cos_turns(q.to_f64() / period);
                        (*cos, *sin) = (T::lit(c), T::lit(s));
                    }
                }
                (_, None) => {}
            }
        }
        let mut context = pass.context.values().chunks_exact(n);
        for slot in slots {
            match context.next() {
                Some(values) => slot.copy_from_slice(values),
                None => slot.fill(T::ZERO),
            }
        }
        out
    }

    /// Adds ∂L/∂q of the kept columns to a gradient, given the inputs and ∂L/∂inputs: of a circle
    /// (2π/P)·(cos(2πq/P)·∂L/∂sin − sin(2πq/P)·∂L/∂cos). The context has none.
    pub fn inputs_vjp<T: Real>(&self, inputs: &[T], g_inputs: &[T], g: &mut DMatrix<T>) {
        if self.periods.is_empty() {
            return Self::scatter_add(g_inputs, &self.keep, g);
        }
        let n = g.nrows();
        let mut start = 0;
        for (c, period) in self.keep.iter().zip(&self.periods) {
            let to = &mut g.as_mut_slice()[c * n..][..n];
            let (first, second) = (start..start + n, start + n..start + 2 * n);
            start = if period.is_some() { second.end } else { first.end };
            match period {
                None => to.iter_mut().zip(&g_inputs[first]).for_each(|(g, v)| *g += *v),
                Some(period) => {
                    let rate = T::lit(core::f64::consts::TAU / period);
                    let (cos, sin) = (&inputs[first.clone()], &inputs[second.clone()]);
                    let (g_cos, g_sin) = (&g_inputs[first], &g_inputs[second]);
                    for (i, to) in to.iter_mut().enumerate() {
                        *to += rate * (cos[i] * g_sin[i] - sin[i] * g_cos[i]);
                    }
                }
            }
        }
    }

    /// Copies columns into one buffer (`n × columns`).
    pub fn gather<T: Real>(x: &DMatrix<T>, columns: &[usize], tape: &mut Tape<T>) -> Buffer<T> {
        let n = x.nrows();
        let mut out = tape.take(n * columns.len());
        for (slot, c) in out.chunks_exact_mut(n).zip(columns) {
            slot.copy_from_slice(&x.as_slice()[c * n..][..n]);
        }
        out
    }

    /// Puts a buffer (`n × columns`) in the place of columns.
    pub fn scatter<T: Real>(values: &[T], columns: &[usize], x: &mut DMatrix<T>) {
        let n = x.nrows();
        for (column, c) in values.chunks_exact(n).zip(columns) {
            x.as_mut_slice()[c * n..][..n].copy_from_slice(column);
        }
    }

    /// Adds a buffer (`n × columns`) to columns.
    pub fn scatter_add<T: Real>(values: &[T], columns: &[usize], x: &mut DMatrix<T>) {
        let n = x.nrows();
        for (column, c) in values.chunks_exact(n).zip(columns) {
            for (x, v) in x.as_mut_slice()[c * n..][..n].iter_mut().zip(column) {
                *x += *v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a 6 × 6 lattice, on one of odd side and on one that is not full, no particle has a
    /// neighbour of its own colour, and its coordinates stay together.
    #[test]
    fn neighbours_on_a_lattice_have_other_colours() {
        for (n, side) in [(36, 6), (25, 5), (23, 5)] {
            let columns = Columns::all(2 * n + 4).in_space(2).given(4..2 * n + 4, 0..4);
            let split = Split::new(SplitKind::Particles, &columns, false);
            let changed = |particle: usize| {
                let [x, y] = [0, 1].map(|k| split.change.contains(&(4 + 2 * particle + k)));
                assert_eq!(x, y, "particle {particle} is torn apart");
                x
            };
            for i in 0..n {
                if (i + 1) % side != 0 && i + 1 < n {
                    assert_ne!(changed(i), changed(i + 1));
                }
                if i + side < n {
                    assert_ne!(changed(i), changed(i + side));
                }
            }
            assert_eq!(split.keep[..4], [0, 1, 2, 3]);
            assert_eq!(split.keep.len() + split.change.len(), 2 * n + 4);
            let swapped = Split::new(SplitKind::Particles, &columns, true);
            assert_eq!(swapped.keep[4..], split.change);
            assert_eq!(swapped.change, split.keep[4..]);
        }
    }
}
