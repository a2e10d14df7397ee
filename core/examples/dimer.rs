//! A dimer in a dense fluid, 76 dimensions: the beginning of what the preset does at length. A small flow learns from umbrella windows
//! along the dimer's length, and how well it describes configurations that it never saw is what counts.
//!
//! `cargo run --release -p boltzflow --example dimer`

use boltzflow::num::{Result, Sequential};
use boltzflow::preset::preset;
use boltzflow::setting::Value;

fn main() -> Result<()> {
    let mut settings = preset("dimer")?;
    settings.set("flow", &Value::Text("D(W)WR2(Q1)".into()))?;
    settings.set("hidden", &Value::List(vec![64.0]))?;
    settings.set("example_burn_in", &Value::Number(200.0))?;
    settings.set("example_steps", &Value::Number(200.0))?;
    settings.stages.truncate(1);
    settings.set_in_stage(0, "iterations", &Value::Number(300.0))?;
    settings.set_in_stage(0, "batch", &Value::Number(128.0))?;

    let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
    let mut course = Vec::new();
    while !trainer.is_done() {
        let report = trainer.step(&Sequential)?;
        if let Some(nll) = report.held_out {
            println!("step {}: {nll:.3} nats for each configuration held out", report.step);
            course.push(nll);
        }
    }

    let generator = trainer.generator();
    let coordinate = settings.reaction_coordinate(generator.target.system())?;
    let samples = generator.sample(1000, 1, &Sequential);
    let mut d = vec![0.0; samples.x.nrows()];
    coordinate.values(&samples.x, &mut d);
    let below = d.iter().filter(|d| **d < coordinate.boundary).count();
    let (a, b) = coordinate.states;
    println!("{below} of {} samples {a}, the others {b}", d.len());
    println!("{} energy evaluations", trainer.energy_evaluations());
    assert!(course.last() < course.first() && below > 0 && below < d.len());
    Ok(())
}
