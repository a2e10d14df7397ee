//! `boltzflow simulate`: Markov chains, the classical way to the same averages.

use std::path::PathBuf;
use std::time::Instant;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Purpose, Stream};
use boltzflow::potential::{Coordinate, Parameters, ReducedPotential};
use boltzflow::sampler::{self, BurnIn, Chain, KERNELS, Trajectory};
use boltzflow::stats::{SeriesMean, independent_runs};
use clap::Args;
use serde_json::{Value as Json, json};

use super::sample::{check_count, space};
use crate::failure::Failure;
use crate::file::npz::{self, Array};
use crate::file::{atomic, npy, xyz};
use crate::progress::Meter;
use crate::system::SystemArgs;
use crate::{interrupt, setting, table};

/// Samples between two looks at the interrupt.
const SAMPLES_AT_ONCE: usize = 1000;

/// Sample with Markov chains and count energy evaluations
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, after_long_help = long_help())]
pub(crate) struct Simulate {
    #[command(flatten)]
    system: SystemArgs,
    /// Sampling method (simulate --help lists them)
    #[arg(long, value_name = "NAME", default_value = "metropolis")]
    method: String,
    /// Set a setting of the method, for example step_size=0.1
    #[arg(long, value_name = "KEY=VALUE")]
    method_set: Vec<String>,
    /// Samples kept from each chain
    #[arg(short, long = "samples", value_name = "N", default_value_t = 10_000)]
    n: usize,
    /// Steps from one kept sample to the next
    #[arg(long, value_name = "N", default_value_t = 1)]
    stride: usize,
    /// Steps thrown away at the start of each chain
    #[arg(long, value_name = "N", default_value_t = 0)]
    burn_in: usize,
    /// Tune the step size during burn-in
    #[arg(long)]
    adapt: bool,
    /// Number of chains
    #[arg(long, value_name = "N", default_value_t = 1)]
    chains: usize,
    /// Starting configurations: .npy, one row for each chain
    #[arg(long, value_name = "FILE.npy")]
    start: Option<PathBuf>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Output archive (.npz)
    #[arg(long, short, value_name = "OUT.npz")]
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
}

/// What every reader of the help needs.
const EXAMPLES: &str = "\
Chains start in the known wells of the system in turn, or at the rows of --start. Energy
evaluations count everything: starts, burn-in and rejected proposals.

The output holds x (chains·n × dim, chain after chain), energy (chains·n), and the values of
each coordinate of the system.

Examples:
  boltzflow simulate double-well --method metropolis -n 100000 -o mc.npz
  boltzflow simulate lennard-jones --method hmc --burn-in 2000 --adapt -n 5000 -o lj.npz
  boltzflow simulate dw4 --method langevin --method-set step_size=0.2 -o x.npz --xyz x.xyz";

/// Examples and methods, from their registry.
fn long_help() -> String {
    let mut rows = Vec::new();
    for kernel in KERNELS {
        let names = [&[kernel.name], kernel.aliases].concat().join(", ");
        rows.push(vec!["  ".into(), names, kernel.summary.into()]);
        rows.extend(kernel.settings.iter().map(|s| {
            vec![
                "  ".into(),
                format!("  {} = {}", s.name, s.default),
                format!("{} ({})", s.help, s.kind.words()),
            ]
        }));
    }
    format!("{EXAMPLES}\n\nMethods:\n{}", table::align(&rows))
}

/// What a chain did.
struct Done {
    burn_in: BurnIn,
    trajectory: Trajectory,
    evaluations: u64,
    step_size: f64,
}

impl Simulate {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let started = Instant::now();
        let system = self.system.build()?;
        let target = system.reduced(1.0)?;
        let dim = target.dim();
        if self.chains == 0 || self.stride == 0 {
            return Err(Error::setting("chains, stride", 0, "at least 1").into());
        }
        check_count(self.n.saturating_mul(self.chains), dim)?;
        let mut settings = Parameters::new();
        for assignment in &self.method_set {
            let (name, value) = setting::parse(assignment)?;
            settings.set(name, value);
        }
        sampler::build(&self.method, &settings)?;
        let space = self.xyz.as_ref().map(|_| space(&*system.potential)).transpose()?;
        for path in [Some(&self.output), self.xyz.as_ref()].into_iter().flatten() {
            atomic::check_writable(path)?;
        }

