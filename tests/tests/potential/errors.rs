use std::sync::Arc;

use boltzflow::potential::{
    Closure, LinearLogCap, Parameters, Potential, ReducedPotential, Value, build, system,
};

use super::set;

fn number(v: f64) -> Value {
    Value::Number(v)
}

/// Each wrong input gives one sentence that names what is wrong and what is allowed.
#[test]
fn wrong_parameters_and_dimensions() {
    let list = |v: &[f64]| Value::List(v.to_vec());
    for (name, parameters, dim, words) in [
        ("double-wel", vec![], None, "no system called 'double-wel'; known: double-well, "),
        ("double-well", vec![("c5", number(1.0))], None, "called 'c5'; known: c4, c2, c1, k"),
        (
            "double-well",
            vec![("c4", number(0.0))],
            None,
            "c4 = 0 is not allowed: it must be a positive",
        ),
        (
            "double-well",
            vec![("c2", number(f64::NAN))],
            None,
            "c2 = NaN is not allowed: it must be a finite",
        ),
        ("double-well", vec![("c2", list(&[1.0]))], None, "c2 = [1.0] is not allowed"),
        (
            "double-well",
            vec![],
            Some(0),
            "dim = 0 is not allowed: it must be a whole number from 1",
        ),
        ("double-well", vec![], Some(1 << 40), "is not allowed: it must be a whole number from 1"),
        ("many-well", vec![], Some(7), "dim = 7 is not allowed: it must be an even number"),
        ("harmonic", vec![("k", number(-1.0))], None, "k = -1 is not allowed: it must be positive"),
        (
            "harmonic",
            vec![("k", list(&[1.0, 0.0]))],
            None,
            "k = 0 is not allowed: it must be positive",
        ),
        (
            "harmonic",
            vec![("k", list(&[1.0, 2.0]))],
            Some(3),
            "dim = 3 is not allowed: it must be 2, which follows",
        ),
        ("mueller-brown", vec![], Some(3), "dim = 3 is not allowed: it must be 2"),
        (
            "mueller-brown",
            vec![("a", list(&[1.0]))],
            None,
            "a = a list of 1 is not allowed: it must be as long as A",
        ),
        (
            "gaussian-mixture",
            vec![("weights", list(&[1.0]))],
            None,
            "it must be 40 numbers, one for each mean",
        ),
        ("gaussian-mixture", vec![("weights", list(&[0.0; 40]))], None, "not all zero"),
        ("gaussian-mixture", vec![], Some(3), "dim = 3 is not allowed: it must be 2"),
        (
            "gaussian-mixture",
            vec![("means", Value::Points(vec![vec![1.0], vec![1.0, 2.0]]))],
            None,
            "it must be a list of points of equal length",
        ),
        ("gaussian-mixture", vec![("means", Value::Points(vec![vec![]]))], None, "is not allowed"),
        (
            "dw4",
            vec![("n", number(1.0))],
            None,
            "n = 1 is not allowed: it must be a whole number from 2",
        ),
        ("dw4", vec![("n", number(3.5))], None, "n = 3.5 is not allowed"),
        (
            "lennard-jones",
            vec![],
            Some(40),
            "dim = 40 is not allowed: it must be 39, which follows",
        ),
        (
            "lennard-jones",
            vec![("dim", number(4.0))],
            None,
            "dim = 4 is not allowed: it must be a whole number from 1 to 3",
        ),
        (
            "formula",
            vec![("formula", Value::Text("x +* y".into()))],
            None,
            "character 4: '*' cannot stand here",
        ),
        ("formula", vec![("formula", Value::Text(" ".into()))], None, "it must be text"),
        (
            "formula",
            vec![("lower", list(&[1.0]))],
            None,
            "lower = a list of 1 is not allowed: it must be a number or a list of 2",
        ),
        ("formula", vec![("lower", number(4.0))], None, "domain = (4, 3) is not allowed"),
        (
            "formula",
            vec![("wells", Value::Points(vec![vec![0.0, 0.0, 1.0]]))],
            None,
            "wells = 3 numbers is not allowed: it must be 4 numbers for each well",
        ),
        (
            "formula",
            vec![("wells", Value::Points(vec![vec![0.0, 0.0, 1.0, 0.0]]))],
            None,
            "wells = a width of 0 is not allowed: it must be a positive width",
        ),
        ("formula", vec![], Some(9), "dim = 9 is not allowed: it must be from 2 to 8"),
    ] {
        let error = build(name, &set(parameters), dim).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(words), "{name}: {text}");
        assert!(!error.hint().is_empty() && !text.contains('\n'));
    }
    assert!(
        system("double-well")
            .unwrap()
            .variant("tex")
            .unwrap_err()
            .to_string()
            .contains("text, flat")
    );
}

#[test]
fn temperatures_and_caps() {
    let potential: Arc<dyn Potential> =
        Arc::from(build("harmonic", &Parameters::new(), None).unwrap());
    for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = ReducedPotential::new(potential.clone(), temperature).unwrap_err();
        assert!(error.to_string().contains("it must be a positive number"), "{error}");
    }
    for (high, max) in [(2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (1.0, 1.0)] {
        assert_eq!(LinearLogCap::new(high, max).unwrap_err().code(), "invalid-setting");
    }
}

#[test]
fn closures_check_their_domain() {
    let energy = |_: &[f64], _: &mut [f64]| 0.0;
    for domain in [vec![], vec![(1.0, 1.0)], vec![(0.0, f64::INFINITY)], vec![(f64::NAN, 1.0)]] {
        assert_eq!(Closure::new(domain, energy).unwrap_err().code(), "invalid-setting");
    }
    let closure = Closure::new(vec![(-1.0, 1.0); 40], |x, g| {
        g.copy_from_slice(x);
        0.5 * x.iter().map(|x| x * x).sum::<f64>()
    })
    .unwrap();
    let mut gradient = [0.0; 40];
    assert_eq!(closure.energy_gradient(&[0.5; 40], &mut gradient), 5.0);
    assert_eq!((gradient, closure.coordinates().len()), ([0.5; 40], 2));
}
