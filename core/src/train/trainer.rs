//! The training loop.

use alloc::vec::Vec;

use super::batch::Batch;
use super::{Examples, Moments, Plan, Stage, TrainerState};
use crate::generator::BoltzmannGenerator;
use crate::num::{Error, Executor, Real, Result};
use crate::optim::{AdamState, MovingAverage};

/// Steps between keyframes, to which a rewind goes back.
const KEYFRAME: u64 = 50;
/// Rewinds after which a run gives up.
const MAX_REWINDS: u64 = 30;

/// One optimiser step in numbers. Energies in kT, entropies in k, losses in nats with all their constants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Steps done, this one included.
    pub step: u64,
    /// Stage of this step, counted from 0.
    pub stage: usize,
    /// Learning rate of this step.
    pub learning_rate: f64,
    /// Negative log-likelihood of the examples: −E[log p_X(x)].
    pub nll: Option<f64>,
    /// Energy U = E[u(x)] of the generated ensemble, without the cap.
    pub u: Option<f64>,
    /// Entropy S = H_q + E[log|det ∂x/∂z|] of the generated ensemble.
    pub s: Option<f64>,
    /// Free energy F = U − S of the generated ensemble.
    pub f: Option<f64>,
    /// KL(p_X‖μ) = F + log Z ≥ 0 (up to noise), where log Z is known.
    pub kl: Option<f64>,
    /// Reaction-coordinate loss minus its minimum.
    pub rc: Option<f64>,
    /// Norm of the gradient before clipping.
    pub gradient_norm: f64,
    /// Samples of this step dropped because a number was not finite.
    pub dropped: usize,
    /// Energy evaluations so far: examples and training.
    pub energy_evaluations: u64,
    /// The step that training went back to, if this one blew up.
    pub rewound: Option<u64>,
}

/// Trains a generator by a plan. Deterministic: θ after a step is a function of plan, examples,
/// seed and step, on any executor, with any number of interruptions.
#[derive(Debug)]
pub struct Trainer<T: Real> {
    generator: BoltzmannGenerator<T>,
    plan: Plan,
    examples: Option<Examples>,
    seed: u64,
    step: u64,
    adam: AdamState<T>,
    average: Option<MovingAverage<T>>,
    keyframe: Moments<T>,
    rate_factor: f64,
    rewinds: u64,
    energy_evaluations: u64,
    batch: Option<(usize, Batch<T>)>,
}

impl<T: Real> Trainer<T> {
    /// A run at step 0.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] if a stage learns from nothing, or from examples that are not given;
    /// [`Error::DimensionMismatch`] if the examples belong to another system.
    pub fn new(
        generator: BoltzmannGenerator<T>,
        plan: Plan,
        examples: Option<Examples>,
        seed: u64,
    ) -> Result<Self> {
        check(&plan, examples.as_ref(), generator.target.dim())?;
        let n = generator.theta.len();
        let average = (plan.moving_average > 0.0)
            .then(|| MovingAverage::new(&generator.theta, plan.moving_average));
        let mut trainer = Self {
            keyframe: Moments {
                step: 0,
                theta: Vec::new(),
                adam: AdamState::default(),
                average: Vec::new(),
                average_updates: 0,
            },
            adam: AdamState::new(n),
            average,
            generator,
            plan,
            examples,
            seed,
            step: 0,
            rate_factor: 1.0,
            rewinds: 0,
            energy_evaluations: 0,
            batch: None,
        };
        trainer.keyframe = trainer.moments();
        Ok(trainer)
    }

    /// Steps done.
    #[must_use]
    pub fn step_count(&self) -> u64 {
        self.step
    }

    /// Steps of the whole plan.
    #[must_use]
    pub fn total_steps(&self) -> u64 {
        self.plan.total_steps()
    }

