//! F8: iterative exploration from one configuration, without data and without a reaction coordinate.

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use crate::ensemble::{Ensemble, LatentMove};
use crate::generator::BoltzmannGenerator;
use crate::num::{Error, Executor, Purpose, Real, Result, Stream};
use crate::optim::{Adam, Schedule};
use crate::potential::LinearLogCap;
use crate::sampler::{Chain, Hmc, Kernel, KernelSettings};
use crate::system::{Coordinate, ReducedPotential, System};
use crate::train::{Examples, Plan, Report, Stage, Trainer};

/// Iterations over which the acceptance is averaged for the adaptation of the step.
const WINDOW: usize = 50;
/// How strongly the step of local moves follows their acceptance: ln ε ← ln ε + GAIN·(acceptance − target).
const GAIN: f64 = 0.3;

/// A buffer of configurations and a flow that learn from each other (Noé et al., Science 365, eaaw1147, 2019, Fig. 4).
///
/// Every iteration trains the flow by one step, on a batch of the buffer (by likelihood) and on samples of the prior (by energy), and then
/// moves part of the buffer by a random walk in latent space, z' = z + σξ, accepted with
/// min(1, e^(−\[u(x') − log|det ∂x'/∂z'|\] + \[u(x) − log|det ∂x/∂z|\])); what is accepted takes its place in the buffer. For a fixed
/// flow that leaves the Boltzmann distribution unchanged; as the flow learns, steps of the same length in z
/// reach further in x.
///
/// **Temperature.** Left at 1, the flow soon describes the first valley so well that nothing leads out of it: crossings are as rare as
/// in any local sampling. So the whole system starts hot, where barriers are low, and is cooled: the flow and the
/// buffer follow, and moves of a flow that knows several valleys exchange them at any temperature.
///
/// **Local moves.** In many dimensions moves in z are short, and a flow learns nothing from copies of one configuration. There the buffer
/// moves by a local kernel, such as Hamiltonian dynamics, as well: for [`heating`](Self::heating) iterations alone, after which the flow is fitted to it, then
/// after every moves in z. Cooling keeps the numbers in the valleys as they were when the last barrier became too high: the
/// buffer is right within the valleys, and only weights tell how they compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Exploration {
    /// Configurations in the buffer.
    pub capacity: usize,
    /// Standard deviation of the noise by which its first copies differ, in units of x.
    pub noise: f64,
    /// The kernel of local moves, with the first length of their steps; none leaves the moves to the flow.
    pub local: Option<KernelSettings>,
    /// Local moves of the start alone, at the temperature of the target, before it is copied.
    pub relaxation: usize,
    /// Iterations of local moves before the flow is fitted to the buffer and learns from it.
    pub heating: u64,
    /// Iterations after these that learn from the buffer alone, without moves in z.
    pub warm_up: u64,
    /// Iterations after these.
    pub iterations: u64,
    /// Temperature at the start, relative to the target's: u is divided by it; 1 explores at the target's.
    pub temperature: f64,
    /// Iterations after the warm-up in which it falls to 1, by equal factors.
    pub cooling: u64,
    /// Samples of a training step on each side, and configurations moved in an iteration; at most the capacity.
    pub batch: usize,
    /// Learning rate.
    pub learning_rate: f64,
    /// How it changes after the warm-up.
    pub schedule: Schedule,
    /// Weight of the likelihood.
    pub w_ml: f64,
    /// Weight of the energy.
    pub w_kl: f64,
    /// Cap on energies in training.
    pub cap: LinearLogCap,
    /// The optimiser.
    pub optimizer: Adam,
    /// σ at the start, in units of the prior's standard deviation. Over the last 50 iterations an acceptance below 2 % makes it
    /// 2 % shorter, above 20 % longer, within 0.001 to 1.
    pub sigma: f64,
}

impl Default for Exploration {
    fn default() -> Self {
        Self {
            capacity: 2000,
            noise: 0.05,
            local: None,
            relaxation: 0,
            heating: 0,
            warm_up: 50,
            iterations: 1500,
            temperature: 4.0,
            cooling: 1000,
            batch: 256,
            learning_rate: 1e-3,
            schedule: Schedule::Constant,
            w_ml: 1.0,
            w_kl: 1.0,
            cap: LinearLogCap { high: 1e4, max: 1e10 },
            optimizer: Adam { clip_norm: 100.0, ..Adam::default() },
            sigma: 0.5,
        }
    }
}

