//! Formulas as anyone may paste them: whatever the text, an energy or one sentence, soon and in little memory.
//!
//! `BOLTZFLOW_INPUTS=1000000 cargo test --release -p boltzflow-tests --test hostile_formula -- --nocapture` tries as many.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

use std::cell::Cell;
use std::time::{Duration, Instant};

use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{self};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

const FORMULAS: [&str; 5] = [
    "x^4 - 6*x^2 + x + y^2/2",
    "exp(-x^2) + sqrt(abs(y)) * tanh(z) - pi",
    "(x0 - x1)^2 + sin(x2)*cos(x3)/(1 + x4^2)",
    "1e-3*(x + 2.5)^2 - log(1 + exp(y))",
    "-(-(-(x^2^2)))",
];

const PIECES: [&str; 24] = [
    "(",
    ")",
    "^",
    "-",
    "+",
    "*",
    "/",
    ",",
    "x",
    "y",
    "x7",
    "x8",
    "1e999",
    ".",
    "e",
    "pi",
    "sqrt(",
    "log(",
    "exp(exp(",
    "0/0",
    " ",
    "\u{221e}",
    "\0",
    "9007199254740993",
];

#[test]
fn formulas() {
    let cases = std::env::var("BOLTZFLOW_INPUTS").ok().map_or(5_000, |n| n.parse().unwrap());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[3; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let changes = vec(any::<(u8, u16, u16, u8)>(), 1..8);
    let (tried, built) = (Cell::new(0_u64), Cell::new(0_u64));
    let done = runner.run(&(0..FORMULAS.len(), changes), |(i, changes)| {
        let mut text: Vec<char> = FORMULAS[i].chars().collect();
        for (kind, at, length, piece) in changes {
            let at = usize::from(at) % (text.len() + 1);
            let end = (at + usize::from(length) % 8).min(text.len());
            let piece = PIECES[usize::from(piece) % PIECES.len()];
            match kind % 6 {
                0 => text.truncate(at),
                1 => drop(text.drain(at..end)),
                2 => {
                    let part = text[at..end].to_vec();
                    drop(text.splice(at..at, part));
                }
                // Deep, or long.
                3 if length % 4 == 0 => {
                    let many = piece.repeat(usize::from(length));
                    drop(text.splice(at..at, many.chars()));
                }
                _ => drop(text.splice(at..end, piece.chars())),
            }
        }
        let text: String = text.into_iter().collect();
        tried.set(tried.get() + 1);
        let began = Instant::now();
        let used = allocation_counter::measure(|| {
            let mut parameters = Parameters::new();
            parameters.set("formula", Value::Text(text.clone()));
            match system::build("formula", &parameters, None) {
                Ok(system) => {
                    built.set(built.get() + 1);
                    for x in [0.0, -1.5, 1e200, f64::NAN] {
                        let x = vec![x; system.dim()];
                        system.potential().energy_gradient(&x, &mut vec![0.0; x.len()]);
                    }
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        });
        if used.bytes_max > (1 << 16) + 512 * text.len() as u64 {
            let what = format!("{} bytes for {} characters", used.bytes_max, text.len());
            return Err(TestCaseError::fail(what));
        }
        if began.elapsed() > Duration::from_secs(30) {
            return Err(TestCaseError::fail("slow"));
        }
        Ok(())
    });
    if let Err(failure) = done {
        panic!("after {} inputs: {failure}", tried.get());
    }
    let (tried, built) = (tried.get(), built.get());
    assert!(built > 0 && built < tried);
    println!("formulas: {tried} inputs, {built} built, {} refused", tried - built);
}
