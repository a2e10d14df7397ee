//! Adaptive annealed importance sampling from a flow to the target.

use crate::num::{Error, Result};
use crate::sampler::{Hmc, KernelSettings, check_step_size};

/// Sequential Monte Carlo from the density q of a flow to the target e^(−u) (Neal, Statistics and Computing 11, 125,
/// 2001; Del Moral, Doucet, Jasra, JRSS B 68, 411, 2006), along
///
/// $$ \ln \pi_b(x) = (1 - b)\,\ln q(x) - b\,u(x), \qquad b: 0 \to 1. $$
///
/// Every level multiplies the weights by π_b'/π_b, with b' such that the conditional effective sample size stays at
/// [`conditional_ess`](Self::conditional_ess) (Zhou, Johansen, Aston, J. Comput. Graph. Stat. 25, 701, 2016), resamples when the effective sample size
/// falls below [`resample_below`](Self::resample_below), and moves every particle by a kernel that leaves π_b' unchanged. The mean
/// of w estimates Z = ∫ e^(−u) over the region, weighted means estimate averages over the target, whatever the flow;
/// a poor flow only takes more levels.
///
/// **Exactness.** Step sizes change between levels only: within a level the kernel is fixed, and leaves its density
/// unchanged. Given levels and step sizes, E\[mean w·O\] = Z⟨O⟩ exactly, for any number of particles
/// ([`Annealing::repeat`]). Where they are chosen from the particles themselves ([`Annealing::run`]) there is a bias of order 1/n.
///
/// ```
/// # fn main() -> boltzflow::num::Result<()> {
/// use boltzflow::ensemble::Annealing;
/// use boltzflow::num::Sequential;
/// use boltzflow::preset::preset;
/// use boltzflow::sampler::Mala;
/// use boltzflow::stats::Runs;
///
/// // A flow that has not been trained: only the number of levels suffers.
/// let generator = preset("double-well")?.generator::<f32>()?;
/// let annealing =
///     Annealing { particles: 100, kernel: Mala { step_size: 0.3 }.into(), ..Annealing::default() };
/// let runs = annealing.runs(&generator, None, 4, 0, &Sequential)?;
/// let log_z = Runs::new(&runs.iter().map(|run| run.log_z).collect::<Vec<_>>())?.log_z;
/// assert!(log_z.error < 2.0, "ln Z = {log_z}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Annealing {
    /// Number of particles n.
    pub particles: usize,
    /// Variance of the prior that q is made of, relative to the flow's own. Above 1 the path starts wider: it is longer, by
    /// ½d(τ − 1 − ln τ) nats, but what the flow makes too rarely is there from the beginning.
    pub prior_variance: f64,
    /// Conditional effective sample size of a level, as a fraction, 0 to below 1.
    pub conditional_ess: f64,
    /// Effective sample size below which particles are resampled, as a fraction; 0 never resamples.
    pub resample_below: f64,
    /// The kernel with its settings; its step size is the first one of an adaptation between levels.
    pub kernel: KernelSettings,
    /// Moves of every level.
    pub moves: usize,
    /// Moves at b = 1 after the last level; they need no flow.
    pub relaxation: usize,
    /// Populations kept during the relaxation, evenly spaced, the last at its end.
    pub keep: usize,
    /// Whether the relaxation may leave the region: right where it is a cell of labels, one of many copies of the same, and
    /// only what does not know labels is averaged. The moves know no labels either, so that to leave the cell and to be
    /// folded back into it are the same, and particles mix that walls would hold.
    pub leave_region: bool,
}

impl Default for Annealing {
    fn default() -> Self {
        Self {
            particles: 2000,
            prior_variance: 1.0,
            conditional_ess: 0.9,
            resample_below: 0.5,
            kernel: Hmc { step_size: 0.1, steps: 5, jitter: 0.2 }.into(),
            moves: 1,
            relaxation: 0,
            keep: 1,
            leave_region: false,
        }
    }
}

impl Annealing {
    /// # Errors
    /// [`Error::InvalidSetting`] for a setting outside its range.
    pub fn check(&self) -> Result<()> {
        if !(2..=u32::MAX as usize).contains(&self.particles) {
            return Err(Error::setting("particles", self.particles, "at least 2"));
        }
        if !(self.prior_variance > 0.0 && self.prior_variance.is_finite()) {
            let allowed = "a positive number";
            return Err(Error::setting("prior_variance", self.prior_variance, allowed));
        }
        if !(self.conditional_ess > 0.0 && self.conditional_ess < 1.0) {
            let allowed = "between 0 and 1";
            return Err(Error::setting("conditional_ess", self.conditional_ess, allowed));
        }
        if !(0.0..=1.0).contains(&self.resample_below) {
            return Err(Error::setting("resample_below", self.resample_below, "from 0 to 1"));
        }
        check_step_size(&*self.kernel.build())?;
        if !(1..=self.relaxation.max(1)).contains(&self.keep) {
            let allowed = "from 1 to the number of moves of the relaxation";
            return Err(Error::setting("keep", self.keep, allowed));
        }
        Ok(())
    }
}
