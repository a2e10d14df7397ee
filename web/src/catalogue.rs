//! Presets and settings as data, from which the page makes thumbnails, controls and its address.

use boltzflow::num::parse_decimal;
use boltzflow::potential::{ParameterKind, SystemEntry, Value, system};
#[cfg(feature = "page")]
use boltzflow::preset::{PRESETS, Preset};
use boltzflow::preset::{SCHEMA, SettingKind, Settings, preset};
use js_sys::{Array, Object};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::object::object;
use crate::settings::{parameters, text};

/// The presets of the page, in the order of its menu.
#[cfg(feature = "page")]
const PAGE: [&str; 7] = [
    "double-well",
    "double-well-by-energy",
    "mueller-brown",
    "ring",
    "gaussian-mixture",
    "many-well-live",
    "own",
];

/// Keys that a preset decides and the page does not change; the dimension only where the system leaves it free.
fn is_free(key: &str, entry: &SystemEntry) -> bool {
    key != "system" && (key != "dim" || entry.default_dim.is_some_and(|dim| dim > 2))
}

/// The presets that the page shows: `[{ name, summary }]`.
#[cfg(feature = "page")]
#[wasm_bindgen]
#[must_use]
pub fn systems() -> Array {
    let find = |name: &str| PRESETS.iter().find(|p| p.name == name);
    let entry =
        |p: &Preset| object([("name", p.name.into()), ("summary", p.summary.into())]).into();
    PAGE.into_iter().filter_map(find).map(entry).collect::<Vec<JsValue>>().into_iter().collect()
}

/// The settings of a preset's runs: `[{ key, kind, min, max, choices, unit, help, group }]`, where `kind` is
/// `number`, `positive`, `integer`, `integers`, `numbers`, `number or numbers`, `points`, `choice` or `text`, and `group` is `run` or, for
/// parameters of the energy, `system`.
///
/// # Errors
/// `unknown-name` for a preset that there is not.
#[wasm_bindgen]
pub fn schema(preset_name: &str) -> Result<Array, JsValue> {
    let entry = entry_of(preset_name)?;
    let rows = Array::new();
    for spec in SCHEMA.iter().filter(|spec| is_free(spec.key, entry)) {
        rows.push(&row(spec.key, &spec.kind, spec.unit, spec.help, "run"));
    }
    for spec in parameters(entry) {
        rows.push(&row(spec.name, &SettingKind::Value(spec.kind), "", spec.help, "system"));
    }
    Ok(rows)
}

/// The values of a preset's settings by key: numbers, or texts as the address holds them.
///
/// # Errors
/// `unknown-name` for a preset that there is not.
#[wasm_bindgen]
pub fn defaults(preset_name: &str) -> Result<Object, JsValue> {
    let settings = preset(preset_name).map_err(to_js)?;
    let object = object([("preset", preset_name.into())]);
    let put = |key: &str, value: JsValue| {
        // Setting a property of a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&object, &key.into(), &value);
    };
    let entry = entry_of(preset_name)?;
    for spec in SCHEMA.iter().filter(|spec| is_free(spec.key, entry)) {
        put(spec.key, default_of(&settings, spec.key));
    }
    for spec in parameters(entry) {
        let value = match settings.parameters.get(spec.name) {
            Some(Value::Number(number)) => (*number).into(),
            Some(value) => text(value).into(),
            None => match parse_decimal(spec.default) {
                Some(number) => number.into(),
                None => spec.default.into(),
            },
        };
        put(spec.name, value);
    }
    Ok(object)
}

fn default_of(settings: &Settings, key: &str) -> JsValue {
    match settings.get(key) {
        Ok(Some(Value::Number(number))) => number.into(),
        Ok(Some(value)) => text(&value).into(),
        // Left to the system.
        _ => "".into(),
    }
}

fn entry_of(preset_name: &str) -> Result<&'static SystemEntry, JsValue> {
    preset(preset_name).and_then(|settings| system(&settings.system)).map_err(to_js)
}

fn row(key: &str, kind: &SettingKind, unit: &str, help: &str, group: &str) -> JsValue {
    let (name, range) = match kind {
        SettingKind::Value(ParameterKind::Number { min, max }) => ("number", Some((*min, *max))),
        SettingKind::Value(ParameterKind::Positive) => ("positive", None),
        SettingKind::Value(ParameterKind::Integer { min, max }) => {
            ("integer", Some((*min as f64, *max as f64)))
        }
        SettingKind::Integers { min, max } => ("integers", Some((*min as f64, *max as f64))),
        SettingKind::Value(ParameterKind::Text) => ("text", None),
        SettingKind::Choice(_) => ("choice", None),
        SettingKind::Value(ParameterKind::Points) => ("points", None),
        SettingKind::Value(ParameterKind::NumberOrList) => ("number or numbers", None),
        SettingKind::Value(_) => ("numbers", None),
    };
    let bound = |pick: fn((f64, f64)) -> f64| {
        let value = range.map(pick).filter(|v| v.abs() < f64::MAX);
        value.map_or(JsValue::UNDEFINED, JsValue::from_f64)
    };
    let choices = match kind {
        SettingKind::Choice(words) => words.iter().map(|w| JsValue::from_str(w)).collect(),
        _ => Array::new(),
    };
    object([
        ("key", key.into()),
        ("kind", name.into()),
        ("min", bound(|r| r.0)),
        ("max", bound(|r| r.1)),
        ("choices", choices.into()),
        ("unit", unit.into()),
        ("help", help.into()),
        ("group", group.into()),
    ])
    .into()
}
