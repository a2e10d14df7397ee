//! The run as it was: shown, gone on from, and the next step taken apart.

use crate::run::{self, field};
use boltzflow_web::Engine;
use js_sys::{Float32Array, Float64Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

fn small() -> Engine {
    run::engine(&[("preset", "double-well"), ("batch", "64"), ("seed", "3")])
}

fn steps(engine: &Engine, count: usize) {
    for _ in 0..count {
        engine.training().step().unwrap();
    }
}

fn samples(engine: &Engine) -> Vec<f32> {
    let map = engine.map_view(20, engine.layers() as f64, 0.5).unwrap();
    Float32Array::from(field(&map, "x")).to_vec()
}

fn number(object: &JsValue, name: &str) -> f64 {
    field(object, name).as_f64().unwrap()
}

fn numbers(object: &JsValue, name: &str) -> Vec<f64> {
    Float64Array::new(&field(object, name)).to_vec()
}

#[wasm_bindgen_test]
fn a_keyframe_shows_what_was_then_and_the_run_stays_where_it_is() {
    let engine = small();
    steps(&engine, 12);
    let evaluations = |engine: &Engine| number(&engine.estimate(50).unwrap(), "energy_evaluations");
    let (then, digest) = (samples(&engine), engine.training().digest());
    let cost = evaluations(&engine);
    assert_eq!(cost, engine.training().energy_evaluations());
    steps(&engine, 30);
    let (now, end) = (samples(&engine), engine.training().digest());
    let shown = engine.replay(12.2, 0).unwrap();
    assert_eq!(number(&shown, "step"), 12.0);
    assert_eq!(field(&shown, "digest").as_string(), Some(digest));
    assert_eq!(samples(&engine), then);
    assert_eq!(evaluations(&engine), cost);
    assert_eq!(engine.training().digest(), end);
    assert!(engine.replay(f64::NAN, 0).is_none());
    assert_eq!(samples(&engine), now);
    // One to the left, one to the right, and none after the last.
    assert_eq!(number(&engine.replay(42.0, -1).unwrap(), "step"), 41.0);
    assert_eq!(number(&engine.replay(41.0, 1).unwrap(), "step"), 42.0);
    assert!(engine.replay(42.0, 1).is_none());
    assert!(engine.replay(0.0, -1).is_none());
}

#[wasm_bindgen_test]
fn a_run_goes_on_from_a_keyframe_with_the_same_bits() {
    let engine = small();
    steps(&engine, 60);
    let at_60 = engine.training().digest();
    // From here on with other settings: the way back undoes them.
    engine.training().adjust("learning_rate", "0.0005").unwrap();
    steps(&engine, 40);
    let other = engine.training().digest();
    engine.replay(35.0, 0).unwrap();
    engine.resume().unwrap();
    assert_eq!(engine.training().step_count(), 35.0);
    assert!(engine.replay(36.0, 1).is_none(), "what came later is forgotten");
    steps(&engine, 25);
    assert_eq!(engine.training().digest(), at_60);
    steps(&engine, 40);
    assert_ne!(engine.training().digest(), other);
    assert!(engine.resume().is_err(), "the present is no keyframe");
}

#[wasm_bindgen_test]
fn a_model_is_that_of_the_step_shown_and_its_past_begins_where_it_is_opened() {
    let engine = small();
    steps(&engine, 10);
    let then = samples(&engine);
    steps(&engine, 10);
    engine.replay(10.0, 0).unwrap();
    let model: JsValue = engine.model().into();
    assert_eq!(number(&model, "step"), 10.0);
    let theta = Float32Array::from(field(&model, "theta")).to_vec();
    let digest = field(&model, "digest").as_string().unwrap();
    let other = small();
    other.adopt(theta, &digest, 10.0, number(&model, "training_evaluations")).unwrap();
    assert_eq!(samples(&other), then);
    assert_eq!(number(&other.replay(0.0, 0).unwrap(), "step"), 10.0);
    assert!(other.replay(10.0, -1).is_none());
}

#[wasm_bindgen_test]
fn a_long_run_keeps_at_most_two_hundred_keyframes() {
    let engine = small();
    steps(&engine, 450);
    let (mut count, mut at) = (1, 0.0);
    while let Some(next) = engine.replay(at, 1) {
        at = number(&next, "step");
        assert_eq!(at % 4.0, 0.0);
        count += 1;
    }
    assert_eq!(count, 113);
}

#[wasm_bindgen_test]
fn the_next_step_taken_apart_is_the_one_that_comes() {
    let engine = small();
    steps(&engine, 5);
    let before = engine.training().digest();
    let by_energy = engine.next_step(true, 6).unwrap();
    let by_example = engine.next_step(false, 6).unwrap();
    assert_eq!(engine.training().digest(), before, "looking changes nothing");
    assert_eq!(number(&by_energy, "step"), 6.0);

    // The loss of a point is what the probe says of it.
    let way = |of: &JsValue, i: u32| {
        Float32Array::from(js_sys::Array::from(&field(of, "way")).get(i)).to_vec()
    };
    let last = engine.layers() as u32;
    let place = |of: &JsValue, i: u32| way(of, i)[..2].iter().map(|v| f64::from(*v)).collect();
    let averaged = run::engine(&[
        ("preset", "double-well"),
        ("batch", "64"),
        ("seed", "3"),
        ("moving_average", "0"),
    ]);
    steps(&averaged, 5);
    assert_eq!(averaged.training().digest(), before, "the average is drawn with, not trained with");
    let z: Vec<f64> = place(&by_energy, 0);
    let found = averaged.probe(true, &z, None).unwrap();
    let x: Vec<f64> = place(&by_energy, last);
    let there = numbers(&found, "x");
    assert!((x[0] - there[0]).abs() < 1e-4 && (x[1] - there[1]).abs() < 1e-4, "{x:?} {there:?}");
    let loss = number(&found, "energy") - number(&found, "log_det");
    assert!((numbers(&by_energy, "loss")[0] - loss).abs() < 1e-3);

    // After the step the points are where it was said that they would be.
    steps(&averaged, 1);
    for (of, energy) in [(&by_energy, true), (&by_example, false)] {
        let start: Vec<f64> = place(of, 0);
        let found = averaged.probe(energy, &start, None).unwrap();
        let arrived = numbers(&found, if energy { "x" } else { "z" });
        let said = Float32Array::from(field(of, "after")).to_vec();
        assert!((arrived[0] - f64::from(said[0])).abs() < 1e-4, "{arrived:?} {said:?}");
        assert!((arrived[1] - f64::from(said[1])).abs() < 1e-4, "{arrived:?} {said:?}");
    }
}

#[wasm_bindgen_test]
fn a_region_holds_the_same_samples_in_both_planes() {
    let engine = small();
    steps(&engine, 5);
    let all = engine.region(true, &[-9.0, 9.0, -9.0, 9.0], engine.layers(), 500).unwrap();
    assert_eq!([number(&all, "share"), number(&all, "mass")], [1.0, 1.0]);
    assert_eq!([number(&all, "share_error"), number(&all, "mass_error")], [0.0, 0.0]);
    // The right half of a Gaussian.
    let half = engine.region(true, &[0.0, 9.0, -9.0, 9.0], engine.layers(), 500).unwrap();
    let (share, error) = (number(&half, "share"), number(&half, "share_error"));
    assert!(
        (share - 0.5).abs() < 4.0 * error && (error - 0.0224).abs() < 1e-3,
        "{share} ± {error}"
    );
    assert_eq!(number(&half, "count"), 500.0 * share);
    // Behind no layer both planes are the same.
    let here = engine.region(false, &[0.0, 1.0, 0.0, 1.0], 0, 500).unwrap();
    let there = engine.region(true, &[0.0, 1.0, 0.0, 1.0], 0, 500).unwrap();
    assert_eq!(number(&here, "count"), number(&there, "count"));
    assert!(engine.region(true, &[1.0, 1.0, 0.0, 1.0], 0, 500).is_err());
    assert!(engine.region(true, &[1.0, 1.0], 0, 500).is_err());
}

#[wasm_bindgen_test]
fn density_and_pulls_are_those_of_the_untrained_map() {
    let engine = small();
    let heights = Float32Array::from(engine.density(&[-3.0, 3.0, -4.0, 4.0], 40).unwrap());
    assert_eq!(heights.length(), 1600);
    let highest = heights.to_vec().into_iter().fold(0.0, f32::max);
    assert_eq!(highest, 1.0);
    let pulls = engine.pulls(30).unwrap();
    let pairs = |name: &str| Float32Array::from(field(&pulls, name)).to_vec();
    assert_eq!([pairs("x").len(), pairs("push").len()], [60, 60]);
    let (z, pull) = (pairs("z"), pairs("pull"));
    assert!(z.len() == 60 && z.iter().zip(&pull).all(|(z, p)| *p == -z));
    // Without examples there is nothing that the Gaussian pulls.
    let alone = run::engine(&[("preset", "double-well-by-energy")]);
    let none = alone.pulls(30).unwrap();
    assert_eq!(Float32Array::from(field(&none, "z")).length(), 0);
    assert!(alone.next_step(false, 3).is_err());
    assert!(engine.density(&[0.0, 1.0], 40).is_err() && engine.pulls(0).is_err());
}

#[wasm_bindgen_test]
fn a_point_behind_some_layers_has_its_partner() {
    let engine = small();
    steps(&engine, 5);
    let seen = [0.4, -0.7];
    let found = engine.probe(false, &seen, Some(3)).unwrap();
    assert_eq!(numbers(&found, "place"), seen);
    let back = engine.probe(true, &numbers(&found, "z"), Some(3)).unwrap();
    let place = numbers(&back, "place");
    assert!((place[0] - seen[0]).abs() < 1e-4 && (place[1] - seen[1]).abs() < 1e-4, "{place:?}");
}

#[wasm_bindgen_test]
fn between_two_layers_points_are_on_their_way() {
    let engine = small();
    steps(&engine, 5);
    let at = |layers: f64| {
        Float32Array::from(field(&engine.map_view(5, layers, 0.5).unwrap(), "x")).to_vec()
    };
    let (two, half, three) = (at(2.0), at(2.5), at(3.0));
    for ((a, h), b) in two.iter().zip(&half).zip(&three) {
        assert!((h - 0.5 * (a + b)).abs() < 1e-5);
    }
    assert_ne!(two, three);
}
