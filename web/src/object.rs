//! Plain JavaScript objects and typed arrays.

use js_sys::{Float32Array, Float64Array, Object, Reflect};
use wasm_bindgen::JsValue;

/// A plain object of these properties.
pub(crate) fn object<'a>(properties: impl IntoIterator<Item = (&'a str, JsValue)>) -> Object {
    let object = Object::new();
    for (key, value) in properties {
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&object, &key.into(), &value);
    }
    object
}

/// A `Float32Array` of its own memory.
pub(crate) fn f32_array(values: &[f32]) -> JsValue {
    Float32Array::from(values).into()
}

/// A `Float64Array` of its own memory.
pub(crate) fn f64_array(values: &[f64]) -> JsValue {
    Float64Array::from(values).into()
}
