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
    for pair in arguments {
        if let Some((key, value)) = pair.split_once('=') {
            use boltzflow::potential::Value;
            let v = if let Ok(n) = value.parse::<f64>() {
                Value::Number(n)
            } else if value.contains(',') {
                Value::List(
                    value
                        .split(',')
                        .filter(|x| !x.is_empty())
                        .map(|x| x.parse().unwrap())
                        .collect(),
                )
            } else {
                Value::Text(value.into())
            };
            if key == "ml" {
                let mut st = settings.stages[0].clone();
                st.w_kl = 0.0;
                st.w_ml = 1.0;
                st.learning_rate = 4e-3;
                st.iterations = value.parse().unwrap();
                st.schedule = boltzflow::optim::Schedule::Cosine;
                settings.stages.insert(0, st);
            } else if key == "k" {
                settings.parameters.set("k", v);
            } else {
                settings.set(key, &v)?;
            }
        }
    }
    let start = std::time::Instant::now();
    let examples = settings.examples()?;
    let mut trainer = settings.trainer::<f32>(examples)?;
    while !trainer.is_done() {
        let report = trainer.step(&Sequential)?;
        if report.step % 500 == 0 {
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
    let mut bad = vec![];
    if samples.x.ncols() == 32 {
        for p in 0..16 {
            let v: Vec<f64> = samples.x.column(2 * p).iter().map(|x| f64::from(*x > 0.0)).collect();
            let e = boltzflow::stats::weighted_mean(&v, &weights)?;
            bad.push(format!("{:.3}±{:.3}", e.value, e.error));
        }
        println!("{bad:?}");
    }
    let d = DeltaF::new(&r, &weights, coordinate.boundary, &Bootstrap::default(), &mut rng)?;
    println!(
        "{:.2} s, {} + {n} energy evaluations",
        start.elapsed().as_secs_f32(),
        trainer.energy_evaluations()
    );
    println!("log Z {:?}, ESS {:.1} %", weights.log_z(), 100.0 * weights.ess_fraction());
    println!("dF({} - {}) = {:?}", coordinate.states.0, coordinate.states.1, d);
    for t in [0.5, 2.0, 4.0] {
        let g = generator.at_temperature(t, true)?;
        let s = g.sample(n, 7, &Sequential);
        let w = LogWeights::new(&s.log_weight)?;
        println!("T {t}: ESS {:.2}", 100.0 * w.ess_fraction());
    }
    Ok(())
}
