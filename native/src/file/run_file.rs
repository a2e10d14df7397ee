//! The run file on disk, and how `--set` changes what is in it.

use std::path::Path;

use boltzflow::num::Error;
use boltzflow::preset::{SCHEMA, Settings};
use boltzflow::setting::Parameters;
use boltzflow::system;
use boltzflow_model::run_file::from_table;
#[cfg(test)]
pub(crate) use boltzflow_model::run_file::parse;
pub(crate) use boltzflow_model::run_file::{shown, write};

use super::system_file::read_table;
use crate::failure::Failure;
use crate::setting;

/// Settings of a run file.
pub(crate) fn read(path: &Path) -> Result<Settings, Failure> {
    from_table(read_table(path)?).map_err(|error| Failure::within(path, &error))
}

/// Applies all `--set`: settings, `stages.I.KEY` for one stage, or parameters of the system
/// (`parameters.NAME` where both have that name), which belong together.
pub(crate) fn apply(settings: &mut Settings, assignments: &[String]) -> Result<(), Failure> {
    let mut parameters = Parameters::new();
    // The system first: what belongs to another one goes with that.
    let is_system = |a: &&String| a.split('=').next().is_some_and(|key| key.trim() == "system");
    let (system, others): (Vec<_>, Vec<_>) = assignments.iter().partition(is_system);
    for assignment in system.into_iter().chain(others) {
        let (key, value) = setting::parse(assignment)?;
        if let Some(rest) = key.strip_prefix("stages.") {
            let stage = rest.split_once('.').and_then(|(i, key)| Some((i.parse().ok()?, key)));
            let Some((stage, key)) = stage else {
                return Err(Error::setting("--set", key, "of the form stages.0.batch=256").into());
            };
            settings.set_in_stage(stage, key, &value)?;
            continue;
        }
        let entry = system::entry(&settings.system)?;
        if let Some(name) = key.strip_prefix("parameters.") {
            parameters.set(name, value);
        } else if SCHEMA.iter().any(|s| s.description.name == key) {
            settings.set(&key, &value)?;
        } else if entry.parameter(&key).is_some() {
            parameters.set(key, value);
        } else {
            let names = entry.parameters.iter().map(|p| p.name);
            let known: Vec<&str> = SCHEMA.iter().map(|s| s.description.name).chain(names).collect();
            return Err(Error::unknown("setting or parameter of this system", key, &known).into());
        }
    }
    Ok(settings.set_parameters(&parameters)?)
}

/// Keys in which two runs differ, in words.
pub(crate) fn differences(old: &Settings, new: &Settings) -> Vec<String> {
    let mut keys: Vec<String> = old.differing_keys(new).into_iter().map(String::from).collect();
    let names = |s: &Settings| s.parameters.iter().map(|(k, _)| k.to_string()).collect::<Vec<_>>();
    for name in names(old).into_iter().chain(names(new)) {
        if old.parameters.get(&name) != new.parameters.get(&name) && !keys.contains(&name) {
            keys.push(name);
        }
    }
    if old.stages.len() != new.stages.len() {
        keys.push("number of stages".into());
    } else if keys.is_empty() && old.stages != new.stages {
        keys.push("stages".into());
    }
    keys
}

#[cfg(test)]
mod tests {
    use boltzflow::preset;

    use super::*;

    #[test]
    fn settings_stages_and_parameters() {
        let mut s = preset::preset("double-well").unwrap();
        let given = ["batch=64", "c4=2", "parameters.k=3", "stages.0.w_rc=0.5", "flow=N4S"];
        apply(&mut s, &given.map(String::from)).unwrap();
        assert_eq!(
            (s.stages[0].batch, s.stages[0].weight("rc"), s.flow.as_str()),
            (64, 0.5, "N4S")
        );
        assert_eq!((s.parameters.number("c4", 0.0), s.parameters.number("k", 0.0)), (2.0, 3.0));
        for (assignment, part) in [
            ("bath=64", "did you mean 'batch'?"),
            ("c5=1", "c4"),
            ("c4=-1", "positive"),
            ("stages.9.batch=1", "stage"),
            ("stages.batch=1", "stages.0.batch"),
            ("parameters.c5=1", "c4"),
            ("batch=1.5", "whole number"),
        ] {
            let message = apply(&mut s.clone(), &[assignment.into()]).unwrap_err().to_string();
            assert!(message.contains(part), "{assignment}: {message}");
        }
    }

    #[test]
    fn smc_leave_cell_is_a_boolean() {
        let mut s = preset::preset("double-well").unwrap();
        for (word, on) in [("true", true), ("false", false), ("yes", true), ("no", false)] {
            apply(&mut s, &[format!("smc_leave_cell={word}")]).unwrap();
            assert_eq!(s.smc.leave_region, on, "{word}");
            assert_eq!(parse(&format!("smc_leave_cell = '{word}'")).unwrap().smc.leave_region, on);
        }
        assert!(parse("smc_leave_cell = true").unwrap().smc.leave_region);
        assert!(apply(&mut s, &["smc_leave_cell=maybe".into()]).is_err());
    }

    #[test]
    fn wells_may_be_none() {
        let text = "preset = 'own'\n[parameters]\nwells = 'none'";
        assert!(parse(text).unwrap().parameters.get("wells").is_none());
        let mut own = preset::preset("own").unwrap();
        apply(&mut own, &["wells=none".into()]).unwrap();
        assert!(own.parameters.get("wells").is_none());
        assert_eq!(parse(&write(&own)).unwrap(), own);
    }

    #[test]
    fn a_formula_is_the_whole_energy() {
        let given = |assignments: &[&str]| {
            let mut own = preset::preset("own").unwrap();
            let assignments: Vec<String> = assignments.iter().map(ToString::to_string).collect();
            apply(&mut own, &assignments).unwrap();
            own.parameters.points("wells").map_or(0, <[_]>::len)
        };
        assert_eq!(given(&[]), 2);
        assert_eq!(given(&["formula=x^4-3*x^2+y^2+x*y"]), 0);
        assert_eq!(given(&["wells=[[0, 0, 5, 1]]", "formula=x^2+y^2"]), 1);
        let file = "preset = 'own'\n[parameters]\nformula = 'x^4-3*x^2+y^2+x*y'";
        assert!(parse(file).unwrap().parameters.get("wells").is_none());
    }

    #[test]
    fn a_typo_of_a_key_gets_did_you_mean() {
        let s = preset::preset("double-well").unwrap();
        for (typo, meant) in
            [("bacth=1", "batch"), ("c44=1", "c4"), ("learning-rate=1", "learning_rate")]
        {
            let message = apply(&mut s.clone(), &[typo.into()]).unwrap_err().to_string();
            assert!(message.contains(&format!("did you mean '{meant}'?")), "{message}");
        }
        let message = parse("iteration = 5").unwrap_err().to_string();
        assert!(message.contains("did you mean 'iterations'?"), "{message}");
        let message = parse("preset = 'double_well'").unwrap_err().to_string();
        assert!(message.contains("did you mean 'double-well'?"), "{message}");
    }
}
