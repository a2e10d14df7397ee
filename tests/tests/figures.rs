//! The claims of `docs/results` with one seed each; `cargo figures` measures them with twenty. The
//! many-well takes minutes and is left to that command.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

use boltzflow_tests::figure::FIGURES;

fn holds(name: &str) {
    let figure = FIGURES.iter().find(|f| f.name == name).unwrap();
    let outcome = (figure.measure)(&[1]).unwrap();
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
    holds("exploration");
}

#[test]
fn umbrella() {
    holds("umbrella");
}
