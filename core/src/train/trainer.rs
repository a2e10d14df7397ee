//! The training loop.

use alloc::vec::Vec;

use nalgebra::DMatrix;

use super::groups::Complete;
use super::held_out::{HeldOut, LOOK};
use super::{Examples, Groups, Moments, Plan, Report, Stage, TrainerState};
use crate::generator::BoltzmannGenerator;
use crate::nn::ParamLayout;
use crate::num::{Error, Executor, Real, Result};
use crate::objective::{Goal, Known, Source};
use crate::optim::{AdamState, MovingAverage};

/// Steps between keyframes, to which a rewind goes back.
const KEYFRAME: u64 = 50;
/// Rewinds after which a run gives up.
const MAX_REWINDS: u64 = 30;

/// Trains a generator by a plan. Deterministic: θ after a step is a function of plan, examples,
/// seed and step, on any executor, with any number of interruptions.
///
/// ```
/// use boltzflow::num::Sequential;
/// use boltzflow::preset::preset;
///
/// let mut settings = preset("double-well-by-energy")?;
/// settings.stages[0].iterations = 5;
/// let mut trainer = settings.trainer::<f32>(None)?;
/// while !trainer.is_done() {
///     trainer.step(&Sequential)?;
/// }
/// let samples = trainer.generator().sample(100, 1, &Sequential);
/// assert_eq!(samples.x.nrows(), 100);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Debug)]
pub struct Trainer<T: Real> {
    groups: Groups<T>,
    /// True between [`Trainer::begin`] and [`Trainer::finish`].
    begun: bool,
    step: u64,
    adam: AdamState<T>,
    average: Option<MovingAverage<T>>,
    keyframe: Moments<T>,
    rate_factor: f64,
    rewinds: u64,
    held_out: Option<HeldOut<T>>,
    skipped: u64,
    lowest: f64,
    energy_evaluations: u64,
}

impl<T: Real> Trainer<T> {
    /// A run at step 0.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] if a stage learns from nothing, from examples that are not given, or by a derivative that the
    /// flow lacks; [`Error::UnknownName`] for a weight of no objective; [`Error::DimensionMismatch`] if the examples belong to another system.
    pub fn new(
        generator: BoltzmannGenerator<T>,
        plan: Plan,
        examples: Option<Examples>,
        seed: u64,
    ) -> Result<Self> {
        let n = generator.theta.len();
        let average = (plan.moving_average > 0.0)
            .then(|| MovingAverage::new(&generator.theta, plan.moving_average));
        let groups = Groups::new(generator, plan, examples, seed)?;
        let held_out = groups.examples.as_ref().and_then(Examples::held_out);
        let held_out = held_out.map(|e| HeldOut::new(e, &groups.generator)).transpose()?;
        let mut trainer = Self {
            held_out,
            skipped: 0,
            lowest: f64::INFINITY,
            keyframe: Moments::default(),
            adam: AdamState::new(n),
            average,
            groups,
            begun: false,
            step: 0,
            rate_factor: 1.0,
            rewinds: 0,
            energy_evaluations: 0,
        };
        trainer.keyframe = trainer.moments();
        Ok(trainer)
    }

    /// Trains for an objective of one's own, too, in every stage; its value is among those of the reports.
    ///
    /// # Errors
    /// As [`Trainer::new`], if it needs what there is not.
    pub fn with_goal(mut self, weight: f64, goal: Goal<T>) -> Result<Self> {
        self.groups.add(weight, goal)?;
        Ok(self)
    }

    /// Steps done.
    #[must_use]
    pub fn step_count(&self) -> u64 {
        self.step
    }

    /// Steps of the whole plan, less those that were left out.
    #[must_use]
    pub fn total_steps(&self) -> u64 {
        self.groups.plan.total_steps().saturating_sub(self.skipped)
    }

