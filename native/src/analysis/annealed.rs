//! The numbers of an analysis by annealing from the flow to the target, with errors from independent runs.

use std::borrow::Cow;

use boltzflow::ensemble::{Annealed, Annealing, Level, Population};
use boltzflow::generator::BoltzmannGenerator;

use boltzflow::stats::{DeltaF, Estimate, LogWeights, Profile, Runs, pareto_k};
use serde_json::{Value as Json, json};

use super::annealing::{self, AnnealingPlan, CarriedOut, FEWEST_RUNS};
use super::plain::Analysis;
use super::reference::Reference;
use crate::failure::Failure;
use crate::{difference, table};

/// Numbers with error bars from independent annealing runs.
#[derive(Clone, Debug)]
pub(crate) struct AnnealedAnalysis {
    annealing: Annealing,
    planned: usize,
    definition: String,
    states: (Cow<'static, str>, Cow<'static, str>),
    runs: Runs,
    delta_f: DeltaF,
    /// Profile by the histogram of the coordinate.
    pub(crate) histogram: Profile,
    /// Profile by the mean force along it.
    pub(crate) mean_force: Profile,
    levels: Vec<Level>,
    relaxation: Option<(f64, f64)>,
    /// Fewest ancestors that a run ended with.
    ancestors: usize,
    dropped: usize,
    /// ln Z of the target that the flow has learnt.
    pub(crate) learnt_log_z: Estimate,
    /// The coordinate of all particles, and their u and weights on that target.
    pub(crate) values: Vec<f64>,
    pub(crate) learnt_u: Vec<f64>,
    pub(crate) learnt_weights: LogWeights,
    /// Energy evaluations of all runs.
    pub(crate) energy_evaluations: u64,
    flow_evaluations: u64,
}

impl AnnealedAnalysis {
    /// Estimates what `plain` estimates from independent runs.
    pub(crate) fn new(
        generator: &BoltzmannGenerator<f32>,
        plan: &AnnealingPlan,
        plain: &Analysis,
        carried: &CarriedOut,
    ) -> Result<Self, Failure> {
        let runs = &carried.runs[..];
        let count = runs.len();
        let population = Population::of_runs(runs);
        let weights = LogWeights::new(&population.log_weight)?;
        let coordinate = &plain.coordinate;
        let mut values = vec![0.0; population.u.len()];
        coordinate.values(&population.x, &mut values);
        let mut forces = values.clone();
        coordinate.forces(&population.x, &population.u_gradient, &mut forces);
        let target = &generator.target;
        let Population { x, u: mut learnt_u, log_weight: mut learnt, .. } = population;
        target.rebias(&x, &mut learnt_u, &mut learnt);
        let biased = Runs::new(&runs.iter().map(|r| r.biased_log_z).collect::<Vec<f64>>())?;
        let known = |r: f64| target.unbiased_along(coordinate, r);
        let bins = &plain.bins;
        let last = |run: &Annealed| run.levels.last().map_or(0, |level| level.ancestors);
        Ok(Self {
            annealing: plan.annealing.clone(),
            planned: carried.planned,
            definition: difference::definition(coordinate),
            states: coordinate.states.clone(),
            runs: Runs::new(&runs.iter().map(|r| r.log_z).collect::<Vec<f64>>())?,
            delta_f: DeltaF::of_runs(&values, &weights, coordinate.boundary, count)?,
            histogram: Profile::of_runs(&values, &weights, bins, count)?,
            mean_force: Profile::by_mean_force(&values, &forces, &weights, &known, bins, count)?,
            relaxation: runs[0].relaxation,
            ancestors: runs.iter().map(last).min().unwrap_or(0),
            learnt_log_z: biased.log_z,
            learnt_u,
            learnt_weights: LogWeights::new(&learnt)?,
            values,
            dropped: runs.iter().map(|r| r.dropped).sum(),
            energy_evaluations: runs.iter().map(|r| r.energy_evaluations).sum(),
            flow_evaluations: runs.iter().map(|r| r.flow_evaluations).sum(),
            levels: runs[0].levels.clone(),
        })
    }

