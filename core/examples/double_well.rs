//! A double well from energy and a few examples: the free-energy difference of its states, against the exact one.
//!
//! `cargo run --release -p boltzflow --example double_well`

use boltzflow::num::{Purpose, Result, Sequential, Stream};
use boltzflow::preset::preset;
use boltzflow::stats::{Bootstrap, DeltaF, LogWeights};
use boltzflow::system::quadrature;

fn main() -> Result<()> {
    let settings = preset("double-well")?;
    let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
    while !trainer.is_done() {
        trainer.step(&Sequential)?;
    }

    let generator = trainer.generator();
    let samples = generator.sample(50_000, 1, &Sequential);
    let weights = LogWeights::new(&samples.log_weight)?;
    let system = generator.target.system();
    let coordinate = settings.reaction_coordinate(system)?;
    let mut values = vec![0.0; samples.x.nrows()];
    coordinate.values(&samples.x, &mut values);
    let mut stream = Stream::new(1, Purpose::Bootstrap, 0, 0);
    let bootstrap = Bootstrap::default();
    let found =
        DeltaF::new(&values, &weights, coordinate.boundary, &bootstrap, &mut stream)?.delta_f;

    let (a, b) = &coordinate.states;
    println!(
        "log Z = {:.4}, effective samples {:.1} %",
        weights.log_z(),
        100.0 * weights.ess_fraction()
    );
    println!(
        "ΔF = F({a}) - F({b}) = {found:.3} kT from {} energy evaluations",
        trainer.energy_evaluations()
    );
    if let Some(exact) = quadrature::states(system, &coordinate, settings.temperature) {
        println!("exact {:.3} kT", exact.delta_f);
        assert!((found.value - exact.delta_f).abs() < 0.15);
    }
    Ok(())
}
