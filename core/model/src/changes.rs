//! Settings as a preset and what differs from it: how addresses and menus hold them.

use boltzflow::preset::{Preset, Settings};
use boltzflow::setting::Value;
use boltzflow::system;

/// The name of the preset, among these, of the same system that the settings are nearest to, and in what they differ from it: keys of
/// the schema (those of stages as in the first stage), then parameters of the system. A parameter that the preset has and the settings
/// have not takes its default. `None` if no preset of that system can be changed into the settings.
#[must_use]
pub fn changes<'a>(
    settings: &Settings,
    presets: impl IntoIterator<Item = &'a Preset>,
) -> Option<(&'a str, Vec<(String, Value)>)> {
    presets
        .into_iter()
        .map(|p| (p.name, (p.settings)()))
        .filter(|(_, preset)| preset.system == settings.system)
        .filter_map(|(name, preset)| {
            Some((distance(settings, &preset), name, changes_of(settings, &preset)?))
        })
        .min_by_key(|(distance, ..)| *distance)
        .map(|(_, name, changes)| (name, changes))
}

/// In what settings differ from a preset of their system; `None` if that cannot be said.
fn changes_of(settings: &Settings, preset: &Settings) -> Option<Vec<(String, Value)>> {
    let mut changes: Vec<(String, Value)> = Vec::new();
    for key in settings.differing_keys(preset) {
        let value = match settings.get(key).ok()? {
            Some(value) => value,
            None => left_to_system(settings, key)?,
        };
        changes.push((key.to_owned(), value));
    }
    let known = system::entry(&settings.system).ok()?.parameters;
    let differs = |name: &str| settings.parameters.get(name) != preset.parameters.get(name);
    // What a changed parameter resets has to be said again, even where it stays.
    let is_reset = |name: &str| known.iter().any(|d| differs(d.name) && d.resets.contains(&name));
    for (name, value) in settings.parameters.iter() {
        if differs(name) || is_reset(name) {
            changes.push((name.to_owned(), value.clone()));
        }
    }
    for (name, _) in preset.parameters.iter().filter(|(n, _)| settings.parameters.get(n).is_none())
    {
        let description = known.iter().find(|description| description.name == name)?;
        // Defaults may be words that say what is done without a value, and no value themselves.
        changes.push((name.to_owned(), description.read(description.default).ok()?));
    }
    Some(changes)
}

/// What the system makes of a key that is left to it.
fn left_to_system(settings: &Settings, key: &str) -> Option<Value> {
    let system = settings.system().ok()?;
    match key {
        "dim" => Some(Value::Number(system.dim() as f64)),
        "coordinate" => Some(Value::Text(system.coordinates().first()?.name.clone().into_owned())),
        _ => None,
    }
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
    use boltzflow::setting::Parameters;

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
        assert_eq!(value("wells"), Some(Value::Points(Vec::new())));
        assert_eq!(value("formula"), Some(Value::Text("x^2+y^2".into())));
        assert_eq!(changes.len(), 3, "{changes:?}");
        let mut nowhere = settings;
        nowhere.system = "nowhere".into();
        assert!(super::changes(&nowhere, PRESETS).is_none());
    }

    /// Settings from a preset and what differs from it, as fronts read them.
    fn read(name: &str, changes: Vec<(String, Value)>) -> Settings {
        let mut settings = preset(name).unwrap();
        let parameters = system::entry(&settings.system).unwrap().parameters;
        let mut given = Parameters::new();
        for (key, value) in changes {
            match parameters.iter().any(|p| p.name == key) {
                true => drop(given.set(key, value)),
                false => settings.set(&key, &value).unwrap(),
            }
        }
        settings.set_parameters(&given).unwrap();
        settings
    }

    #[test]
    fn a_dimension_that_is_left_to_the_system_is_said() {
        let mut formula = preset("own").unwrap();
        let text = Value::Text("x^2 + y^2 + z^2".into());
        (formula.dim, formula.parameters) = (None, Parameters::new().with("formula", text));
        let mut wells = preset("many-well-live").unwrap();
        wells.dim = None;
        for (settings, dim) in [(formula, 3), (wells, 32)] {
            let (name, changes) = changes(&settings, PRESETS).unwrap();
            assert_eq!(read(name, changes).system().unwrap().dim(), dim);
        }
    }

    #[test]
    fn a_coordinate_that_is_left_to_the_system_is_said() {
        let settings = preset("ring").unwrap();
        let mut other = settings.clone();
        other.coordinate = "x1".into();
        let said = changes_of(&settings, &other).unwrap();
        assert_eq!(said, [("coordinate".to_owned(), Value::Text("x0".into()))]);
    }

    /// Another formula with the wells of the preset is another energy than that formula alone.
    #[test]
    fn wells_that_stay_with_a_changed_formula_are_said() {
        let mut settings = preset("own").unwrap();
        settings.parameters.set("formula", Value::Text("x^2 + y^2".into()));
        let (name, changes) = changes(&settings, PRESETS).unwrap();
        assert_eq!(read(name, changes).parameters, settings.parameters);
    }

    /// "All equal" is what is done without weights, and no list of them.
    #[test]
    fn a_default_in_words_is_not_taken_for_a_value() {
        let settings = preset("gaussian-mixture").unwrap();
        let mut weighted = settings.clone();
        weighted.parameters.set("weights", Value::List(vec![1.0; 40]));
        assert_eq!(changes_of(&settings, &weighted), None);
        assert!(changes_of(&weighted, &settings).is_some_and(|changes| changes.len() == 1));
    }
}
