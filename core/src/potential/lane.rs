//! Evaluation of a chunk in blocks of lanes: a potential is written once over [`Lanes`].

use alloc::vec::Vec;

use nalgebra::DMatrix;

use crate::num::kernel::{Body, InstructionSet};
use crate::num::{F64x8, LANES, Lanes};

/// Work memory of an evaluation; keep one per thread and nothing is allocated after the first call.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    x: Vec<F64x8>,
    gradient: Vec<F64x8>,
}

/// The body of a potential, over lanes.
pub trait LanePotential {
    /// Energy of one configuration per lane, from its `dim` coordinates; ∂U/∂x is *written* to `gradient` (`dim`).
    /// `#[inline(always)]` lets [`LanePotential::evaluate_lanes`] compile it for each instruction set.
    fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L;

    /// Evaluates a chunk in blocks of [`LANES`] samples, on the widest vectors this machine has.
    fn evaluate_lanes(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) where
        Self: Sized,
    {
        InstructionSet::best().run(Chunk { potential: self, x, energy, gradient, scratch });
    }
}

/// The evaluation of a chunk, compiled for each instruction set.
struct Chunk<'a, P> {
    potential: &'a P,
    x: &'a DMatrix<f64>,
    energy: &'a mut [f64],
    gradient: &'a mut DMatrix<f64>,
    scratch: &'a mut Scratch,
}

impl<P: LanePotential> Body for Chunk<'_, P> {
    type Output = ();

    /// The last block is filled up with copies of its last sample, so that a result does not
    /// depend on its neighbours.
    #[inline(always)]
    fn run(self) {
        let Self { potential, x, energy, gradient, scratch } = self;
        let (n, dim) = x.shape();
        let zero = F64x8::splat(0.0);
        scratch.x.resize(dim, zero);
        scratch.gradient.resize(dim, zero);
        for start in (0..n).step_by(LANES) {
            let rows = LANES.min(n - start);
            for (lanes, column) in scratch.x.iter_mut().zip(x.as_slice().chunks_exact(n)) {
                lanes.0 = [column[start + rows - 1]; LANES];
                lanes.0[..rows].copy_from_slice(&column[start..start + rows]);
            }
            let u = potential.energy_gradient_lanes(&scratch.x, &mut scratch.gradient);
            energy[start..start + rows].copy_from_slice(&u.0[..rows]);
            for (lanes, column) in
                scratch.gradient.iter().zip(gradient.as_mut_slice().chunks_exact_mut(n))
            {
                column[start..start + rows].copy_from_slice(&lanes.0[..rows]);
            }
        }
    }
}
