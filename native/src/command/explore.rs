//! `boltzflow explore`: from one configuration to the states of a system, without data or coordinate.

mod course;

use std::path::PathBuf;
use std::time::Instant;

use boltzflow::explore::{Exploration, Explorer};
use boltzflow::num::{Error, Purpose, Stream};
use boltzflow::preset::Settings;
use boltzflow::stats::{Cooling, Estimate};
use boltzflow::system::{ReducedPotential, System, quadrature};
use clap::Args;
use serde_json::json;

use self::course::{CLOSE, Course, SAMPLES, States, by_weights, metropolis};
use super::settings_help::HelpSettings;
use super::train::settings_of;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::npz::{self, Array};
use crate::file::{configurations, output};
use crate::progress::Meter;
use crate::{difference, interrupt, setting, table};

/// Iterations from one estimate by plain weights to the next.
const EVERY: u64 = 50;

/// Find the states of a system from one configuration
#[derive(Args, Debug)]
#[command(after_help = "\
A flow learns from a buffer of configurations and from the energy, and moves the buffer
through latent space; hot at first, then cooled to the temperature of the run. A system of
particles learns from the buffer alone, which moves by its forces, too. No data and no
coordinate go in; the coordinate only measures when the other state is first entered, and from
when on the free-energy difference stays within 0.3 kT of the exact one. It is estimated from
weighted samples of the flow, or, where the buffer moves by forces, from the numbers in its
states while it is hot and its energies as it cools. A Metropolis chain with as many energy
evaluations is measured, too.

The output holds the buffer: x (n × dim), energy (n) and the coordinate (n), and what it cost
(energy_evaluations). boltzflow train learns from it with --data.

Examples:
  boltzflow explore double-well -o found.npz
  boltzflow explore mueller-brown --seed 3 --iterations 2000 --set flow=R6 -o found.npz
  boltzflow explore dimer --set flow=WR8 --set 'hidden=[128, 128]' -o found.npz")]
pub(crate) struct Explore {
    /// Name of a preset, or a run file: system, flow and temperature are taken from it
    #[arg(value_name = "PRESET|RUN.toml")]
    run: String,
    /// Change a setting, as TOML: --set 'hidden=[64, 64]'
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The configuration to start from: .npy, .csv or .xyz [default: the system's first start]
    #[arg(long, value_name = "FILE")]
    start: Option<PathBuf>,
    /// Configurations in the buffer [default: as suits the system]
    #[arg(long, value_name = "N")]
    capacity: Option<usize>,
    /// Standard deviation of the noise by which the first copies differ, in units of x [default: as suits the system]
    #[arg(long, value_name = "X")]
    noise: Option<f64>,
    /// Iterations of local moves before the flow is fitted to the buffer [default: as suits the system]
    #[arg(long, value_name = "N")]
    heating: Option<u64>,
    /// Iterations after the warm-up [default: as suits the system]
    #[arg(long, value_name = "N")]
    iterations: Option<u64>,
    /// Temperature at the start, relative to that of the run; 1 does not heat [default: as suits the system]
    #[arg(long, value_name = "X")]
    heat: Option<f64>,
    /// Iterations in which it falls to 1 [default: as suits the system]
    #[arg(long, value_name = "N")]
    cooling: Option<u64>,
    /// Samples of a training step, and configurations moved in an iteration [default: as suits the system]
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Learning rate [default: as suits the system]
    #[arg(long, value_name = "X")]
    learning_rate: Option<f64>,
    /// Seed of all random numbers [default: that of the preset]
    #[arg(long, value_name = "N", value_parser = setting::seed)]
    seed: Option<u64>,
    /// Output archive (.npz)
    #[arg(long, short, value_name = "OUT.npz")]
    output: PathBuf,
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    help: HelpSettings,
}

impl Explore {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let started = Instant::now();
        let threads = Threads::new(self.threads)?;
        let settings = settings_of(&self.run, self.seed, &self.set)?;
        let generator = settings.generator::<f32>()?;
        let target = generator.target.clone();
        let system = target.system();
        let coordinate = settings.reaction_coordinate(system)?;
        let start = self.start(system, settings.temperature, settings.seed)?;
        // A table has no place for what the configurations cost.
        output::check(&self.output, &["npz"])?;
        let exploration = self.exploration(system);
        let explorer = Explorer::new(generator, exploration, &start, settings.seed, &threads)?;
        let states = States::new(&coordinate, &start);
        let (explorer, course) = self.explore(explorer, &states, &target, &settings, &threads)?;
        let compared = metropolis(&states, &target, &start, settings.seed, &course)?;

