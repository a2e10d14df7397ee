//! Estimators against numbers made with independent code (`reference/estimators.json`).
#![allow(clippy::unwrap_used)] // a failed assumption of a test is a failed test

use boltzflow::stats::LogWeights;
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
