use boltzflow::num::{Purpose, Stream};
use boltzflow::setting::{Parameters, Value};
use boltzflow::system::quadrature::{profile, states, thermodynamics};
use boltzflow::system::{Coordinate, GaussianMixture, System, build, well_probabilities};
use boltzflow_tests::{number, numbers, reference};
use serde_json::Value as Json;

use super::set;

fn named(name: &str, parameters: &Json, dim: Option<usize>) -> System {
    let values = parameters.as_object().unwrap().iter();
    let values = values.map(|(k, v)| (k.as_str(), Value::Number(number(v)))).collect();
    build(name, &set(values), dim).unwrap()
}

#[track_caller]
fn close(value: f64, expected: f64, what: &str) {
    let error = (value - expected).abs();
    assert!(error <= 1e-6, "{what}: {value} not {expected} ({error:e})");
}

/// Narrow bins around the points of a reference profile: the mean of exp(−F) over a width h differs
/// from its centre by F'²h²/24, below 1e-6 for h = 2e-5 even at slopes of 200 kT.
fn check_profile(system: &System, coordinate: usize, t: f64, json: &Json, tolerance: f64) {
    let centres = numbers(if json["x0"].is_array() { &json["x0"] } else { &json["grid"] });
    let coordinate = &system.coordinates()[coordinate];
    let edges: Vec<f64> = centres.iter().flat_map(|c| [c - 1e-5, c + 1e-5]).collect();
    let exact = profile(system, coordinate, t, &edges).unwrap();
    // Every other bin is one of the narrow ones.
    let narrow = exact.probability.iter().step_by(2);
    for ((c, f), p) in centres.iter().zip(numbers(&json["F"])).zip(narrow) {
        let value = -(p / 2e-5).ln();
        let name = &coordinate.name;
        assert!((value - f).abs() < tolerance, "{name} at {c}, T = {t}: {value} not {f}");
    }
}

#[test]
fn double_well() {
    for case in reference("double_well.json")["cases"].as_array().unwrap() {
        for q in case["quadrature"].as_array().unwrap() {
            let t = number(&q["temperature"]);
            let k = number(&case["parameters"]["k"]);
            for dim in [1, 2, 5] {
                let system = named("double-well", &case["parameters"], Some(dim));
                let exact = thermodynamics(&system, t).unwrap();
                // The other coordinates are Gaussians: ½ ln(2πT/k), ½T and ½(1 + ln 2πT/k) each.
                let others = (dim - 1) as f64;
                let log_z = 0.5 * (std::f64::consts::TAU * t / k).ln();
                close(exact.log_z, number(&q["logZ_x0"]) + others * log_z, "log Z");
                close(exact.mean_energy, number(&q["mean_U_x0"]) + others * 0.5 * t, "U");
                let entropy = number(&q["entropy_x0"]) + others * (0.5 + log_z);
                close(exact.entropy, entropy, "S");
                let x0 = &system.coordinates()[0];
                let two = states(&system, x0, t).unwrap();
                close(
                    -two.delta_f,
                    number(&q["dF_left_minus_right_split_at_zero"]),
                    "left - right",
                );
                close(two.below, number(&q["prob_left_of_zero"]), "left");
                close(two.below + two.above, 1.0, "both states");
            }
            let system = named("double-well", &case["parameters"], Some(2));
            check_profile(&system, 0, t, &q["F_profile"], 1e-6);
        }
    }
}

