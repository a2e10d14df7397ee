//! The last words of a panic: the module traps after them, and JavaScript can still ask what they were.

use std::sync::Mutex;
use std::sync::Once;

use wasm_bindgen::prelude::wasm_bindgen;

static WORDS: Mutex<Option<String>> = Mutex::new(None);
static HOOK: Once = Once::new();

/// Runs when the module starts.
#[wasm_bindgen(start)]
pub(crate) fn keep_last_words() {
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            if let Ok(mut words) = WORDS.try_lock() {
                *words = Some(info.to_string());
            }
        }));
    });
}

/// What a panic said, with file and line; `undefined` if there was none.
#[wasm_bindgen]
#[must_use]
pub fn last_panic() -> Option<String> {
    WORDS.try_lock().ok().and_then(|words| words.clone())
}
