//! `boltzflow simulate`: Markov chains, the classical way to the same averages.

mod chains;
mod options;
mod replicas;
mod states;
mod summary;

use boltzflow::num::Error;
use boltzflow::sampler::{self, KERNELS, LADDERS};

use crate::failure::Failure;
use crate::setting;

pub(crate) use self::options::Simulate;

impl Simulate {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let system = self.system.build()?;
        system.refuse_molecule("simulate")?;
        let target = system.reduced(1.0)?;
        let settings = setting::parameters(&self.method_set)?;
        match (sampler::kernel(&self.method), sampler::ladder(&self.method)) {
            (_, Ok(ladder)) => self.run_replicas(ladder, &settings, &system, &target),
            (Ok(_), _) => self.run_chains(&settings, &system, &target),
            _ => {
                let kernels = KERNELS.iter().map(|k| k.name);
                let known: Vec<&str> = kernels.chain(LADDERS.iter().map(|l| l.name)).collect();
                Err(Error::UnknownName {
                    kind: "sampling method",
                    name: self.method.clone(),
                    known: known.join(", "),
                }
                .into())
            }
        }
    }
}
