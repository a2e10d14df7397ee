//! Metropolis moves in latent space, and flow proposals.

use alloc::{vec, vec::Vec};

use nalgebra::DMatrix;

use super::{BLOCK, MoveReport, Region, in_blocks};
use crate::flow::Bijector;
use crate::generator::BoltzmannGenerator;
use crate::num::{Error, Executor, Real, Result, Tape};
use crate::sampler::{Kernel, State, Target, Walkers, Within};

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
///
/// ```
/// # fn main() -> boltzflow::num::Result<()> {
/// use boltzflow::ensemble::{Ensemble, LatentMove};
/// use boltzflow::num::Sequential;
/// use boltzflow::preset::preset;
/// use boltzflow::sampler::Hmc;
///
/// let generator = preset("double-well")?.generator::<f32>()?;
/// let start = generator.sample(20, 0, &Sequential).x;
/// let mut ensemble = Ensemble::new(&generator, &start, 0, &Sequential)?;
/// // Moves that the flow proposes, and local ones by any kernel.
/// ensemble.latent(&generator, None, LatentMove::Walk { sigma: 0.3 }, &Sequential);
/// let hmc = Hmc { step_size: 0.1, steps: 5, jitter: 0.2 };
/// let report = ensemble.local(&generator, None, &hmc, &Sequential);
/// assert_eq!(report.energy_evaluations, 20 * 5);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Ensemble<T: Real> {
    blocks: Vec<Block<T>>,
    n: usize,
}

