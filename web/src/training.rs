//! A training run, alone or with workers that compute a share of each step.

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

use boltzflow::num::{Result, Sequential, digest};
use boltzflow::train::{Groups, Report, Stage, Trainer};
use boltzflow_model::blocks;
#[cfg(feature = "page")]
use boltzflow_model::restart;
use js_sys::Float32Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
#[cfg(feature = "page")]
use crate::keyframes::{Keyframe, Keyframes};
use crate::stages::{change_in_stages, extend};

/// A training run; its clones are the same run.
///
/// A step is [`Training::step`]. Shared with other workers it is [`Training::begin`], then [`Training::map`],
/// [`Training::totals`] and [`Training::pull_back`] for a part of the groups, with what the shares of the others send put
/// in its place, then [`Training::finish`], which computes whatever is still missing.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct Training {
    run: Rc<RefCell<Run>>,
}

#[derive(Debug)]
struct Run {
    trainer: Trainer<f32>,
    reports: Vec<f64>,
    #[cfg(feature = "page")]
    keyframes: Keyframes,
}

#[wasm_bindgen]
impl Training {
    /// One training step; its report waits for [`Training::take_reports`].
    ///
    /// # Errors
    /// `not-finite` after too many rewinds.
    pub fn step(&self) -> core::result::Result<(), JsValue> {
        self.run.borrow_mut().trainer.begin();
        self.finish()
    }

    /// Begins a step; the number of its groups, 0 after the last step.
    #[must_use]
    pub fn begin(&self) -> usize {
        self.run.borrow_mut().trainer.begin().count()
    }

    /// Copies the parameters to an array of as many numbers.
    pub fn copy_theta(&self, theta: &Float32Array) {
        theta.copy_from(self.trainer().theta());
    }

    /// First pass of the groups `first..end`.
    ///
    /// # Errors
    /// `invalid-setting` for groups that there are not; so in all that follow.
    pub fn map(&self, first: usize, end: usize) -> core::result::Result<(), JsValue> {
        self.groups().map(first..end, &Sequential).map_err(to_js)
    }

    /// Takes the sums of the groups `first..end`, as [`crate::Share::map`] returns them.
    ///
    /// # Errors
    /// `dimension-mismatch` for those of another run; so in all that follow.
    pub fn put_sums(
        &self,
        first: usize,
        end: usize,
        sums: &[f64],
    ) -> core::result::Result<(), JsValue> {
        let mut groups = self.groups();
        let each = sums.len() / (end - first).max(1);
        let put = |group| groups.put_sums(group, &sums[(group - first) * each..][..each]);
        (first..end).try_for_each(put).map_err(to_js)
    }

    /// The sums of all groups added up; makes the first pass of those that lack it.
    #[must_use]
    pub fn totals(&self) -> Vec<f64> {
        self.groups().totals(&Sequential).to_vec()
    }

    /// Second pass of the groups `first..end`.
    ///
    /// # Errors
    /// As above.
    pub fn pull_back(&self, first: usize, end: usize) -> core::result::Result<(), JsValue> {
        self.groups().pull_back(first..end, &Sequential).map_err(to_js)
    }

    /// Takes values and gradients of the groups `first..end`, as [`crate::Share::pull_back`] returns them.
    ///
    /// # Errors
    /// As above.
    pub fn put_gradients(
        &self,
        first: usize,
        end: usize,
        values: &[f64],
        gradients: &Float32Array,
    ) -> core::result::Result<(), JsValue> {
        let mut groups = self.groups();
        let each = values.len() / (end - first).max(1);
        let mut put = |group: usize| -> Result<()> {
            let i = group - first;
            let place = groups.put_gradient(group, &values[i * each..][..each])?;
            part(gradients, i, place.len()).copy_to(place);
            Ok(())
        };
        (first..end).try_for_each(&mut put).map_err(to_js)
    }

    /// Ends the step that was begun; its report waits for [`Training::take_reports`].
    ///
    /// # Errors
    /// As [`Training::step`].
    pub fn finish(&self) -> core::result::Result<(), JsValue> {
        let mut run = self.run.borrow_mut();
        let report = run.trainer.finish(&Sequential).map_err(to_js)?;
        run.reports.extend(row(&report));
        run.remember();
        Ok(())
    }

