//! Plain JavaScript objects and typed arrays.

#[cfg(any(feature = "page", feature = "package"))]
use boltzflow::generator::Samples;
#[cfg(any(feature = "page", feature = "views", feature = "package"))]
use boltzflow::nalgebra::DMatrix;
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

/// A chunk in the plane as (x, y) pairs.
#[cfg(any(feature = "page", feature = "views"))]
pub(crate) fn pairs(points: &DMatrix<f64>) -> JsValue {
    let flat: Vec<f32> = points.row_iter().flat_map(|p| [p[0] as f32, p[1] as f32]).collect();
    f32_array(&flat)
}

/// The configurations of a chunk one after the other.
#[cfg(any(feature = "page", feature = "package"))]
pub(crate) fn rows(points: &DMatrix<f64>) -> JsValue {
    f64_array(points.transpose().as_slice())
}

/// Draws with their weights: `{ dim, x, energy, log_weight }`, the configurations one after the other, energies in units of kT.
#[cfg(any(feature = "page", feature = "package"))]
pub(crate) fn draws(drawn: &Samples) -> Object {
    object([
        ("dim", drawn.x.ncols().into()),
        ("x", rows(&drawn.x)),
        ("energy", f64_array(&drawn.u)),
        ("log_weight", f64_array(&drawn.log_weight)),
    ])
}
