//! Where a model comes from, for reports: the run and its settings.

use boltzflow::preset::{Access, SCHEMA, Settings};
use boltzflow_model::Model;
use serde_json::{Map, Value as Json, json};

use crate::file::run_file;
use crate::setting;

/// The run that a model is of: `{ seed, step, total_steps, skipped, version, settings }`; steps are skipped where a stage ends early.
pub(crate) fn run(model: &Model) -> Json {
    json!({
        "seed": model.settings.seed,
        "step": model.step,
        "total_steps": model.total_steps(),
        "skipped": model.skipped,
        "version": model.version,
        "settings": settings(&model.settings),
    })
}

/// All settings as a run file has them: keys of the schema, `parameters` of the system that were set, and `stages`.
pub(crate) fn settings(settings: &Settings) -> Json {
    let mut all = Map::new();
    for spec in SCHEMA {
        if let Access::Run { get, .. } = spec.access
            && let Some(value) = get(settings)
        {
            all.insert(spec.description.name.into(), json!(run_file::shown(spec, &value)));
        }
    }
    let parameters: Map<String, Json> =
        settings.parameters.iter().map(|(k, v)| (k.into(), setting::to_json(v))).collect();
    all.insert("parameters".into(), parameters.into());
    let stages = settings.stages.iter().map(|stage| {
        let mut keys = Map::new();
        for spec in SCHEMA {
            if let Some(value) = spec.access.get_in_stage(stage) {
                keys.insert(spec.description.name.into(), json!(run_file::shown(spec, &value)));
            }
        }
        Json::from(keys)
    });
    all.insert("stages".into(), stages.collect());
    all.into()
}
