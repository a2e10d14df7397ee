//! The workloads of the benchmarks, and what their rates are measured against.

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::num::{Real, Result, Sequential, digest};
use boltzflow::objective::Source;
use boltzflow_workloads::{WORKLOADS, Workload, workload};
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::object::object;
use crate::share::Share;
use crate::training::Training;

/// The workloads: `[{ name, summary, batch, step_flop, sample_flop }]`.
#[wasm_bindgen]
#[must_use]
pub fn workloads() -> Array {
    let entry = |w: &Workload| {
        object([
            ("name", w.name.into()),
            ("summary", w.summary.into()),
            ("batch", w.batch.into()),
            ("step_flop", w.step_flop().into()),
            ("sample_flop", w.sample_flop().into()),
        ])
    };
    WORKLOADS.iter().map(|w| JsValue::from(entry(w))).collect()
}

/// Multiply-adds in registers alone; the number of operations.
#[wasm_bindgen]
#[must_use]
pub fn peak(rounds: usize) -> f64 {
    (f32::kernels().multiply_adds)(rounds)
}

fn find(name: &str, by_examples: bool) -> Result<(&'static Workload, Source)> {
    let source = if by_examples { Source::Examples } else { Source::Prior };
    Ok((workload(name)?, source))
}

#[wasm_bindgen]
impl Training {
    /// The training of a workload, by energy or by examples.
    ///
    /// # Errors
    /// `unknown-name` for a workload that there is not.
    pub fn of_workload(name: &str, by_examples: bool) -> core::result::Result<Training, JsValue> {
        let trainer = find(name, by_examples).and_then(|(w, source)| w.trainer(source));
        trainer.map(Self::new).map_err(to_js)
    }

    /// ∂L/∂θ of the last step.
    #[must_use]
    pub fn gradient(&self) -> Vec<f32> {
        self.trainer().gradient().to_vec()
    }

    /// A digest of [`Training::gradient`].
    #[must_use]
    pub fn gradient_digest(&self) -> String {
        format!("{:016x}", digest(self.trainer().gradient()))
    }

    /// What draws samples with the parameters of now.
    #[must_use]
    pub fn sampler(&self) -> Sampler {
        Sampler { generator: self.trainer().generator() }
    }
}

#[wasm_bindgen]
impl Share {
    /// The share of a workload, see [`Training::of_workload`].
    ///
    /// # Errors
    /// As there.
    pub fn of_workload(name: &str, by_examples: bool) -> core::result::Result<Share, JsValue> {
        let share = find(name, by_examples).and_then(|(w, source)| w.share(source));
        share.map(Self::of).map_err(to_js)
    }
}

/// Draws samples, for measuring.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Sampler {
    generator: BoltzmannGenerator<f32>,
}

#[wasm_bindgen]
impl Sampler {
    /// Draws samples with their weights; the sum of their energies.
    #[must_use]
    pub fn draw(&self, count: usize, seed: f64) -> f64 {
        self.generator.sample(count, seed as u64, &Sequential).u.iter().sum()
    }
}