#[test]
fn mueller_brown() {
    for case in reference("mueller_brown.json")["cases"].as_array().unwrap() {
        let system = named("mueller-brown", &case["parameters"], None);
        let [x0, x1, diag] = system.coordinates() else { panic!("three coordinates") };
        for q in case["quadrature"].as_array().unwrap() {
            let t = number(&q["temperature"]);
            let exact = thermodynamics(&system, t).unwrap();
            close(exact.log_z, number(&q["logZ"]), "log Z");
            close(exact.mean_energy / t, number(&q["mean_U"]) / t, "U");
            close(exact.entropy, exact.mean_energy / t + exact.log_z, "S");
            let delta_f = |coordinate: &Coordinate| states(&system, coordinate, t).unwrap().delta_f;
            close(-delta_f(x0), number(&q["dF_x0_negative_minus_positive"]), "x0");
            close(delta_f(x1), number(&q["dF_x1_above_minus_below_0.75"]), "x1");
            for (cut, expected) in [
                ("cut_fixed", "dF_low_s_minus_high_s_fixed_cut"),
                ("cut_at_max_of_F", "dF_low_s_minus_high_s"),
            ] {
                let boundary = number(&q["dF_diag"][cut]);
                let value = delta_f(&diag.clone().with_boundary(boundary));
                close(-value, number(&q["dF_diag"][expected]), "diagonal");
            }
            check_profile(&system, 0, t, &q["F_profile_x0"], 1e-6);
            // The file's box ends at x₀ = −3, where at T = 2 and large x₁ some weight is left.
            let tolerance = if t == 2.0 { 5e-5 } else { 1e-6 };
            check_profile(&system, 1, t, &q["F_profile_x1"], tolerance);
            // Interpolated linearly in the file: off by up to F''·(0.005)²/8.
            check_profile(&system, 2, t, &q["F_profile_diag"], 5e-3);
        }
    }
}

#[test]
fn many_well() {
    for case in reference("many_well.json")["cases"].as_array().unwrap() {
        let dim = case["dim"].as_u64().map(|d| d as usize);
        let system = named("many-well", &case["parameters"], dim);
        let exact = thermodynamics(&system, 1.0).unwrap();
        close(exact.log_z, number(&case["logZ"]), "log Z");
        close(exact.mean_energy, number(&case["mean_U"]), "U");
        close(exact.entropy, number(&case["entropy"]), "S");
        for coordinate in system.coordinates() {
            let two = states(&system, coordinate, 1.0).unwrap();
            close(two.above, number(&case["prob_first_coordinate_positive"]), &coordinate.name);
        }
        if dim == Some(6) {
            assert_eq!(system.wells().len() as u64, case["n_modes"].as_u64().unwrap());
        }
    }
}

#[test]
fn harmonic_and_mixture_against_closed_formulas() {
    let k = [0.2, 3.0, 3.0, 40.0];
    let system = build("harmonic", &set(vec![("k", Value::List(k.to_vec()))]), None).unwrap();
    for t in [0.3, 1.0, 4.0] {
        let exact = thermodynamics(&system, t).unwrap();
        let log_z: f64 = k.iter().map(|k| 0.5 * (std::f64::consts::TAU * t / k).ln()).sum();
        close(exact.log_z, log_z, "log Z");
        close(exact.mean_energy, 2.0 * t, "U");
    }
    let mixture = build("gaussian-mixture", &Parameters::new(), None).unwrap();
    close(thermodynamics(&mixture, 1.0).unwrap().log_z, 0.0, "log Z");
    // P(x₀ < 0) = mean over the components of Φ(−μ/s), by its own integral.
    let modes = mixture.wells();
    assert_eq!(modes.len(), 40);
    let shares = well_probabilities(&mixture, &modes, 1.0).unwrap();
    close(shares.iter().sum(), 1.0, "all modes");
    assert!(shares.iter().all(|p| *p > 0.008 && *p < 0.045), "{shares:?}");
    let two = states(&mixture, &mixture.coordinates()[0], 1.0).unwrap();
    let scale = 1.3132616875182228;
    let below = modes.iter().map(|m| normal_below(-m[0] / scale)).sum::<f64>() / 40.0;
    close(two.below, below, "mixture below 0");
}

/// Φ(x) by Simpson's rule from −12.
fn normal_below(x: f64) -> f64 {
    let (n, from) = (20_000, -12.0);
    let x = x.clamp(from, 12.0);
    let h = (x - from) / f64::from(n);
    let density = |y: f64| (-0.5 * y * y).exp() / std::f64::consts::TAU.sqrt();
    let sum: f64 = (0..=n)
        .map(|i| {
            let weight = if i == 0 || i == n {
                1.0
            } else if i % 2 == 1 {
                4.0
            } else {
                2.0
            };
            weight * density(from + h * f64::from(i))
        })
        .sum();
    sum * h / 3.0
}

