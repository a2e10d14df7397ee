//! Reference values in JSON: a report of this program, or a file with `cases` of parameters and
//! `quadrature` results per temperature, or one with `cavity_profile_kT`, the dimer's.

use std::fs;
use std::path::Path;

use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{Coordinate, System};
use serde_json::Value as Json;

use crate::difference;
use crate::failure::Failure;

/// Values to compare with, as far as the file has them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ReferenceFile {
    /// ln Z.
    pub(crate) log_z: Option<f64>,
    /// F(above) − F(below) of the coordinate's states in kT, whatever the direction in the file.
    pub(crate) delta_f: Option<f64>,
    /// Points and free energies in kT of the profile along the coordinate.
    pub(crate) profile: Option<(Vec<f64>, Vec<f64>)>,
}

/// What a reference must belong to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// The system.
    pub(crate) system: &'a System,
    /// Parameters of the system that differ from the defaults.
    pub(crate) parameters: &'a Parameters,
    /// Defaults of the parameters, as the registry words them.
    pub(crate) defaults: &'a [(&'static str, &'static str)],
    /// kT.
    pub(crate) temperature: f64,
    /// The coordinate.
    pub(crate) coordinate: &'a Coordinate,
}

/// Reads a reference file.
pub(crate) fn read(path: &Path, wanted: &Wanted<'_>) -> Result<ReferenceFile, Failure> {
    let bytes = fs::read(path).map_err(|e| Failure::reading(path, &e))?;
    parse(&bytes, path, wanted)
}

/// The same from the bytes of the file at `path`.
pub(crate) fn parse(
    bytes: &[u8],
    path: &Path,
    wanted: &Wanted<'_>,
) -> Result<ReferenceFile, Failure> {
    let bad = |what: String| {
        let hint = "give a report.json of boltzflow analyze or a file of reference values";
        Failure::input("invalid-data", format!("{} {what}", path.display()), hint)
    };
    let json: Json =
        serde_json::from_slice(bytes).map_err(|e| bad(format!("is not JSON ({e})")))?;
    let no_case =
        || bad(format!("has no case with these parameters at temperature {}", wanted.temperature));
    let found = match json.get("cases").and_then(Json::as_array) {
        Some(cases) => cases
            .iter()
            .find(|c| matches(c, wanted))
            .and_then(|c| of_case(c, wanted))
            .ok_or_else(no_case)?,
        None if json.get("cavity_profile_kT").is_some() => {
            of_cavity(&json, wanted).ok_or_else(no_case)?
        }
        None if json.get("exact").is_some() => of_exact(&json["exact"], wanted),
        None => of_report(&json, wanted).map_err(bad)?,
    };
    if found == ReferenceFile::default() {
        return Err(bad(
            "holds no log Z, free-energy difference or profile that can be compared".into()
        ));
    }
    Ok(found)
}

/// Points between two of a table, so that a steep energy is not cut off.
const POINTS: usize = 20;

/// The profile without the energy that depends on the coordinate alone, tabulated by its temperature; that energy is
/// added here, so that any slope and any barrier of the dimer has its reference.
fn of_cavity(json: &Json, wanted: &Wanted<'_>) -> Option<ReferenceFile> {
    // Names of the file, and ours.
    let names = [
        ("n_solvent", "n_solvent"),
        ("eps", "eps"),
        ("rm", "rm"),
        ("k_d", "dimer_k"),
        ("l", "box_halfsize"),
        ("w", "box_coeff"),
    ];
    let parameters = &json["definition"]["parameters"];
    let same = |(theirs, ours): (&str, &str)| {
        wanted.number(ours).is_some_and(|v| number(parameters, theirs) == Some(v))
    };
    if !names.into_iter().all(same) {
        return None;
    }
    let t = wanted.temperature;
    let d = numbers(json.get("d_grid")?)?;
    let g = numbers(json["cavity_profile_kT"].get(t.to_string())?.get("G")?)?;
    let (mut x, mut f) = (Vec::new(), Vec::new());
    for (d, g) in d.windows(2).zip(g.windows(2)) {
        for i in 0..POINTS {
            let share = i as f64 / POINTS as f64;
            let r = d[0] + share * (d[1] - d[0]);
            x.push(r);
            let (own, _) = wanted.system.energy_along(wanted.coordinate, r)?;
            f.push(g[0] + share * (g[1] - g[0]) + own / t);
        }
    }
    // ΔF = −ln of the ratio of the masses above and below the boundary.
    let mass = |below: bool| -> f64 {
        let points = x.iter().zip(&f);
        let side = points.filter(|(x, _)| (**x < wanted.coordinate.boundary) == below);
        side.map(|(_, f)| (-f).exp()).sum()
    };
    let delta_f = Some(-(mass(false) / mass(true)).ln());
    Some(ReferenceFile { log_z: None, delta_f, profile: Some((x, f)) })
}

impl Wanted<'_> {
    /// The value of a parameter: as set, or its default.
    fn number(&self, name: &str) -> Option<f64> {
        let default = self.defaults.iter().find(|(n, _)| *n == name).map(|(_, d)| *d);
        match self.parameters.get(name) {
            Some(Value::Number(v)) => Some(*v),
            Some(_) => None,
            None => default.and_then(|d| d.parse().ok()),
        }
    }
}

