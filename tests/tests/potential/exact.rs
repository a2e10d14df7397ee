use boltzflow::potential::quadrature::{profile, states, thermodynamics};
use boltzflow::potential::{Parameters, Potential, Value, build, well_probabilities, wells};
use boltzflow_tests::{number, numbers, reference};
use serde_json::Value as Json;

use super::set;

fn system(name: &str, parameters: &Json, dim: Option<usize>) -> Box<dyn Potential> {
    let values = parameters.as_object().unwrap().iter();
    let values = values.map(|(k, v)| (k.as_str(), Value::Number(number(v)))).collect();
    build(name, &set(values), dim).unwrap()
}

#[track_caller]
fn close(value: f64, expected: f64, what: &str) {
    let error = (value - expected).abs();
    assert!(error <= 1e-6, "{what}: {value} not {expected} ({error:e})");
}

/// Bins of width 2e-3 around the points of a reference profile: F of the mean over a bin differs from F at its centre
/// by less than 1e-6 times its curvature.
fn check_profile(potential: &dyn Potential, coordinate: usize, t: f64, json: &Json, x: &str) {
    let (centres, expected) = (numbers(&json[x]), numbers(&json["F"]));
    let coordinate = &potential.coordinates()[coordinate];
    let (mut found, mut offset) = (Vec::new(), f64::NAN);
    for (c, f) in centres.iter().zip(&expected) {
        let exact = profile(potential, coordinate, t, &[c - 1e-4, c + 1e-4]).unwrap();
        let value = -(exact.probability[0] / 2e-4).ln();
        if (f - expected.iter().copied().fold(f64::INFINITY, f64::min)).abs() < 1e-12 {
            offset = value - f;
        }
        found.push(value);
    }
    close(offset, 0.0, "profiles are normalised");
    for ((c, f), value) in centres.iter().zip(&expected).zip(found) {
        assert!((value - f).abs() < 1e-5, "{} at {c}: {value} not {f}", coordinate.name);
    }
}
