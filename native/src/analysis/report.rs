//! An analysis as JSON for programs and as a table for people.

use boltzflow::stats::{StateCoverage, Verdict, pareto_k_limit};
use boltzflow::system::Relabelling;
use boltzflow_model::Model;
use serde_json::{Value as Json, json};

use super::annealed::AnnealedAnalysis;
use super::held_out::Comparison;
use super::plain::Analysis;
use super::reference::Reference;
use crate::digests::Digests;
use crate::{difference, provenance, table};

/// States listed on the terminal at most.
const MAX_STATES: usize = 8;

/// An analysis with what it was made of.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    /// The numbers.
    pub(crate) analysis: &'a Analysis,
    /// The same numbers by annealing.
    pub(crate) annealed: Option<&'a AnnealedAnalysis>,
    /// Comparison with examples that were not learnt from.
    pub(crate) comparison: &'a Comparison,
    /// Values to compare with.
    pub(crate) reference: Option<&'a Reference>,
    /// The model, with the run that it is of.
    pub(crate) model: &'a Model,
    /// Parameters of the system that were changed for this analysis, in words.
    pub(crate) changes: &'a [String],
    /// Energy evaluations that it took to tell how long all would take.
    pub(crate) trial: u64,
    /// Seed of the samples.
    pub(crate) seed: u64,
    /// Seconds that the analysis took.
    pub(crate) seconds: f64,
}

