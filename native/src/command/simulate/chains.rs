//! Chains: independent walkers of one kernel, one after the other.

use std::time::Instant;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Purpose, Stream};
use boltzflow::sampler::{self, BurnIn, Chain, Trajectory};
use boltzflow::setting::Parameters;
use boltzflow::stats::{SeriesMean, independent_runs};
use boltzflow::system::ReducedPotential;
use serde_json::{Value as Json, json};

use super::options::{Lengths, Simulate, coordinate_values};
use super::states::States;
use crate::command::sample::check_count;
use crate::failure::Failure;
use crate::file::configurations;
use crate::file::npz::Array;
use crate::interrupt;
use crate::progress::Meter;
use crate::system::System;
use crate::table;

/// Samples between two looks at the interrupt.
const SAMPLES_AT_ONCE: usize = 1000;
/// What chains do unless told otherwise.
const LENGTHS: Lengths = Lengths { n: 10_000, stride: 1, burn_in: 0 };

/// What a chain did.
struct Done {
    burn_in: BurnIn,
    trajectory: Trajectory,
    evaluations: u64,
    step_size: f64,
}

impl Simulate {
    /// Runs the chains, writes their samples and says what they found.
    pub(super) fn run_chains(
        &self,
        settings: &Parameters,
        system: &System,
        target: &ReducedPotential,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        let dim = target.dim();
        let lengths = self.lengths(LENGTHS)?;
        if self.chains == 0 {
            return Err(Error::setting("chains", 0, "at least 1").into());
        }
        self.ladder.refuse(&self.method)?;
        check_count(lengths.n.saturating_mul(self.chains), dim)?;
        sampler::build(&self.method, settings)?;
        let layout = self.check_outputs(system)?;

        let total = (self.chains * lengths.steps()) as u64;
        let mut meter = Meter::new("simulating", 0, total, self.quiet || self.json);
        let chains = self
            .starts(target)?
            .iter()
            .enumerate()
            .map(|(index, start)| self.chain(target, settings, start, (index, lengths), &mut meter))
            .collect::<Result<Vec<Done>, Failure>>()?;
        meter.finish();

        let n = lengths.n;
        let mut x = DMatrix::zeros(n * self.chains, dim);
        for (c, done) in chains.iter().enumerate() {
            x.rows_mut(c * n, n).copy_from(&done.trajectory.x);
        }
        let kt = target.temperature();
        let energy: Vec<f64> =
            chains.iter().flat_map(|c| &c.trajectory.u).map(|u| u * kt).collect();
        let coordinates = target.system().coordinates();
        let values: Vec<Vec<f64>> = coordinates.iter().map(|c| coordinate_values(c, &x)).collect();
        let mut arrays = vec![("x", Array::Matrix(&x)), ("energy", Array::Vector(&energy))];
        arrays.extend(coordinates.iter().zip(&values).map(|(c, v)| (&*c.name, Array::Vector(v))));
        self.write(&arrays, &x, &energy, layout.as_ref())?;

        let mut series = vec![("energy", &energy)];
        series.extend(coordinates.iter().map(|c| &*c.name).zip(&values));
        let means: Vec<(&str, Mean)> =
            series.into_iter().map(|(name, v)| (name, Mean::new(v, n))).collect();
        let states: Vec<States<'_>> =
            coordinates.iter().zip(&values).map(|(c, v)| States::new(c, v, n)).collect();
        let unknown = states.iter().find_map(States::unknown);
        let evaluations: u64 = chains.iter().map(|c| c.evaluations).sum();
        let seconds = started.elapsed().as_secs_f64();
        let average =
            |f: &dyn Fn(&Done) -> f64| chains.iter().map(f).sum::<f64>() / chains.len() as f64;
        let acceptance = average(&|c| c.trajectory.acceptance);
        let step_size = average(&|c| c.step_size);
        let divergences: u64 = chains.iter().map(|c| c.trajectory.divergences).sum();
        let burn_in: u64 = chains.iter().map(|c| c.burn_in.evaluations).sum();
        if self.json {
            let observables: serde_json::Map<String, Json> =
                means.iter().map(|(name, m)| ((*name).into(), m.to_json(&unknown))).collect();
            return table::print_json(&json!({
                "system": system.to_json(),
                "method": self.method,
                "temperature": kt,
                "chains": self.chains,
                "n": n * self.chains,
                "step_size": step_size,
                "acceptance": acceptance,
                "divergences": divergences,
                "observables": observables,
                "errors_unknown": unknown,
                "states": states.iter().map(States::to_json).collect::<Vec<Json>>(),
                "energy_evaluations": { "burn_in": burn_in, "total": evaluations },
                "seconds": seconds,
                "seed": self.seed,
                "output": self.output.display().to_string(),
            }));
        }
        let mut text = format!(
            "{} samples of {} at kT = {kt} with {} chain(s) of {} in {seconds:.1} s\n\
             acceptance {:.1} % at step size {}, {divergences} divergences\n\
             {evaluations} energy evaluations, {burn_in} of them in burn-in\n\n",
            x.nrows(),
            system.name,
            self.chains,
            self.method,
            100.0 * acceptance,
            table::number(step_size, 4),
        );
        let mut rows = vec![
            ["observable", "mean", "error", "autocorrelation time"].map(String::from).to_vec(),
        ];
        rows.extend(means.iter().map(|(name, m)| m.row(name, &unknown)));
        text.push_str(&table::align(&rows));
        if let Some(reason) = &unknown {
            text.push_str(&format!(
                "errors are unknown: {reason}; take longer chains, or windows (--method umbrella)\n"
            ));
        }
        let mut rows =
            vec![["coordinate", "states visited", "crossings"].map(String::from).to_vec()];
        rows.extend(states.iter().map(States::row));
        text.push_str(&format!("\n{}", table::align(&rows)));
        text.push_str(&format!("\nwritten to {}\n", self.output.display()));
        table::print(&text)
    }

