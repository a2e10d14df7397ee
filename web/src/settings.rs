//! From texts, as the page's address holds them, to the settings of a run.

use boltzflow::num::{Error, Result, parse_decimal};
use boltzflow::potential::{ParameterKind, ParameterSpec, SystemEntry, Value, system};
use boltzflow::preset::{SettingKind, Settings, preset, setting};

/// Most points or samples of one call.
#[cfg(any(feature = "page", feature = "views"))]
const MOST_POINTS: usize = 100_000;

/// Refuses counts that no page needs and memory may not hold.
#[cfg(any(feature = "page", feature = "views"))]
pub(crate) fn limit(name: &str, count: usize) -> Result<()> {
    match count {
        1..=MOST_POINTS => Ok(()),
        _ => {
            let allowed = format!("a whole number from 1 to {MOST_POINTS}");
            Err(Error::setting(name, count, allowed))
        }
    }
}

/// Key of the preset that all other settings start from.
const PRESET: &str = "preset";

/// Settings from texts: the preset named by `preset`, changed by the others: keys of the schema, and
/// parameters of the preset's system that are numbers.
pub(crate) fn parse(keys: &[String], values: &[String]) -> Result<Settings> {
    let pairs = || keys.iter().zip(values);
    let name = pairs().find(|(key, _)| *key == PRESET).map_or("double-well", |(_, name)| name);
    let mut settings = preset(name)?;
    for (key, text) in pairs().filter(|(key, _)| *key != PRESET) {
        change(&mut settings, key, text)?;
    }
    Ok(settings)
}

/// Sets a key of the schema, or a parameter of the system, to what a text says.
fn change(settings: &mut Settings, key: &str, text: &str) -> Result<()> {
    let entry = system(&settings.system)?;
    let Some(spec) = parameters(entry).find(|spec| spec.name == key) else {
        return settings.set(key, &value(key, text)?);
    };
    match parameter(spec, text)? {
        Some(value) => settings.parameters.set(spec.name, value),
        None => settings.parameters.unset(spec.name),
    };
    Ok(())
}

/// The value that a text stands for under the schema.
pub(crate) fn value(key: &str, text: &str) -> Result<Value> {
    let spec = setting(key)?;
    let list = || {
        let numbers = text.split(',').map(|part| parse_decimal(part.trim()));
        let list = numbers.collect::<Option<_>>().map(Value::List);
        list.ok_or_else(|| Error::setting(key, text, spec.words()))
    };
    match spec.kind {
        SettingKind::Choice(_) | SettingKind::Value(ParameterKind::Text) => {
            Ok(Value::Text(text.to_owned()))
        }
        SettingKind::Integers { .. } | SettingKind::Value(ParameterKind::List) => list(),
        SettingKind::Value(_) => number(key, text, &spec.words()),
    }
}

fn number(key: &str, text: &str, allowed: &str) -> Result<Value> {
    let number = parse_decimal(text.trim()).ok_or_else(|| Error::setting(key, text, allowed))?;
    Ok(Value::Number(number))
}

/// The value that a text stands for in a parameter of a system; points are separated by semicolons, and there may be `none`.
fn parameter(spec: &ParameterSpec, text: &str) -> Result<Option<Value>> {
    let wrong = || Error::setting(spec.name, text, spec.kind.words());
    let list = |text: &str| {
        let numbers = text.split(',').map(|part| parse_decimal(part.trim()));
        numbers.collect::<Option<Vec<_>>>().ok_or_else(wrong)
    };
    let value = match spec.kind {
        ParameterKind::Points if text == spec.default => return Ok(None),
        ParameterKind::Points => {
            text.split(';').map(list).collect::<Result<_>>().map(Value::Points)
        }
        ParameterKind::Text => Ok(Value::Text(text.to_owned())),
        ParameterKind::NumberOrList if text.contains(',') => list(text).map(Value::List),
        _ => number(spec.name, text, &spec.kind.words()),
    };
    value.map(Some)
}

/// A value as [`value`] and [`parameter`] read it: numbers as the shortest that reads back the same.
#[cfg(any(feature = "page", feature = "files", feature = "package"))]
pub(crate) fn text(value: &Value) -> String {
    let list = |list: &Vec<f64>| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    match value {
        Value::List(numbers) => list(numbers),
        Value::Points(points) => points.iter().map(list).collect::<Vec<_>>().join(";"),
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The parameters of a system that a control can set and that are not among the run's own settings: texts, points of which
/// there may be none, and those of which one number is enough.
pub(crate) fn parameters(
    entry: &'static SystemEntry,
) -> impl Iterator<Item = &'static ParameterSpec> {
    entry.parameters.iter().filter(|spec| {
        let settable = match spec.kind {
            ParameterKind::Text => true,
            ParameterKind::Points => spec.default == "none",
            ParameterKind::List => false,
            _ => parse_decimal(spec.default).is_some(),
        };
        settable && setting(spec.name).is_err()
    })
}
