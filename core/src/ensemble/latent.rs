//! Metropolis moves in latent space, and flow proposals.

use alloc::{vec, vec::Vec};

use nalgebra::DMatrix;

use super::block::{Block, Path, inside};
use super::{BLOCK, Move, MoveReport, Region};
use crate::flow::Bijector;
use crate::generator::BoltzmannGenerator;
use crate::num::{Error, Executor, Purpose, Real, Result, Stream, Tape};
use crate::potential::Scratch;

/// A move x → x' = F(z') of the whole configuration, z = F⁻¹(x).
///
/// In latent space the target is π_Z(z) ∝ e^(−u(F(z)))·|det ∂x/∂z|; z' is accepted with probability
/// min(1, π_Z(z')g(z|z')/π_Z(z)g(z'|z)), which leaves e^(−u) unchanged for any flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LatentMove {
    /// z' = z + σ√τ·ξ with the variance τ of the prior ([`crate::prior::Prior::step`]): small steps in z are moves along what the flow has learnt.
    Walk {
        /// σ.
        sigma: f64,
    },
    /// z' drawn from the prior, whatever z: accepted with min(1, w(x')/w(x)), w the weights of plain reweighting
    /// (Metropolised independence sampling; Liu, Statistics and Computing 6, 113, 1996).
    Independent,
}

/// Configurations that move side by side, each a Markov chain of its own on e^(−u).
#[derive(Debug)]
pub struct Ensemble<T: Real> {
    walkers: Vec<Walkers<T>>,
    n: usize,
    seed: u64,
    round: u64,
}

/// One block.
#[derive(Debug)]
struct Walkers<T: Real> {
    block: Block<T>,
    /// Which configurations were moved by the last latent move.
    moved: Vec<bool>,
    z: DMatrix<T>,
    x: DMatrix<T>,
    wide: DMatrix<f64>,
    gradient: DMatrix<f64>,
    u: Vec<f64>,
    log_det: Vec<T>,
    /// ln π_Z(z) − ln g(z) of the current configurations.
    current: Vec<f64>,
    /// ln g(z).
    log_g: Vec<f64>,
    row: Vec<f64>,
    scratch: Scratch,
    tape: Tape<T>,
}

impl<T: Real> Ensemble<T> {
    /// Starts at configurations `x` (`n × dim`); costs n evaluations.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] if they do not fit the generator, [`Error::InvalidData`] if there are none or the energy of one is not finite.
    pub fn new(
        generator: &BoltzmannGenerator<T>,
        x: &DMatrix<f64>,
        seed: u64,
        executor: &impl Executor,
    ) -> Result<Self> {
        let (n, dim) = x.shape();
        if dim != generator.target.dim() {
            let (expected, found) = (generator.target.dim(), dim);
            return Err(Error::DimensionMismatch { what: "configurations", expected, found });
        }
        if n == 0 {
            return Err(Error::data("configurations", "there are none"));
        }
        let mut walkers: Vec<Walkers<T>> = (0..n.div_ceil(BLOCK))
            .map(|c| Walkers::new(c as u64, BLOCK.min(n - c * BLOCK), dim))
            .collect();
        let path = target(generator, None);
        executor.for_each(&mut walkers, |w| {
            let x = x.rows(w.block.index as usize * BLOCK, w.block.len()).into_owned();
            w.block.enter(&path, x);
        });
        let mut ensemble = Self { walkers, n, seed, round: 0 };
        if let Some(i) = (0..n).find(|i| ensemble.at(*i).0.block.is_undefined(*i % BLOCK)) {
            return Err(Error::data(
                "configurations",
                alloc::format!("the energy of number {i} is not finite"),
            ));
        }
        Ok(ensemble)
    }

    fn at(&mut self, i: usize) -> (&mut Walkers<T>, usize) {
        (&mut self.walkers[i / BLOCK], i % BLOCK)
    }

