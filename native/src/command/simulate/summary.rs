//! What independent runs of a ladder found, as JSON for programs and as text for people.

use std::path::Path;

use boltzflow::sampler::{BurnIn, Energies, LadderEntry, ReplicaExchange, Trajectory};
use boltzflow::stats::{Estimate, LogWeights, Profile, profile_rms};
use boltzflow::system::Coordinate;
use serde_json::{Value as Json, json};

use crate::analysis::reference::Reference;
use crate::difference::definition;
use crate::failure::Failure;
use crate::system::System;
use crate::table;

/// What a run has found.
pub(super) struct Found {
    pub(super) trajectory: Trajectory,
    pub(super) energies: Energies,
    /// Values of the coordinate.
    pub(super) values: Vec<f64>,
    pub(super) weights: LogWeights,
    pub(super) profile: Profile,
    /// ΔF of the coordinate's states.
    pub(super) delta_f: f64,
    /// ⟨U⟩ and ⟨R⟩ in the target.
    pub(super) means: [f64; 2],
    pub(super) burn_in: BurnIn,
    pub(super) replicas: ReplicaExchange,
}

/// The runs and what they are compared with.
pub(super) struct Summary<'a> {
    pub(super) system: &'a System,
    pub(super) entry: &'a LadderEntry,
    pub(super) coordinate: &'a Coordinate,
    pub(super) temperature: f64,
    pub(super) found: &'a [Found],
    pub(super) reference: Option<&'a Reference>,
    pub(super) seed: u64,
    pub(super) seconds: f64,
    pub(super) output: &'a Path,
}

/// Numbers of all runs together.
struct Totals {
    samples: usize,
    states: usize,
    acceptance: f64,
    step_size: f64,
    divergences: u64,
    evaluations: u64,
    burn_in: u64,
    /// Share of exchanges that were accepted, for each pair of neighbours.
    exchanges: Vec<f64>,
    returns: u64,
    ess: f64,
}

impl Totals {
    fn new(found: &[Found]) -> Self {
        let mean =
            |f: &dyn Fn(&Found) -> f64| found.iter().map(f).sum::<f64>() / found.len() as f64;
        let states = found.first().map_or(0, |f| f.replicas.ladder().states());
        let sum = |pair: usize, of: fn(&Found) -> &[u64]| -> f64 {
            found.iter().map(|f| of(f)[pair] as f64).sum()
        };
        let share = |pair| {
            let accepted = sum(pair, |f| &f.replicas.exchanges().accepted);
            accepted / sum(pair, |f| &f.replicas.exchanges().tried)
        };
        Self {
            samples: found.iter().map(|f| f.values.len()).sum(),
            states,
            acceptance: mean(&|f| f.trajectory.acceptance),
            step_size: mean(&|f| f.replicas.step_size()),
            divergences: found.iter().map(|f| f.trajectory.divergences).sum(),
            evaluations: found.iter().map(|f| f.replicas.state().evaluations()).sum(),
            burn_in: found.iter().map(|f| f.burn_in.evaluations).sum(),
            exchanges: (1..states).map(|i| share(i - 1)).collect(),
            returns: found.iter().map(|f| f.replicas.exchanges().returns).sum(),
            ess: found.iter().map(|f| f.weights.ess()).sum(),
        }
    }
}

/// How far the profile is from its reference.
struct Deviation {
    rms: f64,
    bins: usize,
    range: (f64, f64),
}