    /// One object.
    pub(crate) fn to_json(&self, reference: Option<&Reference>) -> Json {
        let levels: Vec<Json> = self
            .levels
            .iter()
            .map(|l| {
                json!({
                    "b": l.b,
                    "step_size": l.step_size,
                    "ess": l.ess,
                    "resampled": l.resampled,
                    "acceptance": l.acceptance,
                    "ancestors": l.ancestors,
                })
            })
            .collect();
        let (delta_f, share) = (self.delta_f.delta_f, self.delta_f.share);
        let (below, above) = (&*self.states.0, &*self.states.1);
        let mut found = json!({
            "method": "smc",
            "runs": self.runs.each.len(),
            "effective_runs": self.runs.effective,
            "planned_runs": self.planned,
            "particles": self.annealing.particles,
            "settings": annealing::settings(&self.annealing),
            "dropped": self.dropped,
            "delta_f": {
                "value": delta_f.value,
                "error": delta_f.error,
                "interval": [self.delta_f.interval.lower, self.delta_f.interval.upper],
                "definition": self.definition,
            },
            "log_z": {
                "value": self.runs.log_z.value,
                "error": self.runs.log_z.error,
                "interval": [self.runs.interval.lower, self.runs.interval.upper],
                "each": self.runs.each,
            },
            "shares": { below: table::object(complement(share)), above: table::object(share) },
            "profile": profile(&self.histogram, reference),
            "mean_force": profile(&self.mean_force, reference),
            "levels": levels,
            "relaxation": self.relaxation.map(|(step_size, acceptance)| {
                json!({ "step_size": step_size, "acceptance": acceptance })
            }),
            "ess": self.learnt_weights.ess_fraction(),
            "pareto_k": pareto_k(&self.learnt_weights),
            "fewest_ancestors": self.ancestors,
            "energy_evaluations": self.energy_evaluations,
            "flow_evaluations": self.flow_evaluations,
        });
        if let Some(reference) = reference {
            found["delta_f_error"] = json!(reference.delta_f.map(|r| delta_f.value - r));
            found["log_z_error"] = json!(reference.log_z.map(|r| self.runs.log_z.value - r));
        }
        found
    }

    /// Whether the spread of the runs can be trusted as an error.
    pub(crate) fn verdict(&self) -> String {
        let (count, effective) = (self.runs.each.len(), self.runs.effective);
        if count < FEWEST_RUNS {
            return format!("{count} runs are too few for error bars, it takes {FEWEST_RUNS}");
        }
        if effective < 0.5 * count as f64 {
            return format!(
                "{count} runs are worth {effective:.1} of equal weight: error bars may be too small, \
                 more levels, moves or particles make them even"
            );
        }
        format!("good, {count} runs are worth {effective:.1} of equal weight")
    }

    /// Rows of the table.
    pub(crate) fn rows(&self, reference: Option<&Reference>) -> Vec<Vec<String>> {
        let row = |name: &str, value: String, note: String| vec![name.into(), value, note];
        let against = |value: Option<f64>| {
            value.map(|v| format!("reference {}", table::number(v, 4))).unwrap_or_default()
        };
        let count = self.runs.each.len();
        let mut rows = vec![
            row(
                "annealed",
                format!("{count} independent runs of {} particles", self.annealing.particles),
                format!("worth {:.1} runs of equal weight", self.runs.effective),
            ),
            row(
                "  free-energy difference",
                format!("{} kT", table::estimate(self.delta_f.delta_f, 4)),
                against(reference.and_then(|r| r.delta_f)),
            ),
            row(
                "  log Z",
                table::estimate(self.runs.log_z, 4),
                against(reference.and_then(|r| r.log_z)),
            ),
        ];
        for (name, profile) in
            [("  histogram", &self.histogram), ("  mean force", &self.mean_force)]
        {
            let shape = reference.and_then(|r| r.shape_deviation(profile));
            let inside = reference.and_then(|r| r.share_in_band(profile));
            if let (Some(shape), Some(inside)) = (shape, inside) {
                rows.push(row(
                    name,
                    format!("{} kT rms over {} bins", table::number(shape.rms, 4), shape.bins),
                    format!("reference in the 95 % band of {:.0} %", 100.0 * inside),
                ));
            }
        }
        let resampled = self.levels.iter().filter(|l| l.resampled).count();
        let acceptance =
            self.levels.iter().map(|l| l.acceptance).sum::<f64>() / self.levels.len().max(1) as f64;
        rows.push(row(
            "  levels",
            format!("{}, {resampled} resampled", self.levels.len()),
            format!("mean acceptance {:.0} %", 100.0 * acceptance),
        ));
        rows.push(row(
            "  weights at the end",
            format!("{:.1} % effective", 100.0 * self.learnt_weights.ess_fraction()),
            pareto_k(&self.learnt_weights).map_or("no tail".into(), |k| format!("Pareto k {k:.2}")),
        ));
        rows.push(row(
            "  ancestors left",
            format!("{} of {}", self.ancestors, self.annealing.particles),
            "in the worst run".into(),
        ));
        rows.push(row(
            "  evaluations",
            format!("{} of the energy", self.energy_evaluations),
            format!("{} of the flow", self.flow_evaluations),
        ));
        rows
    }
}

/// 1 − p.
fn complement(p: Estimate) -> Estimate {
    Estimate { value: 1.0 - p.value, ..p }
}

/// A profile with its distance from the reference.
fn profile(profile: &Profile, reference: Option<&Reference>) -> Json {
    let deviation = reference.and_then(|r| r.profile_deviation(profile));
    let shape = reference.and_then(|r| r.shape_deviation(profile));
    json!({
        "center": profile.center,
        "value": profile.value,
        "error": profile.error,
        "lower": profile.lower,
        "upper": profile.upper,
        "count": profile.count,
        "rms": deviation.map(|d| d.rms),
        "shape_rms": shape.map(|d| d.rms),
        "shape_bins": shape.map(|d| d.bins),
        "reference_in_band": reference.and_then(|r| r.share_in_band(profile)),
    })
}
