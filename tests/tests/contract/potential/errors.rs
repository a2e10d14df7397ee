use boltzflow::potential::{Closure, LinearLogCap};
use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{
    DoubleWell, Part, Particles, ReducedPotential, SYSTEMS, Space, System, build, entry,
    quadrature, well_probabilities,
};
use boltzflow_tests::Counting;

use super::set;

fn number(v: f64) -> Value {
    Value::Number(v)
}

/// Each wrong input gives one sentence that names what is wrong and what is allowed.
#[test]
fn wrong_parameters_and_dimensions() {
    let list = |v: &[f64]| Value::List(v.to_vec());
    for (name, parameters, dim, words) in [
        (
            "double-wel",
            vec![],
            None,
            "no system called 'double-wel' (did you mean 'double-well'?); known: ",
        ),
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
        entry("double-well")
            .unwrap()
            .variant("tex")
            .unwrap_err()
            .to_string()
            .contains("text, flat")
    );
}

#[test]
fn temperatures_and_caps() {
    let system = build("harmonic", &Parameters::new(), None).unwrap();
    for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = ReducedPotential::new(system.clone(), temperature).unwrap_err();
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
        assert_eq!(System::closure(domain, energy).unwrap_err().code(), "invalid-setting");
    }
    let closure = System::closure(vec![(-1.0, 1.0); 40], |x, g| {
        g.copy_from_slice(x);
        0.5 * x.iter().map(|x| x * x).sum::<f64>()
    })
    .unwrap();
    let mut gradient = [0.0; 40];
    assert_eq!(closure.potential().energy_gradient(&[0.5; 40], &mut gradient), 5.0);
    assert_eq!((gradient, closure.coordinates().len()), ([0.5; 40], 2));
}

/// Energies whose weight has no finite sum are named, with the direction in which it runs away.
#[test]
fn energies_without_an_equilibrium_are_named() {
    let target = |text: &str, dim| {
        let formula = set(vec![("formula", Value::Text(text.into()))]);
        ReducedPotential::new(build("formula", &formula, Some(dim)).unwrap(), 1.0)
    };
    for (text, words) in [
        ("-x^4 - y^4", "falls without end for x0 → ∞"),
        ("x", "falls without end for x0 → −∞"),
        ("0", "stays level for x0 → ∞"),
        ("x^4 - 6x^2", "stays level for x1 → ∞"),
        ("log(x) + y^2", "rises too slowly for x0 → ∞"),
        ("x^4 - 3*x^2 + y^2 + x*y - 3y^2", "falls without end for x1 → ∞"),
        ("(2x - y)^2", "stays level for x0 → ∞, x1 → ∞"),
        ("x^2*y^2 + x^2", "stays level for x1 → ∞"),
    ] {
        let error = target(text, 2).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(words) && message.contains("such as"), "{text}: {message}");
        assert_eq!(error.code(), "invalid-data", "{text}");
    }
    for text in [
        "x^4-3*x^2+y^2+x*y",
        "abs(x) + abs(y)",
        "3*log(1+x²+y²)",
        "sqrt(x) + y^2",
        "x^2 + exp(y) - y",
    ] {
        assert!(target(text, 2).is_ok(), "{text}");
    }
}

/// What rises fast enough at one temperature does so at any lower one: that is looked at once, and costs nothing after that.
#[test]
fn cooling_looks_for_an_equilibrium_once() {
    let bowl = DoubleWell { dim: 2, c4: 1.0, c2: -6.0, c1: 1.0, k: 1.0 };
    let potential = Counting::new(bowl.clone());
    let system = bowl.system().unwrap().with_potential(potential.clone()).unwrap().unproven();
    let target = ReducedPotential::new(system, 2.0).unwrap();
    let looks = |from: &ReducedPotential, temperature: f64| {
        potential.take();
        let target = from.at_temperature(temperature).unwrap();
        assert_eq!(target.temperature(), temperature);
        potential.take()
    };
    assert_eq!([1.0, 2.0].map(|t| looks(&target, t)), [0, 0]);
    assert!(looks(&target, 2.5) > 0);
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(target.at_temperature(wrong).unwrap_err().code(), "invalid-setting");
    }
}

/// Functions are what a user wrote, as formulas are; parameters may leave no equilibrium, too.
#[test]
fn functions_and_parameters_without_an_equilibrium_are_named() {
    let level = System::closure(vec![(-1.0, 1.0); 3], |x, gradient| {
        gradient.copy_from_slice(&[x[0], x[1], 0.0]);
        0.5 * (x[0] * x[0] + x[1] * x[1])
    });
    let error = ReducedPotential::new(level.unwrap(), 1.0).unwrap_err().to_string();
    assert!(error.contains("stays level for x2 → ∞"), "{error}");
    for (name, parameters) in [
        ("lennard-jones", vec![("oscillator", number(0.0))]),
        ("dimer", vec![("dimer_b", number(0.0)), ("dimer_a", number(60.0))]),
        // All of its terms fade away.
        (
            "mueller-brown",
            ["a", "b", "c"]
                .map(|name| (name, Value::List(vec![if name == "b" { 0.0 } else { -1.0 }; 4])))
                .into(),
        ),
    ] {
        let system = build(name, &set(parameters), None).unwrap();
        let error = ReducedPotential::new(system, 1.0).unwrap_err().to_string();
        assert!(error.contains("it has no equilibrium"), "{name}: {error}");
    }
    for entry in SYSTEMS {
        let system = build(entry.name, &set(vec![]), None).unwrap();
        assert_eq!(system.check_equilibrium(1.0), Ok(()), "{}", entry.name);
    }
}

