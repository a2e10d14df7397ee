//! `boltzflow explore`: from one configuration to the states of a system, without data or coordinate.

use std::path::PathBuf;
use std::time::Instant;

use boltzflow::explore::{Exploration, Explorer};
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Purpose, Stream};
use boltzflow::potential::{Coordinate, Potential, ReducedPotential, quadrature};
use boltzflow::preset::{self, Settings};
use boltzflow::sampler::{Chain, Metropolis};
use boltzflow::stats::{Bootstrap, DeltaF, Estimate, LogWeights};
use clap::Args;
use serde_json::{Value as Json, json};

use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::npz::{self, Array};
use crate::file::{atomic, npy, run_file};
use crate::progress::Meter;
use crate::{interrupt, table};

/// Iterations from one estimate to the next.
const EVERY: u64 = 50;
/// Samples of an estimate.
const SAMPLES: usize = 20_000;
/// Deviation from the exact free-energy difference that counts as reached, in kT.
const CLOSE: f64 = 0.3;
/// Steps in which Metropolis tunes its step size.
const TUNING: usize = 2000;

/// Find the states of a system from one configuration
#[derive(Args, Debug)]
#[command(after_help = "\
A flow learns from a buffer of configurations and from the energy, and moves the buffer through
latent space; hot at first, then cooled to the temperature of the run. No data and no coordinate go
in; the coordinate only measures when the other state is first entered, and from when on the
free-energy difference, estimated from samples of the flow, stays within 0.3 kT of the exact one. A
Metropolis chain with as many energy evaluations is measured in the same way.

The output holds the buffer: x (n × dim), energy (n) and the coordinate (n).

Examples:
  boltzflow explore double-well -o found.npz
  boltzflow explore mueller-brown --seed 3 --iterations 2000 --set flow=R6 -o found.npz")]
pub(crate) struct Explore {
    /// Name of a preset, or a run file: system, flow and temperature are taken from it
    #[arg(value_name = "PRESET|RUN.toml")]
    run: String,
    /// Change a setting, as TOML: --set 'hidden=[64, 64]'
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The configuration to start from: .npy of one row [default: the system's first start]
    #[arg(long, value_name = "FILE.npy")]
    start: Option<PathBuf>,
    /// Configurations in the buffer
    #[arg(long, value_name = "N", default_value_t = Exploration::default().capacity)]
    capacity: usize,
    /// Standard deviation of the noise by which the first copies differ, in units of x
    #[arg(long, value_name = "X", default_value_t = Exploration::default().noise)]
    noise: f64,
    /// Iterations after the warm-up
    #[arg(long, value_name = "N", default_value_t = Exploration::default().iterations)]
    iterations: u64,
    /// Temperature at the start, relative to that of the run; 1 does not heat
    #[arg(long, value_name = "X", default_value_t = Exploration::default().temperature)]
    heat: f64,
    /// Iterations in which it falls to 1
    #[arg(long, value_name = "N", default_value_t = Exploration::default().cooling)]
    cooling: u64,
    /// Samples of a training step, and configurations moved in an iteration
    #[arg(long, value_name = "N", default_value_t = Exploration::default().batch)]
    batch: usize,
    /// Learning rate
    #[arg(long, value_name = "X", default_value_t = Exploration::default().learning_rate)]
    learning_rate: f64,
    /// Seed of all random numbers [default: that of the preset]
    #[arg(long, value_name = "N")]
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
}

/// How an exploration went, of the flow or of Metropolis.
#[derive(Clone, Debug)]
struct Course {
    /// Evaluations until the other state was first entered.
    crossing: Option<u64>,
    /// Evaluations and ΔF of each estimate.
    estimates: Vec<(u64, Estimate)>,
    /// Evaluations in all.
    evaluations: u64,
}

impl Course {
    /// The first estimate from which on all stay close to the exact value.
    fn close(&self, exact: Option<f64>) -> Option<u64> {
        let exact = exact?;
        let far = |(_, e): &(u64, Estimate)| (e.value - exact).abs() > CLOSE || e.value.is_nan();
        let first = self.estimates.iter().rposition(far).map_or(0, |i| i + 1);
        self.estimates.get(first).map(|(evaluations, _)| *evaluations)
    }

    fn last(&self) -> Estimate {
        let undetermined = Estimate { value: f64::NAN, error: f64::INFINITY };
        self.estimates.last().map_or(undetermined, |(_, e)| *e)
    }

