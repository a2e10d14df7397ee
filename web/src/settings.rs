//! From texts, as the page's address holds them, to the settings of a run.

use boltzflow::num::{Error, Result, parse_decimal};
use boltzflow::optim::Schedule;
use boltzflow::potential::{ParameterKind, ParameterSpec, SystemEntry, Value, system};
use boltzflow::preset::{Access, SettingKind, Settings, preset, setting};
use boltzflow::train::Stage;

/// Key of the preset that all other settings start from.
const PRESET: &str = "preset";

/// Settings from texts: the preset named by `preset`, changed by the others: keys of the schema, and
/// parameters of the preset's system that are numbers.
pub(crate) fn parse(keys: &[String], values: &[String]) -> Result<Settings> {
    let pairs = || keys.iter().zip(values);
    let name = pairs().find(|(key, _)| *key == PRESET).map_or("double-well", |(_, name)| name);
    let mut settings = preset(name)?;
    let entry = system(&settings.system)?;
    for (key, text) in pairs().filter(|(key, _)| *key != PRESET) {
        if let Some(spec) = parameter(entry, key) {
            settings.parameters.set(spec.name, number(key, text, &spec.kind.words())?);
        } else {
            settings.set(key, &value(key, text)?)?;
        }
    }
    Ok(settings)
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

/// A value as [`value`] reads it: numbers as the shortest that reads back the same.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::List(list) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The parameter of a system that a control can set: one number, not one of the run's own settings.
fn parameter(entry: &'static SystemEntry, key: &str) -> Option<&'static ParameterSpec> {
    numeric_parameters(entry).find(|spec| spec.name == key)
}

/// The parameters of a system that are single numbers.
pub(crate) fn numeric_parameters(
    entry: &'static SystemEntry,
) -> impl Iterator<Item = &'static ParameterSpec> {
    entry.parameters.iter().filter(|spec| {
        let single = matches!(
            spec.kind,
            ParameterKind::Number { .. } | ParameterKind::Positive | ParameterKind::Integer { .. }
        );
        single && setting(spec.name).is_err() && parse_decimal(spec.default).is_some()
    })
}

/// Steps added by [`extend`], and the factor on the learning rate in them.
const EXTENSION: u64 = 300;
const EXTENSION_RATE: f64 = 0.2;

/// Adds a stage of 300 steps at a low constant rate.
pub(crate) fn extend(stages: &mut Vec<Stage>) {
    if let Some(last) = stages.last().cloned() {
        stages.push(Stage {
            iterations: EXTENSION,
            learning_rate: last.learning_rate * EXTENSION_RATE,
            schedule: Schedule::Constant,
            ..last
        });
    }
}

/// The change of a setting that belongs to stages, in all of them.
pub(crate) fn change_in_stages(
    key: &str,
    text: &str,
) -> Result<impl FnOnce(&mut Vec<Stage>) + use<>> {
    let (spec, value) = (setting(key)?, value(key, text)?);
    spec.check(&value)?;
    match spec.access {
        Access::Stage { set, .. } => {
            Ok(move |stages: &mut Vec<Stage>| stages.iter_mut().for_each(|s| set(s, &value)))
        }
        Access::Run { .. } => {
            Err(Error::setting(key, "a new value", "left alone while training runs"))
        }
    }
}