/// The profile along the diagonal s = 0.7(x₀ − x₁) by a plain sum along each line of constant s.
#[test]
fn diagonal_of_mueller_brown() {
    let system = build("mueller-brown", &Parameters::new(), None).unwrap();
    let diag = &system.coordinates()[2];
    let exact = thermodynamics(&system, 1.0).unwrap();
    let h = 2e-3;
    for s in [-1.8, -1.4, -1.1, -0.9, -0.2, 0.4, 0.7] {
        let half = 0.5 * s / 0.7;
        // x = (t + half, t − half); ds dt has the Jacobian 1/1.4 · 2 = 1/0.7.
        let sum: f64 = (-1500..1500)
            .map(|i| {
                let t = h * f64::from(i);
                (-system.potential().energy_gradient(&[t + half, t - half], &mut [0.0; 2])).exp()
            })
            .sum();
        let expected = exact.log_z - (sum * h / 0.7).ln();
        let bin = profile(&system, diag, 1.0, &[s - 1e-5, s + 1e-5]).unwrap();
        close(-(bin.probability[0] / 2e-5).ln(), expected, "diagonal");
    }
}

#[test]
fn bins_are_averages_and_add_up() {
    let system = build("mueller-brown", &Parameters::new(), None).unwrap();
    let diag = &system.coordinates()[2];
    let edges: Vec<f64> = (0..=10).map(|i| -2.0 + 0.3 * f64::from(i)).collect();
    let coarse = profile(&system, diag, 1.0, &edges).unwrap();
    let fine: Vec<f64> = (0..=100).map(|i| -2.0 + 0.03 * f64::from(i)).collect();
    let fine = profile(&system, diag, 1.0, &fine).unwrap();
    for (i, p) in coarse.probability.iter().enumerate() {
        let sum: f64 = fine.probability[10 * i..10 * i + 10].iter().sum();
        assert!((sum / p - 1.0).abs() < 1e-7, "bin {i}");
    }
    assert_eq!(coarse.free_energy.iter().copied().fold(f64::INFINITY, f64::min), 0.0);
    assert!(profile(&system, diag, 1.0, &[0.0, 0.0]).is_none());
    assert!(profile(&system, diag, 1.0, &[0.0]).is_none());
    assert!(profile(&system, diag, 1.0, &[0.0, f64::NAN]).is_none());
    // Bins that reach far out hold the weight of the whole tail, bins beyond it none.
    let wide = profile(&system, diag, 1.0, &[-1e6, -1e3, -0.975, 1e4, f64::INFINITY]).unwrap();
    let two = states(&system, diag, 1.0).unwrap();
    close(wide.probability[1], two.below, "below");
    close(wide.probability[2], two.above, "above");
    assert_eq!((wide.probability[0], wide.probability[3]), (0.0, 0.0));
    for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(states(&system, diag, temperature).is_none(), "T = {temperature}");
    }
}

#[test]
fn wells_of_surfaces() {
    let surface = build("mueller-brown", &Parameters::new(), None).unwrap();
    let mut found = surface.wells();
    assert_eq!(found.len(), 3);
    for point in
        reference("mueller_brown.json")["cases"][0]["stationary_points"].as_array().unwrap()
    {
        let x = numbers(&point["x"]);
        let near = |w: &Vec<f64>| (w[0] - x[0]).hypot(w[1] - x[1]) < 1e-6;
        assert_eq!(found.iter().any(near), point["kind"] == "minimum", "{point}");
    }
    found.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let shares = well_probabilities(&surface, &found, 1.0).unwrap();
    let x0 = states(&surface, &surface.coordinates()[0], 1.0).unwrap();
    assert!((shares[0] - x0.below).abs() < 0.02 && shares[0] > 0.9, "{shares:?}");

    let double = build("double-well", &Parameters::new(), Some(3)).unwrap();
    let minima = double.wells();
    assert_eq!(minima.len(), 2);
    assert!((minima[0][0] + 1.7723034076580755).abs() < 1e-7 && minima[0][1].abs() < 1e-9);
    assert!((minima[1][0] - 1.6887758209615107).abs() < 1e-7);
    let shares = well_probabilities(&double, &minima, 1.0).unwrap();
    assert!((shares[0] - 0.96707).abs() < 1e-4, "{shares:?}");
    assert_eq!(build("many-well", &Parameters::new(), None).unwrap().wells().len(), 0);
    assert_eq!(build("harmonic", &Parameters::new(), None).unwrap().wells(), [[0.0, 0.0]]);
}

