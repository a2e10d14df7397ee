//! A training run, alone or with workers that compute a share of each step.

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

use boltzflow::num::{Result, Sequential};
use boltzflow::objective::{Source, value_specs};
use boltzflow::train::{Groups, Report, Stage, Trainer};

#[cfg(feature = "page")]
use boltzflow_model::restart;
use js_sys::{Array, Float32Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
#[cfg(feature = "page")]
use crate::keyframes::{Keyframe, Keyframes};
use crate::object::object;
use crate::stages::{change_in_stages, extend};

/// A training run; its clones are the same run.
///
/// A step is [`Training::step`]. Shared with other workers it is [`Training::begin`], then [`Training::map`],
/// [`Training::totals`] and [`Training::vjp`] for a part of the groups, with what the shares of the others send put
/// in its place, then [`Training::finish`], which computes whatever is still missing.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct Training {
    run: Rc<RefCell<Run>>,
}

#[derive(Debug)]
struct Run {
    trainer: Trainer<f32>,
    /// Rows of [`names`]: they may wait for long.
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

    /// Copies the parameters, and then the constants, to an array of as many numbers ([`Training::number_count`]).
    pub fn copy_numbers(&self, numbers: &Float32Array) {
        let trainer = self.trainer();
        let (theta, constants) = (trainer.theta(), trainer.constants());
        let n = theta.len() as u32;
        numbers.subarray(0, n).copy_from(theta);
        numbers.subarray(n, numbers.length()).copy_from(constants);
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
    pub fn vjp(&self, first: usize, end: usize) -> core::result::Result<(), JsValue> {
        self.groups().vjp(first..end, &Sequential).map_err(to_js)
    }

    /// Number of the whole subtrees that make up the groups `first..end`: each comes back as one vector.
    ///
    /// # Errors
    /// As above.
    pub fn subtrees(&self, first: usize, end: usize) -> core::result::Result<usize, JsValue> {
        self.groups().subtrees(first..end).map(|subtrees| subtrees.len()).map_err(to_js)
    }

    /// Takes values and gradients of the groups `first..end`, as [`crate::Share::vjp`] returns them.
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
        let mut put = || -> Result<()> {
            let subtrees = groups.subtrees(first..end)?;
            let each = values.len() / subtrees.len().max(1);
            for (i, subtree) in subtrees.into_iter().enumerate() {
                let place = groups.put_gradient(subtree, &values[i * each..][..each])?;
                part(gradients, i, place.len()).copy_to(place);
            }
            Ok(())
        };
        put().map_err(to_js)
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

    /// Number of trained parameters and of constants.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn number_count(&self) -> usize {
        let trainer = self.trainer();
        trainer.theta().len() + trainer.constants().len()
    }

    /// Operations of the longest stage's steps, about: six for each parameter and sample, on each side of the flow
    /// that has a loss.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn step_flop(&self) -> f64 {
        let trainer = self.trainer();
        let sides = |s: &Stage| {
            [Source::Prior, Source::Examples]
                .into_iter()
                .filter(|from| s.learns_from(*from))
                .count()
        };
        let samples = trainer.plan().stages.iter().map(|s| (s.batch * sides(s)) as f64);
        6.0 * trainer.theta().len() as f64 * samples.fold(0.0, f64::max)
    }

    /// Energy evaluations so far, those of examples included.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn energy_evaluations(&self) -> f64 {
        self.trainer().energy_evaluations() as f64
    }

    /// Reports since the last call, as objects `{ step, learning_rate, rewound, … }` with every value that objectives report
    /// by its name. Absent numbers are NaN.
    #[must_use]
    pub fn take_reports(&self) -> Array {
        let reports = core::mem::take(&mut self.run.borrow_mut().reports);
        let row = |row: &[f64]| {
            let numbers = row.iter().map(|number| JsValue::from_f64(*number));
            JsValue::from(object(names().zip(numbers)))
        };
        reports.chunks(names().count()).map(row).collect()
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
    pub fn numbers(&self) -> Vec<f32> {
        self.trainer().generator().numbers()
    }

    /// A digest of the parameters: equal on every machine that computes the same.
    #[must_use]
    pub fn digest(&self) -> String {
        self.digest_of(self.trainer().theta())
    }
}

impl Training {
    /// The digest of parameters of this run together with what its flow was fitted to, as models have it.
    pub(crate) fn digest_of(&self, theta: &[f32]) -> String {
        let trainer = self.trainer();
        format!("{:016x}", trainer.layout().digest(theta, trainer.constants()))
    }

    /// A run whose past nobody asks for.
    #[cfg(any(feature = "views", feature = "package"))]
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
        restart(&mut run.trainer, &theta, step, evaluations)?;
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

/// Names of the numbers of a report.
fn names() -> impl Iterator<Item = &'static str> {
    ["step", "learning_rate", "rewound"].into_iter().chain(value_specs().map(|spec| spec.name))
}

/// The numbers of a report, in the order of [`names`].
fn row(report: &Report) -> impl Iterator<Item = f64> {
    let or_nan = |v: Option<f64>| v.unwrap_or(f64::NAN);
    let rewound = or_nan(report.rewound.map(|step| step as f64));
    let values = value_specs().map(move |spec| or_nan(report.value(spec.name)));
    [report.step as f64, report.learning_rate, rewound].into_iter().chain(values)
}
