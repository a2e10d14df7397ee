//! Changes of the stages of a run while it goes on.

use boltzflow::num::{Error, Result};
use boltzflow::optim::Schedule;
use boltzflow::preset::{Access, setting};
use boltzflow::train::Stage;

use crate::settings::value;

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