    /// Number of configurations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n
    }

    /// Never true.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Copies configuration `i` to `x` (`dim`) and gives its reduced energy.
    pub fn get(&self, i: usize, x: &mut [f64]) -> f64 {
        let points = &self.walkers[i / BLOCK].block.current;
        for (value, k) in x.iter_mut().zip(0..) {
            *value = points.x[(i % BLOCK, k)];
        }
        points.u[i % BLOCK]
    }

    /// Puts a configuration `x` (`dim`), whose reduced energy is `u`, in place of number `i`. Before local moves
    /// [`Ensemble::refresh`] finds its gradient.
    pub fn put(&mut self, i: usize, x: &[f64], u: f64) {
        let (walkers, row) = self.at(i);
        for (k, value) in x.iter().enumerate() {
            walkers.block.current.x[(row, k)] = *value;
        }
        walkers.block.current.u[row] = u;
    }

    /// True if the last latent move of configuration `i` was accepted.
    #[must_use]
    pub fn moved(&self, i: usize) -> bool {
        self.walkers[i / BLOCK].moved[i % BLOCK]
    }

    /// Evaluates all configurations anew, at one evaluation each.
    pub fn refresh(
        &mut self,
        generator: &BoltzmannGenerator<T>,
        executor: &impl Executor,
    ) -> MoveReport {
        let path = target(generator, None);
        self.round(executor, |w, _| {
            w.block.refresh(&path);
            let energy_evaluations = w.block.len() as u64;
            MoveReport { energy_evaluations, ..MoveReport::default() }
        })
    }

    /// One local move of every configuration by a kernel with a fixed step size.
    pub fn local(
        &mut self,
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        kernel: &Move,
        step_size: f64,
        executor: &impl Executor,
    ) -> MoveReport {
        let path = target(generator, region);
        self.round(executor, |w, rng| {
            w.block.advance(&path, kernel, step_size, rng);
            w.block.cost(kernel, path.b)
        })
    }

    /// One latent move of every configuration.
    pub fn latent(
        &mut self,
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        proposal: LatentMove,
        executor: &impl Executor,
    ) -> MoveReport {
        self.round(executor, |w, rng| {
            w.advance(generator, region, proposal, rng);
            let n = w.block.len() as u64;
            MoveReport { energy_evaluations: n, flow_evaluations: 2 * n, ..MoveReport::default() }
        })
    }

    fn round(
        &mut self,
        executor: &impl Executor,
        work: impl Fn(&mut Walkers<T>, &mut Stream) -> MoveReport + Sync,
    ) -> MoveReport {
        let (seed, round) = (self.seed, self.round);
        let mut jobs: Vec<_> =
            self.walkers.iter_mut().map(|w| (w, MoveReport::default())).collect();
        executor.for_each(&mut jobs, |(w, report)| {
            let mut rng = Stream::new(seed, Purpose::Ensemble, round, w.block.index);
            *report = work(w, &mut rng);
        });
        self.round += 1;
        let mut total = MoveReport::default();
        for (w, report) in jobs {
            total.acceptance += w.block.accepted / self.n as f64;
            total.energy_evaluations += report.energy_evaluations;
            total.flow_evaluations += report.flow_evaluations;
        }
        total
    }
}

/// The target alone: the end of the path.
fn target<'a, T: Real>(
    generator: &'a BoltzmannGenerator<T>,
    region: Option<Region<'a>>,
) -> Path<'a, T> {
    Path { generator, region, b: 1.0 }
}

impl<T: Real> Walkers<T> {
    fn new(index: u64, n: usize, dim: usize) -> Self {
        let (zero, narrow) = (DMatrix::zeros(n, dim), DMatrix::from_element(n, dim, T::ZERO));
        Self {
            block: Block::new(index, n, dim),
            moved: vec![false; n],
            z: narrow.clone(),
            x: narrow,
            wide: zero.clone(),
            gradient: zero,
            u: vec![0.0; n],
            log_det: vec![T::ZERO; n],
            current: vec![0.0; n],
            log_g: vec![0.0; n],
            row: vec![0.0; dim],
            scratch: Scratch::default(),
            tape: Tape::off(),
        }
    }

    fn advance(
        &mut self,
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        proposal: LatentMove,
        rng: &mut Stream,
    ) {
        let BoltzmannGenerator { flow, prior, target, .. } = generator;
        let n = self.moved.len();
        for (z, x) in self.z.iter_mut().zip(&self.block.current.x) {
            *z = T::lit(*x);
        }
        self.log_det.fill(T::ZERO);
        flow.inverse(&mut generator.pass(&mut self.tape), &mut self.z, &mut self.log_det);
        // ln g(z'|z) is the prior's density for independent proposals, and symmetric for a walk.
        let log_g = |z: &DMatrix<T>, log_g: &mut [f64]| match proposal {
            LatentMove::Walk { .. } => log_g.fill(0.0),
            LatentMove::Independent => prior.log_density(z, log_g),
        };
        log_g(&self.z, &mut self.log_g);
        for i in 0..n {
            // ln π_Z(z) = −u(x) − log|det ∂z/∂x|
            self.current[i] = -self.block.current.u[i] - self.log_det[i].to_f64() - self.log_g[i];
        }
        match proposal {
            LatentMove::Walk { sigma } => prior.step(&mut self.z, sigma, rng),
            LatentMove::Independent => prior.sample(&mut self.z, rng),
        }
        log_g(&self.z, &mut self.log_g);
        self.x.copy_from(&self.z);
        self.log_det.fill(T::ZERO);
        flow.forward(&mut generator.pass(&mut self.tape), &mut self.x, &mut self.log_det);
        for (wide, x) in self.wide.iter_mut().zip(&self.x) {
            *wide = x.to_f64();
        }
        target.evaluate(&self.wide, &mut self.u, &mut self.gradient, &mut self.scratch);
        self.block.accepted = 0.0;
        for i in 0..n {
            let uniform = rng.uniform();
            // ln π_Z(z') = −u(x') + log|det ∂x/∂z|
            let log_ratio = -self.u[i] + self.log_det[i].to_f64() - self.log_g[i] - self.current[i];
            let possible = self.u[i].is_finite()
                && !log_ratio.is_nan()
                && region.is_none_or(|r| inside(r, &self.wide, i, &mut self.row));
            let probability = if possible { Real::exp(log_ratio.min(0.0)) } else { 0.0 };
            self.block.accepted += probability;
            self.moved[i] = uniform < probability;
            if self.moved[i] {
                let points = &mut self.block.current;
                points.u[i] = self.u[i];
                for k in 0..self.wide.ncols() {
                    points.x[(i, k)] = self.wide[(i, k)];
                    points.u_gradient[(i, k)] = self.gradient[(i, k)];
                }
            }
        }
    }
}
