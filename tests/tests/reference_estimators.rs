//! Estimators against numbers made with independent code (`reference/estimators.json`).
#![allow(clippy::unwrap_used)] // a failed assumption of a test is a failed test

use boltzflow::nalgebra::DMatrix;
use boltzflow::stats::{LogWeights, Mbar};
use serde_json::Value;

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap()
}

#[test]
fn importance_weights() {
    let data: Value = serde_json::from_str(include_str!("../reference/estimators.json")).unwrap();
    let cases = data["importance"].as_array().unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let log_w: Vec<f64> = case["log_w"].as_array().unwrap().iter().map(number).collect();
        let w = LogWeights::new(&log_w).unwrap();
        let close = |found: f64, key: &str| {
            let expected = number(&case[key]);
            assert!(
                (found - expected).abs() <= 1e-12 * expected.abs(),
                "{key}: {found} {expected}"
            );
        };
        close(w.log_z().value, "logZ_estimate");
        close(w.ess(), "kish_ess");
        close(w.ess_fraction(), "kish_ess_fraction");
        close(w.mean_log_w().value, "elbo_mean_log_w");
        close(w.max_weight(), "max_normalised_weight");
    }
}

/// Free energies of pymbar 4, and the exact ones within 4 standard errors.
#[test]
fn mbar() {
    let data: Value = serde_json::from_str(include_str!("../reference/estimators.json")).unwrap();
    let mbar = &data["mbar"];
    let list = |v: &Value| v.as_array().unwrap().iter().map(number).collect::<Vec<f64>>();
    let u: Vec<Vec<f64>> = mbar["u_kn"].as_array().unwrap().iter().map(list).collect();
    let counts: Vec<usize> = list(&mbar["N_k"]).into_iter().map(|n| n as usize).collect();
    let u = DMatrix::from_fn(u[0].len(), u.len(), |n, k| u[k][n]);
    let found = Mbar::new(&u, &counts).unwrap();
    let (expected, exact) = (list(&mbar["f_k"]), list(&mbar["exact_f_k"]));
    for k in 0..expected.len() {
        let f = found.free_energies()[k];
        assert!((f - expected[k]).abs() < 1e-8, "state {k}: {f} {}", expected[k]);
        let difference = found.difference(0, k).unwrap();
        assert!(difference.deviation(exact[k]).abs() < 4.0, "state {k}: {difference} {}", exact[k]);
    }
}
