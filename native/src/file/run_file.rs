//! A run in a TOML file: a preset to start from, any setting of the schema, `[parameters]` of the
//! system and `[[stages]]`.

use std::path::Path;

use boltzflow::num::Error;
use boltzflow::potential::{self, ParameterKind, Value};
use boltzflow::preset::{self, Access, SCHEMA, SettingKind, Settings};
use boltzflow::train::Stage;

use super::system_file::read_table;
use crate::failure::Failure;
use crate::setting;

/// Keys beside those of the schema.
const KEYS: [&str; 4] = ["preset", "variant", "parameters", "stages"];

/// Settings of a run file.
pub(crate) fn read(path: &Path) -> Result<Settings, Failure> {
    from_table(read_table(path)?)
}

/// Settings from the text of a run file.
pub(crate) fn parse(text: &str) -> Result<Settings, Failure> {
    let table = text
        .parse()
        .map_err(|e: toml::de::Error| Error::data("settings", e.message().to_string()))?;
    from_table(table)
}

fn from_table(mut table: toml::Table) -> Result<Settings, Failure> {
    let mut settings = match text(&mut table, "preset")? {
        Some(name) => preset::preset(&name)?,
        None => Settings::default(),
    };
    let variant = text(&mut table, "variant")?;
    let parameters = take(&mut table, "parameters", "a table [parameters]", |v| match v {
        toml::Value::Table(t) => Some(t),
        _ => None,
    })?;
    let stages = take(&mut table, "stages", "tables [[stages]]", |v| match v {
        toml::Value::Array(a) => {
            a.into_iter().map(|s| s.as_table().cloned()).collect::<Option<Vec<toml::Table>>>()
        }
        _ => None,
    })?;
    for (key, value) in table {
        let value = setting::from_toml(&key, value)?;
        set(&mut settings, &key, &value)?;
    }
    if let Some(variant) = variant {
        settings.parameters = potential::system(&settings.system)?.variant(&variant)?;
    }
    for (name, value) in parameters.unwrap_or_default() {
        let value = setting::from_toml(&name, value)?;
        settings.parameters.set(name, value);
    }
    if let Some(stages) = stages {
        let first = settings.stages.first().cloned().unwrap_or_default();
        settings.stages = vec![first; stages.len()];
        for (i, stage) in stages.into_iter().enumerate() {
            for (key, value) in stage {
                settings.set_in_stage(i, &key, &setting::from_toml(&key, value)?)?;
            }
        }
    }
    if settings.stages.is_empty() {
        return Err(Error::setting("stages", "[]", "at least one stage").into());
    }
    Ok(settings)
}

/// Sets a key of the schema.
fn set(settings: &mut Settings, key: &str, value: &Value) -> Result<(), Failure> {
    settings.set(key, value).map_err(|error| match error {
        Error::UnknownName { kind, name, known } => {
            Error::UnknownName { kind, name, known: format!("{known}, {}", KEYS.join(", ")) }.into()
        }
        other => other.into(),
    })
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

/// All settings as a run file that gives the same settings, each with its help.
pub(crate) fn write(settings: &Settings) -> String {
    let mut text =
        format!("# All settings of a run of boltzflow {}.\n\n", env!("CARGO_PKG_VERSION"));
    for spec in SCHEMA {
        if let Access::Run { get, .. } = spec.access
            && let Some(value) = get(settings)
        {
            line(&mut text, spec, &value);
        }
    }
    if settings.parameters.iter().next().is_some() {
        text.push_str("\n[parameters]\n");
        for (name, value) in settings.parameters.iter() {
            text.push_str(&format!("{name} = {}\n", setting::to_toml(value)));
        }
    }
    for stage in &settings.stages {
        text.push_str("\n[[stages]]\n");
        for spec in SCHEMA {
            if let Access::Stage { get, .. } = spec.access {
                line(&mut text, spec, &get(stage));
            }
        }
    }
    text
}

/// A value of a setting as TOML, whole numbers as such.
pub(crate) fn shown(spec: &preset::SettingSpec, value: &Value) -> toml::Value {
    let whole = matches!(
        spec.kind,
        SettingKind::Integers { .. } | SettingKind::Value(ParameterKind::Integer { .. })
    );
    let integer = |v: &f64| toml::Value::Integer(*v as i64);
    match value {
        Value::Number(v) if whole => integer(v),
        Value::List(l) if whole => toml::Value::Array(l.iter().map(integer).collect()),
        other => setting::to_toml(other),
    }
}

fn line(text: &mut String, spec: &preset::SettingSpec, value: &Value) {
    let shown = shown(spec, value);
    let unit = if spec.unit.is_empty() { String::new() } else { format!(" [{}]", spec.unit) };
    text.push_str(&format!("{} = {shown} # {}{unit}\n", spec.key, spec.help));
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

fn text(table: &mut toml::Table, key: &str) -> Result<Option<String>, Failure> {
    take(table, key, "text in quotes", |v| v.as_str().map(String::from))
}

fn take<V>(
    table: &mut toml::Table,
    key: &str,
    allowed: &str,
    read: impl Fn(toml::Value) -> Option<V>,
) -> Result<Option<V>, Failure> {
    let Some(value) = table.remove(key) else { return Ok(None) };
    let shown = value.to_string();
    match read(value) {
        Some(value) => Ok(Some(value)),
        None => Err(Error::setting(key, shown, allowed).into()),
    }
}

/// The stages' optimiser steps.
pub(crate) fn total_steps(settings: &Settings) -> u64 {
    settings.stages.iter().map(|s: &Stage| s.iterations).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for preset in preset::PRESETS {
            let mut settings = (preset.settings)();
            settings
                .parameters
                .set("means", Value::Points(vec![vec![0.1, 1.0 / 3.0], vec![1e-17, 4.0]]));
            settings.stages.push(Stage { learning_rate: 0.1 + 0.2, ..Stage::default() });
            let text = write(&settings);
            assert_eq!(parse(&text).unwrap(), settings, "{text}");
        }
    }

    #[test]
    fn settings_stages_and_parameters() {
        let mut s = preset::preset("double-well").unwrap();
        for assignment in ["batch=64", "c4=2", "parameters.k=3", "stages.0.w_rc=0.5", "flow=N4S"] {
            apply(&mut s, assignment).unwrap();
        }
        assert_eq!((s.stages[0].batch, s.stages[0].w_rc, s.flow.as_str()), (64, 0.5, "N4S"));
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
            let message = apply(&mut s.clone(), assignment).unwrap_err().to_string();
            assert!(message.contains(part), "{assignment}: {message}");
        }
    }

    #[test]
    fn unknown_keys_name_the_known_ones() {
        let message = parse("sytem = 'double-well'").unwrap_err().to_string();
        assert!(message.contains("did you mean 'system'?"), "{message}");
        let message = parse("zzzz = 1").unwrap_err().to_string();
        assert!(message.contains("system") && message.contains("stages"), "{message}");
        assert!(parse("[[stages]]\nbatch = 0").is_err());
        assert!(parse("stages = []").is_err());
        assert!(parse("preset = 'none'").is_err());
    }
}
