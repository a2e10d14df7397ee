//! Changes of the stages of a run while it goes on.

use boltzflow::num::{Error, Result};
use boltzflow::optim::Schedule;
use boltzflow::preset::setting;
use boltzflow::train::Stage;

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
