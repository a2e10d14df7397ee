use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Stream};
use boltzflow::potential::{LinearLogCap, Scratch};
use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{ReducedPotential, System, build, entry};
use boltzflow_tests::{number, numbers, reference};
use serde_json::Value as Json;

use super::evaluate;

/// Parameters as the files have them.
fn parameters(json: &Json) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, value) in json.as_object().unwrap() {
        let value = match value {
            Json::Array(list) if list[0].is_array() => {
                Value::Points(list.iter().map(numbers).collect())
            }
            Json::Array(_) => Value::List(numbers(value)),
            _ => Value::Number(number(value)),
        };
        parameters.set(name.as_str(), value);
    }
    parameters
}

/// Energies to 1e-10 and gradients to 1e-9 of the largest component, for all points of a file.
fn check(name: &str, system: &System, points: &Json) {
    let points = points.as_array().unwrap();
    assert!(points.len() >= 5, "{name}");
    let configurations: Vec<Vec<f64>> = points.iter().map(|p| numbers(&p["x"])).collect();
    let x = DMatrix::from_fn(points.len(), system.dim(), |i, j| configurations[i][j]);
    let (energy, gradient) = evaluate(system, &x);
    for (i, point) in points.iter().enumerate() {
        let expected = number(&point["energy"]);
        let error = (energy[i] - expected).abs() / expected.abs().max(1.0);
        assert!(error <= 1e-10, "{name} point {i}: U = {} not {expected}", energy[i]);
        let expected = numbers(&point["gradient"]);
        let largest = expected.iter().fold(1.0, |a: f64, g| a.max(g.abs()));
        for (j, g) in expected.iter().enumerate() {
            let error = (gradient[(i, j)] - g).abs() / largest;
            assert!(error <= 1e-9, "{name} point {i}, component {j}: {} not {g}", gradient[(i, j)]);
        }
    }
}

#[test]
fn double_well() {
    for case in reference("double_well.json")["cases"].as_array().unwrap() {
        for (dim, points) in case["points_by_dim"].as_object().unwrap() {
            let dim = Some(dim.parse().unwrap());
            let system = build("double-well", &parameters(&case["parameters"]), dim).unwrap();
            check(case["name"].as_str().unwrap(), &system, points);
        }
    }
}

#[test]
fn named_variants_are_the_cases_of_the_files() {
    let wells = reference("double_well.json");
    for (variant, i) in [("text", 1), ("flat", 2), ("snf", 3), ("bgflow", 4)] {
        let expected = parameters(&wells["cases"][i]["parameters"]);
        assert_eq!(entry("double-well").unwrap().variant(variant).unwrap(), expected, "{variant}");
    }
    let surfaces = reference("mueller_brown.json");
    for (variant, i) in [("bgflow", 1), ("unscaled", 2)] {
        let expected = parameters(&surfaces["cases"][i]["parameters"]);
        assert_eq!(
            entry("mueller-brown").unwrap().variant(variant).unwrap(),
            expected,
            "{variant}"
        );
    }
}

#[test]
fn mueller_brown() {
    let file = reference("mueller_brown.json");
    for case in file["cases"].as_array().unwrap() {
        // Once with the constants of the file, once with the defaults.
        let mut all = parameters(&file["constants"]);
        let own = parameters(&case["parameters"]);
        own.iter().for_each(|(name, value)| {
            all.set(name, value.clone());
        });
        for set in [all, own] {
            let system = build("mueller-brown", &set, None).unwrap();
            check(case["name"].as_str().unwrap(), &system, &case["points"]);
            for point in case["stationary_points"].as_array().unwrap() {
                let mut gradient = [0.0; 2];
                let energy =
                    system.potential().energy_gradient(&numbers(&point["x"]), &mut gradient);
                assert!((energy - number(&point["energy"])).abs() < 1e-9, "{point}");
                assert!(gradient.iter().all(|g| g.abs() < 1e-8), "{gradient:?} at {point}");
            }
        }
    }
}

#[test]
fn many_well() {
    for case in reference("many_well.json")["cases"].as_array().unwrap() {
        let dim = case["dim"].as_u64().map(|d| d as usize);
        let system = build("many-well", &parameters(&case["parameters"]), dim).unwrap();
        check("many-well", &system, &case["points"]);
    }
}

#[test]
fn gaussian_mixture() {
    let file = reference("gmm40.json");
    for set in [parameters(&file["parameters"]), Parameters::new()] {
        let system = build("gaussian-mixture", &set, None).unwrap();
        check("gmm40", &system, &file["points"]);
    }
}

#[test]
fn dw4() {
    let file = reference("dw4.json");
    let system = build("dw4", &parameters(&file["parameters"]), Some(8)).unwrap();
    check("dw4", &system, &file["points"]);
}

