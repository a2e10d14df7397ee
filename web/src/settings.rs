//! From texts, as the page's address holds them, to the settings of a run.

use boltzflow::num::{Error, Result, parse_decimal};
use boltzflow::optim::Schedule;
use boltzflow::preset::{Settings, preset, setting};
use boltzflow::setting::{Description, Kind, Parameters};
use boltzflow::system::{self, SystemEntry};
use boltzflow::train::Stage;

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

/// Steps added by [`extend`], and the factor on the learning rate in them.
const EXTENSION: u64 = 300;
const EXTENSION_RATE: f64 = 0.2;

/// Adds a stage of 300 steps at a low constant rate.
pub(crate) fn extend(stages: &mut Vec<Stage>) {
    if let Some(mut stage) = stages.last().cloned() {
        stage.iterations = EXTENSION;
        stage.learning_rate *= EXTENSION_RATE;
        stage.schedule = Schedule::Constant;
        stages.push(stage);
    }
}

/// The change of a setting that belongs to stages, in all of them.
pub(crate) fn change_in_stages(
    key: &str,
    text: &str,
) -> Result<impl FnOnce(&mut Vec<Stage>) + use<>> {
    let spec = setting(key)?;
    let value = spec.description.read(text)?;
    let access = spec.access;
    if !access.is_of_stages() {
        return Err(Error::setting(key, "a new value", "left alone while training runs"));
    }
    Ok(move |stages: &mut Vec<Stage>| {
        stages.iter_mut().for_each(|stage| access.set_in_stage(stage, &value));
    })
}
