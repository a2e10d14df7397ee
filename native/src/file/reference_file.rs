//! Reference values in JSON: a report of this program, or a file with `cases` of parameters and
//! `quadrature` results per temperature, or one with `cavity_profile_kT`, the dimer's.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{Coordinate, System};
use serde_json::Value as Json;

use crate::failure::Failure;
use crate::{difference, setting};

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
    /// Name of the system.
    pub(crate) name: &'a str,
    /// The system.
    pub(crate) system: &'a System,
    /// Parameters of the system that differ from the defaults.
    pub(crate) parameters: &'a Parameters,
    /// Defaults of the parameters, where they are values.
    pub(crate) defaults: &'a [(&'static str, Option<Value>)],
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
    fn value(&self, name: &str) -> Option<&Value> {
        self.parameters.get(name).or_else(|| self.default(name))
    }

    fn default(&self, name: &str) -> Option<&Value> {
        self.defaults.iter().find(|(n, _)| *n == name).and_then(|(_, d)| d.as_ref())
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.value(name) {
            Some(Value::Number(v)) => Some(*v),
            Some(Value::List(v)) if v.len() == 1 => Some(v[0]),
            _ => None,
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
    belongs(report, wanted)?;
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

/// Fails, in words that name both, for a report of something else than what is wanted, as far as it tells.
fn belongs(report: &Json, wanted: &Wanted<'_>) -> Result<(), String> {
    let other = |what: &str, theirs: &dyn Display, own: &dyn Display| {
        Err(format!("is of {what} {theirs}, where {own} is asked for"))
    };
    // Of an analysis the name alone, of a simulation an object.
    let system = &report["system"];
    let name = system.as_str().or(system["name"].as_str());
    if let Some(name) = name.filter(|name| *name != wanted.name) {
        return other("the system", &name, &wanted.name);
    }
    let dim = system["dim"].as_u64().or(report["run"]["settings"]["dim"].as_u64());
    if let Some(dim) = dim.filter(|dim| *dim != wanted.system.dim() as u64) {
        return other("dimension", &dim, &wanted.system.dim());
    }
    let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
    let temperature = number(report, "temperature");
    if let Some(t) = temperature.filter(|t| !same(*t, wanted.temperature)) {
        return other("temperature", &t, &wanted.temperature);
    }
    let coordinate = report["profile"]["coordinate"].as_str();
    if let Some(name) = coordinate.filter(|name| **name != *wanted.coordinate.name) {
        return other("the coordinate", &name, &wanted.coordinate.name);
    }
    let Some(parameters) = parameters(report)? else { return Ok(()) };
    // In the form in which the system holds them: what is written as `none`, say, is no points.
    let checked = boltzflow::system::entry(wanted.name).and_then(|e| e.checked(&parameters));
    let parameters = checked.unwrap_or(parameters);
    let names = parameters.iter().chain(wanted.parameters.iter()).map(|(name, _)| name);
    for name in names {
        let theirs = parameters.get(name).or_else(|| wanted.default(name));
        if theirs != wanted.value(name) {
            let words =
                |value: Option<&Value>| value.map_or("its default".into(), Value::to_string);
            return other(&format!("{name} ="), &words(theirs), &words(wanted.value(name)));
        }
    }
    Ok(())
}

/// Parameters of the system that a report names, those that were changed for it included; `None` if it names none.
fn parameters(report: &Json) -> Result<Option<Parameters>, String> {
    let of_run = report["run"]["settings"].get("parameters");
    let Some(Json::Object(named)) = of_run.or(report["system"].get("parameters")) else {
        return Ok(None);
    };
    let unreadable = |name: &str| format!("has a value of {name} that is none");
    let mut parameters = Parameters::new();
    for (name, value) in named {
        parameters.set(name.clone(), of_json(value).ok_or_else(|| unreadable(name))?);
    }
    for change in report["changes"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        let (name, value) = setting::parse(change).map_err(|_| unreadable(change))?;
        parameters.set(name, value);
    }
    Ok(Some(parameters))
}

/// A value of a report.
fn of_json(value: &Json) -> Option<Value> {
    let row = |value: &Json| value.as_array()?.iter().map(Json::as_f64).collect::<Option<Vec<_>>>();
    match value {
        Json::Number(v) => v.as_f64().map(Value::Number),
        Json::String(text) => Some(Value::Text(text.clone())),
        Json::Array(items) if items.iter().any(Json::is_array) => {
            items.iter().map(row).collect::<Option<_>>().map(Value::Points)
        }
        Json::Array(_) => row(value).map(Value::List),
        _ => None,
    }
}

/// Default of each parameter of a system, where it is a value.
pub(crate) fn defaults(system: &str) -> Result<Vec<(&'static str, Option<Value>)>, Failure> {
    let entry = boltzflow::system::entry(system)?;
    Ok(entry.parameters.iter().map(|p| (p.name, p.read(p.default).ok())).collect())
}

#[cfg(test)]
mod tests {
    use boltzflow::preset::preset;
    use serde_json::json;

    use super::*;

    /// A report of the double well with c4 = 2 at temperature 1, with a change.
    fn report(key: &str, value: Json) -> Vec<u8> {
        let mut report = json!({
            "system": "double-well",
            "temperature": 1.0,
            "log_z": { "value": 11.0, "error": 0.1 },
            "delta_f": { "value": 3.0, "definition": "F(right: x0 > 0) − F(left: x0 < 0), in kT" },
            "profile": { "coordinate": "x0", "center": [0.5, 1], "value": [0, 1] },
            "run": { "settings": { "parameters": { "c4": 1.5 } } },
            "changes": ["c4=2"],
            "seed": 0,
        });
        *report.pointer_mut(key).unwrap() = value;
        report.to_string().into_bytes()
    }

    #[test]
    fn a_report_of_another_run_is_refused_by_what_differs() {
        let settings = preset("double-well").unwrap();
        let system = settings.system().unwrap();
        let coordinate = settings.reaction_coordinate(&system).unwrap();
        let defaults = defaults("double-well").unwrap();
        let read = |bytes: &[u8], c4: f64| {
            let wanted = Wanted {
                name: "double-well",
                system: &system,
                parameters: &Parameters::new().with("c4", Value::Number(c4)),
                defaults: &defaults,
                temperature: 1.0,
                coordinate: &coordinate,
            };
            parse(bytes, Path::new("report.json"), &wanted).map_err(|e| e.to_string())
        };
        let own = report("/seed", Json::Null);
        assert_eq!(read(&own, 2.0).unwrap().log_z, Some(11.0));
        for (bytes, words) in [
            (report("/system", json!("dimer")), "the system dimer, where double-well"),
            (report("/temperature", json!(2)), "temperature 2, where 1 is asked for"),
            (report("/changes", json!(["k=3", "c4=2"])), "k = 3, where 1 is"),
            (report("/changes", json!([])), "c4 = 1.5, where 2 is"),
            (report("/profile/coordinate", json!("x1")), "the coordinate x1, where x0"),
            (
                report("/delta_f/definition", json!("F(right: x0 > 0.5) − F(left: x0 < 0.5)")),
                "F(right: x0 > 0.5) − F(left: x0 < 0.5), where F(right: x0 > 0)",
            ),
            // As simulate writes it.
            (
                report("/system", json!({ "name": "double-well", "dim": 4, "parameters": {} })),
                "dimension 4, where 2",
            ),
        ] {
            let said = read(&bytes, 2.0).unwrap_err();
            assert!(said.contains("report.json") && said.contains(words), "{words}: {said}");
        }
        // A default is a value like any other.
        let named = report("/changes", json!(["c4=1"]));
        assert!(read(&named, 1.0).is_ok() && read(&named, 1.5).is_err());
    }
}
