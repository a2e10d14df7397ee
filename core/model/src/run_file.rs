//! A run in a TOML file: a preset to start from, any setting of the schema, `[parameters]` of the
//! system and `[[stages]]`.
//!
//! ```
//! use boltzflow_model::run_file;
//!
//! let settings = run_file::parse("preset = 'double-well'\nbatch = 64\n[parameters]\nk = 2.0")?;
//! assert_eq!(settings.stages[0].batch, 64);
//! let text = run_file::write(&settings);
//! assert!(text.contains("network = \"mlp\""));
//! assert_eq!(run_file::parse(&text)?, settings);
//! # Ok::<(), boltzflow::num::Error>(())
//! ```

use boltzflow::num::{Error, Result};
use boltzflow::preset::{self, Access, SCHEMA, Settings};
use boltzflow::setting::{Description, Parameters, Value};
use boltzflow::system;

use crate::value::{from_toml, to_toml};

/// Keys beside those of the schema.
const KEYS: [&str; 4] = ["preset", "variant", "parameters", "stages"];

/// Settings from the text of a run file.
///
/// # Errors
/// [`Error::InvalidData`] for what is no TOML, [`Error::UnknownName`] and [`Error::InvalidSetting`] for keys and values that there are not.
pub fn parse(text: &str) -> Result<Settings> {
    let table = text
        .parse()
        .map_err(|e: toml::de::Error| Error::data("settings", e.message().to_string()))?;
    from_table(table)
}

/// Settings from a run file as a table.
///
/// # Errors
/// As [`parse`].
pub fn from_table(mut table: toml::Table) -> Result<Settings> {
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
    let named = table.get("system").and_then(toml::Value::as_str);
    let owner = named.unwrap_or(&settings.system).to_string();
    // The system first: what belongs to another one goes with that.
    let system = table.remove("system").map(|system| ("system".into(), system));
    for (key, value) in system.into_iter().chain(table) {
        check_key(&key, &value, &owner)?;
        settings.set(&key, &from_toml(&key, value)?)?;
    }
    if let Some(variant) = variant {
        settings.parameters = system::entry(&settings.system)?.variant(&variant)?;
    }
    let mut given = Parameters::new();
    for (name, value) in parameters.unwrap_or_default() {
        let value = from_toml(&name, value)?;
        given.set(name, value);
    }
    settings.set_parameters(&given)?;
    if let Some(stages) = stages {
        let first = settings.stages.first().cloned().unwrap_or_default();
        settings.stages = vec![first; stages.len()];
        for (i, stage) in stages.into_iter().enumerate() {
            for (key, value) in stage {
                settings.set_in_stage(i, &key, &from_toml(&key, value)?)?;
            }
        }
    }
    if settings.stages.is_empty() {
        return Err(Error::setting("stages", "[]", "at least one stage"));
    }
    Ok(settings)
}

/// Fails for a key that is none of the schema, before its value is looked at: that of a misspelt table is no value.
fn check_key(key: &str, value: &toml::Value, system: &str) -> Result<()> {
    if SCHEMA.iter().any(|spec| spec.description.name == key) {
        return Ok(());
    }
    if system::entry(system).is_ok_and(|entry| entry.parameter(key).is_some()) {
        let allowed = format!("under [parameters]: it is one of the system {system}");
        return Err(Error::setting(key, value, allowed));
    }
    let known: Vec<&str> = SCHEMA.iter().map(|spec| spec.description.name).chain(KEYS).collect();
    Err(Error::unknown("setting", key, &known))
}

/// All settings as a run file that gives the same settings, each with its help.
#[must_use]
pub fn write(settings: &Settings) -> String {
    let mut text =
        format!("# All settings of a run of boltzflow {}.\n\n", env!("CARGO_PKG_VERSION"));
    for spec in SCHEMA {
        if let Access::Run { get, .. } = spec.access
            && let Some(value) = get(settings)
        {
            line(&mut text, &spec.description, &value);
        }
    }
    if settings.parameters.iter().next().is_some() {
        text.push_str("\n[parameters]\n");
        let entry = system::entry(&settings.system).ok();
        for (name, value) in settings.parameters.iter() {
            match entry.and_then(|entry| entry.parameter(name)) {
                Some(description) => line(&mut text, description, value),
                None => text.push_str(&format!("{name} = {}\n", to_toml(value, false))),
            }
        }
    }
    for stage in &settings.stages {
        text.push_str("\n[[stages]]\n");
        for spec in SCHEMA {
            if let Some(value) = spec.access.get_in_stage(stage) {
                line(&mut text, &spec.description, &value);
            }
        }
    }
    text
}

