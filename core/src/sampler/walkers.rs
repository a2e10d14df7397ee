//! Walkers that a kernel moves side by side: what chains, replicas and the blocks of ensembles have in common.

use alloc::{vec, vec::Vec};

use nalgebra::DMatrix;

use super::{BurnIn, DualAveraging, Info, Kernel, State, Target, Trajectory};
use crate::num::Stream;

/// The state of walkers, and a random stream for each of them.
///
/// One rule for all random numbers of Markov chains: a walker has one stream for all of its steps, whose address is the seed, the
/// purpose, the run, and its index in that run. So it does the same whoever computes it and whatever moves beside it.
#[derive(Debug)]
pub(crate) struct Walkers {
    pub(crate) state: State,
    pub(crate) rng: Vec<Stream>,
    /// What the last step did, for each walker.
    pub(crate) info: Vec<Info>,
}

impl Walkers {
    /// A stream for each walker of a state.
    pub(crate) fn new(state: State, stream: impl FnMut(usize) -> Stream) -> Self {
        let n = state.walkers();
        Self { rng: (0..n).map(stream).collect(), info: vec![Info::default(); n], state }
    }

    /// One step of each walker.
    pub(crate) fn step(&mut self, kernel: &dyn Kernel, target: &dyn Target) {
        kernel.step(target, &mut self.state, &mut self.rng, &mut self.info);
    }

    /// See `Chain::burn_in`; every walker has its own step size.
    pub(super) fn burn_in(
        &mut self,
        kernel: &mut dyn Kernel,
        steps: usize,
        adapt: bool,
        mut step: impl FnMut(&mut Self, &dyn Kernel),
    ) -> BurnIn {
        let before = self.state.evaluations();
        let (size, target) = (kernel.step_size(), kernel.target_acceptance());
        let tuner = |scale: &f64| DualAveraging::new(size * scale, target);
        let mut tuners: Vec<_> = self.state.scale.iter().map(tuner).collect();
        let mut acceptance = 0.0;
        for s in 0..steps {
            step(self, kernel);
            if s >= steps / 2 {
                acceptance += self.acceptance();
            }
            if adapt {
                let updates = tuners.iter_mut().zip(&self.info);
                let sizes =
                    updates.map(|(t, info)| t.update(info.acceptance_probability)).collect();
                self.set_step_sizes(kernel, sizes);
            }
        }
        if adapt && steps > 0 {
            self.set_step_sizes(kernel, tuners.iter().map(DualAveraging::step_size).collect());
        }
        BurnIn {
            step_size: self.step_size(kernel),
            acceptance: acceptance / (steps - steps / 2).max(1) as f64,
            evaluations: self.state.evaluations() - before,
        }
    }

    /// See `Chain::sample`: `n` times all walkers, those of one time side by side.
    pub(super) fn sample(
        &mut self,
        n: usize,
        stride: usize,
        mut step: impl FnMut(&mut Self),
    ) -> Trajectory {
        let before = self.state.evaluations();
        let walkers = self.state.walkers();
        let mut x = DMatrix::zeros(n * walkers, self.state.x().ncols());
        let mut u = Vec::with_capacity(n * walkers);
        let (mut acceptance, mut divergences) = (0.0, 0);
        let stride = stride.max(1);
        for i in 0..n {
            for _ in 0..stride {
                step(self);
                acceptance += self.acceptance();
                divergences += self.info.iter().filter(|i| i.diverged).count() as u64;
            }
            x.rows_mut(i * walkers, walkers).copy_from(self.state.x());
            u.extend_from_slice(self.state.u());
        }
        Trajectory {
            x,
            u,
            acceptance: acceptance / (n * stride).max(1) as f64,
            divergences,
            evaluations: self.state.evaluations() - before,
        }
    }

    /// Mean step size.
    pub(super) fn step_size(&self, kernel: &dyn Kernel) -> f64 {
        let scale = &self.state.scale;
        kernel.step_size() * (scale.iter().sum::<f64>() / scale.len() as f64)
    }

    fn set_step_sizes(&mut self, kernel: &mut dyn Kernel, sizes: Vec<f64>) {
        let first = sizes[0];
        kernel.set_step_size(first);
        self.state.scale = sizes;
        self.state.scale.iter_mut().for_each(|s| *s /= first);
    }

    /// Mean acceptance probability of the last step.
    fn acceptance(&self) -> f64 {
        let sum: f64 = self.info.iter().map(|i| i.acceptance_probability).sum();
        sum / self.info.len() as f64
    }
}
