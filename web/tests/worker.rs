//! The engine in a dedicated worker, where the page runs it.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn version_is_that_of_the_package() {
    assert_eq!(boltzflow_web::version(), env!("CARGO_PKG_VERSION"));
}
