//! Models as files, for the page.

use boltzflow::num::Result;
use boltzflow::preset::{PRESETS, Preset};
use boltzflow_model::{Model, Tensors, changes};
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::object::{f32_array, f64_array, object};
use crate::settings::parse;

/// What the bytes of a model's file say.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ModelFile {
    file: Tensors,
    model: Model,
}

#[wasm_bindgen]
impl ModelFile {
    /// From the bytes of a file that the program, the page or the package wrote.
    ///
    /// # Errors
    /// `checkpoint` for bytes that are no model or that are damaged; those of the settings.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8]) -> core::result::Result<Self, JsValue> {
        let read = || {
            let file = Tensors::parse(bytes)?;
            let model = Model::from_tensors(&file, None)?;
            Ok(Self { file, model })
        };
        read().map_err(to_js)
    }

    /// The model: `{ theta, digest, step, training_evaluations, data_evaluations, bias }`, as [`crate::Engine::adopt`] and [`crate::Pretrained::new`] take them.
    #[must_use]
    pub fn model(&self) -> Object {
        let theta = self.model.generator.numbers();
        object([
            ("theta", f32_array(&theta)),
            ("digest", self.model.digest.as_str().into()),
            ("step", (self.model.step as f64).into()),
            ("training_evaluations", (self.model.training_evaluations as f64).into()),
            ("data_evaluations", (self.model.data_evaluations as f64).into()),
            ("bias", f64_array(&self.model.bias())),
        ])
    }

    /// What the file tells of itself, texts by key; `digest` is that of every front, whatever version wrote the file.
    #[must_use]
    pub fn about(&self) -> Object {
        let about = Object::new();
        self.file.metadata().iter().for_each(|(key, value)| put(&about, key, value));
        put(&about, "digest", &self.model.digest);
        about
    }

    /// The name of its system.
    #[must_use]
    pub fn system(&self) -> String {
        self.model.settings.system.clone()
    }

    /// Its settings as texts by key: `preset`, the one of these names (of all unless there are names) that they are nearest to, and what
    /// differs from it. `undefined` if none of these presets has its system.
    #[must_use]
    pub fn settings(&self, presets: Option<Vec<String>>) -> Option<Object> {
        let is_asked = |preset: &&Preset| match &presets {
            Some(names) => names.iter().any(|name| name == preset.name),
            None => true,
        };
        let (name, changed) = changes(&self.model.settings, PRESETS.iter().filter(is_asked))?;
        let texts = object([("preset", name.into())]);
        for (key, value) in changed {
            put(&texts, &key, &value.text());
        }
        Some(texts)
    }
}

/// The bytes of a model's file: `bias` (empty if there is none), `theta` and what follows are as [`ModelFile::model`] gives them.
///
/// # Errors
/// Those of the settings; `checkpoint` for parameters of another network.
#[wasm_bindgen]
pub fn model_file(
    keys: Vec<String>,
    values: Vec<String>,
    bias: &[f64],
    theta: Vec<f32>,
    step: f64,
    training_evaluations: f64,
    data_evaluations: f64,
) -> core::result::Result<Vec<u8>, JsValue> {
    let evaluations = [training_evaluations as u64, data_evaluations as u64];
    let written = || -> Result<Vec<u8>> {
        let settings = parse(&keys, &values)?;
        let mut model = Model::of_numbers(&settings, &theta, step as u64, evaluations)?;
        if !bias.is_empty() {
            model.put_bias(bias)?;
        }
        model.save()
    };
    written().map_err(to_js)
}

fn put(object: &Object, key: &str, text: &str) {
    // Setting a property of a fresh object cannot fail.
    let _ = js_sys::Reflect::set(object, &key.into(), &text.into());
}