impl Report<'_> {
    /// Energy evaluations of all estimates, and all together.
    fn evaluations(&self) -> (u64, u64) {
        let annealing = self.annealed.map_or(0, |a| a.energy_evaluations);
        let estimate = self.analysis.n as u64 + annealing + self.trial;
        (estimate, self.model.training_evaluations + self.model.data_evaluations + estimate)
    }

    /// One object; a number that is infinite or undefined is null.
    pub(crate) fn to_json(&self) -> Json {
        let a = self.analysis;
        let (estimate_evaluations, total) = self.evaluations();
        let t = &a.thermodynamics;
        let states: Vec<Json> = a.quality.coverage.states.iter().map(state).collect();
        let mut report = json!({
            "system": self.model.settings.system,
            "temperature": a.temperature,
            "n": a.n,
            "dropped": a.quality.dropped,
            "outside_cell": a.outside,
            "log_copies": a.cell.as_ref().map(Relabelling::log_copies),
            "delta_f": {
                "value": a.delta_f.delta_f.value,
                "error": a.delta_f.delta_f.error,
                "interval": [a.delta_f.interval.lower, a.delta_f.interval.upper],
                "definition": difference::definition(&a.coordinate),
            },
            "log_z": table::object(a.log_z),
            "ess": {
                "reverse": a.quality.ess_fraction,
                "forward": a.quality.forward_ess.map(|e| e.value),
                "forward_doubt": self.forward_doubt(),
                "count": a.quality.ess,
            },
            "pareto_k": a.quality.pareto_k,
            "max_weight": a.quality.max_weight,
            "coverage": { "states": states, "unassigned": a.quality.coverage.unassigned },
            "gaps": self.comparison.to_json(),
            "verdict": self.verdict(),
            "profile": {
                "coordinate": a.coordinate.name,
                "center": a.profile.center,
                "value": a.profile.value,
                "error": a.profile.error,
                "lower": a.profile.lower,
                "upper": a.profile.upper,
                "count": a.profile.count,
                "sampled": a.profile.sampled(),
                "raw": a.raw.value,
            },
            "thermodynamics": {
                "u": table::object(t.u),
                "s": table::object(t.s),
                "f": table::object(t.f),
                "kl": table::object(t.kl),
            },
            "energy_evaluations": {
                "training": self.model.training_evaluations,
                "data": self.model.data_evaluations,
                "estimate": estimate_evaluations,
                "trial": self.trial,
                "total": total,
            },
            "seconds": self.seconds,
            "seed": self.seed,
            "changes": self.changes,
            "digest": Digests::new(self.model, None).to_json(),
            "run": provenance::run(self.model),
            "version": env!("CARGO_PKG_VERSION"),
        });
        if let Some(reference) = self.reference {
            let deviation = reference.profile_deviation(&a.profile);
            report["reference"] = json!({
                "source": reference.source,
                "delta_f": reference.delta_f,
                "delta_f_error": reference.delta_f.map(|r| a.delta_f.delta_f.value - r),
                "log_z": reference.log_z,
                "log_z_error": reference.log_z.map(|r| a.log_z.value - r),
                "kl": reference.log_z.map(|r| table::object(t.kl_with(r))),
                "profile": reference.profile_above_minimum(),
                "profile_rms": deviation.map(|d| d.rms),
                "profile_bins": deviation.map(|d| d.bins),
            });
        }
        if let Some(annealed) = self.annealed {
            report["annealed"] = annealed.to_json(self.reference);
        }
        report
    }

    /// A table with the verdict in words.
    pub(crate) fn to_table(&self) -> String {
        let a = self.analysis;
        let t = &a.thermodynamics;
        let (estimate_evaluations, total) = self.evaluations();
        let reference = self.reference;
        let against = |value: Option<f64>| {
            value.map(|v| format!("reference {}", table::number(v, 4))).unwrap_or_default()
        };
        let percent = |v: f64| format!("{:.1} %", 100.0 * v);
        let row = |name: &str, value: String, note: String| vec![name.into(), value, note];
        let kl_note = reference
            .and_then(|r| r.log_z)
            .map(|z| format!("{} with the reference's log Z", table::estimate(t.kl_with(z), 4)));
        let mut rows = vec![row(
            "free-energy difference",
            a.empty_state().map_or_else(
                || format!("{} kT", table::estimate(a.delta_f.delta_f, 4)),
                |state| format!("none: no sample in {state}"),
            ),
            difference::definition(&a.coordinate),
        )];
        if let Some(delta_f) = reference.and_then(|r| r.delta_f) {
            rows.push(row("", String::new(), against(Some(delta_f))));
        }
        rows.push(row(
            "log Z",
            table::estimate(a.log_z, 4),
            against(reference.and_then(|r| r.log_z)),
        ));
        for (name, value, unit, note) in [
            ("U as generated", t.u, "kT", "mean energy"),
            ("S as generated", t.s, "k", "entropy"),
            ("F as generated", t.f, "kT", "U - TS; -log Z is its lowest value"),
        ] {
            rows.push(row(name, format!("{} {unit}", table::estimate(value, 4)), note.into()));
        }
        let forward = match (a.quality.forward_ess, self.comparison.forward_ess) {
            (Some(e), _) => (percent(e.value), "over --equilibrium"),
            (None, Some(e)) => (percent(e.value), "over held-out examples"),
            (None, None) => ("unknown".into(), "needs --equilibrium or held-out examples"),
        };
        let doubt = self.forward_doubt().map(|doubt| format!("{}: {doubt}", forward.1));
        rows.extend([
            row(
                "KL(generated, Boltzmann)",
                format!("{} nats", table::estimate(t.kl, 4)),
                kl_note.unwrap_or_default(),
            ),
            row(
                "effective samples",
                percent(a.quality.ess_fraction),
                format!("{:.0} of {}", a.quality.ess, a.n),
            ),
            row("  forward", forward.0, doubt.unwrap_or_else(|| forward.1.into())),
            row(
                "Pareto k of the weights",
                a.quality.pareto_k.map_or("no tail".into(), |k| format!("{k:.2}")),
                format!(
                    "averages are dependable below {:.2}",
                    pareto_k_limit(a.n - a.quality.dropped)
                ),
            ),
        ]);
        rows.extend(self.comparison.rows());
        if let Some(deviation) = reference.and_then(|r| r.profile_deviation(&a.profile)) {
            let note = format!("over {} bins up to 6 kT", deviation.bins);
            rows.push(row(
                "profile deviation",
                format!("{} kT rms", table::number(deviation.rms, 4)),
                note,
            ));
        }
        let states = &a.quality.coverage.states;
        for s in states.iter().take(MAX_STATES) {
            let exact =
                s.reference.map(|r| format!("reference {}", percent(r.value))).unwrap_or_default();
            rows.push(row(
                &format!("P({})", s.name),
                format!("{:.2} ± {:.2} %", 100.0 * s.share.value, 100.0 * s.share.error),
                exact,
            ));
        }
        if states.len() > MAX_STATES {
            let missed = states.iter().filter(|s| s.is_missed()).count();
            let reached = states.iter().filter(|s| !s.is_missed());
            let worst = reached.map(|s| s.deviation().abs()).fold(0.0, f64::max);
            let value = format!("{} in all, {missed} missed", states.len());
            rows.push(row(
                "states",
                value,
                if worst > 1e3 {
                    "the others are far off, too".into()
                } else {
                    format!("largest deviation of the others {worst:.1} standard errors")
                },
            ));
        }
        if let Some(cell) = &a.cell {
            let value = format!("{} outside the cell of their labels", a.outside);
            let copies =
                format!("log Z of all labels is {} higher", table::number(cell.log_copies(), 4));
            rows.push(row("samples", value, copies));
        }
        if a.quality.dropped > 0 {
            rows.push(row("dropped samples", a.quality.dropped.to_string(), "not finite".into()));
        }
        if let Some(annealed) = self.annealed {
            rows.extend(annealed.rows(reference));
        }
        let parts = format!(
            "{} training, {} data, {estimate_evaluations} estimate",
            self.model.training_evaluations, self.model.data_evaluations
        );
        rows.push(row("energy evaluations", total.to_string(), parts));
        format!("{}\nverdict: {}\n", table::align(&rows), self.verdict())
    }

    /// Why the forward effective sample size is none, where it is above one for each sample by more than two standard errors.
    fn forward_doubt(&self) -> Option<String> {
        let equilibrium = self.analysis.quality.forward_ess;
        let (found, what) = match (equilibrium, self.comparison.forward_ess) {
            (Some(e), _) => (e, "the file is"),
            (None, Some(e)) => (e, "the examples are"),
            (None, None) => return None,
        };
        let above = found.value - 1.0;
        (above > 2.0 * found.error).then(|| {
            format!("more than there can be, so that {what} not from this equilibrium, or log Z is not known well enough")
        })
    }

    /// A missed state is the gravest finding, then a flow that has collapsed. Annealed estimates do not rest on plain weights.
    fn verdict(&self) -> String {
        let quality = &self.analysis.quality.verdict;
        match (quality, self.comparison.verdict(), self.annealed) {
            (Verdict::MissedState { .. }, ..) | (_, None, None) => quality.to_string(),
            (_, Some(collapsed), _) => collapsed,
            (_, None, Some(annealed)) => {
                format!("of plain weights: {quality}; of annealing: {}", annealed.verdict())
            }
        }
    }
}

fn state(s: &StateCoverage) -> Json {
    json!({
        "name": s.name,
        "share": table::object(s.share),
        "reference": s.reference.map(|r| r.value),
        "count": s.count,
        "ess": s.ess,
        "missed": s.is_missed(),
    })
}