impl Exploration {
    /// What suits a system. One of particles becomes so hot that they pass each other, moves by its forces, and learns from the
    /// buffer alone, because energy would narrow a flow that covers little yet. Such a buffer compares its states, too: they are
    /// in equilibrium while it is hot ([`crate::stats::Cooling`]).
    #[must_use]
    pub fn suited_to(system: &System) -> Self {
        if system.space().labelled().is_none() {
            return Self::default();
        }
        Self {
            noise: 0.0,
            local: Some(Hmc { step_size: 0.01, steps: 20, jitter: 0.2 }.into()),
            relaxation: 200,
            heating: 200,
            warm_up: 50,
            iterations: 1100,
            temperature: 30.0,
            cooling: 900,
            schedule: Schedule::Cosine,
            w_kl: 0.0,
            optimizer: Adam { clip_norm: 10.0, ..Adam::default() },
            sigma: 0.2,
            ..Self::default()
        }
    }
}

/// What an iteration did.
#[derive(Clone, Debug, PartialEq)]
pub struct Explored {
    /// Iterations so far.
    pub iteration: u64,
    /// The training step; none while the buffer is heated.
    pub training: Option<Report>,
    /// Mean acceptance probability of the moves in z; 0 before they begin.
    pub acceptance: f64,
    /// Their σ.
    pub sigma: f64,
    /// Relative temperature of training and moves.
    pub temperature: f64,
    /// Energy evaluations so far: first copies, training, moves.
    pub energy_evaluations: u64,
}

/// A running exploration. The same (generator, settings, start, seed) gives the same bits on any executor.
///
/// ```
/// use boltzflow::explore::{Exploration, Explorer};
/// use boltzflow::num::Sequential;
/// use boltzflow::preset::preset;
///
/// let few = Exploration { capacity: 100, batch: 50, iterations: 5, ..Exploration::default() };
/// let generator = preset("double-well")?.generator::<f32>()?;
/// let mut explorer = Explorer::new(generator, few, &[-1.7, 0.0], 1, &Sequential)?;
/// while !explorer.is_done() {
///     explorer.step(|_| {}, &Sequential)?;
/// }
/// let (x, u) = explorer.buffer();
/// assert_eq!((x.nrows(), u.len()), (100, 100));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Debug)]
pub struct Explorer<T: Real> {
    settings: Exploration,
    iteration: u64,
    trainer: Trainer<T>,
    /// The trainer's generator as of its last step.
    generator: BoltzmannGenerator<T>,
    /// The buffer, of which the trainer has a copy, and its reduced energies.
    x: DMatrix<f64>,
    u: Vec<f64>,
    movers: Ensemble<T>,
    /// Buffer positions in the order in which they are moved, and how many have been.
    order: Vec<usize>,
    used: usize,
    chosen: Vec<usize>,
    row: Vec<f64>,
    sigma: f64,
    acceptances: Vec<f64>,
    /// The kernel of local moves with the length of its next steps.
    local: Option<Box<dyn Kernel>>,
    /// kT of the target, and the relative temperature of the last iteration.
    kt: f64,
    temperature: f64,
    seed: u64,
    energy_evaluations: u64,
}

impl<T: Real> Explorer<T> {
    /// Relaxes one configuration `start` (`dim`) and fills the buffer with noisy copies; these cost an evaluation each, and one
    /// each for the first batch.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for settings out of range, [`Error::DimensionMismatch`] if the start belongs to another
    /// system, [`Error::InvalidData`] if the energy of a copy is not finite.
    pub fn new(
        generator: BoltzmannGenerator<T>,
        settings: Exploration,
        start: &[f64],
        seed: u64,
        executor: &impl Executor,
    ) -> Result<Self> {
        let (n, dim) = (settings.capacity, generator.target.dim());
        if start.len() != dim {
            let (expected, found) = (dim, start.len());
            return Err(Error::DimensionMismatch { what: "start", expected, found });
        }
        if settings.batch == 0 || settings.batch > n {
            let allowed = alloc::format!("from 1 to the capacity {n}");
            return Err(Error::setting("batch", settings.batch, allowed));
        }
        if !(settings.sigma > 0.0 && settings.noise >= 0.0) {
            let value = alloc::format!("{}, {}", settings.sigma, settings.noise);
            return Err(Error::setting("sigma, noise", value, "positive, and not negative"));
        }
        if !(settings.temperature >= 1.0 && settings.temperature.is_finite()) {
            let allowed = "at least 1";
            return Err(Error::setting("temperature", settings.temperature, allowed));
        }
        if settings.heating > 0 && settings.local.is_none() {
            return Err(Error::setting("heating", settings.heating, "0 without local moves"));
        }
        let (start, relaxation) = relax(&settings, &generator.target, start, seed)?;
        let mut rng = Stream::new(seed, Purpose::Explore, 0, u64::MAX);
        let x = DMatrix::from_fn(n, dim, |_, k| start[k] + settings.noise * rng.normal());
        let (mut u, mut row) = (vec![0.0; n], vec![0.0; dim]);
        let copies = Ensemble::new(&generator, &x, seed, executor)?;
        for (i, u) in u.iter_mut().enumerate() {
            *u = copies.get(i, &mut row);
        }
        let examples = Examples::new(x.clone(), None, 0)?;
        let first = x.rows(0, settings.batch).into_owned();
        let movers = Ensemble::new(&generator, &first, seed, executor)?;
        Ok(Self {
            trainer: Trainer::new(generator.clone(), plan(&settings, dim), Some(examples), seed)?,
            iteration: 0,
            kt: generator.target.temperature(),
            temperature: 1.0,
            generator,
            x,
            u,
            movers,
            order: (0..n).collect(),
            used: n,
            chosen: Vec::with_capacity(settings.batch),
            row,
            sigma: settings.sigma,
            acceptances: Vec::with_capacity(WINDOW),
            local: settings.local.as_ref().map(KernelSettings::build),
            seed,
            energy_evaluations: relaxation + (n + settings.batch) as u64,
            settings,
        })
    }

