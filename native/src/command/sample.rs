//! `boltzflow sample`: independent configurations of a trained generator with their weights.

use std::path::PathBuf;
use std::time::Instant;

use boltzflow::generator::PriorScaling;
use boltzflow::num::Error;
use boltzflow::potential::Potential;
use boltzflow::stats::LogWeights;
use boltzflow_model::Model;
use clap::Args;
use serde_json::json;

use crate::analysis::configurations;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::checkpoint::RunFolder;
use crate::file::npz::{self, Array};
use crate::file::{atomic, xyz};
use crate::plot::Plot;
use crate::table;

/// Numbers in an array of samples at most: 16 GiB.
const MAX_NUMBERS: usize = 1 << 31;

/// Draw independent configurations with their weights
#[derive(Args, Debug)]
#[command(after_help = "\
The output holds the arrays x and z (n × dim), energy U(x) in the system's units (n) and
log_weight (n): an average over equilibrium is the sum of O(x) exp(log_weight) over the sum of
exp(log_weight). A log_weight of NaN marks a sample whose energy is not finite.

At another temperature the prior is widened to match; the weights stay exact.

Examples:
  boltzflow sample run -n 10000 -o samples.npz
  boltzflow sample dimer -n 1000 -o samples.npz --svg dimer.svg
  boltzflow sample run -n 10000 --temperature 2 --seed 5 -o hot.npz")]
pub(crate) struct Sample {
    /// Folder of the run, or a file of export
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Number of samples
    #[arg(short, long = "samples", value_name = "N")]
    n: usize,
    /// Output archive (.npz)
    #[arg(long, short, value_name = "OUT.npz")]
    output: PathBuf,
    /// kT in units of the energy [default: that of the run]
    #[arg(long, short = 'T', value_name = "T", allow_negative_numbers = true)]
    temperature: Option<f64>,
    /// Seed of the samples
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write the configurations of particles as extended xyz, too
    #[arg(long, value_name = "FILE.xyz")]
    xyz: Option<PathBuf>,
    /// Draw the first configurations of particles in each state and on the barrier
    #[arg(long, value_name = "FILE.svg")]
    svg: Option<PathBuf>,
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Sample {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let started = Instant::now();
        let threads = Threads::new(self.threads)?;
        let mut model = RunFolder::new(&self.folder).model()?;
        if let Some(temperature) = self.temperature {
            model.generator = model.generator.at_temperature(temperature, PriorScaling::Suited)?;
        }
        let generator = &model.generator;
        let target = &generator.target;
        let potential = &**target.potential();
        check_count(self.n, target.dim())?;
        let space = self.xyz.as_ref().map(|_| space(potential, "--xyz")).transpose()?;
        if self.svg.is_some() {
            self::space(potential, "--svg")?;
        }
        let files = [Some(&self.output), self.xyz.as_ref(), self.svg.as_ref()];
        for path in files.into_iter().flatten() {
            atomic::check_writable(path)?;
        }

        let samples = generator.sample(self.n, self.seed, &threads);
        let temperature = target.temperature();
        let energy: Vec<f64> = samples.u.iter().map(|u| u * temperature).collect();
        npz::write(
            &self.output,
            &[
                ("x", Array::Matrix(&samples.x)),
                ("z", Array::Matrix(&samples.z)),
                ("energy", Array::Vector(&energy)),
                ("log_weight", Array::Vector(&samples.log_weight)),
            ],
        )?;
        if let (Some(path), Some(space)) = (&self.xyz, space) {
            xyz::write(path, &samples.x, space, &energy)?;
        }
        if let Some(path) = &self.svg {
            let coordinate = model.settings.reaction_coordinate(potential)?;
            let caption = caption(&model, self.n, self.seed);
            let drawn = configurations::generated(potential, &samples, &coordinate, &caption);
            drawn.map(|particles| particles.write_svg(path)).transpose()?;
        }

        let weights = LogWeights::new(&samples.log_weight).ok();
        let ess = weights.as_ref().map(LogWeights::ess_fraction);
        let dropped = weights.as_ref().map_or(self.n, LogWeights::dropped);
        let seconds = started.elapsed().as_secs_f64();
        if self.json {
            return table::print_json(&json!({
                "n": self.n,
                "dim": target.dim(),
                "temperature": temperature,
                "seed": self.seed,
                "ess": { "reverse": ess },
                "dropped": dropped,
                "energy_evaluations": self.n,
                "seconds": seconds,
                "output": self.output.display().to_string(),
            }));
        }
        let mut text = format!("{} samples at kT = {temperature} in {seconds:.2} s\n", self.n);
        match ess {
            Some(ess) => text.push_str(&format!(
                "effective samples {:.1} %, blind to states that were never reached: see boltzflow analyze\n",
                100.0 * ess
            )),
            None => text.push_str("no sample has a usable weight\n"),
        }
        if dropped > 0 {
            text.push_str(&format!("{dropped} of them have no finite weight\n"));
        }
        text.push_str(&format!("written to {}\n", self.output.display()));
        table::print(&text)
    }
}

/// Fails for a number of samples that is zero or does not fit into memory.
pub(super) fn check_count(n: usize, dim: usize) -> Result<(), Failure> {
    let most = MAX_NUMBERS / dim.max(1);
    if (1..=most).contains(&n) {
        return Ok(());
    }
    Err(Error::setting("n", n, format!("from 1 to {most} for this system")).into())
}

/// The line below plots of samples: system, run, samples.
pub(super) fn caption(model: &Model, n: usize, seed: u64) -> String {
    format!(
        "{} at kT = {}, run of seed {}, {} steps; {n} samples of seed {seed}",
        model.settings.system,
        model.generator.target.temperature(),
        model.settings.seed,
        model.step
    )
}

/// Coordinates per particle of a system of particles, which an option asks for.
pub(super) fn space(potential: &dyn Potential, option: &str) -> Result<usize, Failure> {
    potential.geometry().map(|particles| particles.space).ok_or_else(|| {
        Failure::input(
            "no-particles",
            format!("this system is not made of particles, which {option} is for"),
            format!("leave out {option}"),
        )
    })
}
