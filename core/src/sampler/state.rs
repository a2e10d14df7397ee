//! What walkers remember between steps.

use alloc::{format, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Info, Points, Region, Target, Work};
use crate::num::{Error, LANES, Real, Result, Stream};

/// The configurations of `n` walkers with their energies, and those of their proposals; a chain has one walker.
///
/// Walkers advance side by side: their configurations are the rows of a chunk, which is evaluated in
/// place. A step allocates nothing, and a walker does the same whatever the others do.
///
/// ```
/// # fn main() -> boltzflow::num::Result<()> {
/// use boltzflow::nalgebra::DMatrix;
/// use boltzflow::num::{Purpose, Stream};
/// use boltzflow::sampler::{Info, Kernel, Mala, State, Within};
/// use boltzflow::setting::Parameters;
/// use boltzflow::system::{ReducedPotential, build};
///
/// // Three walkers that stay on the right side of the double well.
/// let u = ReducedPotential::new(build("double-well", &Parameters::new(), None)?, 1.0)?;
/// let right = |x: &[f64]| x[0] > 0.0;
/// let target = Within { target: &u, region: Some(&right) };
/// let mut state = State::new(&target, DMatrix::from_element(3, u.dim(), 1.0))?;
/// let mut streams: Vec<Stream> =
///     (0..3).map(|i| Stream::new(0, Purpose::Sampler, 0, i)).collect();
/// let mut info = [Info::default(); 3];
/// for _ in 0..100 {
///     Mala { step_size: 0.3 }.step(&target, &mut state, &mut streams, &mut info);
/// }
/// assert!(state.x().column(0).iter().all(|x| *x > 0.0));
/// assert_eq!(state.evaluations(), 3 * 101);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) current: Points,
    pub(crate) proposal: Points,
    /// Noise or momentum of the proposals (`n × dim`).
    pub(super) noise: DMatrix<f64>,
    /// Length of a walker's steps in units of the kernel's (`n`).
    pub(super) scale: Vec<f64>,
    pub(crate) step: Step,
    /// Walkers that stay where they are (`n`).
    resting: Vec<bool>,
    /// One configuration (`dim`), for the region.
    row: Vec<f64>,
    evaluations: u64,
    work: Work,
}

/// Numbers of each walker during a step (`n` each).
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Its length.
    pub(super) length: Vec<f64>,
    /// A sum over coordinates.
    pub(super) sum: Vec<f64>,
    /// u, or H of HMC, at its start.
    pub(super) start: Vec<f64>,
    /// Logarithm of the acceptance ratio.
    pub(crate) log_ratio: Vec<f64>,
    /// Energy or gradient was not finite, or exploded.
    pub(crate) diverged: Vec<bool>,
}

impl State {
    /// Walkers at the rows of `x` (`n × dim`); costs one evaluation each.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] if `x` does not fit the target, [`Error::InvalidData`] if the energy
    /// or gradient of a row is not finite.
    pub fn new(target: &dyn Target, x: DMatrix<f64>) -> Result<Self> {
        let (dim, what) = (x.ncols(), "start of a chain");
        if dim != target.dim() {
            return Err(Error::DimensionMismatch { what, expected: target.dim(), found: dim });
        }
        let mut state = Self::entering(target, x);
        state.step.mark_divergences(&state.current);
        if let Some(i) = state.step.diverged.iter().position(|d| *d) {
            let u = state.current.u[i];
            let problem = format!("energy or gradient is not finite there (u = {u})");
            return Err(Error::data(what, problem));
        }
        Ok(state)
    }

    /// As [`State::new`] for rows that fit the target, whatever their energies: who enters says which of them rest.
    pub(crate) fn entering(target: &dyn Target, x: DMatrix<f64>) -> Self {
        let (n, dim) = x.shape();
        let points = Points::new(x, target);
        let zeros = vec![0.0; n];
        let step = Step {
            length: zeros.clone(),
            sum: zeros.clone(),
            start: zeros.clone(),
            log_ratio: zeros,
            diverged: vec![false; n],
        };
        let mut state = Self {
            noise: DMatrix::zeros(n, dim),
            scale: vec![1.0; n],
            current: points.clone(),
            proposal: points,
            step,
            resting: vec![false; n],
            row: vec![0.0; dim],
            evaluations: 0,
            work: Work::default(),
        };
        state.refresh(target);
        state
    }

    /// Number of walkers.
    #[must_use]
    pub fn walkers(&self) -> usize {
        self.current.u.len()
    }

    /// The configurations (`n × dim`).
    #[must_use]
    pub fn x(&self) -> &DMatrix<f64> {
        &self.current.x
    }

    /// Their reduced energies u (`n`).
    #[must_use]
    pub fn u(&self) -> &[f64] {
        &self.current.u
    }

    /// ∂u/∂x (`n × dim`); of no meaning where the kernel needs none and the target is asked for none.
    #[must_use]
    pub fn gradient(&self) -> &DMatrix<f64> {
        &self.current.gradient
    }

    /// Configurations, energies, gradients, and what these are made of.
    #[must_use]
    pub fn points(&self) -> &Points {
        &self.current
    }

    /// Energy evaluations of all walkers since the start, the first one and those of rejected proposals
    /// included.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// Configurations sent through a flow since the start, where the target has one.
    #[must_use]
    pub fn flow_evaluations(&self) -> u64 {
        self.work.flow_evaluations()
    }

    /// Whether walker `i` stays where it is, whatever the kernel proposes.
    pub fn set_resting(&mut self, i: usize, resting: bool) {
        self.resting[i] = resting;
    }

