//! The engine in a dedicated worker, where the page runs it.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod run;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn version_is_that_of_the_package() {
    assert_eq!(boltzflow_web::version(), env!("CARGO_PKG_VERSION"));
}

#[wasm_bindgen_test]
fn fifty_steps_lead_to_the_same_digest_twice() {
    run::same_digest_twice();
}

#[wasm_bindgen_test]
fn weights_change_while_training_runs() {
    let engine = run::engine(&[("preset", "double-well"), ("batch", "64")]);
    let same = run::engine(&[("preset", "double-well"), ("batch", "64")]);
    engine.training().step().unwrap();
    same.training().step().unwrap();
    assert_eq!(engine.training().digest(), same.training().digest());
    engine.training().adjust("w_kl", "0.25").unwrap();
    assert!(engine.training().adjust("w_kl", "-1").is_err());
    assert!(engine.training().adjust("seed", "2").is_err());
    engine.training().step().unwrap();
    same.training().step().unwrap();
    assert_ne!(engine.training().digest(), same.training().digest());
    let total = engine.training().total_steps();
    engine.training().extend().unwrap();
    assert!(engine.training().total_steps() > total);
}