#[test]
fn a_formula_has_the_answers_of_the_same_system() {
    let formula = build("formula", &Parameters::new(), None).unwrap();
    let double = build("double-well", &Parameters::new(), None).unwrap();
    for t in [0.5, 1.0, 2.0] {
        let (a, b) = (thermodynamics(&formula, t).unwrap(), thermodynamics(&double, t).unwrap());
        close(a.log_z, b.log_z, "log Z");
        close(a.mean_energy, b.mean_energy, "U");
        let of = |system: &System| states(system, &system.coordinates()[0], t).unwrap().delta_f;
        close(of(&formula), of(&double), "right - left");
    }
    assert_eq!(formula.wells().len(), 2);
}

/// The ring in polar coordinates, where the sum over angles of a smooth period is exact.
#[test]
fn ring() {
    for (height, radius, tilt, t) in
        [(12.0, 2.0, 1.0, 1.0), (5.0, 1.3, -0.4, 0.6), (12.0, 2.0, 0.0, 1.0)]
    {
        let parameters = [("height", height), ("radius", radius), ("tilt", tilt)]
            .map(|(k, v)| (k, Value::Number(v)));
        let ring = build("ring", &set(parameters.to_vec()), None).unwrap();
        let (steps, turns) = (4000, 720);
        let (mut z, mut energy, mut right) = (0.0, 0.0, 0.0);
        for i in 0..steps {
            let r = 2.5 * radius * (f64::from(i) + 0.5) / f64::from(steps);
            for j in 0..turns {
                let angle = std::f64::consts::TAU * (f64::from(j) + 0.5) / f64::from(turns);
                let s = r * r / (radius * radius) - 1.0;
                let u = height * s * s + tilt * r * angle.cos() / radius;
                let p = r * (-u / t).exp();
                z += p;
                energy += u * p;
                right += if angle.cos() > 0.0 { p } else { 0.0 };
            }
        }
        let cell = 2.5 * radius / f64::from(steps) * std::f64::consts::TAU / f64::from(turns);
        let exact = thermodynamics(&ring, t).unwrap();
        close(exact.log_z, (z * cell).ln(), "log Z");
        close(exact.mean_energy, energy / z, "U");
        // A jump at the ends of the half-turn: the sum over angles is good to its step squared.
        let above = states(&ring, &ring.coordinates()[0], t).unwrap().above;
        assert!((above - right / z).abs() < 1e-5, "{above} not {}", right / z);
        let wells = ring.wells();
        assert_eq!(wells.len(), usize::from(tilt != 0.0));
        for well in wells {
            let mut slope = [f64::NAN; 2];
            ring.potential().energy_gradient(&well, &mut slope);
            assert!(
                slope.iter().all(|g| g.abs() < 1e-9) && well[0] * tilt < 0.0,
                "{well:?} {slope:?}"
            );
        }
    }
}

#[test]
fn wells_are_dug_into_a_formula() {
    let wells = vec![vec![-1.0, 0.5, 4.0, 0.6], vec![1.2, -0.3, -2.0, 0.8]];
    let dug = set(vec![
        ("formula", Value::Text("x^2/2 + y^2/2".into())),
        ("wells", Value::Points(wells)),
    ]);
    let text =
        "x^2/2 + y^2/2 - 4*exp(-((x+1)^2 + (y-0.5)^2)/0.72) + 2*exp(-((x-1.2)^2 + (y+0.3)^2)/1.28)";
    let (dug, written) = (
        build("formula", &dug, None).unwrap(),
        build("formula", &set(vec![("formula", Value::Text(text.into()))]), None).unwrap(),
    );
    let (mut a, mut b) = ([0.0; 2], [0.0; 2]);
    for x in [[0.3, -0.2], [-1.1, 0.9], [2.0, 1.0]] {
        let u = dug.potential().energy_gradient(&x, &mut a);
        close(u, written.potential().energy_gradient(&x, &mut b), "U");
        close(a[0], b[0], "dU/dx");
        close(a[1], b[1], "dU/dy");
    }
}