/// A value of a setting as TOML, whole numbers as such.
#[must_use]
pub fn shown(spec: &preset::SettingSpec, value: &Value) -> toml::Value {
    to_toml(value, spec.description.kind.is_whole())
}

fn line(text: &mut String, spec: &Description, value: &Value) {
    let shown = to_toml(value, spec.kind.is_whole());
    let unit = if spec.unit.is_empty() { String::new() } else { format!(" [{}]", spec.unit) };
    text.push_str(&format!("{} = {shown} # {}{unit}\n", spec.name, spec.help));
}

fn text(table: &mut toml::Table, key: &str) -> Result<Option<String>> {
    take(table, key, "text in quotes", |v| v.as_str().map(String::from))
}

fn take<V>(
    table: &mut toml::Table,
    key: &str,
    allowed: &str,
    read: impl Fn(toml::Value) -> Option<V>,
) -> Result<Option<V>> {
    let Some(value) = table.remove(key) else { return Ok(None) };
    let shown = value.to_string();
    match read(value) {
        Some(value) => Ok(Some(value)),
        None => Err(Error::setting(key, shown, allowed)),
    }
}

#[cfg(test)]
mod tests {
    use boltzflow::train::Stage;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for preset in preset::PRESETS {
            let mut settings = (preset.settings)();
            if settings.system == "gaussian-mixture" {
                let means = Value::Points(vec![vec![0.1, 1.0 / 3.0], vec![1e-17, 4.0]]);
                settings.parameters.set("means", means);
            }
            let mut stage = Stage::default();
            stage.learning_rate = 0.1 + 0.2;
            settings.stages.push(stage);
            let text = write(&settings);
            assert_eq!(parse(&text).unwrap(), settings, "{text}");
        }
    }

    /// The dimer's solvent is a whole number of particles.
    #[test]
    fn parameters_are_written_with_their_help_and_whole_ones_as_such() {
        let mut settings = preset::preset("dimer").unwrap();
        settings.parameters.set("n_solvent", Value::Number(36.0));
        let text = write(&settings);
        assert!(text.contains("\nn_solvent = 36 # number of solvent particles\n"), "{text}");
        assert_eq!(parse(&text).unwrap(), settings);
    }

    /// Of a preset, what belongs to its system goes with it; what is given stays, wherever it stands in the file.
    #[test]
    fn another_system_leaves_dimension_and_coordinate_of_the_old_one() {
        let settings = parse("preset = 'many-well'\nsystem = 'ring'").unwrap();
        assert_eq!(settings.system().unwrap().dim(), 2);
        let settings = parse("coordinate = 'x2'\ndim = 6\nsystem = 'many-well'").unwrap();
        assert_eq!((settings.dim, settings.coordinate.as_str()), (Some(6), "x2"));
    }

    #[test]
    fn unknown_keys_name_the_known_ones() {
        let message = parse("sytem = 'double-well'").unwrap_err().to_string();
        assert!(message.contains("did you mean 'system'?"), "{message}");
        let message = parse("zzzz = 1").unwrap_err().to_string();
        assert!(message.contains("system") && message.contains("stages"), "{message}");
        for (text, meant) in [
            ("[paramters]\nc4 = 2", "did you mean 'parameters'?"),
            ("[[stage]]\nbatch = 7", "did you mean 'stages'?"),
            ("c4 = 2", "c4 = 2 is not allowed: it must be under [parameters]"),
            ("system = 'mueller-brown'\nscale = 2", "one of the system mueller-brown"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(meant), "{text}: {message}");
        }
        assert!(parse("[[stages]]\nbatch = 0").is_err());
        assert!(parse("stages = []").is_err());
        assert!(parse("preset = 'none'").is_err());
    }

    /// Files of the page and of the npm package hold a preset, and what differs from it.
    #[test]
    fn a_preset_without_its_points() {
        let settings = |text: &str| parse(text).unwrap();
        assert!(settings("preset = 'own'").parameters.get("wells").is_some());
        let without = settings("preset = 'own'\n[parameters]\nformula = 'x^2'\nwells = 'none'");
        assert!(without.parameters.get("wells").is_none());
        assert!(without.system().is_ok());
    }
}
