//! Evaluation of a chunk in blocks of lanes: a potential is written once over [`Lanes`].

use alloc::vec::Vec;
use core::fmt::Debug;

use nalgebra::DMatrix;

use super::Potential;
use crate::num::kernel::{Body, InstructionSet};
use crate::num::{F64x8, LANES, Lanes};

/// Work memory of an evaluation; keep one per thread and nothing is allocated after the first call.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    x: Vec<F64x8>,
    gradient: Vec<F64x8>,
    /// What a body asks for.
    work: Vec<F64x8>,
    /// Coordinate of each configuration, and the derivative of a bias by it.
    pub(crate) value: Vec<f64>,
    pub(crate) slope: Vec<f64>,
    /// Of formulas.
    #[cfg(feature = "std")]
    pub(super) formula: super::formula::Memory,
}

/// The body of a potential, over lanes: what has one is a [`Potential`].
///
/// ```
/// use boltzflow::num::Lanes;
/// use boltzflow::potential::{LanePotential, Potential};
///
/// /// U = k|x|²/2
/// #[derive(Debug)]
/// struct Spring {
///     k: f64,
/// }
///
/// impl LanePotential for Spring {
///     fn dim(&self) -> usize {
///         2
///     }
///
///     #[inline(always)]
///     fn energy_gradient_lanes<L: Lanes>(&self, x: &[L], gradient: &mut [L]) -> L {
///         let k = L::splat(self.k);
///         (gradient[0], gradient[1]) = (k * x[0], k * x[1]);
///         L::splat(0.5) * (x[0] * gradient[0] + x[1] * gradient[1])
///     }
/// }
///
/// let mut gradient = [0.0; 2];
/// assert_eq!(Spring { k: 2.0 }.energy_gradient(&[1.0, 3.0], &mut gradient), 10.0);
/// assert_eq!(gradient, [2.0, 6.0]);
/// ```
pub trait LanePotential {
    /// Number of coordinates.
    fn dim(&self) -> usize;

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
        self.evaluate_lanes_on(InstructionSet::best(), x, energy, gradient, scratch);
    }

    /// [`LanePotential::evaluate_lanes`] on a given instruction set: the bits are the same on each.
    fn evaluate_lanes_on(
        &self,
        set: InstructionSet,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) where
        Self: Sized,
    {
        evaluate_in_lanes(self, set, x, energy, gradient, scratch);
    }
}

/// A body over lanes that needs work memory: each [`LanePotential`] is one that needs none.
pub trait LaneBody {
    /// Number of coordinates.
    fn dim(&self) -> usize;

    /// Numbers of each lane that the body writes on its way.
    fn work(&self) -> usize;

    /// Energy of one configuration per lane, from its `dim` coordinates; ∂U/∂x is *written* to `gradient` (`dim`); `work` ([`LaneBody::work`])
    /// holds what the last call left.
    fn energy_gradient_in<L: Lanes>(&self, x: &[L], gradient: &mut [L], work: &mut [L]) -> L;
}

impl<P: LanePotential> LaneBody for P {
    #[inline(always)]
    fn dim(&self) -> usize {
        LanePotential::dim(self)
    }

    #[inline(always)]
    fn work(&self) -> usize {
        0
    }

    #[inline(always)]
    fn energy_gradient_in<L: Lanes>(&self, x: &[L], gradient: &mut [L], _: &mut [L]) -> L {
        self.energy_gradient_lanes(x, gradient)
    }
}

/// Energies (`n`) and gradients (`n × dim`) of a chunk (`n × dim`) in blocks of [`LANES`] samples.
pub fn evaluate_in_lanes<B: LaneBody>(
    body: &B,
    set: InstructionSet,
    x: &DMatrix<f64>,
    energy: &mut [f64],
    gradient: &mut DMatrix<f64>,
    scratch: &mut Scratch,
) {
    set.run(Chunk { body, x, energy, gradient, scratch });
}

impl<P: LanePotential + Debug + Send + Sync> Potential for P {
    fn dim(&self) -> usize {
        LanePotential::dim(self)
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        self.evaluate_lanes(x, energy, gradient, scratch);
    }
}

/// The evaluation of a chunk, compiled for each instruction set.
struct Chunk<'a, B> {
    body: &'a B,
    x: &'a DMatrix<f64>,
    energy: &'a mut [f64],
    gradient: &'a mut DMatrix<f64>,
    scratch: &'a mut Scratch,
}

impl<B: LaneBody> Body for Chunk<'_, B> {
    type Output = ();

    /// The last block is filled up with copies of its last sample, so that a result does not
    /// depend on its neighbours.
    #[inline(always)]
    fn run(self) {
        let Self { body, x, energy, gradient, scratch } = self;
        let (n, dim) = x.shape();
        let zero = F64x8::splat(0.0);
        scratch.x.resize(dim, zero);
        scratch.gradient.resize(dim, zero);
        scratch.work.resize(body.work(), zero);
        for start in (0..n).step_by(LANES) {
            for (lanes, column) in scratch.x.iter_mut().zip(x.as_slice().chunks_exact(n)) {
                *lanes = load(&column[start..]);
            }
            let Scratch { x, gradient: g, work, .. } = scratch;
            let u = body.energy_gradient_in(x, g, work);
            store(u, &mut energy[start..]);
            for (lanes, column) in
                scratch.gradient.iter().zip(gradient.as_mut_slice().chunks_exact_mut(n))
            {
                store(*lanes, &mut column[start..]);
            }
        }
    }
}

/// The next samples; copies of the last one where there are fewer than [`LANES`].
#[inline(always)]
fn load(samples: &[f64]) -> F64x8 {
    if let Some(block) = samples.first_chunk() {
        return F64x8::new(*block);
    }
    let mut block = [samples[samples.len() - 1]; LANES];
    block[..samples.len()].copy_from_slice(samples);
    F64x8::new(block)
}

/// Writes as many lanes as there are samples.
#[inline(always)]
fn store(lanes: F64x8, samples: &mut [f64]) {
    match samples.first_chunk_mut() {
        Some(block) => *block = lanes.numbers(),
        None => samples.copy_from_slice(&lanes.numbers()[..samples.len()]),
    }
}
