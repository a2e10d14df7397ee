//! What the engine says of weights, of a chain beside one-shot draws, and of models that go and come.

use crate::run::{self, field};
use boltzflow_web::{Engine, ModelFile, Race, model_file};
use js_sys::{Float32Array, Float64Array, Object};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

fn number(object: &Object, name: &str) -> f64 {
    field(object, name).as_f64().unwrap()
}

fn numbers(object: &Object, name: &str) -> Vec<f64> {
    Float64Array::from(field(object, name)).to_vec()
}

fn code(error: &JsValue) -> String {
    field(error, "code").as_string().unwrap()
}

/// Enough steps for even weights.
const STEPS: u32 = 150;

/// A flow that has learnt for some steps.
fn trained() -> Engine {
    let engine = run::engine(&[("preset", "double-well"), ("batch", "256")]);
    for _ in 0..STEPS {
        engine.training().step().unwrap();
    }
    engine
}

#[wasm_bindgen_test]
fn trust_leads_from_raw_to_reweighted() {
    let engine = trained();
    let none = engine.reweighting(4000, 0.0).unwrap();
    assert!((number(&none, "ess") - 1.0).abs() < 1e-9);
    let equal = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
    assert!(equal(&numbers(&none, "value"), &numbers(&none, "raw")));
    let all = engine.reweighting(4000, 1.0).unwrap();
    let estimate = engine.estimate(4000).unwrap();
    assert_eq!(number(&all, "ess"), number(&estimate, "ess"));
    assert_eq!(number(&all, "max_weight"), number(&estimate, "max_weight"));
    // In between the weights are more even than at the end.
    let half = engine.reweighting(4000, 0.5).unwrap();
    assert!(number(&half, "ess") > number(&all, "ess") && number(&half, "ess") < 1.0);
    let center = numbers(&all, "center");
    let width = center[1] - center[0];
    for name in ["raw", "value", "exact"] {
        let total: f64 = numbers(&all, name).iter().sum::<f64>() * width;
        assert!((total - 1.0).abs() < 1e-9, "{name}: {total}");
    }
    let (lower, value, upper) =
        (numbers(&all, "lower"), numbers(&all, "value"), numbers(&all, "upper"));
    // There is a band where the profile of the same draws has a value, and nowhere else.
    let sampled: Vec<bool> = numbers(&estimate, "value").iter().map(|f| !f.is_nan()).collect();
    assert!(sampled.contains(&true) && sampled.contains(&false));
    for (i, sampled) in sampled.into_iter().enumerate() {
        match sampled {
            true => assert!(lower[i] <= value[i] && value[i] <= upper[i], "bin {i}"),
            false => assert!(lower[i].is_nan() && upper[i].is_nan(), "bin {i}"),
        }
    }
    let sorted = numbers(&all, "sorted");
    assert_eq!((sorted.len(), sorted[0]), (101, 0.0));
    assert!((sorted[100] - 1.0).abs() < 1e-12);
    // The smallest hold less than their number.
    assert!(sorted.iter().enumerate().all(|(i, s)| *s <= i as f64 / 100.0 + 1e-9));
    assert_eq!(code(&engine.reweighting(4000, 1.5).unwrap_err()), "invalid-setting");
}

#[wasm_bindgen_test]
fn one_flow_answers_at_other_temperatures() {
    let engine = trained();
    let here = engine.estimate(4000).unwrap();
    let same = engine.estimate_at(4000, 1.0).unwrap();
    assert_eq!(number(&here, "delta_f"), number(&same, "delta_f"));
    let warm = engine.estimate_at(20_000, 1.5).unwrap();
    assert!(number(&warm, "delta_f_exact") < 3.0);
    let deviation = (number(&warm, "delta_f") - number(&warm, "delta_f_exact"))
        / number(&warm, "delta_f_error");
    assert!(deviation.abs() < 4.0, "{deviation}");
    // F = U − TS of equilibrium: −log Z = ⟨u⟩ − S, and S grows with the temperature.
    let entropy = |e: &Object| number(e, "u_exact") + number(e, "log_z_exact");
    assert!(entropy(&warm) > entropy(&here));
    assert_eq!(code(&engine.estimate_at(4000, 0.0).unwrap_err()), "invalid-setting");
}

/// Examples of windows carry a bias, which the target of training shares; weights that stand beside estimates do not.
#[wasm_bindgen_test]
fn weights_are_shown_without_the_bias_of_examples() {
    let plain = run::engine(&[("preset", "double-well"), ("batch", "64")]);
    let windows = run::engine(&[
        ("preset", "double-well"),
        ("batch", "64"),
        ("example_method", "umbrella"),
        ("example_chains", "1"),
        ("example_burn_in", "200"),
        ("example_steps", "2000"),
        ("example_temperature", "1"),
    ]);
    // On the barrier, where the bias is largest.
    let energy =
        |engine: &Engine| number(&engine.probe(false, &[0.0, 0.3], None).unwrap(), "energy");
    assert!((energy(&windows) - energy(&plain)).abs() < 1e-12);
}

/// A race on the double well.
fn race() -> Race {
    let (keys, values) = run::texts(&[("preset", "double-well"), ("batch", "256")]);
    Race::new(keys, values).unwrap()
}