/// True if the case has the parameters (defaults included) and, where stated, the dimension.
fn matches(case: &Json, wanted: &Wanted<'_>) -> bool {
    let same = |(name, value): (&String, &Json)| {
        wanted.number(name).is_some_and(|own| value.as_f64() == Some(own))
    };
    let parameters = case.get("parameters").and_then(Json::as_object);
    let dim = case.get("dim").and_then(Json::as_u64);
    parameters.is_some_and(|p| p.iter().all(same))
        && dim.is_none_or(|d| d == wanted.system.dim() as u64)
}

fn of_case(case: &Json, wanted: &Wanted<'_>) -> Option<ReferenceFile> {
    let t = wanted.temperature;
    let Some(results) = case.get("quadrature").and_then(Json::as_array) else {
        // Independent pairs at temperature 1: the probability of x > 0 of each.
        let positive = number(case, "prob_first_coordinate_positive");
        return (t == 1.0).then(|| ReferenceFile {
            log_z: number(case, "logZ"),
            delta_f: positive.map(|p| -(p / (1.0 - p)).ln()),
            profile: None,
        });
    };
    let result = results.iter().find(|r| number(r, "temperature") == Some(t))?;
    // The first coordinate alone; the others are harmonic: ½ ln(2πT/k) each.
    let k = number(&case["parameters"], "k").unwrap_or(1.0);
    let others =
        0.5 * (wanted.system.dim() as f64 - 1.0) * (2.0 * std::f64::consts::PI * t / k).ln();
    let log_z = number(result, "logZ").or(number(result, "logZ_x0").map(|z| z + others));
    let name = &*wanted.coordinate.name;
    // The names of these files say the direction: low minus high but for x1.
    let delta_f = match name {
        "x0" => number(result, "dF_x0_negative_minus_positive")
            .or(number(result, "dF_left_minus_right_split_at_zero"))
            .map(|f| -f),
        "x1" => number(result, "dF_x1_above_minus_below_0.75"),
        _ => result
            .get("dF_diag")
            .and_then(|d| difference_at(d, wanted.coordinate.boundary))
            .map(|f| -f),
    };
    let profile = result
        .get(format!("F_profile_{name}"))
        .or(result.get("F_profile").filter(|_| name == "x0"))
        .and_then(|p| {
            ["grid", "s", "x0"].iter().find_map(|x| Some((numbers(&p[x])?, numbers(&p["F"])?)))
        })
        .filter(|(x, f)| x.len() == f.len() && x.len() > 1);
    Some(ReferenceFile { log_z, delta_f, profile })
}

/// The difference whose cut is the boundary of the states.
fn difference_at(differences: &Json, boundary: f64) -> Option<f64> {
    let cuts = [
        ("cut_at_max_of_F", "dF_low_s_minus_high_s"),
        ("cut_fixed", "dF_low_s_minus_high_s_fixed_cut"),
    ];
    cuts.into_iter()
        .find(|(cut, _)| number(differences, cut).is_some_and(|c| (c - boundary).abs() < 1e-6))
        .and_then(|(_, difference)| number(differences, difference))
}

/// Of a system with its defaults at temperature 1.
fn of_exact(exact: &Json, wanted: &Wanted<'_>) -> ReferenceFile {
    let same = wanted.temperature == 1.0 && wanted.parameters.iter().next().is_none();
    let log_z = number(exact, "logZ").filter(|_| same);
    ReferenceFile { log_z, ..ReferenceFile::default() }
}

/// A report of this program, whose `definition` says the direction of its difference; what is wrong with it otherwise.
fn of_report(report: &Json, wanted: &Wanted<'_>) -> Result<ReferenceFile, String> {
    let value = |key: &str| report.get(key).and_then(|v| number(v, "value"));
    let delta_f = match value("delta_f") {
        Some(value) => {
            let text = report["delta_f"]["definition"].as_str();
            let text =
                text.ok_or("has a delta_f without a definition, so that its sign is unknown")?;
            let own = difference::definition(wanted.coordinate);
            let sign = difference::sign(text, wanted.coordinate)
                .ok_or_else(|| format!("has a delta_f that is {text}, where {own} is asked for"))?;
            Some(sign * value)
        }
        None => None,
    };
    let profile = report
        .get("profile")
        .and_then(|p| Some((numbers(&p["center"])?, numbers(&p["value"])?)))
        .filter(|(x, f)| x.len() == f.len() && x.len() > 1);
    Ok(ReferenceFile { log_z: value("log_z"), delta_f, profile })
}

fn number(object: &Json, key: &str) -> Option<f64> {
    object.get(key)?.as_f64()
}

/// Numbers; infinity where there is none.
fn numbers(list: &Json) -> Option<Vec<f64>> {
    Some(list.as_array()?.iter().map(|v| v.as_f64().unwrap_or(f64::INFINITY)).collect())
}

/// Default of each parameter of a system.
pub(crate) fn defaults(system: &str) -> Result<Vec<(&'static str, &'static str)>, Failure> {
    let entry = boltzflow::system::entry(system)?;
    Ok(entry.parameters.iter().map(|p| (p.name, p.default)).collect())
}