    /// True after the last step.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.step >= self.total_steps()
    }

    /// The seed of all random streams.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The examples, if there are any.
    #[must_use]
    pub fn examples(&self) -> Option<&Examples> {
        self.examples.as_ref()
    }

    /// Energy evaluations so far: examples and training, steps that were rewound included.
    #[must_use]
    pub fn energy_evaluations(&self) -> u64 {
        self.energy_evaluations + self.examples.as_ref().map_or(0, Examples::energy_evaluations)
    }

    /// The generator to draw samples with: with averaged parameters if the plan averages them.
    #[must_use]
    pub fn generator(&self) -> BoltzmannGenerator<T> {
        let mut generator = self.generator.clone();
        if let Some(average) = &self.average {
            generator.theta.clone_from(&average.theta);
        }
        generator
    }

    /// The parameters being trained.
    #[must_use]
    pub fn theta(&self) -> &[T] {
        &self.generator.theta
    }

    /// Changes the stages of the plan, now or while it runs; refused changes leave the plan as it was.
    ///
    /// # Errors
    /// As [`Trainer::new`].
    pub fn adjust(&mut self, change: impl FnOnce(&mut Vec<Stage>)) -> Result<()> {
        let mut plan = self.plan.clone();
        change(&mut plan.stages);
        check(&plan, self.examples.as_ref(), self.generator.target.dim())?;
        self.plan = plan;
        self.batch = None;
        Ok(())
    }

    /// One optimiser step; after the last one it does nothing and reports the last step's number.
    ///
    /// A gradient that is not finite, or a batch of which more than half was dropped, sends the
    /// run back to its last keyframe with half the learning rate; the report says so.
    ///
    /// # Errors
    /// [`Error::NonFinite`] after too many rewinds.
    pub fn step(&mut self, executor: &impl Executor) -> Result<Report> {
        let Some((stage_index, progress)) = self.plan.locate(self.step) else {
            return Ok(Report {
                step: self.step,
                energy_evaluations: self.energy_evaluations(),
                ..Report::default()
            });
        };
        if self.step.is_multiple_of(KEYFRAME) && self.keyframe.step != self.step {
            self.take_keyframe();
        }
        let stage = &self.plan.stages[stage_index];
        let mut batch = match self.batch.take() {
            Some((index, batch)) if index == stage_index => batch,
            _ => {
                let terms = stage.terms(&self.plan.coordinate);
                Batch::new(stage, terms, self.generator.target.dim(), self.generator.theta.len())
            }
        };
        let rate = stage.learning_rate * stage.schedule.factor(progress) * self.rate_factor;
        batch.evaluate(&self.generator, self.examples.as_ref(), self.seed, self.step, executor);
        self.energy_evaluations += batch.energy_evaluations();

        let mostly_dropped = 2 * batch.observed.dropped > stage.batch;
        let norm = if mostly_dropped {
            f64::NAN
        } else {
            let theta = &mut self.generator.theta;
            self.plan.optimizer.step(rate, &batch.g_theta, &mut self.adam, theta, executor)
        };
        self.step += 1;
        let mut report = self.report(stage_index, rate, norm, &batch);
        if norm.is_finite() {
            if let Some(average) = &mut self.average {
                average.update(&self.generator.theta);
            }
            self.batch = Some((stage_index, batch));
        } else {
            report.rewound = Some(self.rewind(batch.g_theta.len())?);
        }
        Ok(report)
    }

    /// Back to the last keyframe with half the learning rate.
    fn rewind(&mut self, of: usize) -> Result<u64> {
        if self.rewinds >= MAX_REWINDS {
            return Err(Error::NonFinite { stage: "the gradient", step: self.step, count: of, of });
        }
        let keyframe = self.keyframe.clone();
        let step = keyframe.step;
        self.apply(keyframe);
        self.rate_factor *= 0.5;
        self.rewinds += 1;
        Ok(step)
    }

    fn report(&self, stage: usize, learning_rate: f64, norm: f64, batch: &Batch<T>) -> Report {
        let value = |name| {
            let found = batch.terms().iter().position(|t| t.loss.name() == name)?;
            Some(batch.values[found])
        };
        let prior = self.generator.prior;
        let n = batch.observed.count as f64;
        let seen = batch.observed.count > 0;
        let u = seen.then(|| batch.observed.u / n);
        let s = seen.then(|| prior.entropy() + batch.observed.log_det / n);
        let f = u.zip(s).map(|(u, s)| u - s);
        let eleven = 11.0;
        let temperatures = self.plan.stages[stage].temperatures.len() as f64;
        Report {
            step: self.step,
            stage,
            learning_rate,
            nll: value("ml").map(|v| v - prior.log_density(0.0)),
            u,
            s,
            f,
            kl: f.zip(self.plan.log_z).map(|(f, log_z)| f + log_z),
            rc: value("rc").map(|v| v - temperatures * eleven * Real::ln(eleven)),
            gradient_norm: norm,
            dropped: batch.observed.dropped,
            energy_evaluations: self.energy_evaluations(),
            rewound: None,
        }
    }

    fn moments(&self) -> Moments<T> {
        Moments {
            step: self.step,
            theta: self.generator.theta.clone(),
            adam: self.adam.clone(),
            average: self.average.as_ref().map_or_else(Vec::new, |a| a.theta.clone()),
            average_updates: self.average.as_ref().map_or(0, |a| a.t),
        }
    }

    /// As [`Trainer::moments`], into the buffers of the last keyframe.
    fn take_keyframe(&mut self) {
        let Self { keyframe, generator, adam, average, step, .. } = self;
        keyframe.step = *step;
        keyframe.theta.clone_from(&generator.theta);
        keyframe.adam.m.clone_from(&adam.m);
        keyframe.adam.v.clone_from(&adam.v);
        keyframe.adam.t = adam.t;
        if let Some(average) = average {
            keyframe.average.clone_from(&average.theta);
            keyframe.average_updates = average.t;
        }
    }

    fn apply(&mut self, moments: Moments<T>) {
        self.step = moments.step;
        self.generator.theta = moments.theta;
        self.adam = moments.adam;
        if let Some(average) = &mut self.average {
            average.theta = moments.average;
            average.t = moments.average_updates;
        }
    }

    /// All that is needed to go on elsewhere with the same bits.
    #[must_use]
    pub fn state(&self) -> TrainerState<T> {
        TrainerState {
            current: self.moments(),
            keyframe: self.keyframe.clone(),
            rate_factor: self.rate_factor,
            rewinds: self.rewinds,
            energy_evaluations: self.energy_evaluations,
        }
    }

    /// Goes on from a saved state of the same run.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if its sizes do not fit this run.
    pub fn restore(&mut self, state: TrainerState<T>) -> Result<()> {
        let n = self.generator.theta.len();
        for moments in [&state.current, &state.keyframe] {
            moments.check(n, self.average.is_some())?;
        }
        self.apply(state.current);
        self.keyframe = state.keyframe;
        self.rate_factor = state.rate_factor;
        self.rewinds = state.rewinds;
        self.energy_evaluations = state.energy_evaluations;
        Ok(())
    }
}

/// What a plan must fulfil.
fn check(plan: &Plan, examples: Option<&Examples>, dim: usize) -> Result<()> {
    for stage in &plan.stages {
        if stage.w_ml <= 0.0 && stage.w_kl <= 0.0 && stage.w_rc <= 0.0 {
            return Err(Error::setting("w_ml, w_kl, w_rc", 0, "not all zero in a stage"));
        }
        if stage.w_ml > 0.0 && examples.is_none() {
            return Err(Error::setting("w_ml", stage.w_ml, "0 where there are no examples"));
        }
        if stage.batch == 0 || stage.iterations == 0 || stage.temperatures.is_empty() {
            return Err(Error::setting("batch, iterations, temperatures", 0, "at least 1"));
        }
    }
    match examples {
        Some(e) if e.x().ncols() != dim => Err(Error::DimensionMismatch {
            what: "the examples",
            expected: dim,
            found: e.x().ncols(),
        }),
        _ => Ok(()),
    }
}