    /// Steps of the plan that were left out because a stage ended early ([`Stage::stop_rise`]).
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// True after the last step.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.step >= self.total_steps()
    }

    /// The seed of all random streams.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.groups.seed
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.groups.plan
    }

    /// The examples, if there are any.
    #[must_use]
    pub fn examples(&self) -> Option<&Examples> {
        self.groups.examples.as_ref()
    }

    /// Puts a configuration `x` (`dim`) in place of example `i`, for runs whose examples come from elsewhere as it goes
    /// on: later steps see it. Their state has to be saved with the run, which goes on with the same bits only
    /// from the same examples.
    pub fn set_example(&mut self, i: usize, x: &[f64]) {
        if let Some(examples) = &mut self.groups.examples {
            examples.set(i, x);
        }
    }

    /// Trains for another temperature (kT in the units of the energy) from the next step on; `log_z` is log Z of the target
    /// there, if it is known: that of the temperature before no longer holds.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless the temperature is positive.
    pub fn set_temperature(&mut self, temperature: f64, log_z: Option<f64>) -> Result<()> {
        let Groups { generator, plan, .. } = &mut self.groups;
        generator.target = generator.target.at_temperature(temperature)?;
        plan.log_z = log_z;
        Ok(())
    }

    /// Energy evaluations so far: examples and training, steps that were rewound included.
    #[must_use]
    pub fn energy_evaluations(&self) -> u64 {
        self.energy_evaluations + self.examples().map_or(0, Examples::energy_evaluations)
    }

    /// The generator to draw samples with: with averaged parameters if the plan averages them.
    #[must_use]
    pub fn generator(&self) -> BoltzmannGenerator<T> {
        let mut generator = self.groups.generator.clone();
        if let Some(average) = &self.average {
            generator.theta.clone_from(&average.theta);
        }
        generator
    }

    /// The parameters being trained.
    #[must_use]
    pub fn theta(&self) -> &[T] {
        self.groups.theta()
    }

    /// What the flow was fitted to: training leaves it alone, and its state does not hold it.
    #[must_use]
    pub fn constants(&self) -> &[T] {
        self.groups.constants()
    }

    /// The names and the order of all numbers of the flow.
    #[must_use]
    pub fn layout(&self) -> ParamLayout {
        self.groups.layout()
    }

    /// Takes the constants of another run of the same flow, before a state of that run is restored.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if their number does not fit, or one is not finite.
    pub fn set_constants(&mut self, constants: &[T]) -> Result<()> {
        super::state::check("constants", constants, self.constants().len())?;
        self.groups.generator.constants.copy_from_slice(constants);
        Ok(())
    }

    /// ∂L/∂θ of the last step that was finished, before clipping; empty before the first one, and while one is under way.
    #[must_use]
    pub fn gradient(&self) -> &[T] {
        self.groups.total_gradient()
    }

    /// Changes the stages of the plan, now or while it runs; refused changes leave the plan as it was.
    ///
    /// # Errors
    /// As [`Trainer::new`].
    pub fn adjust(&mut self, change: impl FnOnce(&mut Vec<Stage>)) -> Result<()> {
        self.begun = false;
        self.groups.adjust(change)
    }

    /// One optimiser step; after the last one it does nothing and reports the last step's number.
    ///
    /// A gradient that is not finite, or a batch of which more than half was dropped, sends the
    /// run back to its last keyframe with half the learning rate; the report says so.
    ///
    /// # Errors
    /// [`Error::NonFinite`] after too many rewinds.
    pub fn step(&mut self, executor: &impl Executor) -> Result<Report> {
        self.begin();
        self.finish(executor)
    }

    /// Begins a step and returns its groups, for those who compute some of them elsewhere (see [`super::Share`]);
    /// after the last step there are none.
    pub fn begin(&mut self) -> &mut Groups<T> {
        if self.step.is_multiple_of(KEYFRAME) && self.keyframe.step != self.step {
            self.take_keyframe();
        }
        self.begun = self.groups.open(self.step, self.skipped);
        &mut self.groups
    }

    /// The first `count` samples that the next step draws, at most those of its first group: latent points, or examples.
    /// `None` after the last step, or without examples.
    #[must_use]
    pub fn next_samples(&self, source: Source, count: usize) -> Option<DMatrix<T>> {
        self.groups.first_samples(source, count, self.step, self.step + self.skipped)
    }

    /// The groups of the step that was begun.
    pub fn groups(&mut self) -> &mut Groups<T> {
        &mut self.groups
    }

    /// Ends the step that was begun, or a new one: computes what is still missing, and updates θ. As
    /// [`Trainer::step`] otherwise.
    ///
    /// # Errors
    /// As [`Trainer::step`].
    pub fn finish(&mut self, executor: &impl Executor) -> Result<Report> {
        if !self.begun {
            self.begin();
        }
        self.begun = false;
        let done = self.groups.complete(executor);
        let Some(Complete { batch, theta, stage, progress, plan, prior }) = done else {
            return Ok(Report {
                step: self.step,
                energy_evaluations: self.energy_evaluations(),
                ..Report::default()
            });
        };
        let Stage { batch: size, learning_rate, schedule, .. } = &plan.stages[stage];
        let rate = learning_rate * schedule.factor(progress) * self.rate_factor;
        let dropped = batch.dropped();
        let lost = 2 * dropped > *size;
        let norm = if lost { f64::NAN } else { batch.norm };
        plan.optimizer.step(rate, batch.gradient(), norm, &mut self.adam, theta, executor);
        self.step += 1;
        self.energy_evaluations += batch.energy_evaluations();
        let values = batch.report(Known::new(prior, plan.log_z));
        let mut report = Report {
            step: self.step,
            stage,
            learning_rate: rate,
            values,
            gradient_norm: norm,
            dropped,
            energy_evaluations: self.energy_evaluations(),
            ..Report::default()
        };
        if norm.is_finite() {
            if let Some(average) = &mut self.average {
                average.update(self.groups.theta());
            }
        } else {
            report.rewound = Some(self.rewind()?);
        }
        self.look(&mut report, executor);
        Ok(report)
    }

    /// Looks at the held-out examples from time to time, and leaves out what remains of a stage when they are described worse
    /// than it allows.
    fn look(&mut self, report: &mut Report, executor: &impl Executor) {
        let Self { held_out, groups, average, .. } = self;
        let Some(held_out) = held_out.as_mut().filter(|_| self.step.is_multiple_of(LOOK)) else {
            return;
        };
        // With the average, if there is one, and without a copy of it.
        let mut averaged = average.as_mut().map(|average| &mut average.theta);
        if let Some(theta) = &mut averaged {
            core::mem::swap(*theta, &mut groups.generator.theta);
        }
        let nll = held_out.nll(&groups.generator, executor);
        if let Some(theta) = &mut averaged {
            core::mem::swap(*theta, &mut groups.generator.theta);
        }
        report.held_out = Some(nll);
        let rise = groups.plan.stages[report.stage].stop_rise;
        if rise > 0.0 && nll > self.lowest + rise {
            let end = groups.plan.end_of(report.stage);
            report.stopped = end > self.step + self.skipped;
            self.skipped = self.skipped.max(end.saturating_sub(self.step));
        }
        self.lowest = self.lowest.min(nll);
    }

    /// Back to the last keyframe with half the learning rate.
    fn rewind(&mut self) -> Result<u64> {
        if self.rewinds >= MAX_REWINDS {
            let of = self.adam.m.len();
            return Err(Error::NonFinite { stage: "the gradient", step: self.step, count: of, of });
        }
        let keyframe = core::mem::take(&mut self.keyframe);
        self.apply(&keyframe);
        self.keyframe = keyframe;
        self.rate_factor *= 0.5;
        self.rewinds += 1;
        Ok(self.step)
    }

    fn moments(&self) -> Moments<T> {
        Moments {
            step: self.step,
            theta: self.theta().to_vec(),
            adam: self.adam.clone(),
            average: self.average.as_ref().map_or_else(Vec::new, |a| a.theta.clone()),
            average_updates: self.average.as_ref().map_or(0, |a| a.t),
        }
    }

    /// As [`Trainer::moments`], into the buffers of the last keyframe.
    fn take_keyframe(&mut self) {
        let Self { keyframe, groups, adam, average, step, .. } = self;
        keyframe.step = *step;
        keyframe.theta.copy_from_slice(groups.theta());
        keyframe.adam.m.clone_from(&adam.m);
        keyframe.adam.v.clone_from(&adam.v);
        keyframe.adam.t = adam.t;
        if let Some(average) = average {
            keyframe.average.clone_from(&average.theta);
            keyframe.average_updates = average.t;
        }
    }

    /// Goes to a state, in the buffers that there are.
    fn apply(&mut self, moments: &Moments<T>) {
        self.step = moments.step;
        self.begun = false;
        self.groups.generator.theta.clone_from(&moments.theta);
        self.adam.m.clone_from(&moments.adam.m);
        self.adam.v.clone_from(&moments.adam.v);
        self.adam.t = moments.adam.t;
        if let Some(average) = &mut self.average {
            average.theta.clone_from(&moments.average);
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
            skipped: self.skipped,
            lowest: self.lowest,
            energy_evaluations: self.energy_evaluations,
        }
    }

    /// Goes on from a saved state of the same run.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if its sizes do not fit this run.
    pub fn restore(&mut self, state: TrainerState<T>) -> Result<()> {
        let n = self.theta().len();
        for moments in [&state.current, &state.keyframe] {
            moments.check(n, self.average.is_some())?;
        }
        self.apply(&state.current);
        self.keyframe = state.keyframe;
        self.rate_factor = state.rate_factor;
        self.rewinds = state.rewinds;
        self.skipped = state.skipped;
        self.lowest = state.lowest;
        self.energy_evaluations = state.energy_evaluations;
        Ok(())
    }
}