impl Summary<'_> {
    pub(super) fn print(&self, json: bool) -> Result<(), Failure> {
        let runs: Vec<Profile> = self.found.iter().map(|f| f.profile.clone()).collect();
        let profile = Profile::mean_of(&runs)?;
        let deviation = self.deviation(&profile)?;
        let delta_f: Vec<f64> = self.found.iter().map(|f| f.delta_f).collect();
        let delta_f = Estimate::mean(&delta_f);
        let totals = Totals::new(self.found);
        if json {
            return table::print_json(&self.to_json(
                &profile,
                deviation.as_ref(),
                delta_f,
                &totals,
            ));
        }
        table::print(&self.to_text(&profile, deviation.as_ref(), delta_f, &totals))
    }

    /// Over all bins but the first and the last one: windows sample only the inner side of these well.
    fn deviation(&self, profile: &Profile) -> Result<Option<Deviation>, Failure> {
        let Some(reference) = self.reference.and_then(|r| r.profile.as_ref()) else {
            return Ok(None);
        };
        let n = profile.value.len();
        if n < 3 {
            return Ok(None);
        }
        let (rms, bins) = profile_rms(&profile.value[1..n - 1], &reference[1..n - 1])?;
        let half = 0.5 * (profile.center[1] - profile.center[0]);
        let range = (profile.center[1] - half, profile.center[n - 2] + half);
        Ok(Some(Deviation { rms, bins, range }))
    }

    /// Name, mean and error of an observable in the target.
    fn means(&self) -> [(&str, Estimate); 2] {
        ["energy", &*self.coordinate.name].map(|name| {
            let i = usize::from(name != "energy");
            let of_runs: Vec<f64> = self.found.iter().map(|f| f.means[i]).collect();
            (name, Estimate::mean(&of_runs))
        })
    }

    /// One object; a number that is infinite or undefined is null.
    fn to_json(
        &self,
        profile: &Profile,
        deviation: Option<&Deviation>,
        delta_f: Estimate,
        totals: &Totals,
    ) -> Json {
        let observables: serde_json::Map<String, Json> =
            self.means().into_iter().map(|(name, e)| (name.into(), table::object(e))).collect();
        let mut report = json!({
            "system": self.system.to_json(),
            "method": self.entry.name,
            "temperature": self.temperature,
            "runs": self.found.len(),
            "states": totals.states,
            "n": totals.samples,
            "step_size": totals.step_size,
            "acceptance": totals.acceptance,
            "divergences": totals.divergences,
            "exchanges": { "acceptance": totals.exchanges, "returns": totals.returns },
            "ess": totals.ess,
            "observables": observables,
            "delta_f": {
                "value": delta_f.value,
                "error": delta_f.error,
                "definition": definition(self.coordinate),
            },
            "profile": {
                "coordinate": self.coordinate.name,
                "center": profile.center,
                "value": profile.value,
                "error": profile.error,
            },
            "energy_evaluations": { "burn_in": totals.burn_in, "total": totals.evaluations },
            "seconds": self.seconds,
            "seed": self.seed,
            "output": self.output.display().to_string(),
        });
        if let Some(reference) = self.reference {
            report["reference"] = json!({
                "source": reference.source,
                "delta_f": reference.delta_f,
                "delta_f_error": reference.delta_f.map(|r| delta_f.value - r),
                "profile": reference.profile_above_minimum(),
                "profile_rms": deviation.map(|d| d.rms),
                "profile_bins": deviation.map(|d| d.bins),
            });
        }
        report
    }

    fn to_text(
        &self,
        profile: &Profile,
        deviation: Option<&Deviation>,
        delta_f: Estimate,
        totals: &Totals,
    ) -> String {
        let t = totals;
        let least = t.exchanges.iter().copied().fold(f64::NAN, f64::min);
        let exchanges = match least.is_nan() {
            true => "no exchanges".into(),
            false => format!(
                "exchanges accepted: at least {:.1} % of each pair; {} returns from the last {} to the first",
                100.0 * least,
                t.returns,
                self.entry.state
            ),
        };
        let mut text = format!(
            "{} samples of {} at kT = {} from {} run(s) of {} with {} {}s in {:.1} s\n\
             acceptance {:.1} % at step size {}, {} divergences\n\
             {exchanges}\n\
             {} energy evaluations, {} of them in burn-in\n\n",
            t.samples,
            self.system.name,
            self.temperature,
            self.found.len(),
            self.entry.name,
            t.states,
            self.entry.state,
            self.seconds,
            100.0 * t.acceptance,
            table::number(t.step_size, 4),
            t.divergences,
            t.evaluations,
            t.burn_in,
        );
        let against = self.reference.and_then(|r| r.delta_f);
        let against = against.map(|r| format!("reference {}", table::number(r, 4)));
        let [energy, value] = self
            .means()
            .map(|(name, e)| vec![name.into(), table::estimate(e, 4), "mean in the target".into()]);
        let difference = vec![
            "free-energy difference".into(),
            table::estimate(delta_f, 4),
            against.unwrap_or_default(),
        ];
        text.push_str(&table::align(&[difference, energy, value]));
        text.push_str(&format!("the difference is {}\n\n", definition(self.coordinate)));

        let exact = self.reference.and_then(Reference::profile_above_minimum);
        let mut rows =
            vec![vec![self.coordinate.name.to_string(), "F (kT)".into(), "error".into()]];
        if exact.is_some() {
            rows[0].push("reference".into());
        }
        for (b, center) in profile.center.iter().enumerate() {
            let numbers = [profile.value[b], profile.error[b]].into_iter();
            let numbers = numbers.chain(exact.as_ref().map(|e| e[b]));
            let mut row = vec![table::number(*center, 3)];
            row.extend(numbers.map(|v| table::number(v, 3)));
            rows.push(row);
        }
        text.push_str(&table::align(&rows));
        if let Some(d) = deviation {
            let (low, high) = d.range;
            let source = self.reference.map_or("", |r| r.source.as_str());
            text.push_str(&format!(
                "RMS {:.3} kT from {source} over {} bins from {} to {}, means removed\n",
                d.rms,
                d.bins,
                table::number(low, 3),
                table::number(high, 3),
            ));
        }
        if self.found.len() == 1 {
            text.push_str("one run has no error: ask for --runs 2 or more\n");
        }
        text.push_str(&format!("written to {}\n", self.output.display()));
        text
    }
}
