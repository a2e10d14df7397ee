//! How a flow compares with examples that it has not learnt from, in nats and by the parts of the coordinate.

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::potential::Coordinate;
use boltzflow::stats::{Estimate, Gaps, LogWeights, forward_ess};
use serde_json::{Value as Json, json};

use super::Analysis;
use super::annealed::AnnealedAnalysis;
use super::report::estimate;
use crate::failure::Failure;
use crate::table;

/// Half the width of the barrier, as a share of the coordinate's range.
const BARRIER: f64 = 0.1;

/// Both gaps to the target that was learnt, and where its samples lie along the coordinate.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    gaps: Gaps,
    /// Forward effective sample size on the learnt target.
    forward_ess: Option<Estimate>,
    /// ln Z of the learnt target.
    log_z: Estimate,
    /// Name of each part of the coordinate, and its share among generated samples, held-out examples, annealed particles.
    parts: Vec<(String, [Option<f64>; 3])>,
}

impl Comparison {
    /// Compares samples and, if there are any, held-out examples and annealed particles.
    pub(crate) fn new(
        generator: &BoltzmannGenerator<f32>,
        plain: &Analysis,
        held_out: Option<&(DMatrix<f64>, Vec<f64>)>,
        annealed: Option<&AnnealedAnalysis>,
    ) -> Result<Self, Failure> {
        let log_z = match annealed {
            Some(annealed) => annealed.learnt_log_z,
            None => LogWeights::new(&plain.learnt_log_weight)?.log_z(),
        };
        let mut of_examples = None;
        if let Some((x, weights)) = held_out {
            let log_p = generator.log_prob(x)?;
            let (mut u, mut gradient) = (vec![0.0; x.nrows()], x.clone());
            generator.target.evaluate(x, &mut u, &mut gradient, &mut Default::default());
            let log_w: Vec<f64> = u.iter().zip(log_p).map(|(u, log_p)| -u - log_p).collect();
            of_examples = Some((log_w, weights));
        }
        let forward = of_examples.as_ref().map(|(log_w, weights)| (&log_w[..], &weights[..]));
        let coordinate = &plain.coordinate;
        let generated = shares(coordinate, &plain.values, None);
        let examples = held_out.map(|(x, weights)| {
            let mut values = vec![0.0; x.nrows()];
            coordinate.values(x, &mut values);
            shares(coordinate, &values, Some(weights))
        });
        let annealed = annealed.map(|a| a.learnt_shares);
        let parts = names(coordinate).into_iter().enumerate().map(|(i, name)| {
            (name, [Some(generated[i]), examples.map(|s| s[i]), annealed.map(|s| s[i])])
        });
        Ok(Self {
            gaps: Gaps::new(&plain.learnt_log_weight, forward, log_z),
            forward_ess: match &of_examples {
                Some((log_w, _)) => Some(forward_ess(log_w, log_z.value)?),
                None => None,
            },
            log_z,
            parts: parts.collect(),
        })
    }

    /// One object.
    pub(crate) fn to_json(&self) -> Json {
        let parts: Vec<Json> = self
            .parts
            .iter()
            .map(|(name, [generated, held_out, annealed])| {
                json!({
                    "name": name,
                    "generated": generated,
                    "held_out": held_out,
                    "annealed": annealed,
                })
            })
            .collect();
        json!({
            "forward": self.gaps.forward.map(estimate),
            "reverse": estimate(self.gaps.reverse),
            "reverse_median": self.gaps.reverse_median,
            "forward_ess": self.forward_ess.map(estimate),
            "log_z": estimate(self.log_z),
            "parts": parts,
            "collapsed": self.gaps.is_collapsed(),
        })
    }

    /// Rows of the table.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let row = |name: &str, value: String, note: String| vec![name.into(), value, note];
        let nats = |e: Estimate| format!("{} nats", table::estimate(e, 2));
        let mut rows = vec![row(
            "forward gap",
            self.gaps.forward.map_or("unknown".into(), nats),
            match self.gaps.forward {
                Some(_) => "KL(target, flow) over held-out examples".into(),
                None => "needs examples: example_held_out".into(),
            },
        )];
        let median = table::number(self.gaps.reverse_median, 2);
        rows.push(row(
            "reverse gap",
            nats(self.gaps.reverse),
            format!("KL(flow, target) without the worst 1 %; median {median}"),
        ));
        let share = |v: &Option<f64>| v.map_or("-".into(), |v| format!("{:.1}", 100.0 * v));
        for (name, [generated, held_out, annealed]) in &self.parts {
            let value = format!("{} % of what is generated", share(generated));
            let note = format!("{} % held out, {} % annealed", share(held_out), share(annealed));
            rows.push(row(&format!("  {name}"), value, note));
        }
        rows
    }

    /// What a flow that has collapsed is called.
    pub(crate) fn verdict(&self) -> Option<String> {
        let forward = self.gaps.forward.filter(|_| self.gaps.is_collapsed())?;
        Some(format!(
            "collapsed: held-out examples are {:.1} nats from the flow, its own samples only {:.1} from the target; \
             it makes a part of the target, and no number here sees the rest",
            forward.value, self.gaps.reverse.value
        ))
    }
}

/// Names of the parts of a coordinate: the two states and the barrier between them.
fn names(coordinate: &Coordinate) -> [String; 3] {
    let half = BARRIER * (coordinate.range.1 - coordinate.range.0);
    let (low, high) = (coordinate.boundary - half, coordinate.boundary + half);
    let (a, b) = coordinate.states;
    let name = &coordinate.name;
    [
        format!("{a}, {name} < {low:.2}"),
        format!("barrier, {name} to {high:.2}"),
        format!("{b}, {name} > {high:.2}"),
    ]
}

/// Shares of the parts.
pub(super) fn shares(coordinate: &Coordinate, values: &[f64], weights: Option<&[f64]>) -> [f64; 3] {
    let half = BARRIER * (coordinate.range.1 - coordinate.range.0);
    let (low, high) = (coordinate.boundary - half, coordinate.boundary + half);
    let (mut sums, mut total) = ([0.0; 3], 0.0);
    for (i, r) in values.iter().enumerate() {
        let w = weights.map_or(1.0, |w| w[i]);
        sums[usize::from(*r >= low) + usize::from(*r > high)] += w;
        total += w;
    }
    sums.map(|s| s / total)
}
