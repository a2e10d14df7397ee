//! The same library without the standard library: a flow and its exact weights need memory to be allocated from, nothing else. Build for such
//! a target with `--no-default-features --features libm`; here the host's runtime only prints.
//!
//! `cargo run --release -p boltzflow --no-default-features --features libm --example no_std`
#![no_std]

extern crate alloc;
extern crate std;

use alloc::vec;

use boltzflow::num::{Result, Sequential};
use boltzflow::preset::preset;
use boltzflow::setting::Value;
use boltzflow::stats::LogWeights;
use boltzflow::system::quadrature;

fn main() -> Result<()> {
    let mut settings = preset("double-well")?;
    settings.set("hidden", &Value::List(vec![32.0]))?;
    settings.stages.iter_mut().for_each(|stage| stage.iterations = 300);
    let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
    while !trainer.is_done() {
        trainer.step(&Sequential)?;
    }
    let samples = trainer.generator().sample(20_000, 1, &Sequential);
    let weights = LogWeights::new(&samples.log_weight)?;
    let system = settings.system()?;
    let exact = quadrature::thermodynamics(&system, settings.temperature).map(|t| t.log_z);
    std::println!("log Z = {:.3}, exact {exact:.3?}", weights.log_z());
    assert!(exact.is_some_and(|exact| (weights.log_z().value - exact).abs() < 0.2));
    Ok(())
}
