//! A chain: a kernel, a state and a random stream.

use alloc::boxed::Box;

use nalgebra::DMatrix;

use super::walkers::Walkers;
use super::{BurnIn, Info, Kernel, State, Trajectory, check_step_size};
use crate::num::{Purpose, Result, Stream};
use crate::system::ReducedPotential;

/// A Markov chain: one walker. The same (kernel, potential, start, seed, index) gives the same bits.
///
/// ```
/// # fn main() -> boltzflow::num::Result<()> {
/// use boltzflow::sampler::{self, Chain};
/// use boltzflow::setting::Parameters;
/// use boltzflow::system::{ReducedPotential, build};
///
/// let u = ReducedPotential::new(build("double-well", &Parameters::new(), None)?, 1.0)?;
/// // Any registered kernel by its name: `metropolis`, `mala`, `hmc`, …
/// let kernel = sampler::build("hmc", &Parameters::new())?;
/// let mut chain = Chain::new(kernel, &u, &u.system().wells()[0], 0, 0)?;
/// chain.burn_in(200, true);
/// let trajectory = chain.sample(100, 2);
/// assert_eq!(trajectory.x.shape(), (100, u.dim()));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Chain {
    kernel: Box<dyn Kernel>,
    walkers: Walkers,
    u: ReducedPotential,
}

impl Chain {
    /// Starts chain `index` of a seed at `x` (`dim`); costs one evaluation.
    ///
    /// # Errors
    /// Those of [`State::new`], and [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for a step size that is not positive.
    pub fn new(
        kernel: Box<dyn Kernel>,
        u: &ReducedPotential,
        x: &[f64],
        seed: u64,
        index: u64,
    ) -> Result<Self> {
        check_step_size(&*kernel)?;
        let state = State::new(u, DMatrix::from_row_slice(1, x.len(), x))?;
        let walkers = Walkers::new(state, |_| Stream::new(seed, Purpose::Sampler, 0, index));
        Ok(Self { kernel, walkers, u: u.clone() })
    }

    /// The current state of its one walker; its evaluations are those of the whole chain.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.walkers.state
    }

    /// The kernel with its current step size.
    #[must_use]
    pub fn kernel(&self) -> &dyn Kernel {
        &*self.kernel
    }

    /// One step.
    pub fn step(&mut self) -> Info {
        self.walkers.step(&*self.kernel, &self.u);
        self.walkers.info[0]
    }

    /// Steps whose configurations are thrown away. With `adapt` the step size is tuned to the
    /// kernel's target acceptance and then frozen: only a chain with a fixed step is stationary.
    pub fn burn_in(&mut self, steps: usize, adapt: bool) -> BurnIn {
        let Self { kernel, walkers, u } = self;
        walkers.burn_in(&mut **kernel, steps, adapt, |w, kernel| w.step(kernel, u))
    }

    /// `n` samples, each after `stride` steps (at least 1).
    pub fn sample(&mut self, n: usize, stride: usize) -> Trajectory {
        let Self { kernel, walkers, u } = self;
        let mut trajectory = walkers.sample(n, stride, |w| w.step(&**kernel, u));
        u.system().space().wrap(&mut trajectory.x);
        trajectory
    }
}