/// One block, and the work memory of latent moves.
#[derive(Debug)]
struct Block<T: Real> {
    walkers: Walkers,
    z: DMatrix<T>,
    x: DMatrix<T>,
    /// One latent point (`1 × dim`).
    drawn: DMatrix<T>,
    log_det: Vec<T>,
    /// ln π_Z(z) − ln g(z) of the current configurations.
    current: Vec<f64>,
    /// ln g(z).
    log_g: Vec<f64>,
    tape: Tape<T>,
    /// What the last round did.
    report: MoveReport,
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
        let blocks = in_blocks(&generator.target, x, seed, executor);
        let ensemble = Self { blocks: blocks.into_iter().map(Block::new).collect(), n };
        let undefined = |i: &usize| {
            let u = ensemble.blocks[i / BLOCK].walkers.state.u()[i % BLOCK];
            !u.is_finite() || x.row(*i).iter().any(|x| !x.is_finite())
        };
        if let Some(i) = (0..n).find(undefined) {
            return Err(Error::data(
                "configurations",
                alloc::format!("the energy of number {i} is not finite"),
            ));
        }
        Ok(ensemble)
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
        let points = self.blocks[i / BLOCK].walkers.state.points();
        for (value, k) in x.iter_mut().zip(0..) {
            *value = points.x[(i % BLOCK, k)];
        }
        points.u[i % BLOCK]
    }

    /// Puts a configuration `x` (`dim`), whose reduced energy is `u`, in place of number `i`. Before local moves
    /// [`Ensemble::refresh`] finds its gradient.
    pub fn put(&mut self, i: usize, x: &[f64], u: f64) {
        let State { current, .. } = &mut self.blocks[i / BLOCK].walkers.state;
        for (k, value) in x.iter().enumerate() {
            current.x[(i % BLOCK, k)] = *value;
        }
        current.u[i % BLOCK] = u;
    }

    /// True if the last move of configuration `i` was accepted.
    #[must_use]
    pub fn moved(&self, i: usize) -> bool {
        self.blocks[i / BLOCK].walkers.info[i % BLOCK].accepted
    }

    /// Evaluates all configurations anew, at one evaluation each.
    pub fn refresh(
        &mut self,
        generator: &BoltzmannGenerator<T>,
        executor: &impl Executor,
    ) -> MoveReport {
        let report = self.round(executor, |block| {
            block.walkers.state.refresh(&generator.target);
            0
        });
        MoveReport { acceptance: 0.0, ..report }
    }

    /// One local move of every configuration by a kernel, on the target alone.
    pub fn local(
        &mut self,
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        kernel: &dyn Kernel,
        executor: &impl Executor,
    ) -> MoveReport {
        let target = Within { target: &generator.target, region };
        self.round(executor, |block| {
            block.walkers.step(kernel, &target);
            0
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
        let target = Within { target: &generator.target, region };
        self.round(executor, |block| block.propose(generator, &target, proposal))
    }

    /// Does something with every block, which tells how many configurations it sent through the flow.
    fn round(
        &mut self,
        executor: &impl Executor,
        work: impl Fn(&mut Block<T>) -> u64 + Sync,
    ) -> MoveReport {
        executor.for_each(&mut self.blocks, |block| {
            let before = block.walkers.state.evaluations();
            let flow_evaluations = work(block);
            let info = &block.walkers.info;
            block.report = MoveReport {
                acceptance: info.iter().map(|info| info.acceptance_probability).sum(),
                energy_evaluations: block.walkers.state.evaluations() - before,
                flow_evaluations,
            };
        });
        let mut total = MoveReport::default();
        for Block { report, .. } in &self.blocks {
            total.acceptance += report.acceptance / self.n as f64;
            total.energy_evaluations += report.energy_evaluations;
            total.flow_evaluations += report.flow_evaluations;
        }
        total
    }
}

impl<T: Real> Block<T> {
    fn new(walkers: Walkers) -> Self {
        let (n, dim) = walkers.state.x().shape();
        let narrow = DMatrix::from_element(n, dim, T::ZERO);
        Self {
            walkers,
            z: narrow.clone(),
            x: narrow,
            drawn: DMatrix::from_element(1, dim, T::ZERO),
            log_det: vec![T::ZERO; n],
            current: vec![0.0; n],
            log_g: vec![0.0; n],
            tape: Tape::off(),
            report: MoveReport::default(),
        }
    }

    /// One latent move of every configuration; gives the number of those sent through the flow.
    fn propose(
        &mut self,
        generator: &BoltzmannGenerator<T>,
        target: &dyn Target,
        proposal: LatentMove,
    ) -> u64 {
        let BoltzmannGenerator { flow, prior, .. } = generator;
        let Walkers { state, rng, info } = &mut self.walkers;
        for (z, x) in self.z.iter_mut().zip(&state.current.x) {
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
        for (i, u) in state.current.u.iter().enumerate() {
            // ln π_Z(z) = −u(x) − log|det ∂z/∂x|
            self.current[i] = -u - self.log_det[i].to_f64() - self.log_g[i];
        }
        for (i, rng) in rng.iter_mut().enumerate() {
            match proposal {
                LatentMove::Walk { sigma } => {
                    self.drawn.copy_from(&self.z.row(i));
                    prior.step(&mut self.drawn, sigma, rng);
                }
                LatentMove::Independent => prior.sample(&mut self.drawn, rng),
            }
            self.z.row_mut(i).copy_from(&self.drawn);
        }
        log_g(&self.z, &mut self.log_g);
        self.x.copy_from(&self.z);
        self.log_det.fill(T::ZERO);
        flow.forward(&mut generator.pass(&mut self.tape), &mut self.x, &mut self.log_det);
        for (wide, x) in state.proposal.x.iter_mut().zip(&self.x) {
            *wide = x.to_f64();
        }
        state.evaluate_proposals(target);
        for (i, u) in state.proposal.u.iter().enumerate() {
            // ln π_Z(z') = −u(x') + log|det ∂x/∂z|
            let end = -u + self.log_det[i].to_f64() - self.log_g[i];
            state.step.log_ratio[i] = end - self.current[i];
            state.step.diverged[i] = !u.is_finite();
        }
        state.decide(target, 1, rng, info);
        2 * rng.len() as u64
    }
}
