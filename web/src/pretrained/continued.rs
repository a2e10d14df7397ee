//! Training that goes on from a checkpoint, with examples made anew.

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Result;
use boltzflow::optim::Schedule;
use boltzflow::train::{Examples, Plan, Trainer};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Pretrained;
use crate::error::to_js;
use crate::share::Share;
use crate::training::Training;

/// The short run of umbrella windows that makes the examples: about a second in all.
const BURN_IN: usize = 300;
const STEPS: usize = 400;
/// Its seed: other examples than those of the checkpoint.
const SEED: u64 = 0x6d6f_7265;
/// Steps of a stage; the learning rate in it, as a part of that of the last stage of the settings, for the moments of the optimiser are not
/// in the checkpoint.
const ITERATIONS: u64 = 3000;
const RATE: f64 = 0.1;

#[wasm_bindgen]
impl Pretrained {
    /// Training from the parameters of now, by energy and by examples as in the last stage of the settings, at a tenth of its learning
    /// rate. The examples come from a short umbrella simulation without the coordinate's own energy.
    ///
    /// # Errors
    /// Those of the settings.
    pub fn train(&self) -> core::result::Result<Training, JsValue> {
        self.trainer().map(Training::new).map_err(to_js)
    }

    /// The share of that training for a helping worker.
    ///
    /// # Errors
    /// As there.
    pub fn share(&self) -> core::result::Result<Share, JsValue> {
        self.part().map(Share::of).map_err(to_js)
    }
}

impl Pretrained {
    fn trainer(&self) -> Result<Trainer<f32>> {
        let examples = self.examples()?;
        Trainer::new(
            self.model.generator.clone(),
            self.plan()?,
            Some(examples),
            self.model.settings.seed,
        )
    }

    fn part(&self) -> Result<boltzflow::train::Share<f32>> {
        let (examples, seed) = (self.examples()?, self.model.settings.seed);
        boltzflow::train::Share::new(
            self.model.generator.clone(),
            self.plan()?,
            Some(examples),
            seed,
        )
    }

    fn plan(&self) -> Result<Plan> {
        let mut plan = self.model.settings.plan(None)?;
        let mut stage = plan.stages.pop().unwrap_or_default();
        stage.iterations = ITERATIONS;
        stage.learning_rate *= RATE;
        stage.schedule = Schedule::Constant;
        stage.stop_rise = 0.0;
        plan.stages = vec![stage];
        Ok(plan)
    }

    /// Fresh examples of the target that was learnt: weighted from the bias that their own windows suggest to the checkpoint's.
    fn examples(&self) -> Result<Examples> {
        let mut settings = self.model.settings.clone();
        settings.seed ^= SEED;
        settings.example_burn_in = BURN_IN;
        settings.example_steps = STEPS;
        settings.example_held_out = 0.0;
        let Some(made) = settings.examples()? else {
            // A plan without examples: one that the trainer never looks at.
            return Examples::new(DMatrix::zeros(1, self.model.generator.target.dim()), None, 0);
        };
        let (own, learnt) = (made.bias(), self.model.generator.target.bias());
        let mut d = vec![0.0; made.x().nrows()];
        self.coordinate.values(made.x(), &mut d);
        let kt = self.model.settings.temperature;
        let reweighted = |(i, d): (usize, &f64)| {
            let v = |bias: Option<&std::sync::Arc<boltzflow::system::Bias>>| {
                bias.map_or(0.0, |bias| bias.energy_slope(*d).0)
            };
            made.weight(i) * ((v(own) - v(learnt)) / kt).exp()
        };
        let weights: Vec<f64> = d.iter().enumerate().map(reweighted).collect();
        let x = match self.model.settings.cell()? {
            Some(cell) => cell.augment(made.x()),
            None => made.x().clone(),
        };
        let weights = weights.iter().copied().cycle().take(x.nrows()).collect();
        let examples = Examples::new(x, Some(weights), made.energy_evaluations())?;
        Ok(examples.with_bias(learnt.cloned()))
    }
}
