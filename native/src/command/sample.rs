//! `boltzflow sample`: independent configurations of a trained generator with their weights.

use std::path::{Path, PathBuf};
use std::time::Instant;

use boltzflow::generator::{BoltzmannGenerator, PriorScaling};
use boltzflow::num::{Error, Executor};
use boltzflow::stats::LogWeights;
use boltzflow::system::System;
use boltzflow_model::Model;
use clap::Args;
use serde_json::json;

use crate::analysis::configurations;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::checkpoint::RunFolder;
use crate::file::npz::Array;
use crate::file::output::{self, ARRAYS};
use crate::file::xyz::{self, Layout};
use crate::forecast::{self, Piece};
use crate::plot::Plot;
use crate::{setting, species, table};

/// Numbers in an array of samples at most: 16 GiB.
const MAX_NUMBERS: usize = 1 << 31;
/// Samples that a thread draws at a time.
const PIECE: usize = 512;

/// Draw independent configurations with their weights
#[derive(Args, Debug)]
#[command(after_help = "\
The output holds the arrays x and z (n × dim), energy U(x) in the system's units (n) and
log_weight (n), in a table (.csv) the columns x0, x1, …, z0, …, energy, log_weight: an average
over equilibrium is the sum of O(x) exp(log_weight) over the sum of exp(log_weight). A
log_weight of NaN marks a sample whose energy is not finite.

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
    /// Output: an archive (.npz), or a table with a header row (.csv)
    #[arg(long, short, value_name = "OUT.npz|OUT.csv")]
    output: PathBuf,
    /// kT in units of the energy [default: that of the run]
    #[arg(long, short = 'T', value_name = "T")]
    temperature: Option<f64>,
    /// Seed of the samples
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = setting::seed)]
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
    /// Go on although drawing is expected to take more than an hour
    #[arg(long)]
    patient: bool,
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
        let system = target.system();
        check_count(self.n, target.dim())?;
        let layout = self.xyz.as_ref().map(|_| layout(system, "--xyz")).transpose()?;
        if self.svg.is_some() {
            self::layout(system, "--svg")?;
        }
        check_files(&self.output, self.xyz.as_deref(), self.svg.as_deref())?;
        forecast(generator, self.n, &threads, self.patient, self.json)?;

        let samples = generator.sample(self.n, self.seed, &threads);
        let temperature = target.temperature();
        let energy: Vec<f64> = samples.u.iter().map(|u| u * temperature).collect();
        output::write(
            &self.output,
            &[
                ("x", Array::Matrix(&samples.x)),
                ("z", Array::Matrix(&samples.z)),
                ("energy", Array::Vector(&energy)),
                ("log_weight", Array::Vector(&samples.log_weight)),
            ],
        )?;
        if let (Some(path), Some(layout)) = (&self.xyz, &layout) {
            xyz::write(path, &samples.x, layout, &energy)?;
        }
        if let Some(path) = &self.svg {
            let coordinate = model.settings.reaction_coordinate(system)?;
            let caption = caption(&model, self.n, self.seed);
            let drawn = configurations::generated(system, &samples, &coordinate, &caption);
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

/// Says how long draws will take, from the first few of them.
pub(super) fn forecast(
    generator: &BoltzmannGenerator<f32>,
    n: usize,
    threads: &Threads,
    patient: bool,
    quiet: bool,
) -> Result<(), Failure> {
    let first = PIECE * threads.width();
    if n < 16 * first {
        return Ok(());
    }
    let started = Instant::now();
    let _ = generator.sample(first, 0, threads);
    let piece = Piece { done: first, of: n, seconds: started.elapsed().as_secs_f64() };
    let what = format!("{n} samples");
    let line = forecast::allow(&what, piece.all(), patient, "ask for fewer samples")?;
    if let Some(line) = line.filter(|_| !quiet) {
        eprintln!("{line}; Ctrl-C ends it");
    }
    Ok(())
}

/// Fails for files of other formats than can be written, and for such as cannot be written.
pub(super) fn check_files(
    output: &Path,
    xyz: Option<&Path>,
    svg: Option<&Path>,
) -> Result<(), Failure> {
    output::check(output, ARRAYS)?;
    xyz.map(|path| output::check(path, &["xyz", "extxyz"])).transpose()?;
    svg.map(|path| output::check(path, &["svg"])).transpose()?;
    Ok(())
}

/// The particles of a system of particles, which an option asks for.
pub(super) fn layout(system: &System, option: &str) -> Result<Layout, Failure> {
    let particles = system.space().particles.as_ref().ok_or_else(|| {
        Failure::input(
            "no-particles",
            format!("this system is not made of particles, which {option} is for"),
            format!("leave out {option}"),
        )
    })?;
    Ok(Layout { space: particles.space, species: species::of(system) })
}