/// Where no exact answer exists none is given.
#[test]
fn no_answer_where_there_is_none() {
    let formula = |text: &str| {
        build("formula", &set(vec![("formula", Value::Text(text.into()))]), None).unwrap()
    };
    for text in ["x", "-x^2 - y^2", "x^2 + 0*y", "sin(x)", "ln(-1 - x^2)", "x^2 + y^2 + z^2"] {
        assert!(thermodynamics(&formula(text), 1.0).is_none(), "{text}");
    }
    let pair = build(
        "lennard-jones",
        &set(vec![("n", Value::Number(2.0)), ("dim", Value::Number(1.0))]),
        None,
    )
    .unwrap();
    assert!(thermodynamics(&pair, 1.0).is_none(), "moves freely");
    let cluster = build("dw4", &Parameters::new(), None).unwrap();
    assert!(states(&cluster, &cluster.coordinates()[0], 1.0).is_none());
    assert!(cluster.wells().is_empty());
}

/// A component that a scan of the plane steps over counts in full, or there is no exact answer.
#[test]
fn a_narrow_component_is_not_passed_over() {
    let mixture = |narrow: f64| {
        let means = vec![vec![-1.0, 0.37], vec![2.0, -0.113]];
        GaussianMixture::new(means, &[1.0, narrow], &[1.0, 3.0]).unwrap().system().unwrap()
    };
    for narrow in [0.3, 0.05] {
        let system = mixture(narrow);
        close(thermodynamics(&system, 1.0).unwrap().log_z, 0.0, "log Z");
        // The broad component has Φ(1) below 0.
        let below = states(&system, &system.coordinates()[0], 1.0).unwrap().below;
        assert!((below - 0.25 * 0.841_344_746_068_543).abs() < 1e-6, "{narrow}: {below}");
    }
    assert_eq!(thermodynamics(&mixture(1e-3), 1.0), None);
}

/// Held out: mixtures with random weights and scales, one for each component, against a slow sum of densities; and log Z is 0.
#[test]
fn a_mixture_takes_a_list_of_scales_and_stays_normalised() {
    let mut rng = Stream::new(11, Purpose::Test, 0, 0);
    for (round, dim) in [1_usize, 2, 2, 5].into_iter().enumerate() {
        let n = 2 + round;
        let means: Vec<Vec<f64>> =
            (0..n).map(|_| (0..dim).map(|_| 3.0 * rng.normal()).collect()).collect();
        let scales: Vec<f64> = (0..n).map(|_| 0.2 + 2.0 * rng.uniform()).collect();
        let weights: Vec<f64> = (0..n).map(|_| 0.1 + rng.uniform()).collect();
        let system = build(
            "gaussian-mixture",
            &set(vec![
                ("means", Value::Points(means.clone())),
                ("scale", Value::List(scales.clone())),
                ("weights", Value::List(weights.clone())),
            ]),
            None,
        )
        .unwrap();
        let total: f64 = weights.iter().sum();
        for _ in 0..50 {
            let x: Vec<f64> = (0..dim).map(|_| 4.0 * rng.normal()).collect();
            let density = |k: usize| {
                let square: f64 = x.iter().zip(&means[k]).map(|(x, m)| (x - m).powi(2)).sum();
                let s = scales[k];
                weights[k] / total * (-0.5 * square / (s * s)).exp()
                    / (std::f64::consts::TAU.sqrt() * s).powi(dim as i32)
            };
            let expected = -(0..n).map(density).sum::<f64>().ln();
            let mut gradient = vec![0.0; x.len()];
            let u = system.potential().energy_gradient(&x, &mut gradient);
            assert!((u - expected).abs() <= 1e-10 * expected.abs().max(1.0), "{u} {expected}");
            // ∂U/∂x = Σ p_k (x − μ_k)/s_k²
            for (i, g) in gradient.iter().enumerate() {
                let of = |k: usize| density(k) * (x[i] - means[k][i]) / (scales[k] * scales[k]);
                let expected = (0..n).map(of).sum::<f64>() * u.exp();
                assert!((g - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{g} {expected}");
            }
        }
        if dim <= 2 {
            let exact = thermodynamics(&system, 1.0).unwrap();
            assert!(exact.log_z.abs() < 1e-7, "{}", exact.log_z);
        }
    }
    let two = set(vec![("scale", Value::List(vec![1.0, 2.0]))]);
    let message = build("gaussian-mixture", &two, None).unwrap_err().to_string();
    assert!(message.contains("a list of 40, one for each mean"), "{message}");
}