        let total = (self.chains * (self.burn_in + self.n * self.stride)) as u64;
        let mut meter = Meter::new("simulating", 0, total, self.quiet || self.json);
        let chains = self
            .starts(&target)?
            .iter()
            .enumerate()
            .map(|(index, start)| self.chain(&target, &settings, start, index, &mut meter))
            .collect::<Result<Vec<Done>, Failure>>()?;
        meter.finish();

        let mut x = DMatrix::zeros(self.n * self.chains, dim);
        for (c, done) in chains.iter().enumerate() {
            x.rows_mut(c * self.n, self.n).copy_from(&done.trajectory.x);
        }
        let kt = target.temperature();
        let energy: Vec<f64> =
            chains.iter().flat_map(|c| &c.trajectory.u).map(|u| u * kt).collect();
        let coordinates = target.potential().coordinates();
        let values: Vec<Vec<f64>> = coordinates.iter().map(|c| coordinate_values(c, &x)).collect();
        let mut arrays = vec![("x", Array::Matrix(&x)), ("energy", Array::Vector(&energy))];
        arrays.extend(coordinates.iter().zip(&values).map(|(c, v)| (c.name, Array::Vector(v))));
        npz::write(&self.output, &arrays)?;
        if let (Some(path), Some(space)) = (&self.xyz, space) {
            xyz::write(path, &x, space, &energy)?;
        }

        let mut series = vec![("energy", &energy)];
        series.extend(coordinates.iter().map(|c| c.name).zip(&values));
        let means: Vec<(&str, Mean)> =
            series.into_iter().map(|(name, v)| (name, Mean::new(v, self.n))).collect();
        let evaluations: u64 = chains.iter().map(|c| c.evaluations).sum();
        let seconds = started.elapsed().as_secs_f64();
        let average =
            |f: &dyn Fn(&Done) -> f64| chains.iter().map(f).sum::<f64>() / chains.len() as f64;
        let acceptance = average(&|c| c.trajectory.acceptance);
        let step_size = average(&|c| c.step_size);
        let divergences: u64 = chains.iter().map(|c| c.trajectory.divergences).sum();
        let burn_in: u64 = chains.iter().map(|c| c.burn_in.evaluations).sum();
        if self.json {
            let observables: serde_json::Map<String, Json> =
                means.iter().map(|(name, m)| ((*name).into(), m.to_json())).collect();
            return table::print_json(&json!({
                "system": system.to_json(),
                "method": self.method,
                "temperature": kt,
                "chains": self.chains,
                "n": self.n * self.chains,
                "step_size": step_size,
                "acceptance": acceptance,
                "divergences": divergences,
                "observables": observables,
                "energy_evaluations": { "burn_in": burn_in, "total": evaluations },
                "seconds": seconds,
                "seed": self.seed,
                "output": self.output.display().to_string(),
            }));
        }
        let mut text = format!(
            "{} samples of {} at kT = {kt} with {} chain(s) of {} in {seconds:.1} s\n\
             acceptance {:.1} % at step size {}, {divergences} divergences\n\
             {evaluations} energy evaluations, {burn_in} of them in burn-in\n\n",
            x.nrows(),
            system.name,
            self.chains,
            self.method,
            100.0 * acceptance,
            table::number(step_size, 4),
        );
        let mut rows = vec![
            ["observable", "mean", "error", "autocorrelation time"].map(String::from).to_vec(),
        ];
        rows.extend(means.iter().map(|(name, m)| m.row(name)));
        text.push_str(&table::align(&rows));
        text.push_str(&format!("\nwritten to {}\n", self.output.display()));
        table::print(&text)
    }

    fn starts(&self, target: &ReducedPotential) -> Result<Vec<Vec<f64>>, Failure> {
        let Some(path) = &self.start else {
            let mut rng = Stream::new(self.seed, Purpose::Sampler, 1, 0);
            return Ok(target.potential().starts(self.chains, target.temperature(), &mut rng));
        };
        let x = npy::read_matrix(path)?;
        if x.nrows() != self.chains {
            let allowed = format!("{}, the number of chains", self.chains);
            return Err(Error::setting("rows of --start", x.nrows(), allowed).into());
        }
        Ok(x.row_iter().map(|r| r.iter().copied().collect()).collect())
    }

    fn chain(
        &self,
        target: &ReducedPotential,
        settings: &Parameters,
        start: &[f64],
        index: usize,
        meter: &mut Meter,
    ) -> Result<Done, Failure> {
        let kernel = sampler::build(&self.method, settings)?;
        let mut chain = Chain::new(kernel, target, start, self.seed, index as u64)?;
        let burn_in = chain.burn_in(self.burn_in, self.adapt);
        let before = (index * (self.burn_in + self.n * self.stride) + self.burn_in) as u64;
        let mut whole = Trajectory {
            x: DMatrix::zeros(self.n, target.dim()),
            u: Vec::with_capacity(self.n),
            acceptance: 0.0,
            divergences: 0,
            evaluations: 0,
        };
        while whole.u.len() < self.n {
            interrupt::check()?;
            let (row, rows) = (whole.u.len(), SAMPLES_AT_ONCE.min(self.n - whole.u.len()));
            let part = chain.sample(rows, self.stride);
            whole.x.rows_mut(row, rows).copy_from(&part.x);
            whole.u.extend(&part.u);
            whole.acceptance += part.acceptance * rows as f64 / self.n as f64;
            whole.divergences += part.divergences;
            whole.evaluations += part.evaluations;
            let done = before + (whole.u.len() * self.stride) as u64;
            meter.update(done, || format!("acceptance {:.1} %", 100.0 * part.acceptance));
        }
        Ok(Done {
            burn_in,
            trajectory: whole,
            evaluations: chain.state().evaluations(),
            step_size: chain.kernel().step_size(),
        })
    }
}

