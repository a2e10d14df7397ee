//! Errors of the core as JavaScript errors.

use boltzflow::num::Error;
use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// An `Error` whose `message`, `code` and `hint` are those of the core.
pub(crate) fn to_js(error: Error) -> JsValue {
    let words = js_sys::Error::new(&format!("{error}."));
    for (key, value) in [("code", error.code()), ("hint", error.hint())] {
        let sentence = if key == "hint" { sentence(value) } else { value.to_owned() };
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&words, &key.into(), &sentence.into());
    }
    words.into()
}

/// A hint as a sentence: capital letter, full stop.
fn sentence(hint: &str) -> String {
    let mut letters = hint.chars();
    letters.next().map_or_else(String::new, |first| {
        core::iter::once(first.to_ascii_uppercase()).chain(letters).chain(['.']).collect()
    })
}
