//! The claims of `docs/results` with one seed, or a few, each; `cargo figures` measures them with twenty. The
//! many-well takes minutes and is left to that command.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

use boltzflow_tests::figure::FIGURES;

fn holds(name: &str) {
    holds_for(name, &[1]);
}

fn holds_for(name: &str, seeds: &[u64]) {
    let figure = FIGURES.iter().find(|f| f.name == name).unwrap();
    let outcome = (figure.measure)(seeds).unwrap();
    assert!(!outcome.claims.is_empty());
    for (claim, holds) in &outcome.claims {
        assert!(holds, "{name}: {claim}\n{:#?}", outcome.table);
    }
}

#[test]
fn double_well() {
    holds("double-well");
}

#[test]
fn mueller_brown() {
    holds("mueller-brown");
}

#[test]
fn by_energy() {
    holds("by-energy");
}

#[test]
fn coverage() {
    holds("coverage");
}

#[test]
fn temperature_harmonic() {
    holds("temperature-harmonic");
}

#[test]
fn temperature_double_well() {
    holds("temperature-double-well");
}

#[test]
fn thermodynamics() {
    holds("thermodynamics");
}

#[test]
fn exploration() {
    // A claim about most seeds: one alone may miss it.
    holds_for("exploration", &[1, 2, 3]);
}

#[test]
fn umbrella() {
    holds("umbrella");
}
