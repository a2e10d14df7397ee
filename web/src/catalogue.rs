//! Presets and settings as data, from which the page makes thumbnails, controls and its address.

use boltzflow::num::parse_decimal;
use boltzflow::preset::{Access, SCHEMA, SettingSpec, preset};
#[cfg(feature = "page")]
use boltzflow::preset::{PRESETS, Preset};
use boltzflow::setting::{Description, Value};
use boltzflow::system::{self, SystemEntry};
use js_sys::{Array, Object};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::object::object;
use crate::settings::parameters;
#[cfg(feature = "page")]
use crate::settings::parse;

/// Keys that a preset decides and the page does not change; the dimension only where the system leaves it free.
fn is_free(key: &str, entry: &SystemEntry) -> bool {
    key != "system" && (key != "dim" || entry.default_dim.is_some_and(|dim| dim > 2))
}

/// The settings that a run of a system leaves free.
fn free(entry: &SystemEntry) -> impl Iterator<Item = &'static SettingSpec> {
    SCHEMA.iter().filter(|spec| is_free(spec.description.name, entry))
}

/// The presets that the page shows: `[{ name, title, summary }]`.
#[cfg(feature = "page")]
#[wasm_bindgen]
#[must_use]
pub fn presets() -> Array {
    let entry = |p: &Preset| -> Option<JsValue> {
        let title = p.page?;
        let row = [("name", p.name.into()), ("title", title.into()), ("summary", p.summary.into())];
        Some(object(row).into())
    };
    PRESETS.iter().filter_map(entry).collect::<Vec<JsValue>>().into_iter().collect()
}

/// The settings of a preset's runs: `[{ key, kind, min, max, choices, unit, help, resets, group }]`, where `kind` is one of the names of
/// [`boltzflow::setting::Kind::name`], `choices` are the words to choose among, `resets` the keys that fall back to their default, `none`, when this one changes, and
/// `group` is `run`, `objective` for the weights of objectives, or `system` for parameters of the energy.
///
/// # Errors
/// `unknown-name` for a preset that there is not.
#[wasm_bindgen]
pub fn schema(preset_name: &str) -> Result<Array, JsValue> {
    let entry = entry_of(preset_name)?;
    let group = |spec: &SettingSpec| match spec.access {
        Access::Weight(_) => "objective",
        _ => "run",
    };
    let run = free(entry).map(|spec| row(&spec.description, group(spec)));
    Ok(run.chain(parameters(entry).map(|spec| row(spec, "system"))).collect())
}

/// Refuses settings of which no generator can be made, before the examples of a run are: see [`crate::Engine::new`].
///
/// # Errors
/// Those of the settings.
#[cfg(feature = "page")]
#[wasm_bindgen]
pub fn check_settings(keys: Vec<String>, values: Vec<String>) -> Result<(), JsValue> {
    parse(&keys, &values).and_then(|s| s.generator::<f32>()).map(drop).map_err(to_js)
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
    let shown = |value: &Value| match value {
        Value::Number(number) => (*number).into(),
        other => other.text().into(),
    };
    let entry = entry_of(preset_name)?;
    for SettingSpec { description: spec, .. } in free(entry) {
        // Empty where it is left to the system.
        let value = settings.get(spec.name).ok().flatten();
        put(spec.name, value.map_or("".into(), |value| shown(&value)));
    }
    for spec in parameters(entry) {
        let value = match settings.parameters.get(spec.name) {
            Some(value) => shown(value),
            None => parse_decimal(spec.default).map_or(spec.default.into(), JsValue::from),
        };
        put(spec.name, value);
    }
    Ok(object)
}

fn entry_of(preset_name: &str) -> Result<&'static SystemEntry, JsValue> {
    preset(preset_name).and_then(|settings| system::entry(&settings.system)).map_err(to_js)
}

fn row(spec: &Description, group: &str) -> JsValue {
    let words = |words: &[&str]| -> Array { words.iter().map(|w| JsValue::from_str(w)).collect() };
    let [min, max] = spec.kind.bounds().map(|v| v.map_or(JsValue::UNDEFINED, JsValue::from_f64));
    object([
        ("key", spec.name.into()),
        ("kind", spec.kind.name().into()),
        ("min", min),
        ("max", max),
        ("choices", words(spec.kind.choices()).into()),
        ("unit", spec.unit.into()),
        ("help", spec.help.into()),
        ("resets", words(spec.resets).into()),
        ("group", group.into()),
    ])
    .into()
}
