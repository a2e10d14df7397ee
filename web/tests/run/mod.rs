//! Engines for the tests.

use boltzflow_web::Engine;
use js_sys::Reflect;
use wasm_bindgen::JsValue;

pub(crate) fn texts(pairs: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).unzip()
}

pub(crate) fn engine(pairs: &[(&str, &str)]) -> Engine {
    let (keys, values) = texts(pairs);
    Engine::new(keys, values).unwrap()
}

/// A property of an object.
#[allow(dead_code)] // not every test file looks at objects
pub(crate) fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

/// The same settings lead to the same bits; another seed does not.
#[allow(dead_code)] // not every test file trains twice
pub(crate) fn same_digest_twice() {
    let digest = |seed: &str| {
        let engine = engine(&[("preset", "double-well"), ("batch", "64"), ("seed", seed)]);
        let start = engine.training().digest();
        for _ in 0..50 {
            engine.training().step().unwrap();
        }
        assert_eq!(engine.training().step_count(), 50.0);
        assert_ne!(engine.training().digest(), start);
        engine.training().digest()
    };
    assert_eq!(digest("7"), digest("7"));
    assert_ne!(digest("7"), digest("8"));
}
