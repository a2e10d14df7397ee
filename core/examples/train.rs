//! Trains a preset and prints the free-energy difference of its states.
//!
//! `cargo run --release -p boltzflow --example train -- double-well 1`

use boltzflow::num::{Purpose, Stream};
use boltzflow::num::{Result, Sequential};
use boltzflow::preset::preset;
use boltzflow::stats::{Bootstrap, DeltaF, LogWeights};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "double-well".into());
    let mut settings = preset(&name)?;
    settings.seed = arguments.next().and_then(|s| s.parse().ok()).unwrap_or(1);
    let start = std::time::Instant::now();
    let examples = settings.examples()?;
    let mut trainer = settings.trainer::<f32>(examples)?;
    while !trainer.is_done() {
        let report = trainer.step(&Sequential)?;
        if report.step % 100 == 0 {
            println!("{} {:.1?} {report:?}", start.elapsed().as_secs_f32(), report.kl);
        }
    }
    let generator = trainer.generator();
    let n = 100_000;
    let samples = generator.sample(n, settings.seed, &Sequential);
    let weights = LogWeights::new(&samples.log_weight)?;
    let coordinate = settings.reaction_coordinate(&**generator.target.potential())?;
    let mut r = vec![0.0; n];
    coordinate.values(&samples.x, &mut r);
    let mut rng = Stream::new(settings.seed, Purpose::Bootstrap, 0, 0);
    let d = DeltaF::new(&r, &weights, coordinate.boundary, &Bootstrap::default(), &mut rng)?;
    println!(
        "{:.2} s, {} + {n} energy evaluations",
        start.elapsed().as_secs_f32(),
        trainer.energy_evaluations()
    );
    println!("log Z {:?}, ESS {:.1} %", weights.log_z(), 100.0 * weights.ess_fraction());
    println!("dF({} - {}) = {:?}", coordinate.states.0, coordinate.states.1, d);
    Ok(())
}