    /// One iteration. Configurations that moved pass through `map` on their way into the buffer, which must leave their
    /// energy as it is: a relabelling of equal particles, for example.
    ///
    /// # Errors
    /// [`Error::NonFinite`] as in training; [`Error::InvalidData`] if the flow has a part that is fitted and the buffer is too small
    /// for that.
    pub fn step(
        &mut self,
        map: impl FnMut(&mut [f64]),
        executor: &impl Executor,
    ) -> Result<Explored> {
        self.heat()?;
        let mut training = None;
        if self.iteration >= self.settings.heating {
            if self.iteration == self.settings.heating {
                self.fit()?;
            }
            training = Some(self.trainer.step(executor)?);
            self.generator.theta.copy_from_slice(self.trainer.theta());
        }
        self.iteration += 1;
        let sigma = self.sigma;
        let in_z = training.as_ref().is_some_and(|t| t.step > self.settings.warm_up);
        let mut acceptance = 0.0;
        if in_z || self.settings.local.is_some() {
            self.choose();
            if in_z {
                let walk = LatentMove::Walk { sigma };
                let report = self.movers.latent(&self.generator, None, walk, executor);
                acceptance = report.acceptance;
                self.energy_evaluations += report.energy_evaluations;
                self.adapt(acceptance);
            }
            self.move_locally(executor);
            self.keep(map);
        }
        let energy_evaluations = self.energy_evaluations();
        let (iteration, temperature) = (self.iteration, self.temperature);
        Ok(Explored { iteration, training, acceptance, sigma, temperature, energy_evaluations })
    }

    /// Fits the flow to the heated buffer, and begins to learn from it.
    fn fit(&mut self) -> Result<()> {
        self.generator.fit(&self.x, &vec![1.0; self.u.len()])?;
        let examples = Examples::new(self.x.clone(), None, 0)?;
        let plan = plan(&self.settings, self.x.ncols());
        self.trainer = Trainer::new(self.generator.clone(), plan, Some(examples), self.seed)?;
        Ok(())
    }

    /// One local move of the configurations that were chosen.
    fn move_locally(&mut self, executor: &impl Executor) {
        let Some(kernel) = &mut self.local else { return };
        let entered = self.movers.refresh(&self.generator, executor);
        let moved = self.movers.local(&self.generator, None, &**kernel, executor);
        self.energy_evaluations += entered.energy_evaluations + moved.energy_evaluations;
        let excess = moved.acceptance - kernel.target_acceptance();
        kernel.set_step_size(kernel.step_size() * Real::exp(GAIN * excess));
    }

    /// Puts the configurations that moved into the buffer.
    fn keep(&mut self, mut map: impl FnMut(&mut [f64])) {
        for (slot, i) in self.chosen.iter().enumerate() {
            if self.settings.local.is_some() || self.movers.moved(slot) {
                self.u[*i] = self.temperature * self.movers.get(slot, &mut self.row);
                map(&mut self.row);
                self.trainer.set_example(*i, &self.row);
                for (k, value) in self.row.iter().enumerate() {
                    self.x[(*i, k)] = *value;
                }
            }
        }
    }

