//! Local moves, as data.

use crate::num::{Error, Result};
use crate::sampler::{self, Hmc, Kernel, Mala, Metropolis};
use crate::setting::Parameters;

/// A kernel of [`crate::sampler`], applied to whole blocks of configurations and to densities that need not be
/// e^(−u). Its step size is the starting value of an adaptation between levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Move {
    /// Gaussian random walk: needs no gradient, so the flow is only evaluated.
    Metropolis(Metropolis),
    /// Langevin step: a leapfrog trajectory of one step.
    Mala(Mala),
    /// Leapfrog trajectories.
    Hmc(Hmc),
}

impl Default for Move {
    fn default() -> Self {
        Self::Hmc(Hmc { step_size: 0.1, steps: 5, jitter: 0.2 })
    }
}

impl Move {
    /// By the name of a registered kernel and its settings; missing ones take their defaults.
    ///
    /// # Errors
    /// As [`sampler::build`]; [`Error::UnknownName`] for a kernel that has no form for blocks.
    pub fn build(name: &str, settings: &Parameters) -> Result<Self> {
        let entry = sampler::kernel(name)?;
        let settings = &entry.checked(settings)?;
        let default = (entry.build)(&Parameters::new());
        let step_size = settings.number("step_size", default.step_size());
        match entry.name {
            "metropolis" => Ok(Self::Metropolis(Metropolis { step_size })),
            "mala" => Ok(Self::Mala(Mala { step_size })),
            "hmc" => Ok(Self::Hmc(Hmc {
                step_size,
                steps: settings.integer("steps", 5),
                jitter: settings.number("jitter", 0.2),
            })),
            other => Err(Error::UnknownName {
                kind: "move of an ensemble",
                name: other.into(),
                known: "metropolis, mala, hmc".into(),
            }),
        }
    }

    fn kernel(&self) -> &dyn Kernel {
        match self {
            Self::Metropolis(kernel) => kernel,
            Self::Mala(kernel) => kernel,
            Self::Hmc(kernel) => kernel,
        }
    }

    /// Step size at the start, in units of x.
    #[must_use]
    pub fn step_size(&self) -> f64 {
        self.kernel().step_size()
    }

    /// The acceptance probability that the adaptation aims at.
    #[must_use]
    pub fn target_acceptance(&self) -> f64 {
        self.kernel().target_acceptance()
    }

    /// Evaluations of a move.
    #[must_use]
    pub fn evaluations(&self) -> usize {
        match self {
            Self::Metropolis(_) | Self::Mala(_) => 1,
            Self::Hmc(hmc) => hmc.steps.max(1),
        }
    }
}
