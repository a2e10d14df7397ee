//! Contracts of every registered potential, and the reference data of each.

mod contract;
mod errors;
mod exact;
mod instruction_sets;
mod reference;
mod relabelling;
mod supports;

use boltzflow::nalgebra::DMatrix;
use boltzflow::potential::Scratch;
use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{SYSTEMS, System, build};

/// A system under test.
struct Case {
    name: String,
    system: System,
}

/// Every registered system with its defaults, each variant and several dimensions, and some
/// parameters that no variant has.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in SYSTEMS {
        let mut sets = vec![("default", Parameters::new())];
        for variant in entry.variants {
            sets.push((variant.name, entry.variant(variant.name).unwrap()));
        }
        for (set, parameters) in sets {
            let system = build(entry.name, &parameters, None).unwrap();
            let derived = system.dim();
            cases.push(Case { name: format!("{} {set}", entry.name), system });
            // Systems whose parameters decide the dimension refuse all others.
            for dim in [1, 2, 3, 4, 6, 9].into_iter().filter(|d| *d != derived) {
                if let Ok(system) = build(entry.name, &parameters, Some(dim)) {
                    assert_eq!(system.dim(), dim, "{}", entry.name);
                    cases.push(Case { name: format!("{} {set} dim {dim}", entry.name), system });
                }
            }
        }
    }
    let points = vec![vec![-3.0, 0.0, 1.0], vec![2.0, 1.0, 0.5]];
    for (system, parameters) in [
        ("harmonic", vec![("k", Value::List(vec![0.1, 2.0, 30.0]))]),
        ("dw4", vec![("n", Value::Number(3.0)), ("dim", Value::Number(3.0))]),
        ("lennard-jones", vec![("n", Value::Number(2.0)), ("dim", Value::Number(2.0))]),
        ("lennard-jones", vec![("eps", Value::Number(1.7)), ("rm", Value::Number(3.2))]),
        (
            "dimer",
            vec![
                ("n_solvent", Value::Number(5.0)),
                ("eps", Value::Number(0.3)),
                ("rm", Value::Number(0.9)),
                ("dimer_a", Value::Number(-3.0)),
                ("dimer_b", Value::Number(4.0)),
                ("dimer_dmid", Value::Number(0.8)),
                ("dimer_k", Value::Number(7.0)),
                ("box_halfsize", Value::Number(1.5)),
                ("box_coeff", Value::Number(30.0)),
            ],
        ),
        (
            "gaussian-mixture",
            vec![
                ("means", Value::Points(points)),
                ("weights", Value::List(vec![3.0, 1.0])),
                ("scale", Value::Number(0.8)),
            ],
        ),
        (
            "gaussian-mixture",
            vec![
                ("means", Value::Points(vec![vec![-1.0, 0.0], vec![2.0, 1.0], vec![0.0, 0.5]])),
                ("weights", Value::List(vec![3.0, 1.0, 2.0])),
                ("scale", Value::List(vec![0.3, 2.0, 0.8])),
            ],
        ),
        (
            "mueller-brown",
            ["A", "a", "b", "c", "X", "Y"]
                .map(|name| {
                    (name, Value::List(if name == "b" { vec![0.3, 0.1] } else { vec![-1.0, -2.0] }))
                })
                .to_vec(),
        ),
        (
            "ring",
            vec![
                ("height", Value::Number(3.0)),
                ("radius", Value::Number(0.7)),
                ("tilt", Value::Number(-2.0)),
            ],
        ),
        (
            "formula",
            vec![(
                "wells",
                Value::Points(vec![vec![0.5, -0.5, 3.0, 0.4], vec![-1.0, 0.0, -2.0, 1.0]]),
            )],
        ),
        ("formula", vec![("formula", Value::Text("exp(-x0*x3)*tanh(x1)/(2+sin(x2))^2".into()))]),
    ] {
        let name = format!("{system} with {parameters:?}");
        cases.push(Case { name, system: build(system, &set(parameters), None).unwrap() });
    }
    cases
}

fn set(values: Vec<(&str, Value)>) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, value) in values {
        parameters.set(name, value);
    }
    parameters
}

/// A point of the domain from numbers in [0, 1).
fn in_domain(system: &System, unit: &[f64]) -> Vec<f64> {
    let interval = |((low, high), u): ((f64, f64), &f64)| low + (high - low) * u;
    system.space().domain.iter().copied().zip(unit.iter().cycle()).map(interval).collect()
}

/// Energies and gradients of a chunk.
fn evaluate(system: &System, x: &DMatrix<f64>) -> (Vec<f64>, DMatrix<f64>) {
    let mut energy = vec![f64::NAN; x.nrows()];
    let mut gradient = DMatrix::from_element(x.nrows(), x.ncols(), f64::NAN);
    system.potential().evaluate(x, &mut energy, &mut gradient, &mut Scratch::default());
    (energy, gradient)
}
