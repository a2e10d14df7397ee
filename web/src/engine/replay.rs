//! The run as it was at an earlier step, and training that goes on from there.

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::num::{Error, Result};
use boltzflow::train::Examples;
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Engine;
use crate::error::to_js;
use crate::keyframes::Keyframe;
use crate::object::object;

#[wasm_bindgen]
impl Engine {
    /// Shows the run at a keyframe from now on: the one nearest to `step`, the last before it (`direction` below 0) or the
    /// first after it (above 0). `{ step, digest }`; undefined if there is none, or `step` is NaN: then the present is shown.
    pub fn replay(&self, step: f64, direction: i32) -> Option<Object> {
        let keyframes = self.training.keyframes();
        let found = match direction {
            _ if step.is_nan() => None,
            ..0 => keyframes.before(step),
            0 => keyframes.nearest(step),
            1.. => keyframes.after(step),
        };
        self.shown.set(found.map(Keyframe::step));
        found.map(|frame| {
            let digest = self.training.digest_of(frame.theta());
            object([("step", (frame.step() as f64).into()), ("digest", digest.into())])
        })
    }

    /// Puts the run back to the keyframe that is shown: it goes on with the bits with which it went on then.
    ///
    /// # Errors
    /// `invalid-setting` if the present is shown.
    pub fn resume(&self) -> core::result::Result<(), JsValue> {
        self.go_back().map_err(to_js)
    }
}

impl Engine {
    /// The generator that everything is shown with: the present one, or that of the keyframe that is shown.
    pub(crate) fn generator(&self) -> BoltzmannGenerator<f32> {
        let mut generator = self.training.trainer().generator();
        if let Some(frame) =
            self.shown.get().and_then(|step| self.training.keyframes().at(step).cloned())
        {
            frame.sampling_theta().clone_into(&mut generator.theta);
        }
        generator
    }

    /// The step that is shown.
    pub(crate) fn step(&self) -> u64 {
        self.shown.get().unwrap_or_else(|| self.training.trainer().step_count())
    }

    /// Energy evaluations up to what is shown, those of examples included.
    pub(crate) fn energy_evaluations(&self) -> u64 {
        let trainer = self.training.trainer();
        let examples = trainer.examples().map_or(0, Examples::energy_evaluations);
        let keyframes = self.training.keyframes();
        let frame = self.shown.get().and_then(|step| keyframes.at(step));
        frame.map_or(trainer.energy_evaluations(), |f| f.energy_evaluations() + examples)
    }

    fn go_back(&self) -> Result<()> {
        let shown = self.shown.take();
        let frame = shown.and_then(|step| self.training.keyframes().at(step).cloned());
        let allowed = "a keyframe that is shown";
        let frame = frame.ok_or_else(|| Error::setting("resume", "the present", allowed))?;
        self.training.go_back(&frame)
    }
}