    /// Goes to the temperature of the next iteration, τ = τ₀^(1 − s/n) at iteration s of the n that cool.
    fn heat(&mut self) -> Result<()> {
        let Exploration { temperature, cooling, warm_up, .. } = self.settings;
        let done = self.trainer.step_count().saturating_sub(warm_up);
        let left = if done < cooling { 1.0 - done as f64 / cooling as f64 } else { 0.0 };
        self.temperature = Real::exp(left * Real::ln(temperature));
        let kt = self.kt * self.temperature;
        self.trainer.set_temperature(kt, None)?;
        let target = &mut self.generator.target;
        *target = target.at_temperature(kt)?;
        Ok(())
    }

    /// Puts the next configurations of the buffer into the ensemble that moves: all take their turn, in an order
    /// that is drawn anew each time round.
    fn choose(&mut self) {
        let batch = self.settings.batch;
        if self.used + batch > self.order.len() {
            Stream::new(self.seed, Purpose::Explore, self.iteration, 0).shuffle(&mut self.order);
            self.used = 0;
        }
        self.chosen.clear();
        self.chosen.extend_from_slice(&self.order[self.used..self.used + batch]);
        self.used += batch;
        for (slot, i) in self.chosen.iter().enumerate() {
            for (value, k) in self.row.iter_mut().zip(0..) {
                *value = self.x[(*i, k)];
            }
            self.movers.put(slot, &self.row, self.u[*i] / self.temperature);
        }
    }

    fn adapt(&mut self, acceptance: f64) {
        if self.acceptances.len() == WINDOW {
            self.acceptances.remove(0);
        }
        self.acceptances.push(acceptance);
        if self.acceptances.len() == WINDOW {
            let mean = self.acceptances.iter().sum::<f64>() / WINDOW as f64;
            if mean < 0.02 {
                self.sigma = (self.sigma * 0.98).max(0.001);
            } else if mean > 0.2 {
                self.sigma = (self.sigma * 1.02).min(1.0);
            }
        }
    }

    /// What it does.
    #[must_use]
    pub fn settings(&self) -> &Exploration {
        &self.settings
    }

    /// Configurations found so far, `capacity × dim`, and their energies, reduced by the target's temperature
    /// (`capacity`).
    #[must_use]
    pub fn buffer(&self) -> (&DMatrix<f64>, &[f64]) {
        (&self.x, &self.u)
    }

    /// Iterations in all, heating and warm-up included.
    #[must_use]
    pub fn total_steps(&self) -> u64 {
        self.settings.heating + self.trainer.total_steps()
    }

    /// The flow as trained so far, for the temperature of the last iteration.
    #[must_use]
    pub fn generator(&self) -> &BoltzmannGenerator<T> {
        &self.generator
    }

    /// True after the last iteration.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.trainer.is_done()
    }

    /// Energy evaluations so far: first copies, training, moves.
    #[must_use]
    pub fn energy_evaluations(&self) -> u64 {
        self.energy_evaluations + self.trainer.energy_evaluations()
    }
}

/// The start after local moves of its own, and the energy evaluations that these took.
fn relax(
    settings: &Exploration,
    target: &ReducedPotential,
    start: &[f64],
    seed: u64,
) -> Result<(Vec<f64>, u64)> {
    let Some(kernel) = settings.local.as_ref().filter(|_| settings.relaxation > 0) else {
        return Ok((start.to_vec(), 0));
    };
    let mut chain = Chain::new(kernel.build(), target, start, seed, 0)?;
    chain.burn_in(settings.relaxation, true);
    let state = chain.state();
    Ok((state.x().iter().copied().collect(), state.evaluations()))
}

/// A stage that learns from the buffer alone, and one that learns from the energy, too.
fn plan(settings: &Exploration, dim: usize) -> Plan {
    let stage = |iterations, w_kl, schedule| Stage {
        iterations,
        batch: settings.batch,
        learning_rate: settings.learning_rate,
        schedule,
        cap: settings.cap,
        ..Stage::default().with_weight("ml", settings.w_ml).with_weight("kl", w_kl)
    };
    let stages = [
        stage(settings.warm_up, 0.0, Schedule::Constant),
        stage(settings.iterations, settings.w_kl, settings.schedule),
    ];
    let stages = stages.into_iter().filter(|s| s.iterations > 0).collect();
    // The coordinate is not looked at: the weight of its loss is 0.
    Plan { optimizer: settings.optimizer, ..Plan::new(stages, Coordinate::component("x0", 0, dim)) }
}
