//! A chain: a kernel, a state and a random stream.

use alloc::{boxed::Box, vec::Vec};

use nalgebra::DMatrix;

use super::{DualAveraging, Info, Kernel, State};
use crate::num::{Error, Purpose, Result, Stream};
use crate::potential::ReducedPotential;

/// A Markov chain. The same (kernel, potential, start, seed, index) gives the same bits.
#[derive(Debug)]
pub struct Chain {
    kernel: Box<dyn Kernel>,
    u: ReducedPotential,
    state: State,
    rng: Stream,
}

/// What a burn-in did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurnIn {
    /// Step size at its end.
    pub step_size: f64,
    /// Mean acceptance probability over its second half; 0 without steps.
    pub acceptance: f64,
    /// Energy evaluations.
    pub evaluations: u64,
}

/// Samples of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// Configurations (`n × dim`), in order of time.
    pub x: DMatrix<f64>,
    /// Their reduced energies (`n`).
    pub u: Vec<f64>,
    /// Mean acceptance probability of the steps between them; 0 without steps.
    pub acceptance: f64,
    /// Number of steps that diverged.
    pub divergences: u64,
    /// Energy evaluations of these steps, rejected ones included.
    pub evaluations: u64,
}

impl Chain {
    /// Starts chain `index` of a seed at `x` (`dim`); costs one evaluation.
    ///
    /// # Errors
    /// Those of [`Kernel::init`], and [`Error::InvalidSetting`] for a step size that is not positive.
    pub fn new(
        kernel: Box<dyn Kernel>,
        u: &ReducedPotential,
        x: &[f64],
        seed: u64,
        index: u64,
    ) -> Result<Self> {
        let step_size = kernel.step_size();
        if !(step_size > 0.0 && step_size.is_finite()) {
            return Err(Error::setting("step_size", step_size, "a positive number"));
        }
        let state = kernel.init(u, x)?;
        let rng = Stream::new(seed, Purpose::Sampler, 0, index);
        Ok(Self { kernel, u: u.clone(), state, rng })
    }

    /// The current state; its evaluations are those of the whole chain.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The kernel with its current step size.
    #[must_use]
    pub fn kernel(&self) -> &dyn Kernel {
        &*self.kernel
    }

    /// One step.
    pub fn step(&mut self) -> Info {
        self.kernel.step(&self.u, &mut self.state, &mut self.rng)
    }

    /// Steps whose configurations are thrown away. With `adapt` the step size is tuned to the
    /// kernel's target acceptance and then frozen: only a chain with a fixed step is stationary.
    pub fn burn_in(&mut self, steps: usize, adapt: bool) -> BurnIn {
        let before = self.state.evaluations();
        let mut tuner =
            DualAveraging::new(self.kernel.step_size(), self.kernel.target_acceptance());
        let mut acceptance = 0.0;
        for s in 0..steps {
            let info = self.step();
            if s >= steps / 2 {
                acceptance += info.acceptance_probability;
            }
            if adapt {
                self.kernel.set_step_size(tuner.update(info.acceptance_probability));
            }
        }
        if adapt && steps > 0 {
            self.kernel.set_step_size(tuner.step_size());
        }
        BurnIn {
            step_size: self.kernel.step_size(),
            acceptance: acceptance / (steps - steps / 2).max(1) as f64,
            evaluations: self.state.evaluations() - before,
        }
    }

    /// `n` samples, each after `stride` steps (at least 1).
    pub fn sample(&mut self, n: usize, stride: usize) -> Trajectory {
        let before = self.state.evaluations();
        let mut x = DMatrix::zeros(n, self.u.dim());
        let mut u = Vec::with_capacity(n);
        let (mut acceptance, mut divergences) = (0.0, 0);
        let stride = stride.max(1);
        for i in 0..n {
            for _ in 0..stride {
                let info = self.step();
                acceptance += info.acceptance_probability;
                divergences += u64::from(info.diverged);
            }
            x.row_mut(i).copy_from(self.state.x());
            u.push(self.state.u());
        }
        Trajectory {
            x,
            u,
            acceptance: acceptance / (n * stride).max(1) as f64,
            divergences,
            evaluations: self.state.evaluations() - before,
        }
    }
}