    fn starts(&self, target: &ReducedPotential) -> Result<Vec<Vec<f64>>, Failure> {
        let Some(path) = &self.start else {
            let mut rng = Stream::new(self.seed, Purpose::Sampler, 1, 0);
            return Ok(target.system().starts(self.chains, target.temperature(), &mut rng));
        };
        let x = configurations::read(path, target.system())?;
        if x.nrows() != self.chains {
            let allowed = format!("{}, the number of chains", self.chains);
            return Err(Error::setting("rows of --start", x.nrows(), allowed).into());
        }
        Ok(x.row_iter().map(|r| r.iter().copied().collect()).collect())
    }

    fn chain(
        &self,
        target: &ReducedPotential,
        settings: &Parameters,
        start: &[f64],
        (index, lengths): (usize, Lengths),
        meter: &mut Meter,
    ) -> Result<Done, Failure> {
        let kernel = sampler::build(&self.method, settings)?;
        let mut chain = Chain::new(kernel, target, start, self.seed, index as u64)?;
        let burn_in = chain.burn_in(lengths.burn_in, self.adapt);
        let before = index * lengths.steps() + lengths.burn_in;
        let (mut parts, mut done) = (Vec::new(), 0);
        while done < lengths.n {
            interrupt::check()?;
            let part = chain.sample(SAMPLES_AT_ONCE.min(lengths.n - done), lengths.stride);
            done += part.u.len();
            let steps = before + done * lengths.stride;
            meter.update(steps as u64, || format!("acceptance {:.1} %", 100.0 * part.acceptance));
            parts.push(part);
        }
        let trajectory = Trajectory::concatenated(&parts)
            .ok_or_else(|| Error::setting("n", lengths.n, "at least 1"))?;
        Ok(Done {
            burn_in,
            trajectory,
            evaluations: chain.state().evaluations(),
            step_size: chain.kernel().step_size(),
        })
    }
}

/// Mean over chains with an error that counts correlation within each.
struct Mean {
    value: f64,
    error: f64,
    time: f64,
}

impl Mean {
    /// From the values of chains of `n` samples each, one after the other. The error is infinite where a
    /// chain never moved.
    fn new(values: &[f64], n: usize) -> Self {
        let means: Vec<f64> = values.chunks(n).map(|c| c.iter().sum::<f64>() / n as f64).collect();
        let count = means.len() as f64;
        let moved = |c: &&[f64]| c.iter().any(|v| *v != c[0]);
        let series: Vec<SeriesMean> =
            values.chunks(n).filter(moved).filter_map(|c| SeriesMean::new(c).ok()).collect();
        let spread = independent_runs(&means).ok().map(|e| e.error);
        let (within, time) = if series.len() == means.len() {
            // Chains are independent: √(Σσ²)/m.
            let squares: f64 = series.iter().map(|s| s.mean.error * s.mean.error).sum();
            (squares.sqrt() / count, series.iter().map(|s| s.time).sum::<f64>() / count)
        } else {
            (if n == 1 { 0.0 } else { f64::INFINITY }, f64::INFINITY)
        };
        // Chains that disagree have not mixed: their spread counts.
        let error = spread.map_or(if n == 1 { f64::INFINITY } else { within }, |s| s.max(within));
        Self { value: means.iter().sum::<f64>() / count, error, time }
    }

    /// One object; an error that is unknown is null.
    fn to_json(&self, unknown: &Option<String>) -> Json {
        let known = |v: f64| unknown.is_none().then_some(v);
        json!({
            "value": self.value,
            "error": known(self.error),
            "autocorrelation_time": known(self.time),
        })
    }

    fn row(&self, name: &str, unknown: &Option<String>) -> Vec<String> {
        let known = |v: f64, decimals| match unknown {
            Some(_) => "unknown".into(),
            None => table::number(v, decimals),
        };
        vec![name.into(), table::number(self.value, 5), known(self.error, 5), known(self.time, 1)]
    }
}
