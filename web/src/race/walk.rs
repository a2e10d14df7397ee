//! The classical way: one chain of small steps, with its crossings and its autocorrelation.

use boltzflow::num::{Purpose, Result, Stream};
use boltzflow::sampler::{self, Chain};
use boltzflow::setting::{Parameters, Value};
use boltzflow::stats::SeriesMean;
use boltzflow::system::Coordinate;
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Race;
use crate::error::to_js;
use crate::object::{f64_array, object, pairs};
use crate::settings::limit;

/// Most numbers of the series of the coordinate; neighbours are averaged when there are more.
const MOST: usize = 1 << 16;

/// A chain of the target that starts in one of its wells.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Walk {
    chain: Chain,
    coordinate: Coordinate,
    /// Values of the coordinate that count as being in the first state (below) and in the second one (above).
    cores: (f64, f64),
    /// The state whose core was seen last.
    side: Option<bool>,
    crossings: u32,
    acceptance: f64,
    series: Series,
}

/// A series of the coordinate with neighbours averaged, and the moments of all its values.
#[derive(Debug)]
struct Series {
    means: Vec<f64>,
    /// Values in each of the means.
    stride: usize,
    pending: (f64, usize),
    count: u64,
    first: f64,
    sum: f64,
    squares: f64,
}

#[wasm_bindgen]
impl Race {
    /// A walk by a kernel (`metropolis` or `mala`) with steps of this length.
    ///
    /// # Errors
    /// `unknown-name` for another kernel, `invalid-setting` for a length that is not positive.
    pub fn walk(&self, kernel: &str, step_size: f64) -> core::result::Result<Walk, JsValue> {
        self.new_walk(kernel, step_size).map_err(to_js)
    }
}

impl Race {
    fn new_walk(&self, kernel: &str, step_size: f64) -> Result<Walk> {
        let mut parameters = Parameters::new();
        parameters.set("step_size", Value::Number(step_size));
        let kernel = sampler::build(kernel, &parameters)?;
        let (system, seed) = (self.target.system(), self.settings.seed);
        let mut stream = Stream::new(seed, Purpose::Sampler, 2, 0);
        let start = system.starts(1, self.target.temperature(), &mut stream).remove(0);
        let chain = Chain::new(kernel, &self.target, &start, seed, 1 << 20)?;
        let coordinate = self.coordinate.clone();
        let cores = cores(&coordinate, &system.wells());
        let series = Series::new();
        let mut walk =
            Walk { chain, coordinate, cores, side: None, crossings: 0, acceptance: 0.0, series };
        let mut first = [0.0];
        walk.coordinate.values(walk.chain.state().x(), &mut first);
        walk.visit(first[0]);
        walk.crossings = 0;
        Ok(walk)
    }
}

#[wasm_bindgen]
impl Walk {
    /// So many steps; `{ x, d, steps, crossings, acceptance, energy_evaluations }`: the places of at most the last `shown` steps and
    /// the coordinate there, and all steps, crossings and evaluations so far. A crossing counts when half the way from the boundary to
    /// the well of the other state is behind it: a walk on top of a barrier goes back and forth.
    ///
    /// # Errors
    /// `invalid-setting` for none or too many.
    pub fn advance(&mut self, steps: usize, shown: usize) -> core::result::Result<Object, JsValue> {
        limit("steps", steps).map_err(to_js)?;
        let trajectory = self.chain.sample(steps, 1);
        let mut d = vec![0.0; steps];
        self.coordinate.values(&trajectory.x, &mut d);
        for d in &d {
            self.visit(*d);
            self.series.push(*d);
        }
        let before = self.series.count as f64 - steps as f64;
        self.acceptance +=
            (trajectory.acceptance - self.acceptance) * steps as f64 / (before + steps as f64);
        let first = steps.saturating_sub(shown);
        let last = trajectory.x.rows(first, steps - first).into_owned();
        Ok(object([
            ("x", pairs(&last)),
            ("d", f64_array(&d[first..])),
            ("steps", (self.series.count as f64).into()),
            ("crossings", self.crossings.into()),
            ("acceptance", self.acceptance.into()),
            ("energy_evaluations", (self.chain.state().evaluations() as f64).into()),
        ]))
    }

    /// Steps of the chain that are worth one independent value of the coordinate, 2τ_int = 1 + 2Σρ(t); NaN before the chain has
    /// moved.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn correlation_time(&self) -> f64 {
        self.series.time()
    }
}

impl Walk {
    fn visit(&mut self, d: f64) {
        let side = match d {
            d if d <= self.cores.0 => false,
            d if d >= self.cores.1 => true,
            _ => return,
        };
        self.crossings += u32::from(self.side.is_some_and(|before| before != side));
        self.side = Some(side);
    }
}

impl Series {
    fn new() -> Self {
        let means = Vec::with_capacity(MOST);
        Self { means, stride: 1, pending: (0.0, 0), count: 0, first: 0.0, sum: 0.0, squares: 0.0 }
    }

    fn push(&mut self, v: f64) {
        if self.count == 0 {
            self.first = v;
        }
        self.count += 1;
        self.sum += v - self.first;
        self.squares += (v - self.first) * (v - self.first);
        self.pending = (self.pending.0 + v, self.pending.1 + 1);
        if self.pending.1 < self.stride {
            return;
        }
        self.means.push(self.pending.0 / self.stride as f64);
        self.pending = (0.0, 0);
        if self.means.len() == MOST {
            for i in 0..MOST / 2 {
                self.means[i] = 0.5 * (self.means[2 * i] + self.means[2 * i + 1]);
            }
            self.means.truncate(MOST / 2);
            self.stride *= 2;
        }
    }

    /// n·Var(mean)/Var: averaging neighbours leaves the variance of the mean as it is.
    fn time(&self) -> f64 {
        let n = self.count as f64;
        let mean = self.sum / n;
        let variance = self.squares / n - mean * mean;
        SeriesMean::new(&self.means).map_or(f64::NAN, |s| {
            let covered = (self.means.len() * self.stride) as f64;
            covered * s.mean.error * s.mean.error / variance
        })
    }
}

/// Half the way from the boundary to the next well of each state. Without a well the boundary itself.
fn cores(coordinate: &Coordinate, wells: &[Vec<f64>]) -> (f64, f64) {
    let mut cores = (f64::NEG_INFINITY, f64::INFINITY);
    for well in wells {
        let x = boltzflow::nalgebra::DMatrix::from_row_slice(1, well.len(), well);
        let mut d = [0.0];
        coordinate.values(&x, &mut d);
        if d[0] < coordinate.boundary {
            cores.0 = cores.0.max(d[0]);
        } else {
            cores.1 = cores.1.min(d[0]);
        }
    }
    let half_way = |v: f64| {
        if v.is_finite() { 0.5 * (v + coordinate.boundary) } else { coordinate.boundary }
    };
    (half_way(cores.0), half_way(cores.1))
}