/// Of very many coordinates, only some are looked along, and that is quick.
#[test]
fn an_equilibrium_of_many_coordinates_is_looked_for_quickly() {
    let bowl = |dim| {
        System::closure(vec![(-1.0, 1.0); dim], |x, gradient| {
            gradient.copy_from_slice(x);
            0.5 * x.iter().map(|x| x * x).sum::<f64>()
        })
    };
    for dim in [1, 40, 1000, 60_000] {
        assert!(ReducedPotential::new(bowl(dim).unwrap(), 1.0).is_ok(), "{dim}");
    }
}

#[test]
fn what_does_not_fit_a_system_is_refused_where_it_is_given() {
    let system = || build("harmonic", &set(vec![]), None).unwrap();
    assert_eq!(system().with_wells(vec![vec![0.0; 3]]).unwrap_err().code(), "dimension-mismatch");
    assert_eq!(system().with_starts(vec![vec![0.0]]).unwrap_err().code(), "dimension-mismatch");
    let other = Closure::new(3, |_, _| 0.0);
    assert_eq!(system().with_potential(other).unwrap_err().code(), "dimension-mismatch");
    for copies in
        [vec![vec![0]], vec![vec![0], vec![5]], vec![vec![0, 1], vec![]], vec![vec![1, 1]]]
    {
        let error = system().with_parts(vec![Part { copies }]).unwrap_err();
        assert!(error.to_string().contains("each coordinate in exactly one"), "{error}");
    }
    let space = || Space::boxed(vec![(-1.0, 1.0); 6]).unwrap();
    for particles in [
        Particles::in_space(4),
        Particles::in_space(0),
        Particles::in_space(2).with_labels(std::iter::once(0..2).collect(), vec![0.0; 5]),
        Particles::in_space(2).with_labels(vec![0..2, 1..3], vec![0.0; 6]),
        Particles::in_space(2).with_labels(std::iter::once(0..4).collect(), vec![0.0; 6]),
    ] {
        let space = space().with_particles(particles);
        let error = System::new(Closure::new(6, |_, _| 0.0), space).unwrap_err();
        assert!(error.to_string().contains("do not fit the coordinates"), "{error}");
    }
    assert_eq!(well_probabilities(&system(), &[vec![0.0], vec![1.0]], 1.0), None);
    let short = boltzflow::system::Coordinate::component("x0", 0, 1);
    assert_eq!(quadrature::states(&system(), &short, 1.0), None);
}

#[test]
fn a_target_takes_no_system_of_another_dimension_or_without_an_equilibrium() {
    let target =
        ReducedPotential::new(build("harmonic", &set(vec![]), None).unwrap(), 1.0).unwrap();
    let longer = build("double-well", &set(vec![]), Some(3)).unwrap();
    assert_eq!(target.with_system(longer).unwrap_err().code(), "dimension-mismatch");
    let level = set(vec![("formula", Value::Text("x^2 + 0*y".into()))]);
    let level = build("formula", &level, None).unwrap();
    assert_eq!(target.with_system(level).unwrap_err().code(), "invalid-data");
}

/// A dimer whose own energy is level has starts all the same.
#[test]
fn starts_of_a_level_dimer_are_numbers() {
    let level = set(vec![("dimer_a", number(0.0)), ("dimer_b", number(0.0))]);
    let dimer = build("dimer", &level, None).unwrap();
    let mut rng = boltzflow::num::Stream::new(1, boltzflow::num::Purpose::Test, 0, 0);
    assert!(dimer.starts(2, 1.0, &mut rng).iter().flatten().all(|x| x.is_finite()));
}

/// Fronts write `none` for what another value resets: that is its default.
#[test]
fn what_a_parameter_resets_has_none_for_a_default() {
    for entry in SYSTEMS {
        for name in entry.parameters.iter().flat_map(|p| p.resets) {
            assert_eq!(entry.parameter(name).unwrap().default, "none", "{} {name}", entry.name);
        }
    }
}

/// The schema, the registry and the checks know one largest dimension.
#[test]
fn the_schema_allows_the_dimensions_that_systems_do() {
    use boltzflow::preset::setting;
    use boltzflow::system::MAX_DIM;
    let dim = setting("dim").unwrap().description;
    assert!(dim.accept(&number(MAX_DIM as f64)).is_ok() && dim.accept(&number(1e5)).is_err());
    assert_eq!(build("double-well", &set(vec![]), Some(MAX_DIM)).unwrap().dim(), MAX_DIM);
    assert!(build("double-well", &set(vec![]), Some(MAX_DIM + 1)).is_err());
}