    fn to_json(&self, exact: Option<f64>) -> Json {
        let last = self.last();
        json!({
            "first_crossing": self.crossing,
            "close": self.close(exact),
            "delta_f": { "value": last.value, "error": last.error },
            "energy_evaluations": self.evaluations,
        })
    }

    fn row(&self, name: &str, exact: Option<f64>) -> Vec<String> {
        let count = |n: Option<u64>| n.map_or("never".into(), |n| n.to_string());
        let delta_f = table::estimate(self.last(), 3);
        let close = if exact.is_some() { count(self.close(exact)) } else { "unknown".into() };
        vec![name.into(), count(self.crossing), close, delta_f, self.evaluations.to_string()]
    }
}

/// The states of a coordinate as seen from a start.
struct States<'a> {
    coordinate: &'a Coordinate,
    home_is_below: bool,
}

impl States<'_> {
    fn values(&self, x: &DMatrix<f64>) -> Vec<f64> {
        let mut values = vec![0.0; x.nrows()];
        self.coordinate.values(x, &mut values);
        values
    }

    /// True for a value in the other state.
    fn is_other(&self, value: f64) -> bool {
        (value < self.coordinate.boundary) != self.home_is_below
    }

    fn delta_f(&self, values: &[f64], weights: &LogWeights) -> Result<Estimate, Failure> {
        let (boundary, bootstrap) =
            (self.coordinate.boundary, Bootstrap { resamples: 2, block: 1 });
        let mut stream = Stream::new(0, Purpose::Bootstrap, 0, 0);
        Ok(DeltaF::new(values, weights, boundary, &bootstrap, &mut stream)?.delta_f)
    }
}

impl Explore {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let started = Instant::now();
        let threads = Threads::new(self.threads)?;
        let settings = self.settings()?;
        let generator = settings.generator::<f32>()?;
        let target = generator.target.clone();
        let potential = &**target.potential();
        let coordinate = settings.reaction_coordinate(potential)?;
        let start = self.start(potential, settings.temperature, settings.seed)?;
        atomic::check_writable(&self.output)?;
        let mut at_start = [0.0];
        coordinate.values(&DMatrix::from_row_slice(1, start.len(), &start), &mut at_start);
        let home_is_below = at_start[0] < coordinate.boundary;
        let states = States { coordinate: &coordinate, home_is_below };

        let explorer =
            Explorer::new(generator, self.exploration(), &start, settings.seed, &threads)?;
        let (explorer, course) = self.explore(explorer, &states, &target, &threads)?;
        let compared = metropolis(&states, &target, &start, settings.seed, &course)?;