#[test]
fn lennard_jones_clusters() {
    for case in reference("lj_clusters.json")["cases"].as_array().unwrap() {
        let system = build("lennard-jones", &parameters(&case["parameters"]), None).unwrap();
        check(case["name"].as_str().unwrap(), &system, &case["points"]);
    }
}

/// Clashing configurations included.
#[test]
fn dimer() {
    let file = reference("dimer_energy.json");
    for set in [parameters(&file["parameters"]), Parameters::new()] {
        let system = build("dimer", &set, None).unwrap();
        check("dimer", &system, &file["configurations"]);
    }
    let points = file["configurations"].as_array().unwrap();
    let configurations: Vec<Vec<f64>> = points.iter().map(|p| numbers(&p["x"])).collect();
    let x = DMatrix::from_fn(points.len(), 76, |i, j| configurations[i][j]);
    // The variants are the other parameter sets of the file.
    for (i, variant) in ["training-walls", "text-walls", "text-slope"].iter().enumerate() {
        let case = &file["alternative_parameter_energies"][i];
        let set = entry("dimer").unwrap().variant(variant).unwrap();
        assert_eq!(set, parameters(&case["changed_parameters"]), "{variant}");
        let (energy, _) = evaluate(&build("dimer", &set, None).unwrap(), &x);
        for (u, expected) in energy.iter().zip(numbers(&case["energy"])) {
            assert!((u - expected).abs() <= 1e-10 * expected.abs(), "{variant}: {u} {expected}");
        }
    }
}

/// The solvent of the starts is the lattice of the file's first two configurations.
#[test]
fn dimer_starts_from_the_lattice() {
    let lattice = numbers(&reference("dimer_energy.json")["configurations"][0]["x"]);
    let system = build("dimer", &Parameters::new(), None).unwrap();
    let starts = system.starts(3, 1.0, &mut Stream::new(0, Purpose::Test, 0, 0));
    for (start, state) in starts.iter().zip(["closed", "open", "closed"]) {
        for (x, expected) in start[4..].iter().zip(&lattice[4..]) {
            assert!((x - expected).abs() < 1e-12, "{x} {expected}");
        }
        let d = start[2] - start[0];
        assert!((start[0] + start[2], start[1], start[3]) == (0.0, 0.0, 0.0), "{start:?}");
        assert!(if state == "closed" { d > 0.7 && d < 1.2 } else { d > 1.8 && d < 2.3 }, "{d}");
    }
    // Any number of solvent particles starts without a clash.
    for n in [0, 1, 2, 5, 36, 60, 300] {
        let mut set = Parameters::new();
        set.set("n_solvent", Value::Number(f64::from(n)));
        let system = build("dimer", &set, None).unwrap();
        for start in system.starts(2, 1.0, &mut Stream::new(0, Purpose::Test, 0, 0)) {
            let energy = system.potential().energy_gradient(&start, &mut vec![0.0; start.len()]);
            assert!(energy.is_finite() && (n > 60 || energy < 1e6), "{n}: {energy}");
        }
    }
}

#[test]
fn linear_log_cap() {
    for case in reference("estimators.json")["linlogcut"].as_array().unwrap() {
        let cap = LinearLogCap::new(number(&case["a"]), number(&case["b"])).unwrap();
        for (x, y) in numbers(&case["x"]).into_iter().zip(numbers(&case["y"])) {
            let (value, slope) = cap.apply(x);
            assert!((value - y).abs() <= 1e-12 * y.abs().max(1.0), "{x} gives {value} not {y}");
            if x < cap.max {
                let h = 1e-5 * ((x - cap.high).abs() + 1.0);
                let numerical = (cap.apply(x + h).0 - cap.apply(x).0) / h;
                assert!((slope - numerical).abs() < 1e-3 * slope, "slope at {x}");
            } else {
                assert_eq!(slope, 0.0, "at {x}");
            }
        }
        let highest = cap.apply(cap.max);
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(cap.apply(x), highest);
        }
    }
}

#[test]
fn temperature_divides_energy_and_gradient() {
    let system = build("mueller-brown", &Parameters::new(), None).unwrap();
    let x = DMatrix::from_row_slice(2, 2, &[-0.5, 1.4, 0.1, 0.2]);
    let (energy, gradient) = evaluate(&system, &x);
    let reduced = ReducedPotential::new(system, 2.5).unwrap();
    let (mut u, mut g) = (vec![0.0; 2], DMatrix::zeros(2, 2));
    reduced.evaluate(&x, &mut u, &mut g, &mut Scratch::default());
    assert!(u.iter().zip(&energy).all(|(u, e)| (u * 2.5 - e).abs() < 1e-12));
    assert!((g * 2.5 - gradient).abs().max() < 1e-12);
}
