//! From texts, as the page's address holds them, to the settings of a run.

#[cfg(any(feature = "page", feature = "views"))]
use boltzflow::num::Error;
use boltzflow::num::{Result, parse_decimal};
use boltzflow::preset::{Settings, preset, setting};
use boltzflow::setting::{Description, Kind, Parameters};
use boltzflow::system::{self, SystemEntry};

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
/// parameters of the preset's system, which belong together.
pub(crate) fn parse(keys: &[String], values: &[String]) -> Result<Settings> {
    let pairs = || keys.iter().zip(values);
    let name = pairs().find(|(key, _)| *key == PRESET).map_or("double-well", |(_, name)| name);
    let mut settings = preset(name)?;
    let entry = system::entry(&settings.system)?;
    let mut given = Parameters::new();
    for (key, text) in pairs().filter(|(key, _)| *key != PRESET) {
        if let Some(spec) = parameters(entry).find(|spec| spec.name == *key) {
            given.set(spec.name, spec.read(text)?);
        } else {
            settings.set(key, &setting(key)?.description.read(text)?)?;
        }
    }
    settings.set_parameters(&given)?;
    Ok(settings)
}

/// The parameters of a system that a control can set and that are not among the run's own settings: those whose default is a value,
/// but for long lists.
pub(crate) fn parameters(
    entry: &'static SystemEntry,
) -> impl Iterator<Item = &'static Description> {
    entry.parameters.iter().filter(|spec| {
        let settable = match spec.kind {
            Kind::Text => true,
            Kind::Points { optional } => optional,
            Kind::List => false,
            _ => parse_decimal(spec.default).is_some(),
        };
        settable && setting(spec.name).is_err()
    })
}
