//! Settings as a preset and what differs from it: how addresses and menus hold them.

use boltzflow::preset::{Preset, Settings};
use boltzflow::setting::Value;
use boltzflow::system;

/// The name of the preset, among these, of the same system that the settings are nearest to, and in what they differ from it: keys of
/// the schema (those of stages as in the first stage), then parameters of the system. A parameter that the preset has and the settings
/// have not takes its default, as text. `None` if no preset is of that system.
#[must_use]
pub fn changes<'a>(
    settings: &Settings,
    presets: impl IntoIterator<Item = &'a Preset>,
) -> Option<(&'a str, Vec<(String, Value)>)> {
    let presets = presets.into_iter().map(|p| (p.name, (p.settings)()));
    let (name, preset) = presets
        .filter(|(_, preset)| preset.system == settings.system)
        .min_by_key(|(_, preset)| distance(settings, preset))?;
    let mut changes = Vec::new();
    for key in settings.differing_keys(&preset) {
        if let Ok(Some(value)) = settings.get(key) {
            changes.push((key.to_owned(), value));
        }
    }
    for (name, value) in settings.parameters.iter() {
        if preset.parameters.get(name) != Some(value) {
            changes.push((name.to_owned(), value.clone()));
        }
    }
    let specs = system::entry(&settings.system).map_or(&[][..], |entry| entry.parameters);
    for (name, _) in preset.parameters.iter().filter(|(n, _)| settings.parameters.get(n).is_none())
    {
        let default = specs.iter().find(|spec| spec.name == name).map_or("", |spec| spec.default);
        changes.push((name.to_owned(), Value::Text(default.to_owned())));
    }
    Some((name, changes))
}

/// Number of keys and parameters in which settings differ.
fn distance(settings: &Settings, preset: &Settings) -> usize {
    let missing = |a: &Settings, b: &Settings| {
        a.parameters.iter().filter(|(name, value)| b.parameters.get(name) != Some(value)).count()
    };
    settings.differing_keys(preset).len() + missing(settings, preset).max(missing(preset, settings))
}

#[cfg(test)]
mod tests {
    use boltzflow::preset::{PRESETS, preset};

    use super::*;

    #[test]
    fn a_preset_is_nearest_to_itself() {
        for it in PRESETS {
            let (name, changes) = changes(&(it.settings)(), PRESETS).unwrap();
            assert_eq!((name, changes.len()), (it.name, 0), "{changes:?}");
        }
    }

    #[test]
    fn what_differs_is_named_even_where_it_is_missing() {
        let mut settings = preset("own").unwrap();
        settings.set("seed", &Value::Number(9.0)).unwrap();
        settings.parameters.unset("wells");
        settings.parameters.set("formula", Value::Text("x^2+y^2".into()));
        let (name, changes) = changes(&settings, PRESETS).unwrap();
        let value = |key: &str| changes.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
        assert_eq!(name, "own");
        assert_eq!(value("seed"), Some(Value::Number(9.0)));
        assert_eq!(value("wells"), Some(Value::Text("none".into())));
        assert_eq!(value("formula"), Some(Value::Text("x^2+y^2".into())));
        assert_eq!(changes.len(), 3, "{changes:?}");
        let mut nowhere = settings;
        nowhere.system = "nowhere".into();
        assert!(super::changes(&nowhere, PRESETS).is_none());
    }
}