        let exact = quadrature::states(potential, &coordinate, settings.temperature);
        let exact = exact.map(|s| s.delta_f);
        let (x, u) = explorer.buffer();
        let energy: Vec<f64> = u.iter().map(|u| u * settings.temperature).collect();
        let values = states.values(x);
        npz::write(
            &self.output,
            &[
                ("x", Array::Matrix(x)),
                ("energy", Array::Vector(&energy)),
                (coordinate.name, Array::Vector(&values)),
            ],
        )?;
        let other = values.iter().filter(|v| states.is_other(**v)).count();
        let seconds = started.elapsed().as_secs_f64();
        if self.json {
            return table::print_json(&json!({
                "system": settings.system,
                "temperature": settings.temperature,
                "coordinate": coordinate.name,
                "exact_delta_f": exact,
                "buffer": { "n": values.len(), "in_other_state": other },
                "exploration": course.to_json(exact),
                "metropolis": compared.to_json(exact),
                "seed": settings.seed,
                "seconds": seconds,
                "output": self.output.display().to_string(),
            }));
        }
        let (a, b) = coordinate.states;
        let head = ["", "first crossing", "close from", "ΔF (kT)", "energy evaluations"];
        let rows = [
            head.map(String::from).to_vec(),
            course.row("exploration", exact),
            compared.row("metropolis", exact),
        ];
        let known = exact.map_or(String::new(), |d| format!(", exact {d:.3}"));
        table::print(&format!(
            "{}\nΔF = F({a}) - F({b}) along {}{known}; close means within {CLOSE} kT from there on\n\
             {other} of {} configurations in the other state; {seconds:.1} s\nwritten to {}\n",
            table::align(&rows),
            coordinate.name,
            values.len(),
            self.output.display()
        ))
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let path = PathBuf::from(&self.run);
        let mut settings = if path.extension().is_some_and(|e| e == "toml") {
            run_file::read(&path)?
        } else {
            preset::preset(&self.run)?
        };
        for assignment in &self.set {
            run_file::apply(&mut settings, assignment)?;
        }
        settings.seed = self.seed.unwrap_or(settings.seed);
        Ok(settings)
    }

    fn exploration(&self) -> Exploration {
        Exploration {
            capacity: self.capacity,
            noise: self.noise,
            iterations: self.iterations,
            temperature: self.heat,
            cooling: self.cooling,
            batch: self.batch,
            learning_rate: self.learning_rate,
            ..Exploration::default()
        }
    }

    fn start(
        &self,
        potential: &dyn Potential,
        temperature: f64,
        seed: u64,
    ) -> Result<Vec<f64>, Failure> {
        let Some(path) = &self.start else {
            let mut rng = Stream::new(seed, Purpose::Explore, 0, 1);
            let first = potential.starts(1, temperature, &mut rng).into_iter().next();
            return first.ok_or_else(|| {
                Failure::input("no-start", "this system knows no start", "give one with --start")
            });
        };
        let x = npy::read_matrix(path)?;
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
        threads: &Threads,
    ) -> Result<(Explorer<f32>, Course), Failure> {
        let total = explorer.total_steps();
        let mut meter = Meter::new("exploring", 0, total, self.quiet || self.json);
        let mut course = Course { crossing: None, estimates: Vec::new(), evaluations: 0 };
        while !explorer.is_done() {
            interrupt::check()?;
            let done = explorer.step(|_| (), threads)?;
            course.evaluations = done.energy_evaluations;
            if course.crossing.is_none()
                && states.values(explorer.buffer().0).iter().any(|v| states.is_other(*v))
            {
                course.crossing = Some(done.energy_evaluations);
            }
            let step = done.training.step;
            if step % EVERY == 0 || explorer.is_done() {
                let estimate = estimate(explorer.generator(), states, target, step, threads)?;
                // One estimate is paid for; the others only show when it could have been made.
                course.estimates.push((done.energy_evaluations + SAMPLES as u64, estimate));
            }
            meter.update(step, || {
                format!("T {:.2}, acceptance {:.2}", done.temperature, done.acceptance)
            });
        }
        meter.finish();
        course.evaluations += SAMPLES as u64;
        Ok((explorer, course))
    }
}

/// ΔF at the target's temperature from samples of a flow.
fn estimate(
    generator: &BoltzmannGenerator<f32>,
    states: &States<'_>,
    target: &ReducedPotential,
    seed: u64,
    threads: &Threads,
) -> Result<Estimate, Failure> {
    let generator = BoltzmannGenerator { target: target.clone(), ..generator.clone() };
    let samples = generator.sample(SAMPLES, seed, threads);
    match LogWeights::new(&samples.log_weight) {
        Ok(weights) => states.delta_f(&states.values(&samples.x), &weights),
        Err(_) => Ok(Estimate { value: f64::NAN, error: f64::INFINITY }),
    }
}

/// A chain from the same start, with estimates at the same numbers of evaluations.
fn metropolis(
    states: &States<'_>,
    target: &ReducedPotential,
    start: &[f64],
    seed: u64,
    flow: &Course,
) -> Result<Course, Failure> {
    let mut chain = Chain::new(Box::new(Metropolis { step_size: 0.1 }), target, start, seed, 0)?;
    chain.burn_in(TUNING, true);
    let mut course = Course { crossing: None, estimates: Vec::new(), evaluations: 0 };
    let mut values = Vec::new();
    for (evaluations, _) in &flow.estimates {
        interrupt::check()?;
        let before = chain.state().evaluations();
        let steps = evaluations.saturating_sub(before) as usize;
        let new = states.values(&chain.sample(steps, 1).x);
        if course.crossing.is_none() {
            let first = new.iter().position(|v| states.is_other(*v));
            course.crossing = first.map(|i| before + i as u64 + 1);
        }
        values.extend(new);
        course.evaluations = chain.state().evaluations();
        if !values.is_empty() {
            let weights = LogWeights::uniform(values.len())?;
            course.estimates.push((course.evaluations, states.delta_f(&values, &weights)?));
        }
    }
    Ok(course)
}
