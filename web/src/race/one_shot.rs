//! Independent draws with weights: of the flow, or of a Gaussian over the whole landscape.

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Sequential, Stream};
use boltzflow::potential::Scratch;
use boltzflow::prior::Prior;
use boltzflow::system::{Coordinate, ReducedPotential};
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Race;
use crate::error::to_js;
use crate::object::{object, pairs};
use crate::settings::limit;

/// Draws of one density with weights for the target, counted over all batches.
#[wasm_bindgen]
#[derive(Debug)]
pub struct OneShot {
    source: Source,
    coordinate: Coordinate,
    seed: u64,
    batch: u64,
    count: u64,
    /// Σw, Σw² and Σw of state 1 in units of e^largest.
    largest: f64,
    sum: f64,
    squares: f64,
    above: f64,
}

#[derive(Debug)]
enum Source {
    Flow(BoltzmannGenerator<f32>),
    Gaussian { target: ReducedPotential, mean: Vec<f64>, spread: Vec<f64> },
}

#[wasm_bindgen]
impl Race {
    /// Draws of the flow with these numbers, as [`crate::Training::numbers`] gives them.
    ///
    /// # Errors
    /// `checkpoint` for numbers of another network.
    pub fn flow_shots(&self, numbers: Vec<f32>) -> core::result::Result<OneShot, JsValue> {
        let flow = self.flow(&numbers).map_err(to_js)?;
        Ok(OneShot::new(Source::Flow(flow), &self.coordinate, self.settings.seed))
    }

    /// Draws of a Gaussian over the domain of the energy: its middle, a quarter of its width as spread.
    #[must_use]
    pub fn gaussian_shots(&self) -> OneShot {
        let domain = &self.target.system().space().domain;
        let mean = domain.iter().map(|(a, b)| 0.5 * (a + b)).collect();
        let spread = domain.iter().map(|(a, b)| 0.25 * (b - a)).collect();
        let source = Source::Gaussian { target: self.target.clone(), mean, spread };
        OneShot::new(source, &self.coordinate, self.settings.seed)
    }
}

#[wasm_bindgen]
impl OneShot {
    /// So many draws; `{ x, state, count, ess, share }`: the places of at most the last `shown` of them with their states (0 below the boundary), and
    /// all draws so far with the effective part of them and the weighted share of state 1.
    ///
    /// # Errors
    /// `invalid-setting` for none or too many.
    pub fn draw(&mut self, count: usize, shown: usize) -> core::result::Result<Object, JsValue> {
        limit("samples", count).map_err(to_js)?;
        self.batch += 1;
        let (x, log_weight) = self.source.draw(count, self.seed ^ self.batch << 32);
        let mut d = vec![0.0; count];
        self.coordinate.values(&x, &mut d);
        let state: Vec<u8> = d.iter().map(|d| u8::from(*d >= self.coordinate.boundary)).collect();
        self.weigh(&log_weight, &state);
        let first = count.saturating_sub(shown);
        let last = x.rows(first, count - first).into_owned();
        Ok(object([
            ("x", pairs(&last)),
            ("state", js_sys::Uint8Array::from(&state[first..]).into()),
            ("count", (self.count as f64).into()),
            ("ess", (self.sum * self.sum / (self.squares * self.count as f64)).into()),
            ("share", (self.above / self.sum).into()),
        ]))
    }
}

impl OneShot {
    fn new(source: Source, coordinate: &Coordinate, seed: u64) -> Self {
        Self {
            source,
            coordinate: coordinate.clone(),
            seed,
            batch: 0,
            count: 0,
            largest: f64::NEG_INFINITY,
            sum: 0.0,
            squares: 0.0,
            above: 0.0,
        }
    }

    fn weigh(&mut self, log_weight: &[f64], state: &[u8]) {
        self.count += log_weight.len() as u64;
        // A draw without a finite weight counts as one of weight zero.
        for (l, state) in log_weight.iter().zip(state).filter(|(l, _)| l.is_finite()) {
            if *l > self.largest {
                let down = (self.largest - l).exp();
                self.sum *= down;
                self.above *= down;
                self.squares *= down * down;
                self.largest = *l;
            }
            let w = (l - self.largest).exp();
            self.sum += w;
            self.above += w * f64::from(*state);
            self.squares += w * w;
        }
    }
}

impl Source {
    /// Configurations and log w.
    fn draw(&self, count: usize, seed: u64) -> (DMatrix<f64>, Vec<f64>) {
        match self {
            Self::Flow(generator) => {
                let drawn = generator.sample(count, seed, &Sequential);
                (drawn.x, drawn.log_weight)
            }
            Self::Gaussian { target, mean, spread } => {
                let mut x = DMatrix::zeros(count, mean.len());
                let prior = Prior::standard(mean.len());
                prior.sample(&mut x, &mut Stream::new(seed, Purpose::Estimate, 1, 0));
                let mut log_q = vec![0.0; count];
                prior.log_density(&x, &mut log_q);
                for (c, (mean, spread)) in mean.iter().zip(spread).enumerate() {
                    x.column_mut(c).iter_mut().for_each(|x| *x = mean + spread * *x);
                }
                let mut u = vec![0.0; count];
                let mut gradient = x.clone();
                target.evaluate_unbiased(&x, &mut u, &mut gradient, &mut Scratch::default());
                let log_volume: f64 = spread.iter().map(|s| s.ln()).sum();
                let weight = |(u, log_q): (&f64, &f64)| log_volume - u - log_q;
                let log_weight = u.iter().zip(&log_q).map(weight).collect();
                (x, log_weight)
            }
        }
    }
}
