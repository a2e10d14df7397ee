//! The past of a training run: states from which it can be shown, or go on with the same bits.

use std::rc::Rc;

use boltzflow::num::Result;
use boltzflow::train::{Moments, Stage, Trainer, TrainerState};

/// Most keyframes, and the bytes that they may take.
const MOST: usize = 200;
const BYTES: usize = 32 << 20;

/// The state of a run at one step, with the plan as it was then.
#[derive(Clone, Debug)]
pub(crate) struct Keyframe {
    /// All but the state that a rewind would go back to, which many keyframes share.
    state: TrainerState<f32>,
    rewind: Rc<Moments<f32>>,
    stages: Rc<Vec<Stage>>,
}

impl Keyframe {
    fn of(trainer: &Trainer<f32>, last: Option<&Self>) -> Self {
        let mut state = trainer.state();
        let rewind = core::mem::take(&mut state.keyframe);
        let rewind = match last {
            Some(last) if last.rewind.step == rewind.step => last.rewind.clone(),
            _ => Rc::new(rewind),
        };
        let stages = match last {
            Some(last) if *last.stages == trainer.plan().stages => last.stages.clone(),
            _ => Rc::new(trainer.plan().stages.clone()),
        };
        Self { state, rewind, stages }
    }

    pub(crate) fn step(&self) -> u64 {
        self.state.current.step
    }

    /// Energy evaluations of training up to then.
    pub(crate) fn energy_evaluations(&self) -> u64 {
        self.state.energy_evaluations
    }

    /// The trained parameters.
    pub(crate) fn theta(&self) -> &[f32] {
        &self.state.current.theta
    }

    /// The parameters that samples are drawn with: averaged ones if the plan averages them.
    pub(crate) fn sampling_theta(&self) -> &[f32] {
        let Moments { theta, average, .. } = &self.state.current;
        if average.is_empty() { theta } else { average }
    }

    /// Puts a run of the same settings where this one was.
    pub(crate) fn restore(&self, trainer: &mut Trainer<f32>) -> Result<()> {
        trainer.adjust(|stages| stages.clone_from(&self.stages))?;
        trainer.restore(TrainerState { keyframe: (*self.rewind).clone(), ..self.state.clone() })
    }
}

/// Keyframes at multiples of some steps, in order; the longer the run, the further apart.
#[derive(Debug)]
pub(crate) struct Keyframes {
    frames: Vec<Keyframe>,
    every: u64,
}

impl Keyframes {
    /// With the run's present state as the first.
    pub(crate) fn new(trainer: &Trainer<f32>) -> Self {
        Self { frames: vec![Keyframe::of(trainer, None)], every: 1 }
    }

    /// That stay empty.
    #[cfg(any(feature = "views", feature = "package"))]
    pub(crate) fn none() -> Self {
        Self { frames: Vec::new(), every: u64::MAX }
    }

    /// Takes the run's state after a step, if one is due.
    pub(crate) fn record(&mut self, trainer: &Trainer<f32>) {
        let step = trainer.step_count();
        // A rewind, or a step after the last one, leads where the run has been.
        self.frames.retain(|frame| frame.step() < step);
        if !step.is_multiple_of(self.every) {
            return;
        }
        let frame = Keyframe::of(trainer, self.frames.last());
        self.frames.push(frame);
        while self.frames.len() > MOST || self.bytes() > BYTES {
            self.every *= 2;
            let every = self.every;
            self.frames.retain(|frame| frame.step().is_multiple_of(every));
            if self.frames.len() <= 2 {
                break;
            }
        }
    }

    /// Forgets what came after a step.
    pub(crate) fn truncate(&mut self, step: u64) {
        self.frames.retain(|frame| frame.step() <= step);
    }

    /// The keyframe of a step.
    pub(crate) fn at(&self, step: u64) -> Option<&Keyframe> {
        self.frames.iter().find(|frame| frame.step() == step)
    }

    /// The nearest keyframe.
    pub(crate) fn nearest(&self, step: f64) -> Option<&Keyframe> {
        let away = |frame: &&Keyframe| (frame.step() as f64 - step).abs();
        self.frames.iter().min_by(|a, b| away(a).total_cmp(&away(b)))
    }

    /// The last keyframe before a step.
    pub(crate) fn before(&self, step: f64) -> Option<&Keyframe> {
        self.frames.iter().rev().find(|frame| (frame.step() as f64) < step)
    }

    /// The first keyframe after a step.
    pub(crate) fn after(&self, step: f64) -> Option<&Keyframe> {
        self.frames.iter().find(|frame| frame.step() as f64 > step)
    }

    /// Bytes of all states, those shared counted once.
    fn bytes(&self) -> usize {
        let shared = |pair: &&[Keyframe]| !Rc::ptr_eq(&pair[0].rewind, &pair[1].rewind);
        let states = self.frames.len() + 1 + self.frames.windows(2).filter(shared).count();
        let numbers = self.frames.first().map_or(0, |frame| {
            let Moments { theta, average, .. } = &frame.state.current;
            3 * theta.len() + average.len()
        });
        states * numbers * size_of::<f32>()
    }
}
