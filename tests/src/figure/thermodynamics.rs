//! F = U − TS of the generated ensemble against −log Z + KL from the weights, during training.

use boltzflow::num::{Result, Sequential};
use boltzflow::preset::{Settings, preset};
use boltzflow::stats::{LogWeights, Thermodynamics};

use super::Outcome;

/// Samples at each stage.
const SAMPLES: usize = 50_000;
/// Steps at which the ensemble is looked at.
const STAGES: [u64; 6] = [0, 20, 50, 100, 300, 600];

pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "seed",
        "step",
        "U/kT",
        "S/k",
        "F/kT = U − S",
        "−log Z + KL (weights)",
        "KL (weights)",
        "KL (F + exact log Z)",
    ]);
    let (mut equal, mut positive, mut total) = (0, 0, 0);
    for seed in seeds {
        let settings = Settings { seed: *seed, ..preset("double-well")? };
        let exact = settings.exact_log_z()?.unwrap_or(f64::NAN);
        let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
        for stage in STAGES {
            while trainer.step_count() < stage.min(trainer.total_steps()) {
                trainer.step(&Sequential)?;
            }
            // Other samples for the weights than for U and S, so that the two sides are independent.
            let generator = trainer.generator();
            let ensemble = generator.sample(SAMPLES, 2 * seed, &Sequential);
            let weighted = generator.sample(SAMPLES, 2 * seed + 1, &Sequential);
            let own = LogWeights::new(&ensemble.log_weight)?;
            let t = Thermodynamics::new(
                &ensemble.u,
                &ensemble.log_det,
                &own,
                generator.prior.entropy(),
            )?;
            let weights = LogWeights::new(&weighted.log_weight)?;
            let (kl, mean) = (weights.kl(), weights.mean_log_w());
            // −log Z + KL = −E[log w]: its error is that of the mean.
            let right = kl.value - weights.log_z().value;
            let error = t.f.error.hypot(mean.error);
            total += 1;
            equal += usize::from((t.f.value - right).abs() <= 4.0 * error);
            positive += usize::from(kl.value >= -4.0 * kl.error);
            let exact_kl = t.kl_with(exact);
            outcome.row(vec![
                seed.to_string(),
                trainer.step_count().to_string(),
                format!("{:.4} ± {:.4}", t.u.value, t.u.error),
                format!("{:.4} ± {:.4}", t.s.value, t.s.error),
                format!("{:.4} ± {:.4}", t.f.value, t.f.error),
                format!("{right:.4} ± {:.4}", mean.error),
                format!("{:.4} ± {:.4}", kl.value, kl.error),
                format!("{:.4} ± {:.4}", exact_kl.value, exact_kl.error),
            ]);
        }
    }
    outcome.claim(format!("equal within 4 standard errors: {equal} of {total}"), equal == total);
    outcome.claim(format!("KL not negative: {positive} of {total}"), positive == total);
    Ok(outcome)
}