    /// Steps done.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn step_count(&self) -> f64 {
        self.trainer().step_count() as f64
    }

    /// Steps of the whole plan.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn total_steps(&self) -> f64 {
        self.trainer().total_steps() as f64
    }

    /// Steps of the plan that were left out because a stage ended early.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn skipped(&self) -> f64 {
        self.trainer().skipped() as f64
    }

    /// True after the last step.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.trainer().is_done()
    }

    /// Number of trained parameters.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.trainer().theta().len()
    }

    /// Operations of the longest stage's steps, about: six for each parameter and sample, on each side of the flow
    /// that has a loss.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn step_flop(&self) -> f64 {
        let trainer = self.trainer();
        let sides = |s: &Stage| u8::from(s.w_ml > 0.0) + u8::from(s.w_kl > 0.0 || s.w_rc > 0.0);
        let samples = trainer.plan().stages.iter().map(|s| s.batch as f64 * f64::from(sides(s)));
        6.0 * trainer.theta().len() as f64 * samples.fold(0.0, f64::max)
    }

    /// Energy evaluations so far, those of examples included.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn energy_evaluations(&self) -> f64 {
        self.trainer().energy_evaluations() as f64
    }

    /// Reports since the last call, rows of: step, KL, negative log-likelihood, U, S, F, learning rate, the
    /// step gone back to. Absent numbers are NaN.
    #[must_use]
    pub fn take_reports(&self) -> Vec<f64> {
        core::mem::take(&mut self.run.borrow_mut().reports)
    }

    /// Changes a setting of the stages while training runs.
    ///
    /// # Errors
    /// `unknown-name`, `invalid-setting`; the run stays as it was.
    pub fn adjust(&self, key: &str, text: &str) -> core::result::Result<(), JsValue> {
        let change = change_in_stages(key, text);
        change.and_then(|change| self.run.borrow_mut().trainer.adjust(change)).map_err(to_js)
    }

    /// Adds a stage of 300 steps at a low constant rate.
    ///
    /// # Errors
    /// None in practice: the new stage is like the last one.
    pub fn extend(&self) -> core::result::Result<(), JsValue> {
        self.run.borrow_mut().trainer.adjust(extend).map_err(to_js)
    }

    /// All numbers that samples are drawn with now, block after block: for another module.
    #[must_use]
    pub fn blocks(&self) -> Vec<f32> {
        blocks(&self.trainer().generator())
    }

    /// A digest of the parameters: equal on every machine that computes the same.
    #[must_use]
    pub fn digest(&self) -> String {
        format!("{:016x}", digest(self.trainer().theta()))
    }
}

impl Training {
    /// A run whose past nobody asks for.
    pub(crate) fn new(trainer: Trainer<f32>) -> Self {
        Self::of(Run {
            trainer,
            reports: Vec::new(),
            #[cfg(feature = "page")]
            keyframes: Keyframes::none(),
        })
    }

    #[cfg(feature = "page")]
    pub(crate) fn with_keyframes(trainer: Trainer<f32>) -> Self {
        let keyframes = Keyframes::new(&trainer);
        Self::of(Run { trainer, reports: Vec::new(), keyframes })
    }

    fn of(run: Run) -> Self {
        Self { run: Rc::new(RefCell::new(run)) }
    }

    #[cfg(feature = "page")]
    pub(crate) fn keyframes(&self) -> Ref<'_, Keyframes> {
        Ref::map(self.run.borrow(), |run| &run.keyframes)
    }

    /// Puts the run back to one of its keyframes; what came after it is forgotten.
    #[cfg(feature = "page")]
    pub(crate) fn go_back(&self, frame: &Keyframe) -> Result<()> {
        let mut run = self.run.borrow_mut();
        let Run { trainer, reports, keyframes } = &mut *run;
        frame.restore(trainer)?;
        reports.clear();
        keyframes.truncate(frame.step());
        Ok(())
    }

    pub(crate) fn trainer(&self) -> Ref<'_, Trainer<f32>> {
        Ref::map(self.run.borrow(), |run| &run.trainer)
    }

    /// Goes on from parameters that were trained elsewhere, without the optimiser's memory: its past begins there.
    #[cfg(feature = "page")]
    pub(crate) fn restart(&self, theta: Vec<f32>, step: u64, evaluations: u64) -> Result<()> {
        let mut run = self.run.borrow_mut();
        restart(&mut run.trainer, theta, step, evaluations)?;
        run.keyframes = Keyframes::new(&run.trainer);
        Ok(())
    }

    fn groups(&self) -> RefMut<'_, Groups<f32>> {
        RefMut::map(self.run.borrow_mut(), |run| run.trainer.groups())
    }
}

impl Run {
    /// Keeps the state of now, where a past is kept.
    #[cfg(feature = "page")]
    fn remember(&mut self) {
        self.keyframes.record(&self.trainer);
    }

    #[cfg(not(feature = "page"))]
    fn remember(&self) {}
}

/// The numbers of part `i` of an array in parts of `len`.
pub(crate) fn part(array: &Float32Array, i: usize, len: usize) -> Float32Array {
    array.subarray((i * len) as u32, ((i + 1) * len) as u32)
}

/// A report as a row of [`Training::take_reports`].
fn row(report: &Report) -> [f64; 8] {
    let or_nan = |v: Option<f64>| v.unwrap_or(f64::NAN);
    [
        report.step as f64,
        or_nan(report.kl),
        or_nan(report.nll),
        or_nan(report.u),
        or_nan(report.s),
        or_nan(report.f),
        report.learning_rate,
        or_nan(report.rewound.map(|step| step as f64)),
    ]
}
