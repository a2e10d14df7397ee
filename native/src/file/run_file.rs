//! The run file on disk, and how `--set` changes what is in it.

use std::path::Path;

use boltzflow::num::Error;
use boltzflow::potential;
use boltzflow::preset::{SCHEMA, Settings};
use boltzflow::train::Stage;
use boltzflow_model::run_file::from_table;
#[cfg(test)]
pub(crate) use boltzflow_model::run_file::parse;
pub(crate) use boltzflow_model::run_file::write;

use super::system_file::read_table;
use crate::failure::Failure;
use crate::setting;

/// Settings of a run file.
pub(crate) fn read(path: &Path) -> Result<Settings, Failure> {
    Ok(from_table(read_table(path)?)?)
}

/// Applies `--set`: a setting, `stages.I.KEY` for one stage, or a parameter of the system
/// (`parameters.NAME` where both have that name).
pub(crate) fn apply(settings: &mut Settings, assignment: &str) -> Result<(), Failure> {
    let (key, value) = setting::parse(assignment)?;
    if let Some(rest) = key.strip_prefix("stages.") {
        let stage = rest.split_once('.').and_then(|(i, key)| Some((i.parse().ok()?, key)));
        let Some((stage, key)) = stage else {
            return Err(Error::setting("--set", key, "of the form stages.0.batch=256").into());
        };
        return Ok(settings.set_in_stage(stage, key, &value)?);
    }
    let entry = potential::system(&settings.system)?;
    let is_parameter = |name: &str| entry.parameters.iter().any(|p| p.name == name);
    match key.strip_prefix("parameters.") {
        Some(name) => {
            settings.parameters.set(name, value);
            Ok(entry.check(&settings.parameters)?)
        }
        None if SCHEMA.iter().any(|s| s.key == key) => Ok(settings.set(&key, &value)?),
        None if is_parameter(&key) => {
            settings.parameters.set(key, value);
            Ok(entry.check(&settings.parameters)?)
        }
        None => {
            let names = entry.parameters.iter().map(|p| p.name);
            let known: Vec<&str> = SCHEMA.iter().map(|s| s.key).chain(names).collect();
            let kind = "setting or parameter of this system";
            Err(Error::UnknownName { kind, name: key, known: known.join(", ") }.into())
        }
    }
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

/// The stages' optimiser steps.
pub(crate) fn total_steps(settings: &Settings) -> u64 {
    settings.stages.iter().map(|s: &Stage| s.iterations).sum()
}

#[cfg(test)]
mod tests {
    use boltzflow::preset;

    use super::*;

    #[test]
    fn settings_stages_and_parameters() {
        let mut s = preset::preset("double-well").unwrap();
        for assignment in ["batch=64", "c4=2", "parameters.k=3", "stages.0.w_rc=0.5", "flow=N4S"] {
            apply(&mut s, assignment).unwrap();
        }
        assert_eq!((s.stages[0].batch, s.stages[0].w_rc, s.flow.as_str()), (64, 0.5, "N4S"));
        assert_eq!((s.parameters.number("c4", 0.0), s.parameters.number("k", 0.0)), (2.0, 3.0));
        for (assignment, part) in [
            ("bath=64", "batch"),
            ("c5=1", "c4"),
            ("c4=-1", "positive"),
            ("stages.9.batch=1", "stage"),
            ("stages.batch=1", "stages.0.batch"),
            ("parameters.c5=1", "c4"),
            ("batch=1.5", "whole number"),
        ] {
            let message = apply(&mut s.clone(), assignment).unwrap_err().to_string();
            assert!(message.contains(part), "{assignment}: {message}");
        }
    }
}
