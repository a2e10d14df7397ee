use std::collections::BTreeSet;

use boltzflow::nalgebra::DMatrix;
use boltzflow::potential::Scratch;
use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{SYSTEMS, build};
use proptest::prelude::*;

use super::{Case, cases, evaluate, in_domain, set};

/// Central differences of fourth order with steps `h` along each coordinate.
fn differences(value: impl Fn(&DMatrix<f64>) -> Vec<f64>, x: &[f64], h: f64) -> Vec<f64> {
    let shifts = [2.0, 1.0, -1.0, -2.0];
    let rows = DMatrix::from_fn(4 * x.len(), x.len(), |row, column| {
        x[column] + if row / 4 == column { shifts[row % 4] * h } else { 0.0 }
    });
    // f' = (−f(2h) + 8f(h) − 8f(−h) + f(−2h)) / 12h
    value(&rows)
        .chunks_exact(4)
        .map(|f| (8.0 * (f[1] - f[2]) - (f[0] - f[3])) / (12.0 * h))
        .collect()
}

/// The largest error of a gradient relative to its largest component, at the best of four steps:
/// clashing particles need a short one, flat regions a long one.
fn gradient_error(gradient: &[f64], value: impl Fn(&DMatrix<f64>) -> Vec<f64>, x: &[f64]) -> f64 {
    let scale = gradient.iter().fold(1e-2, |a: f64, g| a.max(g.abs()));
    let error = |h: f64| {
        let numerical = differences(&value, x, h);
        gradient.iter().zip(numerical).fold(0.0, |a: f64, (g, n)| a.max((g - n).abs() / scale))
    };
    [1e-3, 1e-4, 1e-5, 1e-6].map(error).into_iter().fold(f64::INFINITY, f64::min)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn energies_are_finite_and_gradients_match_differences(
        unit in prop::collection::vec(0.0..1.0_f64, 165)
    ) {
        for Case { name, system } in cases() {
            let x = in_domain(&system, &unit);
            let mut gradient = vec![f64::NAN; x.len()];
            let energy = system.potential().energy_gradient(&x, &mut gradient);
            prop_assert!(energy.is_finite(), "{name}: U = {energy} at {x:?}");
            let error = gradient_error(&gradient, |rows| evaluate(&system, rows).0, &x);
            prop_assert!(error <= 1e-6, "{name}: relative error {error} at {x:?}");
        }
    }

    #[test]
    fn a_sample_does_not_depend_on_its_chunk(
        unit in prop::collection::vec(0.0..1.0_f64, 165 + 37),
        rows in 1..37_usize,
    ) {
        for Case { name, system } in cases() {
            let points: Vec<Vec<f64>> = (0..rows).map(|i| in_domain(&system, &unit[i..])).collect();
            let chunk = DMatrix::from_fn(rows, system.dim(), |i, j| points[i][j]);
            let (energy, gradient) = evaluate(&system, &chunk);
            for (i, point) in points.iter().enumerate() {
                let mut single = vec![f64::NAN; point.len()];
                let u = system.potential().energy_gradient(point, &mut single);
                prop_assert_eq!(u.to_bits(), energy[i].to_bits(), "{}", name);
                for (j, g) in single.iter().enumerate() {
                    prop_assert_eq!(g.to_bits(), gradient[(i, j)].to_bits(), "{}", name);
                }
            }
        }
    }

    #[test]
    fn coordinate_gradients_match_differences(unit in prop::collection::vec(0.0..1.0_f64, 165)) {
        for Case { name, system } in cases() {
            let x = in_domain(&system, &unit);
            let row = DMatrix::from_row_slice(1, x.len(), &x);
            for coordinate in system.coordinates() {
                let mut gradient = DMatrix::from_element(1, x.len(), 5.0);
                coordinate.add_gradient(&row, &[2.0], &mut gradient);
                let added: Vec<f64> = gradient.iter().map(|g| (g - 5.0) / 2.0).collect();
                let values = |rows: &DMatrix<f64>| {
                    let mut values = vec![f64::NAN; rows.nrows()];
                    coordinate.values(rows, &mut values);
                    values
                };
                let error = gradient_error(&added, values, &x);
                prop_assert!(error <= 1e-6, "{name} {}: {error} at {x:?}", coordinate.name);
            }
        }
    }
}

