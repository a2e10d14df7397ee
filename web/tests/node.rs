//! The engine as a Node program sees it.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn version_is_that_of_the_package() {
    assert_eq!(boltzflow_web::version(), env!("CARGO_PKG_VERSION"));
}
