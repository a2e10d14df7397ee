//! A hundred thousand training steps: no number that is not finite, no step back, no memory that grows.

use std::fs;

use boltzflow::num::{Result, Sequential};
use boltzflow::preset::{Settings, preset};

use super::Outcome;

/// Steps of a run, and those of each stage after which memory is looked at first: a stage makes its buffers in its first ones.
const STEPS: u64 = 100_000;
const WARM: u64 = 2000;
/// Growth of the process that is not called growth, in MiB: the allocator's own.
const SLACK: f64 = 1.0;

/// Resident memory of this process in MiB; `None` where the system does not tell.
fn resident() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: f64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096.0 / (1 << 20) as f64)
}

pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "system",
        "seed",
        "steps",
        "−log p of examples, first and last 1000 steps",
        "KL, last 1000 steps",
        "steps back",
        "memory grown by",
    ]);
    for system in ["double-well", "many-well"] {
        // One seed: what is measured hardly depends on it, and takes minutes.
        for seed in seeds.iter().take(1) {
            let mut settings = Settings { seed: *seed, ..preset(system)? };
            let planned: u64 = settings.stages.iter().map(|s| s.iterations).sum();
            for stage in &mut settings.stages {
                stage.iterations = (stage.iterations * STEPS).div_ceil(planned);
            }
            let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
            let (mut first, mut last, mut kl) = (Vec::new(), Vec::new(), Vec::new());
            let (mut back, mut undefined) = (0, 0);
            let (mut stage, mut since, mut warm) = (0, 0, None);
            let mut grown: Option<f64> = None;
            while !trainer.is_done() {
                let report = trainer.step(&Sequential)?;
                back += usize::from(report.rewound.is_some());
                undefined += usize::from(report.value("nll").is_some_and(|v| !v.is_finite()));
                undefined += usize::from(report.value("kl").is_some_and(|v| !v.is_finite()));
                let tail = report.step + 1000 > trainer.total_steps();
                if report.step <= 1000 {
                    first.extend(report.value("nll"));
                } else if tail {
                    last.extend(report.value("nll"));
                    kl.extend(report.value("kl"));
                }
                if report.stage != stage {
                    (stage, since, warm) = (report.stage, report.step, None);
                }
                if report.step == since + WARM {
                    warm = resident();
                }
                if report.step % WARM == 0
                    && let Some(mib) = warm.zip(resident()).map(|(warm, now)| now - warm)
                {
                    grown = Some(grown.map_or(mib, |most| most.max(mib)));
                }
            }
            let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
            let finite = trainer.theta().iter().all(|v| v.is_finite());
            let steps = trainer.step_count();
            outcome.row(vec![
                system.into(),
                seed.to_string(),
                steps.to_string(),
                format!("{:.3}, {:.3}", mean(&first), mean(&last)),
                format!("{:.4}", mean(&kl)),
                back.to_string(),
                grown.map_or("not known".into(), |mib| format!("{mib:.2} MiB")),
            ]);
            let name = format!("{system}, seed {seed}");
            outcome.claim(
                format!("{name}: all numbers finite in {steps} steps, {back} steps back"),
                finite && undefined == 0 && back == 0 && steps >= STEPS,
            );
            outcome
                .claim(format!("{name}: it ends better than it began"), mean(&last) < mean(&first));
            if let Some(mib) = grown {
                outcome.claim(format!("{name}: memory grows by {mib:.2} MiB"), mib <= SLACK);
            }
        }
    }
    Ok(outcome)
}