        let exact = quadrature::states(system, &coordinate, settings.temperature);
        let exact = exact.map(|s| s.delta_f);
        let (x, u) = explorer.buffer();
        let energy: Vec<f64> = u.iter().map(|u| u * settings.temperature).collect();
        let values = states.values(x);
        npz::write(
            &self.output,
            &[
                ("x", Array::Matrix(x)),
                ("energy", Array::Vector(&energy)),
                (&*coordinate.name, Array::Vector(&values)),
                ("energy_evaluations", Array::Vector(&[explorer.energy_evaluations() as f64])),
            ],
        )?;
        let other = values.iter().filter(|v| states.is_other(**v)).count();
        let seconds = started.elapsed().as_secs_f64();
        if self.json {
            return table::print_json(&json!({
                "system": settings.system,
                "temperature": settings.temperature,
                "coordinate": coordinate.name,
                "definition": difference::definition(&coordinate),
                "exact_delta_f": exact,
                "buffer": { "n": values.len(), "in_other_state": other },
                "exploration": course.to_json(exact),
                "metropolis": compared.to_json(exact),
                "seed": settings.seed,
                "seconds": seconds,
                "output": self.output.display().to_string(),
            }));
        }
        let head = ["", "first crossing", "close from", "ΔF (kT)", "energy evaluations"];
        let rows = [
            head.map(String::from).to_vec(),
            course.row("exploration", exact),
            compared.row("metropolis", exact),
        ];
        let known = exact.map_or(String::new(), |d| format!(", exact {d:.3}"));
        table::print(&format!(
            "{}\nΔF = {} along {}{known}; close means within {CLOSE} kT from there on\n\
             {other} of {} configurations in the other state; {seconds:.1} s\nwritten to {}\n",
            table::align(&rows),
            difference::short(&coordinate),
            coordinate.name,
            values.len(),
            self.output.display()
        ))
    }

    /// What suits the system, but for what is given.
    fn exploration(&self, system: &System) -> Exploration {
        let usual = Exploration::suited_to(system);
        Exploration {
            capacity: self.capacity.unwrap_or(usual.capacity),
            noise: self.noise.unwrap_or(usual.noise),
            heating: self.heating.unwrap_or(usual.heating),
            iterations: self.iterations.unwrap_or(usual.iterations),
            temperature: self.heat.unwrap_or(usual.temperature),
            cooling: self.cooling.unwrap_or(usual.cooling),
            batch: self.batch.unwrap_or(usual.batch),
            learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
            ..usual
        }
    }

    fn start(&self, system: &System, temperature: f64, seed: u64) -> Result<Vec<f64>, Failure> {
        let Some(path) = &self.start else {
            let mut rng = Stream::new(seed, Purpose::Explore, 0, 1);
            let first = system.starts(1, temperature, &mut rng).into_iter().next();
            return first.ok_or_else(|| {
                Failure::input("no-start", "this system knows no start", "give one with --start")
            });
        };
        let x = configurations::read(path, system)?;
        if x.nrows() != 1 {
            return Err(Error::setting("rows of --start", x.nrows(), "1").into());
        }
        Ok(x.row(0).iter().copied().collect())
    }

    fn explore(
        &self,
        mut explorer: Explorer<f32>,
        states: &States<'_>,
        target: &ReducedPotential,
        settings: &Settings,
        threads: &Threads,
    ) -> Result<(Explorer<f32>, Course), Failure> {
        let (total, quiet) = (explorer.total_steps(), self.quiet || self.json);
        let mut meter = Meter::new("exploring", 0, total, quiet);
        let mut course = Course::default();
        let mut cooling = explorer.settings().local.as_ref().map(|_| Cooling::default());
        let cell = settings.cell()?;
        let mut images = Stream::new(settings.seed, Purpose::Explore, 0, 2);
        let mut image = |x: &mut [f64]| {
            if let Some(cell) = &cell {
                cell.draw_image(x, &mut images);
            }
        };
        while !explorer.is_done() {
            interrupt::check()?;
            let done = explorer.step(&mut image, threads)?;
            course.evaluations = done.energy_evaluations;
            let (x, u) = explorer.buffer();
            let values = states.values(x);
            if course.crossing.is_none() && values.iter().any(|v| states.is_other(*v)) {
                course.crossing = Some(done.energy_evaluations);
            }
            if let Some(cooling) = &mut cooling {
                cooling.observe(1.0 / done.temperature, u, |i| states.is_below(values[i]));
            }
            if done.iteration % EVERY == 0 || explorer.is_done() {
                let flow = explorer.generator();
                let (estimate, paid) = match &cooling {
                    Some(cooling) => {
                        // One exploration says nothing about its error.
                        let (value, error) = (cooling.delta_f(), f64::INFINITY);
                        (Estimate { value, error }, 0)
                    }
                    // One estimate is paid for; the others only show when it could have been made.
                    None => {
                        (by_weights(flow, states, target, done.iteration, threads)?, SAMPLES as u64)
                    }
                };
                course.evaluations += paid;
                course.estimates.push((course.evaluations, estimate));
            }
            meter.update(done.iteration, || {
                format!("T {:.2}, acceptance {:.2}", done.temperature, done.acceptance)
            });
        }
        meter.finish();
        Ok((explorer, course))
    }
}