#[wasm_bindgen_test]
fn a_walk_counts_what_it_does() {
    let race = race();
    let mut walk = race.walk("metropolis", 2.0).unwrap();
    let mut last = walk.advance(100_000, 10).unwrap();
    assert_eq!(Float32Array::from(field(&last, "x")).length(), 20);
    assert_eq!(number(&last, "steps"), 100_000.0);
    // One evaluation a step, and one for the start.
    assert_eq!(number(&last, "energy_evaluations"), 100_001.0);
    for _ in 0..4 {
        last = walk.advance(100_000, 10).unwrap();
    }
    let (crossings, time) = (number(&last, "crossings"), walk.correlation_time());
    assert!(crossings > 300.0, "{crossings}");
    // Two states with probabilities 0.967 and 0.033 that swap at random: k crossings are k/(4 p (1 − p)) independent samples.
    let expected = 500_000.0 * 4.0 * 0.0329 * 0.9671 / crossings;
    assert!((time / expected - 1.0).abs() < 0.3, "{time}, from crossings {expected}");
    // Small steps do not cross.
    let mut slow = race.walk("mala", 0.05).unwrap();
    assert_eq!(number(&slow.advance(20_000, 1).unwrap(), "crossings"), 0.0);
    assert_eq!(code(&race.walk("metropolis", 0.0).unwrap_err()), "invalid-setting");
    assert_eq!(code(&race.walk("gibbs", 0.1).unwrap_err()), "unknown-name");
}

#[wasm_bindgen_test]
fn one_shot_draws_are_weighed_over_all_batches() {
    let engine = trained();
    let race = race();
    let mut shots = race.flow_shots(engine.training().numbers()).unwrap();
    assert_eq!(code(&race.flow_shots(vec![0.0]).unwrap_err()), "checkpoint");
    let first = shots.draw(2000, 100).unwrap();
    assert_eq!(js_sys::Uint8Array::from(field(&first, "state")).length(), 100);
    let all = shots.draw(3000, 100).unwrap();
    assert_eq!(number(&all, "count"), 5000.0);
    // Other draws than those of the estimate, of the same flow.
    let estimate = number(&engine.estimate(20_000).unwrap(), "ess");
    let ess = number(&all, "ess");
    assert!((ess / estimate - 1.0).abs() < 0.25, "{ess} and {estimate}");
    // Both know the share of the right state, 3.3 %, whatever they make of it.
    assert!((number(&all, "share") - 0.0329).abs() < 0.012);
    let gaussian = race.gaussian_shots().draw(100_000, 1).unwrap();
    assert!((number(&gaussian, "share") - 0.0329).abs() < 0.006);
    let ess = number(&gaussian, "ess");
    assert!(ess > 0.05 && ess < 0.9, "Gaussian {ess}");
}

#[wasm_bindgen_test]
fn a_model_that_comes_back_draws_the_same() {
    let engine = trained();
    let model = engine.model();
    let theta = Float32Array::from(field(&model, "theta")).to_vec();
    let digest = field(&model, "digest").as_string().unwrap();
    let fresh = run::engine(&[("preset", "double-well"), ("batch", "256")]);
    let evaluations = number(&model, "training_evaluations");
    fresh.adopt(theta.clone(), &digest, f64::from(STEPS), evaluations).unwrap();
    assert_eq!(fresh.training().step_count(), f64::from(STEPS));
    assert_eq!(fresh.training().energy_evaluations(), engine.training().energy_evaluations());
    for name in ["x", "energy", "log_weight"] {
        let kept = |e: &Engine| numbers(&e.samples(50).unwrap(), name);
        assert_eq!(kept(&fresh), kept(&engine), "{name}");
    }
    fresh.training().step().unwrap();
    assert_eq!(fresh.training().step_count(), f64::from(STEPS + 1));
    let refused =
        |theta: Vec<f32>, digest: &str| code(&fresh.adopt(theta, digest, 1.0, 0.0).unwrap_err());
    assert_eq!(refused(theta[1..].to_vec(), &digest), "checkpoint");
    assert_eq!(refused(theta, "0"), "checkpoint");
}

#[wasm_bindgen_test]
fn a_file_brings_a_model_and_its_settings_back() {
    let engine = run::engine(&[("preset", "double-well"), ("batch", "128"), ("c4", "1.5")]);
    engine.training().step().unwrap();
    let (keys, values) = run::texts(&[("preset", "double-well"), ("batch", "128"), ("c4", "1.5")]);
    let theta = engine.training().numbers();
    let bytes = model_file(keys, values, &[], theta.clone(), 1.0, 7.0, 9.0).unwrap();
    let file = ModelFile::new(&bytes).unwrap();
    let model = file.model();
    assert_eq!(Float32Array::from(field(&model, "theta")).to_vec(), theta);
    assert_eq!(field(&model, "digest"), field(&engine.model(), "digest"));
    assert_eq!((number(&model, "step"), number(&model, "training_evaluations")), (1.0, 7.0));
    let presets = |names: &[&str]| file.settings(Some(names.iter().map(|n| (*n).into()).collect()));
    let settings = presets(&["mueller-brown", "double-well"]).unwrap();
    let text = |key: &str| field(&settings, key).as_string();
    assert_eq!(text("preset").as_deref(), Some("double-well"));
    assert_eq!((text("batch").as_deref(), text("c4").as_deref()), (Some("128"), Some("1.5")));
    assert_eq!(text("seed"), None);
    assert!(presets(&["ring"]).is_none() && file.settings(None).is_some());
    assert_eq!(code(&ModelFile::new(&bytes[1..]).unwrap_err()), "checkpoint");
}