/// Mean over chains with an error that counts correlation within each.
struct Mean {
    value: f64,
    error: f64,
    time: f64,
}

impl Mean {
    /// From the values of chains of `n` samples each, one after the other. The error is infinite where a
    /// chain never moved.
    fn new(values: &[f64], n: usize) -> Self {
        let means: Vec<f64> = values.chunks(n).map(|c| c.iter().sum::<f64>() / n as f64).collect();
        let count = means.len() as f64;
        let moved = |c: &&[f64]| c.iter().any(|v| *v != c[0]);
        let series: Vec<SeriesMean> =
            values.chunks(n).filter(moved).filter_map(|c| SeriesMean::new(c).ok()).collect();
        let spread = independent_runs(&means).ok().map(|e| e.error);
        let (within, time) = if series.len() == means.len() {
            // Chains are independent: √(Σσ²)/m.
            let squares: f64 = series.iter().map(|s| s.mean.error * s.mean.error).sum();
            (squares.sqrt() / count, series.iter().map(|s| s.time).sum::<f64>() / count)
        } else {
            (if n == 1 { 0.0 } else { f64::INFINITY }, f64::INFINITY)
        };
        // Chains that disagree have not mixed: their spread counts.
        let error = spread.map_or(if n == 1 { f64::INFINITY } else { within }, |s| s.max(within));
        Self { value: means.iter().sum::<f64>() / count, error, time }
    }

    fn to_json(&self) -> Json {
        json!({ "value": self.value, "error": self.error, "autocorrelation_time": self.time })
    }

    fn row(&self, name: &str) -> Vec<String> {
        vec![
            name.into(),
            table::number(self.value, 5),
            table::number(self.error, 5),
            table::number(self.time, 1),
        ]
    }
}

fn coordinate_values(coordinate: &Coordinate, x: &DMatrix<f64>) -> Vec<f64> {
    let mut values = vec![0.0; x.nrows()];
    coordinate.values(x, &mut values);
    values
}
