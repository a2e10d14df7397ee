//! Your own objective: an average that is known, from an experiment say, draws the flow where the energy alone would leave a
//! state out.
//!
//! `cargo run --release -p boltzflow --example own_objective`

use std::sync::Arc;

use boltzflow::num::{Accumulator, Result, Sequential};
use boltzflow::objective::{
    Densities, Goal, Inputs, Loss, LossChunk, LossGradient, Objective, Rows, Source, Term,
};
use boltzflow::preset::preset;
use boltzflow::system::Coordinate;

/// J = (⟨R⟩ − r)² for the mean of a coordinate R(x) over generated configurations.
#[derive(Clone, Debug)]
struct KnownMean {
    coordinate: Coordinate,
    mean: f64,
}

impl Loss for KnownMean {
    fn name(&self) -> &'static str {
        "known_mean"
    }

    fn source(&self) -> Source {
        Source::Prior
    }

    /// The number of samples and Σ R.
    fn n_sums(&self) -> usize {
        2
    }

    fn add_sums(&self, chunk: &LossChunk<'_>, gradient: &mut LossGradient, sums: &mut [f64]) {
        self.coordinate.values(chunk.point, &mut gradient.coordinate);
        for (r, weight) in gradient.coordinate.iter().zip(chunk.weight) {
            sums[0] += weight;
            sums[1] += weight * r;
        }
    }

    fn evaluate(
        &self,
        scale: f64,
        chunk: &LossChunk<'_>,
        sums: &[f64],
        gradient: &mut LossGradient,
    ) -> f64 {
        let off = sums[1] / sums[0] - self.mean;
        for (upstream, weight) in gradient.upstream.iter_mut().zip(chunk.weight) {
            // ∂J/∂R_i = 2(⟨R⟩ − r)/n
            *upstream = scale * 2.0 * off * weight / sums[0];
        }
        self.coordinate.add_gradient(chunk.point, &gradient.upstream, &mut gradient.point);
        // Every sample carries its part of the value.
        off * off * chunk.weight.iter().sum::<f64>() / sums[0]
    }
}

fn main() -> Result<()> {
    let mut settings = preset("double-well-by-energy")?;
    settings.stages[0].iterations = 600;
    let system = settings.system()?;
    let coordinate = settings.reaction_coordinate(&system)?;
    let goal = KnownMean { coordinate: coordinate.clone(), mean: 0.0 };
    check_gradient(&goal)?;

    let generated = |weight: f64| -> Result<f64> {
        let mut trainer = settings.trainer::<f32>(None)?;
        if weight > 0.0 {
            trainer = trainer.with_goal(weight, Goal::loss(goal.clone()))?;
        }
        while !trainer.is_done() {
            trainer.step(&Sequential)?;
        }
        let samples = trainer.generator().sample(20_000, 1, &Sequential);
        let mut values = vec![0.0; samples.x.nrows()];
        coordinate.values(&samples.x, &mut values);
        Ok(values.iter().sum::<f64>() / values.len() as f64)
    };
    let (without, with) = (generated(0.0)?, generated(20.0)?);
    println!("⟨{}⟩ from energy alone {without:.2}, with the known mean {with:.2}", coordinate.name);
    assert!(with.abs() < 0.2 && with.abs() < without.abs());
    Ok(())
}

/// ∂J/∂θ of the objective, on the samples of one group, against central differences.
fn check_gradient(goal: &KnownMean) -> Result<()> {
    let generator = preset("double-well-by-energy")?.generator::<f64>()?;
    let term = Term { weight: 1.0, loss: Arc::new(goal.clone()) };
    let Some(objective) = Densities::new(Source::Prior, &[term], &[1.0]) else { return Ok(()) };
    let value = |theta: &[f64], g: &mut [f64]| {
        let (flow, prior, target) = (&*generator.flow, &generator.prior, &generator.target);
        let inputs = Inputs::new(flow, theta, prior, target).with_constants(&generator.constants);
        let rows = Rows::new(0, 0, 16);
        let mut work = Objective::<f64>::work(&objective, 1.0, rows, target.dim());
        let mut sums = vec![0.0; Objective::<f64>::n_sums(&objective)];
        let mut values = [0.0];
        work.map(&inputs, &mut sums);
        work.vjp(&inputs, &sums, &mut values, Accumulator::empty(g));
        values[0]
    };
    let theta = &generator.theta;
    let (mut g, mut unused) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    value(theta, &mut g);
    for i in (0..theta.len()).step_by(97) {
        let mut side = |step: f64| {
            let mut moved = theta.clone();
            moved[i] += step;
            value(&moved, &mut unused)
        };
        let difference = (side(1e-5) - side(-1e-5)) / 2e-5;
        assert!((g[i] - difference).abs() < 1e-7, "parameter {i}: {} {difference}", g[i]);
    }
    Ok(())
}
