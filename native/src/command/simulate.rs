//! `boltzflow simulate`: Markov chains, the classical way to the same averages.

mod chains;
mod replicas;
mod summary;

use std::path::PathBuf;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Error;
use boltzflow::potential::{Coordinate, Parameters};
use boltzflow::sampler::{self, KERNELS, LADDERS};
use clap::Args;

use super::sample::{check_files, layout};
use super::settings_help::HelpSettings;
use crate::failure::Failure;
use crate::file::npz::Array;
use crate::file::output;
use crate::file::xyz::{self, Layout};
use crate::system::{System, SystemArgs};
use crate::setting;

/// Sample with Markov chains and count energy evaluations
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Simulate {
    #[command(flatten)]
    system: SystemArgs,
    /// Sampling method (--help-settings lists them)
    #[arg(long, value_name = "NAME", default_value = "metropolis")]
    method: String,
    /// Set a setting of the method, for example step_size=0.1
    #[arg(long, value_name = "KEY=VALUE")]
    method_set: Vec<String>,
    /// Samples kept from each chain [default: 10000], or from each state of a run [1000]
    #[arg(short, long = "samples", value_name = "N")]
    n: Option<usize>,
    /// Steps from one kept sample to the next [default: 1 for chains, 5 for runs]
    #[arg(long, value_name = "N")]
    stride: Option<usize>,
    /// Steps thrown away at the start of each chain [default: 0] or run [1000]
    #[arg(long, value_name = "N")]
    burn_in: Option<usize>,
    /// Tune the step size during burn-in; runs of umbrella and replica-exchange always do
    #[arg(long)]
    adapt: bool,
    /// Number of chains
    #[arg(long, value_name = "N", default_value_t = 1)]
    chains: usize,
    /// Starting configurations, one for each chain: .npy, .csv or .xyz; a window takes the nearest one
    #[arg(long, value_name = "FILE")]
    start: Option<PathBuf>,
    #[command(flatten)]
    ladder: replicas::LadderArgs,
    /// Seed of all random numbers
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Output: an archive (.npz), or a table with a header row (.csv)
    #[arg(long, short, value_name = "OUT.npz|OUT.csv")]
    output: PathBuf,
    /// Write the configurations of particles as extended xyz, too
    #[arg(long, value_name = "FILE.xyz")]
    xyz: Option<PathBuf>,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    help: HelpSettings,
}

/// What every reader of the help needs.
const EXAMPLES: &str = "\
Chains start in the known wells of the system in turn, or at the rows of --start. Energy
evaluations count everything: starts, burn-in and rejected proposals.

The output holds x (chains·n × dim, chain after chain), energy (chains·n), and the values of
each coordinate of the system.

umbrella and replica-exchange run a ladder of states side by side, with exchanges between
neighbours. --runs repeats all of it independently: errors are those of the spread between runs,
which is blind to starts that all of them remember: in the cold, ask for a longer --burn-in.
MBAR weights each sample to the target: the output holds log_weight, run, and window or replica,
too. The free-energy profile along --coordinate and the difference of its states are printed
beside exact values, or those of --reference.

Examples:
  boltzflow simulate double-well --method metropolis -n 100000 -o mc.npz
  boltzflow simulate lennard-jones --method hmc --burn-in 2000 --adapt -n 5000 -o lj.npz
  boltzflow simulate dw4 --method langevin --method-set step_size=0.2 -o x.npz --xyz x.xyz
  boltzflow simulate dimer --method umbrella --runs 4 -o umbrella.npz
  boltzflow simulate mueller-brown --method replica-exchange -T 0.5 -o exchange.npz";

/// How long chains or runs are.
#[derive(Clone, Copy, Debug)]
struct Lengths {
    /// Samples kept.
    n: usize,
    /// Steps from one to the next.
    stride: usize,
    /// Steps thrown away.
    burn_in: usize,
}

impl Lengths {
    /// All steps.
    fn steps(&self) -> usize {
        self.n.saturating_mul(self.stride).saturating_add(self.burn_in)
    }
}

impl Simulate {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let system = self.system.build()?;
        let target = system.reduced(1.0)?;
        let settings = parameters(&self.method_set)?;
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

    /// The lengths as given, or else those of the method.
    fn lengths(&self, default: Lengths) -> Result<Lengths, Failure> {
        let stride = self.stride.unwrap_or(default.stride);
        if stride == 0 {
            return Err(Error::setting("stride", 0, "at least 1").into());
        }
        let n = self.n.unwrap_or(default.n);
        Ok(Lengths { n, stride, burn_in: self.burn_in.unwrap_or(default.burn_in) })
    }

    /// Fails for files that cannot be written; gives the particles if an xyz is wanted.
    fn check_outputs(&self, system: &System) -> Result<Option<Layout>, Failure> {
        let layout = self.xyz.as_ref().map(|_| layout(&*system.potential, "--xyz")).transpose()?;
        check_files(&self.output, self.xyz.as_deref(), None)?;
        Ok(layout)
    }

    /// Writes the arrays and, if wanted, the configurations as xyz.
    fn write(
        &self,
        arrays: &[(&str, Array<'_>)],
        x: &DMatrix<f64>,
        energy: &[f64],
        layout: Option<&Layout>,
    ) -> Result<(), Failure> {
        output::write(&self.output, arrays)?;
        match (&self.xyz, layout) {
            (Some(path), Some(layout)) => xyz::write(path, x, layout, energy),
            _ => Ok(()),
        }
    }
}

/// Settings from assignments of the command line.
fn parameters(assignments: &[String]) -> Result<Parameters, Failure> {
    let mut settings = Parameters::new();
    for assignment in assignments {
        let (name, value) = setting::parse(assignment)?;
        settings.set(name, value);
    }
    Ok(settings)
}

fn coordinate_values(coordinate: &Coordinate, x: &DMatrix<f64>) -> Vec<f64> {
    let mut values = vec![0.0; x.nrows()];
    coordinate.values(x, &mut values);
    values
}