    /// Takes over a target that is made of the same parts in another way: nothing is evaluated.
    pub fn recombine(&mut self, target: &dyn Target) {
        target.combine(&mut self.current);
    }

    /// Evaluates the current configurations, at one evaluation each.
    pub fn refresh(&mut self, target: &dyn Target) {
        target.evaluate(&mut self.current, true, &mut self.work);
        self.evaluations += self.current.len() as u64;
    }

    /// Begins a step of length `length(i)` times its scale for walker i, from its current configuration.
    pub(super) fn begin(&mut self, mut length: impl FnMut(usize) -> f64) {
        for (i, (to, scale)) in self.step.length.iter_mut().zip(&self.scale).enumerate() {
            *to = length(i) * scale;
        }
        self.step.diverged.fill(false);
        self.proposal.x.as_mut_slice().copy_from_slice(self.current.x.as_slice());
    }

    /// Fills the noise with standard normals, each walker's from its own stream. A few walkers at a time, so that
    /// what is written lies side by side.
    pub(super) fn draw_noise(&mut self, rng: &mut [Stream]) {
        let n = rng.len();
        for (first, rng) in (0..n).step_by(LANES).zip(rng.chunks_mut(LANES)) {
            for column in self.noise.as_mut_slice().chunks_exact_mut(n) {
                column[first..].iter_mut().zip(rng.iter_mut()).for_each(|(v, r)| *v = r.normal());
            }
        }
    }

    /// Sets each walker's sum to that of the squares of its noise.
    pub(super) fn sum_squares_of_noise(&mut self) {
        self.step.sum.fill(0.0);
        for column in self.noise.as_slice().chunks_exact(self.step.sum.len()) {
            for (sum, v) in self.step.sum.iter_mut().zip(column) {
                *sum += v * v;
            }
        }
    }

    /// Energies and gradients of all proposals.
    pub(crate) fn evaluate_proposals(&mut self, target: &dyn Target) {
        self.evaluate(target, true);
    }

    /// Energies of all proposals, for a kernel that looks at no gradient.
    pub(super) fn evaluate_energies(&mut self, target: &dyn Target) {
        self.evaluate(target, false);
    }

    fn evaluate(&mut self, target: &dyn Target, gradient: bool) {
        target.evaluate(&mut self.proposal, gradient, &mut self.work);
        self.evaluations += self.proposal.len() as u64;
    }

    /// Marks the walkers whose proposal has an energy or a gradient that is not finite.
    pub(super) fn mark_divergences(&mut self) {
        self.step.mark_divergences(&self.proposal);
    }

    /// Gives the trajectory of walker `i` up: it is refused, and goes on at its start, where energies are finite, without
    /// momentum.
    pub(super) fn stop(&mut self, i: usize) {
        self.step.diverged[i] = true;
        self.step.length[i] = 0.0;
        self.proposal.copy_row(i, &self.current, i);
        self.noise.row_mut(i).fill(0.0);
    }

    /// Accepts each proposal with probability min(1, e^log_ratio), never if it diverged, lies outside of the target's region, or
    /// its walker rests. One uniform number is drawn in any case, so that a stream does not depend on the outcome.
    pub(crate) fn decide(
        &mut self,
        target: &dyn Target,
        evaluations: u64,
        rng: &mut [Stream],
        info: &mut [Info],
    ) {
        for (i, (rng, info)) in rng.iter_mut().zip(info).enumerate() {
            let (log_ratio, diverged) = (self.step.log_ratio[i], self.step.diverged[i]);
            let uniform = rng.uniform();
            let possible = !diverged && !log_ratio.is_nan() && !self.resting[i];
            let possible = possible && target.region().is_none_or(|region| self.lies_in(region, i));
            let acceptance_probability = if possible { Real::exp(log_ratio.min(0.0)) } else { 0.0 };
            let accepted = uniform < acceptance_probability;
            if accepted {
                self.current.copy_row(i, &self.proposal, i);
            }
            *info = Info { accepted, acceptance_probability, evaluations, diverged };
        }
    }

    /// True if proposal `i` lies in a region.
    fn lies_in(&mut self, region: Region<'_>, i: usize) -> bool {
        let (x, n) = (self.proposal.x.as_slice(), self.proposal.len());
        self.row.iter_mut().zip(x[i..].iter().step_by(n)).for_each(|(to, from)| *to = *from);
        region(&self.row)
    }
}

impl Step {
    fn mark_divergences(&mut self, points: &Points) {
        let Self { sum, diverged, .. } = self;
        // 0·v is 0, or NaN if v is not finite.
        sum.iter_mut().zip(&points.u).for_each(|(sum, u)| *sum = 0.0 * u);
        for column in points.gradient.as_slice().chunks_exact(sum.len()) {
            sum.iter_mut().zip(column).for_each(|(sum, g)| *sum += 0.0 * g);
        }
        diverged.iter_mut().zip(sum).for_each(|(d, sum)| *d |= sum.is_nan());
    }
}

/// to ← to + c·fᵢ·from for each walker i (`n × dim`; f: `n`).
pub(super) fn add_scaled(to: &mut DMatrix<f64>, c: f64, f: &[f64], from: &DMatrix<f64>) {
    let columns = to.as_mut_slice().chunks_exact_mut(f.len());
    for (to, from) in columns.zip(from.as_slice().chunks_exact(f.len())) {
        for ((to, from), f) in to.iter_mut().zip(from).zip(f) {
            *to += c * f * from;
        }
    }
}
