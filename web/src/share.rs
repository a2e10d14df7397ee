//! The share of a training run that a helping worker holds.

use boltzflow::num::{Result, Sequential};
use js_sys::Float32Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::settings::parse;
use crate::stages::{change_in_stages, extend};
use crate::training::part;

/// What a worker needs to compute groups of another worker's [`crate::Training`] of the same settings.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Share {
    share: boltzflow::train::Share<f32>,
}

#[wasm_bindgen]
impl Share {
    /// A share of the run with these settings, see [`crate::Engine::new`]. Makes the examples.
    ///
    /// # Errors
    /// Those of the settings.
    #[wasm_bindgen(constructor)]
    pub fn new(keys: Vec<String>, values: Vec<String>) -> core::result::Result<Self, JsValue> {
        let share = parse(&keys, &values).and_then(|s| s.share(s.examples()?)).map_err(to_js)?;
        Ok(Self { share })
    }

    /// Begins a step from the numbers of the training run, which has left out `skipped` ones of its plan: its parameters, then its constants
    /// ([`crate::Training::copy_numbers`]).
    pub fn begin(&mut self, step: f64, skipped: f64, numbers: &Float32Array) {
        let theta = self.share.begin(step as u64, skipped as u64);
        let n = theta.len() as u32;
        numbers.subarray(0, n).copy_to(theta);
        numbers.subarray(n, numbers.length()).copy_to(self.share.constants());
    }

    /// First pass of the groups `first..end`; their sums.
    ///
    /// # Errors
    /// `invalid-setting` for groups that there are not.
    pub fn map(&mut self, first: usize, end: usize) -> core::result::Result<Vec<f64>, JsValue> {
        self.first(first, end).map_err(to_js)
    }

    /// Second pass of the groups `first..end`, given the totals; returns the values of their subtrees
    /// ([`crate::Training::subtrees`]), and their gradients in an array of as many numbers for each as there are parameters.
    ///
    /// # Errors
    /// As above, and `dimension-mismatch` for totals of another run.
    pub fn vjp(
        &mut self,
        first: usize,
        end: usize,
        totals: &[f64],
        gradients: &Float32Array,
    ) -> core::result::Result<Vec<f64>, JsValue> {
        self.second(first, end, totals, gradients).map_err(to_js)
    }

    /// As [`crate::Training::adjust`].
    ///
    /// # Errors
    /// As there.
    pub fn adjust(&mut self, key: &str, text: &str) -> core::result::Result<(), JsValue> {
        change_in_stages(key, text).and_then(|change| self.share.adjust(change)).map_err(to_js)
    }

    /// As [`crate::Training::extend`].
    ///
    /// # Errors
    /// As there.
    pub fn extend(&mut self) -> core::result::Result<(), JsValue> {
        self.share.adjust(extend).map_err(to_js)
    }
}

impl Share {
    #[cfg(feature = "views")]
    pub(crate) fn of(share: boltzflow::train::Share<f32>) -> Self {
        Self { share }
    }

    fn first(&mut self, first: usize, end: usize) -> Result<Vec<f64>> {
        let groups = self.share.groups();
        groups.map(first..end, &Sequential)?;
        let mut sums = Vec::new();
        for group in first..end {
            sums.extend(groups.sums(group)?);
        }
        Ok(sums)
    }

    fn second(
        &mut self,
        first: usize,
        end: usize,
        totals: &[f64],
        gradients: &Float32Array,
    ) -> Result<Vec<f64>> {
        let groups = self.share.groups();
        groups.put_totals(totals)?;
        groups.vjp(first..end, &Sequential)?;
        let mut values = Vec::new();
        for (i, subtree) in groups.subtrees(first..end)?.into_iter().enumerate() {
            let (these, gradient) = groups.gradient(subtree)?;
            values.extend(these);
            part(gradients, i, gradient.len()).copy_from(gradient);
        }
        Ok(values)
    }
}
