//! What weights do: the histogram on the way from raw to reweighted, how unequal the weights are, and estimates at another temperature.

use boltzflow::generator::PriorScaling;
use boltzflow::num::{Error, Purpose, Result, Sequential, Stream};
use boltzflow::stats::{Bins, Bootstrap, LogWeights, Profile};
use boltzflow_model::{RESAMPLES, Reference, bins};
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::engine::Engine;
use crate::error::to_js;
use crate::estimate::estimate;
use crate::object::{f64_array, object};
use crate::settings::limit;

/// Points of the curve of sorted weights.
const POINTS: usize = 100;

#[wasm_bindgen]
impl Engine {
    /// Densities along the coordinate of `samples` draws (those of [`Engine::estimate`]) with weights w^trust, `trust` from 0 (raw) to 1:
    ///
    /// - `center`, `raw`, `value`, `lower`, `upper` (95 % band, NaN where it cannot be believed), `exact` (empty where it is unknown), per unit
    ///   of the coordinate;
    /// - `sorted`: what share of the total weight the smallest 0, 1, … 100 % of the weights hold, `ess` and `max_weight` of w^trust.
    ///
    /// # Errors
    /// `invalid-setting` for none or too many samples, or a trust outside of 0 to 1; `invalid-data` if no sample has a weight.
    pub fn reweighting(&self, samples: usize, trust: f64) -> core::result::Result<Object, JsValue> {
        limit("samples", samples).and_then(|()| self.morph(samples, trust)).map_err(to_js)
    }

    /// As [`Engine::estimate`] from the same flow at another temperature: its weights know where it stands.
    ///
    /// # Errors
    /// As there; `invalid-setting` unless the temperature is positive.
    pub fn estimate_at(
        &self,
        samples: usize,
        temperature: f64,
    ) -> core::result::Result<Object, JsValue> {
        limit("samples", samples).and_then(|()| self.weigh_at(samples, temperature)).map_err(to_js)
    }
}

impl Engine {
    fn morph(&self, samples: usize, trust: f64) -> Result<Object> {
        if !(0.0..=1.0).contains(&trust) {
            return Err(Error::setting("trust", trust, "a number from 0 to 1"));
        }
        let (generator, seed) = (self.generator(), self.training.trainer().seed());
        let drawn = generator.sample(samples, seed, &Sequential);
        let mut values = vec![0.0; samples];
        self.coordinate.values(&drawn.x, &mut values);
        // Whoever has no weight has none at any power.
        let power = |l: &f64| if *l == f64::NEG_INFINITY { *l } else { trust * l };
        let weights = LogWeights::new(&drawn.log_weight.iter().map(power).collect::<Vec<_>>())?;

        let bins = bins(&self.coordinate)?;
        let mut stream = Stream::new(seed, Purpose::Bootstrap, 0, 0);
        let mut density = |weights: &LogWeights, resamples: usize| -> Result<[Vec<f64>; 3]> {
            let bootstrap = Bootstrap { resamples, ..Bootstrap::default() };
            let p = Profile::new(&values, weights, &bins, &bootstrap, &mut stream)?;
            // The ends change places: low free energy, high density.
            let [lower, upper] = [&p.upper, &p.lower].map(|f| p.where_sampled(f));
            Ok([&p.value, &lower, &upper].map(|f| per_unit(f, p.shift, &bins)))
        };
        let [raw, ..] = density(&LogWeights::uniform(samples)?, 2)?;
        let [value, lower, upper] = density(&weights, RESAMPLES)?;
        Ok(object([
            ("center", f64_array(&bins.centers())),
            ("raw", f64_array(&raw)),
            ("value", f64_array(&value)),
            ("lower", f64_array(&lower)),
            ("upper", f64_array(&upper)),
            ("exact", f64_array(&per_unit(&self.reference()?.profile, 0.0, &bins))),
            ("sorted", f64_array(&sorted_shares(weights.normalised()))),
            ("ess", weights.ess_fraction().into()),
            ("max_weight", weights.max_weight().into()),
        ]))
    }

    fn weigh_at(&self, samples: usize, temperature: f64) -> Result<Object> {
        let target = self.target.at_temperature(temperature)?;
        let reference = Reference::new(&target, &self.coordinate, &bins(&self.coordinate)?);
        let trainer = self.training.trainer();
        let generator = self.generator().at_temperature(temperature, PriorScaling::Suited)?;
        let (seed, evaluations) = (trainer.seed(), trainer.energy_evaluations());
        estimate(&generator, &self.coordinate, &reference, samples, seed, evaluations)
    }
}

/// Densities from free energies of which a constant has been taken.
fn per_unit(free_energy: &[f64], shift: f64, bins: &Bins) -> Vec<f64> {
    free_energy.iter().map(|f| (-f - shift).exp() / bins.width()).collect()
}

/// The share of the total that the smallest values hold, at 0, 1, … [`POINTS`] parts of their number.
fn sorted_shares(weights: &[f64]) -> Vec<f64> {
    let mut sorted = weights.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let total: f64 = sorted.iter().sum();
    let mut shares = Vec::with_capacity(POINTS + 1);
    let (mut sum, mut next) = (0.0, 0);
    for point in 0..=POINTS {
        let end = point * sorted.len() / POINTS;
        sum += sorted[next..end].iter().sum::<f64>();
        next = end;
        shares.push(sum / total);
    }
    shares
}
