//! The classical way beside the one-shot draws: a Markov chain that starts in one state.

use boltzflow::num::Result;
use boltzflow::sampler::{self, Chain};
use boltzflow::setting::{Parameters, Value};
use boltzflow::system::Coordinate;
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Pretrained;
use crate::error::to_js;
use crate::object::{f32_array, f64_array, object};

/// Leapfrog steps of a trajectory, and the first length of one; it is tuned.
const LEAPFROG_STEPS: f64 = 16.0;
const STEP_SIZE: f64 = 0.01;
/// Trajectories that relax the first configuration and tune the step.
const BURN_IN: usize = 200;
/// Batch of samples that the first configuration is taken from.
const START: u64 = 0;

/// Hamiltonian Monte Carlo of the system itself, without a bias and without the flow.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Simulation {
    chain: Chain,
    coordinate: Coordinate,
    steps: u64,
    crossings: u32,
    side: bool,
}

#[wasm_bindgen]
impl Pretrained {
    /// A simulation that starts in the first state of the coordinate.
    ///
    /// # Errors
    /// `invalid-data` if the flow does not reach that state.
    pub fn simulation(&self) -> core::result::Result<Simulation, JsValue> {
        self.chain().map_err(to_js)
    }
}

impl Pretrained {
    fn chain(&self) -> Result<Simulation> {
        let mut parameters = Parameters::new();
        parameters.set("step_size", Value::Number(STEP_SIZE));
        parameters.set("steps", Value::Number(LEAPFROG_STEPS));
        let kernel = sampler::build("hmc", &parameters)?;
        let target = self.model.generator.target.clone().biased(None);
        let start = self.lowest(true, START)?;
        let mut chain = Chain::new(kernel, &target, &start, self.model.settings.seed, 0)?;
        chain.burn_in(BURN_IN, true);
        let coordinate = self.coordinate.clone();
        Ok(Simulation { chain, coordinate, steps: 0, crossings: 0, side: true })
    }
}

#[wasm_bindgen]
impl Simulation {
    /// So many steps; `{ x, d, steps, crossings, energy_evaluations }`: where it is (f32), the coordinate after each of them, and
    /// all steps, changes of state and evaluations so far.
    #[must_use]
    pub fn advance(&mut self, steps: usize) -> Object {
        let trajectory = self.chain.sample(steps, 1);
        let mut d = vec![0.0; steps];
        self.coordinate.values(&trajectory.x, &mut d);
        for d in &d {
            let side = *d < self.coordinate.boundary;
            self.crossings += u32::from(side != self.side);
            self.side = side;
        }
        self.steps += steps as u64;
        let last = trajectory.x.nrows().saturating_sub(1);
        let x: Vec<f32> = trajectory.x.row(last).iter().map(|v| *v as f32).collect();
        object([
            ("x", f32_array(&x)),
            ("d", f64_array(&d)),
            ("steps", (self.steps as f64).into()),
            ("crossings", self.crossings.into()),
            ("energy_evaluations", (self.chain.state().evaluations() as f64).into()),
        ])
    }
}
