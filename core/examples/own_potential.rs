//! Your own energy, as a function that also gives its gradient: four wells in a plane, one of them deeper.
//!
//! `cargo run --release -p boltzflow --example own_potential`

use boltzflow::num::{Result, Sequential};
use boltzflow::preset::Settings;
use boltzflow::stats::LogWeights;
use boltzflow::system::System;

fn main() -> Result<()> {
    let system = System::closure(vec![(-3.0, 3.0); 2], |x, gradient| {
        let (a, b) = (x[0] * x[0] - 2.0, x[1] * x[1] - 2.0);
        gradient.copy_from_slice(&[4.0 * a * x[0] + 0.3, 4.0 * b * x[1] + 0.3]);
        a * a + b * b + 0.3 * (x[0] + x[1])
    })?;
    // A few examples of each well, which are found by themselves; the energy corrects their proportions.
    let settings = Settings { flow: "R6".into(), example_chains: 4, ..Settings::of(system) };
    let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
    while !trainer.is_done() {
        trainer.step(&Sequential)?;
    }
    let samples = trainer.generator().sample(50_000, 1, &Sequential);
    let weights = LogWeights::new(&samples.log_weight)?;

    let exact = settings.exact_log_z()?;
    println!("effective samples {:.1} %", 100.0 * weights.ess_fraction());
    println!("log Z = {:.4}, exact {exact:.4?}", weights.log_z());
    assert!(exact.is_some_and(|exact| (weights.log_z().value - exact).abs() < 0.1));
    Ok(())
}
