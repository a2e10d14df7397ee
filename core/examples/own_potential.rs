//! Your own energy, as a function that also gives its gradient: four wells in a plane, one of them deeper.
//!
//! `cargo run --release -p boltzflow --example own_potential`

use std::sync::Arc;

use boltzflow::flow::Architecture;
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::num::{Result, Sequential};
use boltzflow::potential::{Closure, ReducedPotential, quadrature};
use boltzflow::sampler::{Chain, Metropolis, Trajectory};
use boltzflow::stats::LogWeights;
use boltzflow::train::{Examples, Plan, Stage, Trainer};

fn main() -> Result<()> {
    let potential = Closure::new(vec![(-3.0, 3.0); 2], |x, gradient| {
        let (a, b) = (x[0] * x[0] - 2.0, x[1] * x[1] - 2.0);
        gradient[0] = 4.0 * a * x[0] + 0.3;
        gradient[1] = 4.0 * b * x[1] + 0.3;
        a * a + b * b + 0.3 * (x[0] + x[1])
    })?;
    let exact = quadrature::thermodynamics(&potential, 1.0).map(|t| t.log_z);
    let target = ReducedPotential::new(Arc::new(potential), 1.0)?;

    // A few examples of each well.
    let chain = |(i, start): (usize, &Vec<f64>)| {
        let kernel = Box::new(Metropolis { step_size: 0.3 });
        Ok(Chain::new(kernel, &target, start, 1, i as u64)?.sample(500, 2))
    };
    let wells = target.potential().wells();
    let chains = wells.iter().enumerate().map(chain).collect::<Result<Vec<Trajectory>>>()?;
    let examples = Trajectory::concatenated(&chains).map(|all| Examples::new(all.x, None, 0));

    let flow = Architecture::default().build::<f32>("R6", 2, 1)?;
    let mut stage = Stage::default().with_weight("ml", 1.0).with_weight("kl", 1.0);
    stage.iterations = 600;
    let mut plan = Plan::new(vec![stage], target.potential().coordinate("")?);
    plan.moving_average = 0.99;
    plan.log_z = exact;
    let generator = BoltzmannGenerator::new(Arc::new(flow), target, 1)?;
    let mut trainer = Trainer::new(generator, plan, examples.transpose()?, 1)?;
    while !trainer.is_done() {
        trainer.step(&Sequential)?;
    }
    let samples = trainer.generator().sample(50_000, 1, &Sequential);
    let weights = LogWeights::new(&samples.log_weight)?;
    println!("{} wells, effective samples {:.1} %", wells.len(), 100.0 * weights.ess_fraction());
    println!("log Z = {:.4}, exact {exact:.4?}", weights.log_z());
    assert!(exact.is_some_and(|exact| (weights.log_z().value - exact).abs() < 0.1));
    Ok(())
}
