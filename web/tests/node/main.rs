//! The engine as a Node program sees it.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod replay;
#[path = "../run/mod.rs"]
mod run;
mod weights;

use boltzflow::num::Sequential;
use boltzflow::objective::Source;
use boltzflow_web::{Engine, defaults, landscape, last_panic, plot_range, presets, schema};
use boltzflow_workloads::workload;
use js_sys::Reflect;
use run::{field, texts};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn version_is_that_of_the_package() {
    assert_eq!(boltzflow_web::version(), env!("CARGO_PKG_VERSION"));
}

#[wasm_bindgen_test]
fn fifty_steps_lead_to_the_same_digest_twice() {
    run::same_digest_twice();
}

#[wasm_bindgen_test]
fn reports_are_rows_of_eight_and_come_once() {
    let engine = run::engine(&[("preset", "double-well"), ("batch", "64")]);
    for _ in 0..3 {
        engine.training().step().unwrap();
    }
    let rows: Vec<JsValue> = engine.training().take_reports().iter().collect();
    let number = |row: usize, name| field(&rows[row], name).as_f64().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!([0, 1, 2].map(|row| number(row, "step")), [1.0, 2.0, 3.0]);
    // F = U − S, KL = F + log Z ≥ 0 up to the noise of one batch.
    assert!((number(0, "f") - (number(0, "u") - number(0, "s"))).abs() < 1e-9);
    assert!(number(0, "kl") > 0.0 && number(0, "rewound").is_nan());
    assert_eq!(engine.training().take_reports().length(), 0);
}

#[wasm_bindgen_test]
fn a_point_and_its_partner_belong_together() {
    let engine = run::engine(&[("preset", "mueller-brown")]);
    let there = engine.probe(true, &[0.3, -1.2], None).unwrap();
    let x: Vec<f64> = js_sys::Float64Array::from(field(&there, "x")).to_vec();
    let back = engine.probe(false, &x, None).unwrap();
    let z: Vec<f64> = js_sys::Float64Array::from(field(&back, "z")).to_vec();
    assert!((z[0] - 0.3).abs() < 1e-4 && (z[1] + 1.2).abs() < 1e-4, "{z:?}");
    let log_det = |o: &JsValue| field(o, "log_det").as_f64().unwrap();
    assert!((log_det(&there) - log_det(&back)).abs() < 1e-3);
}

#[wasm_bindgen_test]
fn an_estimate_stands_beside_the_exact_answer() {
    let engine = run::engine(&[("preset", "double-well")]);
    let estimate = engine.estimate(4000).unwrap();
    let number = |name: &str| field(&estimate, name).as_f64().unwrap();
    assert!((number("delta_f_exact") - 3.3799).abs() < 1e-4);
    let deviation = (number("delta_f") - number("delta_f_exact")) / number("delta_f_error");
    assert!(deviation.abs() < 4.0, "{deviation}");
    // F = U − S and KL = F + log Z of the same samples.
    assert!((number("f") - (number("u") - number("s"))).abs() < 1e-9);
    assert!((number("kl") - (number("f") + number("log_z_exact"))).abs() < 1e-9);
    let exact = js_sys::Float64Array::from(field(&estimate, "exact"));
    let center = js_sys::Float64Array::from(field(&estimate, "center"));
    assert_eq!(exact.length(), center.length());
}

#[wasm_bindgen_test]
fn the_map_shows_both_directions_and_the_grid() {
    let engine = run::engine(&[("preset", "double-well")]);
    let map = engine.map_view(100, engine.layers() as f64, 0.2).unwrap();
    let length = |name: &str| Reflect::get(&field(&map, name), &"length".into()).unwrap();
    assert_eq!(length("x").as_f64(), Some(200.0));
    assert_eq!(length("example_z").as_f64(), Some(100.0));
    assert_eq!(length("grid_start").as_f64(), Some(35.0));
    assert_eq!(length("grid"), length("latent_grid"));
    // Through no layer at all the samples are where they came from.
    let identity = engine.map_view(100, 0.0, 0.2).unwrap();
    let points = |name: &str| js_sys::Float32Array::from(field(&identity, name)).to_vec();
    assert_eq!(points("x"), points("z"));
}

#[wasm_bindgen_test]
fn every_system_of_the_page_has_a_landscape() {
    let all = presets();
    assert!(all.length() >= 4);
    for system in all.iter() {
        let name = field(&system, "name").as_string().unwrap();
        let (keys, values) = texts(&[("preset", &name)]);
        let range = plot_range(keys.clone(), values.clone()).unwrap();
        let energies = landscape(keys, values, &range, 16).unwrap();
        assert!(energies.len() == 256 && energies.iter().all(|u| u.is_finite()), "{name}");
        assert!(schema(&name).unwrap().length() > 20);
        assert_eq!(field(&defaults(&name).unwrap(), "preset").as_string(), Some(name));
    }
}

#[wasm_bindgen_test]
fn bad_input_is_an_error_with_code_and_hint() {
    let refused = |pairs: &[(&str, &str)]| {
        let (keys, values) = texts(pairs);
        let error = Engine::new(keys, values).err().unwrap();
        let text = |key| Reflect::get(&error, &JsValue::from(key)).unwrap().as_string().unwrap();
        assert!(text("message").ends_with('.') && text("hint").ends_with('.'));
        text("code")
    };
    assert_eq!(refused(&[("preset", "triple-well")]), "unknown-name");
    assert_eq!(refused(&[("dim", "1")]), "dimension-mismatch");
    assert_eq!(refused(&[("colour", "red")]), "unknown-name");
    assert_eq!(refused(&[("temperature", "-1")]), "invalid-setting");
    assert_eq!(refused(&[("batch", "many")]), "invalid-setting");
    assert_eq!(refused(&[("hidden", "32,x")]), "invalid-setting");
    assert_eq!(refused(&[("c4", "0")]), "invalid-setting");
    assert_eq!(last_panic(), None);
}

#[wasm_bindgen_test]
fn a_step_allocates_nothing_after_the_first() {
    for source in [Source::Prior, Source::Examples] {
        let mut trainer = workload("w1").unwrap().trainer::<f32>(source).unwrap();
        let mut step = || assert!(trainer.step(&Sequential).is_ok());
        assert!(allocation_counter::measure(&mut step).count_total > 0);
        assert_eq!(allocation_counter::measure(&mut step).count_total, 0);
    }
}