#[test]
fn entries_are_complete() {
    let names: BTreeSet<_> = SYSTEMS.iter().map(|s| s.name).collect();
    assert_eq!(names.len(), SYSTEMS.len(), "names are unique");
    for entry in SYSTEMS {
        assert!(!entry.summary.is_empty(), "{}", entry.name);
        for parameter in entry.parameters {
            assert!(
                !parameter.help.is_empty() && !parameter.default.is_empty(),
                "{}",
                parameter.name
            );
        }
    }
    for Case { name, system } in cases() {
        let space = system.space();
        assert_eq!(space.dim(), system.potential().dim(), "{name}");
        assert_eq!(
            (space.domain.len(), space.supports.len()),
            (system.dim(), system.dim()),
            "{name}"
        );
        assert!(system.space().domain.iter().all(|(low, high)| low < high), "{name}");
        let coordinates = system.coordinates();
        assert!(!coordinates.is_empty(), "{name}");
        for c in coordinates {
            assert!(c.range.0 < c.boundary && c.boundary < c.range.1, "{name} {}", c.name);
            assert_ne!(c.states.0, c.states.1, "{name} {}", c.name);
        }
        if let Some(parts) = system.parts() {
            let mut columns: Vec<usize> =
                parts.iter().flat_map(|p| &p.copies).flatten().copied().collect();
            columns.sort_unstable();
            assert_eq!(columns, (0..system.dim()).collect::<Vec<_>>(), "{name}");
        }
    }
}

/// The defaults that the specification prints are those that are built.
#[test]
fn printed_defaults_are_the_defaults() {
    for entry in SYSTEMS {
        let mut parameters = Parameters::new();
        for spec in entry.parameters {
            let text = spec.default;
            let value = match serde_json::from_str::<serde_json::Value>(text) {
                Ok(json) if json.is_number() => Value::Number(json.as_f64().unwrap()),
                Ok(json) => Value::List(boltzflow_tests::numbers(&json)),
                Err(_) if spec.name == "formula" => Value::Text(text.into()),
                Err(_) => continue,
            };
            parameters.set(spec.name, value);
        }
        let explicit = build(entry.name, &parameters, entry.default_dim).unwrap();
        let default = build(entry.name, &Parameters::new(), None).unwrap();
        assert_eq!(format!("{explicit:?}"), format!("{default:?}"), "{}", entry.name);
    }
}

#[test]
fn undefined_configurations_give_numbers_that_can_be_dropped() {
    for Case { name, system } in cases() {
        let x = DMatrix::from_element(3, system.dim(), f64::NAN);
        assert!(evaluate(&system, &x).0.iter().all(|u| !u.is_finite()), "{name}");
    }
    // All particles in one place.
    let cluster = build("lennard-jones", &Parameters::new(), None).unwrap();
    let (energy, _) = evaluate(&cluster, &DMatrix::zeros(1, 39));
    assert!(!energy[0].is_finite());
    let particles = build("dw4", &set(vec![]), None).unwrap();
    let (energy, gradient) = evaluate(&particles, &DMatrix::zeros(1, 8));
    assert!(energy[0].is_finite() && gradient.iter().all(|g| *g == 0.0));
}

#[test]
fn empty_chunks_are_fine() {
    for Case { system, .. } in cases() {
        let mut gradient = DMatrix::zeros(0, system.dim());
        let x = gradient.clone();
        system.potential().evaluate(&x, &mut [], &mut gradient, &mut Scratch::default());
    }
}

/// What [`Space`](boltzflow::system::Space) says of particles is so: U does not see all of them move together where it is mean-free, and does where it is not.
#[test]
fn energies_of_mean_free_systems_do_not_see_a_shift() {
    for Case { name, system } in cases() {
        let space = system.space();
        let Some(particles) = &space.particles else {
            assert!(!space.mean_free, "{name}");
            continue;
        };
        assert_eq!(system.dim() % particles.space, 0, "{name}");
        let unit: Vec<f64> = (0..system.dim()).map(|i| (0.37 * i as f64).fract()).collect();
        let x = in_domain(&system, &unit);
        let shifted: Vec<f64> = x.iter().map(|x| x + 0.25).collect();
        let rows = DMatrix::from_fn(2, x.len(), |i, j| if i == 0 { x[j] } else { shifted[j] });
        let u = evaluate(&system, &rows).0;
        let same = (u[0] - u[1]).abs() <= 1e-11 * u[0].abs().max(1.0);
        assert_eq!(same, space.mean_free, "{name}: {u:?}");
    }
}
