//! How a flow compares with examples that it has not learnt from, in nats and by the parts of the coordinate.

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::stats::{Estimate, Gaps, LogWeights, forward_ess};
use serde_json::{Value as Json, json};

use super::annealed::AnnealedAnalysis;
use super::parts::{self, Parts};
use super::plain::Analysis;
use crate::failure::Failure;
use crate::table;

/// Both gaps to the target that was learnt, and where its samples lie along the coordinate.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    pub(crate) gaps: Gaps,
    /// u and weights of the held-out examples.
    pub(crate) examples: Option<(Vec<f64>, Vec<f64>)>,
    /// Forward effective sample size on the learnt target.
    pub(crate) forward_ess: Option<Estimate>,
    /// ln Z of the learnt target.
    log_z: Estimate,
    parts: Parts,
    /// Shares of the parts among generated samples, held-out examples, annealed particles.
    shares: [Option<[f64; parts::COUNT]>; 3],
}

/// A divergence with its error; a small error shows more digits.
pub(super) fn nats(e: Estimate) -> String {
    format!("{} nats", table::estimate(e, if e.error < 0.05 { 4 } else { 2 }))
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
        let coordinate = &plain.coordinate;
        let parts = Parts::new(coordinate);
        let (mut examples, mut log_w, mut share) = (None, None, None);
        if let Some((x, weights)) = held_out {
            let log_p = generator.log_prob(x)?;
            let (mut u, mut gradient) = (vec![0.0; x.nrows()], x.clone());
            generator.target.evaluate(x, &mut u, &mut gradient, &mut Default::default());
            log_w = Some(u.iter().zip(log_p).map(|(u, p)| -u - p).collect::<Vec<f64>>());
            let mut values = vec![0.0; x.nrows()];
            coordinate.values(x, &mut values);
            share = Some(parts.shares(&values, Some(weights)));
            examples = Some((u, weights.clone()));
        }
        let forward = log_w.as_deref().zip(held_out.map(|(_, weights)| &weights[..]));
        Ok(Self {
            gaps: Gaps::new(&plain.learnt_log_weight, forward, log_z),
            forward_ess: log_w.map(|log_w| forward_ess(&log_w, log_z.value)).transpose()?,
            log_z,
            shares: [
                Some(parts.shares(&plain.values, None)),
                share,
                annealed.map(|a| parts.shares(&a.values, Some(a.learnt_weights.normalised()))),
            ],
            examples,
            parts,
        })
    }

    /// One object.
    pub(crate) fn to_json(&self) -> Json {
        let [generated, held_out, annealed] = &self.shares;
        let parts: Vec<Json> = (0..parts::COUNT)
            .map(|i| {
                let share = |of: &Option<[f64; parts::COUNT]>| of.map(|s| s[i]);
                json!({
                    "name": self.parts.names[i],
                    "place": self.parts.places[i],
                    "generated": share(generated),
                    "held_out": share(held_out),
                    "annealed": share(annealed),
                })
            })
            .collect();
        json!({
            "forward": self.gaps.forward.map(table::object),
            "reverse": table::object(self.gaps.reverse),
            "reverse_median": self.gaps.reverse_median,
            "forward_ess": self.forward_ess.map(table::object),
            "log_z": table::object(self.log_z),
            "parts": parts,
            "collapsed": self.gaps.is_collapsed(),
        })
    }

    /// Rows of the table.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let row = |name: &str, value: String, note: String| vec![name.into(), value, note];
        let median = table::number(self.gaps.reverse_median, 2);
        let mut rows = vec![
            row(
                "forward gap",
                self.gaps.forward.map_or("unknown".into(), nats),
                match self.gaps.forward {
                    Some(_) => "KL(target, flow) over held-out examples".into(),
                    None => "no examples were held out: train with example_held_out above 0".into(),
                },
            ),
            row(
                "reverse gap",
                nats(self.gaps.reverse),
                format!("KL(flow, target) without the worst 1 % of samples; median {median}"),
            ),
        ];
        let percent = |v: f64| format!("{:.1} %", 100.0 * v);
        let [generated, others @ ..] = &self.shares;
        for i in 0..parts::COUNT {
            let (name, place) = (&self.parts.names[i], &self.parts.places[i]);
            let value = generated.map_or(String::new(), |s| format!("{} generated", percent(s[i])));
            let others = others.iter().zip(["held out", "annealed"]);
            let others = others.filter_map(|(of, what)| of.map(|s| (percent(s[i]), what)));
            let others: Vec<String> = others.map(|(v, what)| format!("{v} {what}")).collect();
            rows.push(row(&format!("  {name}, {place}"), value, others.join(", ")));
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
