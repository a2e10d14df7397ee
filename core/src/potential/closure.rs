//! A potential made of a closure: the user's own energy.

use alloc::{boxed::Box, vec};
use core::fmt;

use nalgebra::DMatrix;

use super::{Potential, Scratch};

type Energy = dyn Fn(&[f64], &mut [f64]) -> f64 + Send + Sync;

/// A potential from `f(x, gradient) -> U`: `x` has `dim` numbers, f writes ∂U/∂x to `gradient`
/// (`dim`) and returns U in units of the caller's choice. [`crate::system::System::closure`] makes a system of it.
pub struct Closure {
    dim: usize,
    energy: Box<Energy>,
}

impl fmt::Debug for Closure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closure").field("dim", &self.dim).finish_non_exhaustive()
    }
}

impl Closure {
    /// The energy of `dim` coordinates.
    pub fn new(
        dim: usize,
        energy: impl Fn(&[f64], &mut [f64]) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self { dim, energy: Box::new(energy) }
    }
}

impl Potential for Closure {
    fn dim(&self) -> usize {
        self.dim
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        _: &mut Scratch,
    ) {
        let (mut point, mut slope) = (vec![0.0; self.dim], vec![0.0; self.dim]);
        for (i, u) in energy.iter_mut().enumerate() {
            point.iter_mut().zip(x.row(i).iter()).for_each(|(p, x)| *p = *x);
            *u = (self.energy)(&point, &mut slope);
            gradient.row_mut(i).iter_mut().zip(&slope).for_each(|(g, s)| *g = *s);
        }
    }
}
