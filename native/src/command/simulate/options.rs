//! Options of `boltzflow simulate`, and what its methods share.

use std::path::PathBuf;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Error;
use boltzflow::system::Coordinate;
use clap::Args;

use crate::command::sample::{check_files, layout};
use crate::command::settings_help::HelpSettings;
use crate::failure::Failure;
use crate::file::npz::Array;
use crate::file::output;
use crate::file::xyz::{self, Layout};
use crate::setting;
use crate::system::{System, SystemArgs};

/// Sample with Markov chains and count energy evaluations
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Simulate {
    #[command(flatten)]
    pub(super) system: SystemArgs,
    /// Sampling method (--help-settings lists them)
    #[arg(long, value_name = "NAME", default_value = "metropolis")]
    pub(super) method: String,
    /// Set a setting of the method, for example step_size=0.1
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) method_set: Vec<String>,
    /// Samples kept from each chain [default: 10000], or from each state of a run [1000]
    #[arg(short, long = "samples", value_name = "N")]
    pub(super) n: Option<usize>,
    /// Steps from one kept sample to the next [default: 1 for chains, 5 for runs]
    #[arg(long, value_name = "N")]
    pub(super) stride: Option<usize>,
    /// Steps thrown away at the start of each chain [default: 0] or run [1000]
    #[arg(long, value_name = "N")]
    pub(super) burn_in: Option<usize>,
    /// Tune the step size during burn-in; runs of umbrella and replica-exchange always do
    #[arg(long)]
    pub(super) adapt: bool,
    /// Number of chains
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) chains: usize,
    /// Starting configurations, one for each chain: .npy, .csv or .xyz; a window takes the nearest one
    #[arg(long, value_name = "FILE")]
    pub(super) start: Option<PathBuf>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = setting::seed)]
    pub(super) seed: u64,
    /// Output: an archive (.npz), or a table with a header row (.csv)
    #[arg(long, short, value_name = "OUT.npz|OUT.csv")]
    pub(super) output: PathBuf,
    /// Write the configurations of particles as extended xyz, too
    #[arg(long, value_name = "FILE.xyz")]
    pub(super) xyz: Option<PathBuf>,
    /// Show no progress
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    help: HelpSettings,
    #[command(flatten, next_help_heading = "Umbrella and replica exchange")]
    pub(super) ladder: LadderArgs,
}

/// What every reader of the help needs.
const EXAMPLES: &str = "\
Chains start in the known wells of the system in turn, or at the rows of --start. Energy
evaluations count everything: starts, burn-in and rejected proposals.

The output holds x (chains·n × dim, chain after chain), energy (chains·n), and the values of
each coordinate of the system.

umbrella and replica-exchange run a ladder of states side by side, with exchanges between
neighbours. --runs repeats all of it independently: errors are those of the spread between
runs, which is blind to starts that all of them remember: in the cold, ask for a longer
--burn-in. MBAR weights each sample to the target: the output holds log_weight, run, and
window or replica, too. The free-energy profile along --coordinate and the difference of its
states are printed beside exact values, or those of --reference.

Examples:
  boltzflow simulate double-well --method metropolis -n 100000 -o mc.npz
  boltzflow simulate lennard-jones --method hmc --burn-in 2000 --adapt -n 5000 -o lj.npz
  boltzflow simulate dw4 --method langevin --method-set step_size=0.2 -o x.npz --xyz x.xyz
  boltzflow simulate dimer --method umbrella --runs 4 -o umbrella.npz
  boltzflow simulate mueller-brown --method replica-exchange -T 0.5 -o exchange.npz";

/// Options of ladders.
#[derive(Args, Clone, Debug)]
pub(super) struct LadderArgs {
    /// Independent runs of a ladder; errors need two [default: 4]
    #[arg(long, value_name = "N")]
    pub(super) runs: Option<usize>,
    /// Kernel that moves the replicas [default: hmc with 16 steps]
    #[arg(long, value_name = "NAME")]
    pub(super) kernel: Option<String>,
    /// Set a setting of that kernel, for example steps=20
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) kernel_set: Vec<String>,
    /// Steps from one exchange of neighbours to the next, 0 for none [default: 1]
    #[arg(long, value_name = "N")]
    pub(super) exchange_every: Option<usize>,
    /// Reaction coordinate of windows, profile and states [default: the system's first]
    #[arg(long, value_name = "NAME")]
    pub(super) coordinate: Option<String>,
    /// Profile and free-energy difference to compare with (JSON)
    #[arg(long, value_name = "FILE.json")]
    pub(super) reference: Option<PathBuf>,
    /// Number of threads that share the runs [default: one for each core]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<usize>,
}

impl LadderArgs {
    /// Fails for one of these options that was given for a method without a ladder.
    pub(super) fn refuse(&self, method: &str) -> Result<(), Failure> {
        let options = [
            (self.runs.is_some(), "--runs"),
            (self.kernel.is_some(), "--kernel"),
            (!self.kernel_set.is_empty(), "--kernel-set"),
            (self.exchange_every.is_some(), "--exchange-every"),
            (self.coordinate.is_some(), "--coordinate"),
            (self.reference.is_some(), "--reference"),
            (self.threads.is_some(), "--threads"),
        ];
        let place = format!("for the method {method}");
        let advice = "leave it out, or take umbrella or replica-exchange";
        setting::refuse_given(&options, &place, advice)
    }
}

/// How long chains or runs are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    /// Samples kept.
    pub(super) n: usize,
    /// Steps from one to the next.
    pub(super) stride: usize,
    /// Steps thrown away.
    pub(super) burn_in: usize,
}

impl Lengths {
    /// All steps.
    pub(super) fn steps(&self) -> usize {
        self.n.saturating_mul(self.stride).saturating_add(self.burn_in)
    }
}

impl Simulate {
    /// The lengths as given, or else those of the method.
    pub(super) fn lengths(&self, default: Lengths) -> Result<Lengths, Failure> {
        let stride = self.stride.unwrap_or(default.stride);
        if stride == 0 {
            return Err(Error::setting("stride", 0, "at least 1").into());
        }
        let n = self.n.unwrap_or(default.n);
        let burn_in = self.burn_in.unwrap_or(default.burn_in);
        let advice =
            "leave it out, or give --burn-in steps above 0 in which the step size is tuned";
        setting::refuse_given(
            &[(self.adapt && burn_in == 0, "--adapt")],
            "without burn-in",
            advice,
        )?;
        Ok(Lengths { n, stride, burn_in })
    }

    /// Fails for files that cannot be written; gives the particles if an xyz is wanted.
    pub(super) fn check_outputs(&self, system: &System) -> Result<Option<Layout>, Failure> {
        let layout = self.xyz.as_ref().map(|_| layout(&system.inner, "--xyz")).transpose()?;
        check_files(&self.output, self.xyz.as_deref(), None)?;
        Ok(layout)
    }

    /// Writes the arrays and, if wanted, the configurations as xyz.
    pub(super) fn write(
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

pub(super) fn coordinate_values(coordinate: &Coordinate, x: &DMatrix<f64>) -> Vec<f64> {
    let mut values = vec![0.0; x.nrows()];
    coordinate.values(x, &mut values);
    values
}
