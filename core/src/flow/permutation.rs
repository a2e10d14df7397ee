//! Fixed reordering of coordinates.

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Bijector, Build, Columns, Entry, Letter, Pass};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Real, Stream, Tape};
use crate::system::Support;

/// x_i = z_{o(i)}; log|det| = 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permutation {
    order: Vec<usize>,
    back: Vec<usize>,
}

/// How the notation asks for it.
pub(super) fn entry<T: Real>() -> Entry<T> {
    let build = Build::Layers(|_, columns, rng| {
        Ok(vec![("", Box::new(Permutation::random(columns, rng)) as _)])
    });
    let help = "random permutation, fixed by the seed";
    Entry { letter: Some(Letter { letter: 'P', help, build }), examples }
}

impl Permutation {
    /// The reordering x_i = z_{o(i)}; `order` holds each of 0..len once.
    #[must_use]
    pub fn new(order: Vec<usize>) -> Self {
        let mut back = vec![0; order.len()];
        for (i, o) in order.iter().enumerate() {
            back[*o] = i;
        }
        Self { order, back }
    }

    /// A random order of the changed columns; the others stay.
    #[must_use]
    pub fn random(columns: &Columns, rng: &mut Stream) -> Self {
        let mut order: Vec<usize> = (0..columns.dim).collect();
        let mut shuffled = columns.changed.clone();
        rng.shuffle(&mut shuffled);
        for (place, from) in columns.changed.iter().zip(shuffled) {
            order[*place] = from;
        }
        Self::new(order)
    }

    /// x_i ← x_{o(i)}.
    fn apply<T: Real>(x: &mut DMatrix<T>, order: &[usize], tape: &mut Tape<T>) {
        let n = x.nrows();
        let mut before = tape.take(x.len());
        before.copy_from_slice(x.as_slice());
        for (column, o) in x.as_mut_slice().chunks_exact_mut(n).zip(order) {
            column.copy_from_slice(&before[o * n..][..n]);
        }
        tape.recycle(before);
    }
}

impl<T: Real> Bijector<T> for Permutation {
    fn dim(&self) -> usize {
        self.order.len()
    }

    fn n_params(&self) -> usize {
        0
    }

    fn describe(&self, _prefix: &str, _layout: &mut ParamLayout) {}

    fn init(&self, _theta: &mut [T], _constants: &mut [T], _rng: &mut Stream) {}

    fn forward(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, _log_det: &mut [T]) {
        Self::apply(x, &self.order, pass.tape);
    }

    fn inverse(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, _log_det: &mut [T]) {
        Self::apply(x, &self.back, pass.tape);
    }

    // ∂L/∂z_{o(i)} = ∂L/∂x_i: the inverse reordering.
    fn forward_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        _g_theta: Accumulator<'_, T>,
    ) {
        Self::apply(g, &self.back, pass.tape);
    }

    fn inverse_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        _g_theta: Accumulator<'_, T>,
    ) {
        Self::apply(g, &self.order, pass.tape);
    }

    fn has_constant_jacobian(&self) -> bool {
        true
    }

    fn keeps(&self, supports: &[Support]) -> bool {
        self.order.iter().zip(supports).all(|(from, support)| supports[*from] == *support)
    }
}

/// Examples for the contract tests.
fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    vec![
        ("cycle", Box::new(Permutation::new(vec![2, 0, 1])) as Box<dyn Bijector<T>>),
        ("swap of 5", Box::new(Permutation::new(vec![2, 3, 4, 0, 1]))),
    ]
}
