//! Training by energy alone: how often a well is missed, and whether that is said.

use boltzflow::num::Result;
use boltzflow::preset::{Settings, preset};
use boltzflow::stats::{Coverage, Estimate, Quality, StateReference};
use boltzflow::system::quadrature;

use super::Outcome;
use super::run::Run;

const SAMPLES: usize = 20_000;
/// A state with less than this part of its exact weight counts as missed.
const MISSED: f64 = 0.1;

pub(super) fn measure(seeds: &[u64]) -> Result<Outcome> {
    let mut outcome = Outcome::with_header(&[
        "system",
        "seed",
        "ESS",
        "weight of the rarer state",
        "exact",
        "verdict",
    ]);
    for name in ["double-well", "mueller-brown"] {
        let (mut missed, mut reported, mut praised) = (0, 0, 0);
        for seed in seeds {
            let mut settings = Settings { seed: *seed, example_chains: 0, ..preset(name)? };
            settings.stages.iter_mut().for_each(|s| s.weights.set("ml", 0.0));
            let run = Run::new(&settings, SAMPLES)?;
            let (share, exact, quality) = judge(&run)?;
            if share < MISSED * exact {
                missed += 1;
                reported += usize::from(quality.verdict.code() == "missed-state");
                praised += usize::from(quality.verdict.code() == "good");
            }
            outcome.row(vec![
                name.into(),
                seed.to_string(),
                format!("{:.1} %", 100.0 * quality.ess_fraction),
                format!("{:.4} %", 100.0 * share),
                format!("{:.4} %", 100.0 * exact),
                quality.verdict.to_string(),
            ]);
        }
        outcome.claim(
            format!(
                "{name}: a state missed in {missed} of {} seeds, reported in {reported}, praised in {praised}",
                seeds.len()
            ),
            reported == missed && praised == 0,
        );
    }
    Ok(outcome)
}

/// Weight and exact probability of the rarer state, and the verdict.
fn judge(run: &Run) -> Result<(f64, f64, Quality)> {
    let temperature = run.generator.target.temperature();
    let exact = quadrature::states(run.system(), &run.coordinate, temperature);
    let (below, above) = exact.map_or((f64::NAN, f64::NAN), |s| (s.below, s.above));
    let reference =
        |name: &str, p| StateReference { name: name.into(), probability: Some(Estimate::exact(p)) };
    let (a, b) = &run.coordinate.states;
    let states = [reference(a, below), reference(b, above)];
    let boundary = run.coordinate.boundary;
    let assignment: Vec<usize> = run.values().iter().map(|v| usize::from(*v >= boundary)).collect();
    let coverage = Coverage::new(&states, &assignment, &run.weights)?;
    let rarer = usize::from(above < below);
    let share = coverage.states[rarer].share.value;
    Ok((share, below.min(above), Quality::new(&run.weights, coverage, None)))
}
