//! Systems on circles and intervals: what is exact of them, and what can learn them.

use std::f64::consts::{PI, TAU};

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Result, Sequential};
use boltzflow::potential::{Closure, Scratch};
use boltzflow::preset::Settings;
use boltzflow::setting::Value;
use boltzflow::stats::LogWeights;
use boltzflow::system::{
    Coordinate, Linear, ReducedPotential, Space, Support, System, quadrature, well_probabilities,
};

/// ln I₀(2), of the modified Bessel function.
const LN_BESSEL: f64 = 0.823_993_549_3;

/// U = −2 cos x₀ + ½(x₁ − sin x₀)², x₀ on a circle: Z = 2π I₀(2) √2π.
fn circle() -> System {
    let space = Space::boxed(vec![(-3.0, 3.0), (-4.0, 4.0)]).unwrap();
    let space = space.on(vec![Support::Circle { period: TAU }, Support::Line]);
    let energy = Closure::new(2, |x, gradient| {
        let off = x[1] - x[0].sin();
        gradient.copy_from_slice(&[2.0 * x[0].sin() - off * x[0].cos(), off]);
        0.5 * off * off - 2.0 * x[0].cos()
    });
    System::new(energy, space).unwrap().unproven()
}

/// U = x₀ + ½x₁², x₀ from −3 to 3: Z = 2 sinh 3 √2π.
fn interval() -> System {
    let space = Space::boxed(vec![(-3.0, 3.0), (-4.0, 4.0)]).unwrap();
    let space = space.on(vec![Support::Interval { low: -3.0, high: 3.0 }, Support::Line]);
    let energy = Closure::new(2, |x, gradient| {
        gradient.copy_from_slice(&[1.0, x[1]]);
        x[0] + 0.5 * x[1] * x[1]
    });
    System::new(energy, space).unwrap().unproven()
}

fn ln_z(system: &System) -> Option<f64> {
    quadrature::thermodynamics(system, 1.0).map(|t| t.log_z)
}

#[test]
fn exact_answers_end_where_circles_and_intervals_do() {
    let exact = [TAU.ln() + LN_BESSEL + 0.5 * TAU.ln(), (2.0 * 3_f64.sinh()).ln() + 0.5 * TAU.ln()];
    for (system, exact) in [circle(), interval()].iter().zip(exact) {
        assert!((ln_z(system).unwrap() - exact).abs() < 1e-6, "{:?} {exact}", ln_z(system));
        // Across an interval steps may be too long: right, or no answer.
        let across = quadrature::states(system, system.coordinate("x1").unwrap(), 1.0);
        assert!(across.is_none_or(|s| (s.below - 0.5).abs() < 1e-6), "{across:?}");
        // An oblique cut has no answer rather than that of a whole line.
        let oblique = Coordinate::new("sum", (-1.0, 1.0), Linear(vec![1.0, 1.0]));
        assert_eq!(quadrature::states(system, &oblique, 1.0), None);
        // Nor has the share of a well.
        assert!(system.wells().is_empty());
        assert_eq!(well_probabilities(system, &[vec![0.0, 0.0], vec![1.0, 0.0]], 1.0), None);
    }
    let along = quadrature::states(&interval(), interval().coordinate("x0").unwrap(), 1.0).unwrap();
    let below = (3_f64.exp() - 1.0) / (2.0 * 3_f64.sinh());
    assert!((along.below - below).abs() < 1e-9, "{along:?} {below}");
    // Beyond the ends there is nothing.
    let edges = [-9.0, -3.0, 0.0, 3.0, 9.0];
    let profile =
        quadrature::profile(&interval(), interval().coordinate("x0").unwrap(), 1.0, &edges);
    let shares = profile.unwrap().probability;
    assert_eq!((shares[0], shares[3]), (0.0, 0.0));
}

/// A line and an interval whose order is exchanged: right, or no answer.
#[test]
fn what_does_not_converge_across_an_interval_is_not_called_exact() {
    let space = Space::boxed(vec![(-4.0, 4.0), (-3.0, 3.0)]).unwrap();
    let space = space.on(vec![Support::Line, Support::Interval { low: -3.0, high: 3.0 }]);
    let energy = Closure::new(2, |x, gradient| {
        gradient.copy_from_slice(&[x[0], 1.0]);
        0.5 * x[0] * x[0] + x[1]
    });
    let exact = (2.0 * 3_f64.sinh()).ln() + 0.5 * TAU.ln();
    let found = ln_z(&System::new(energy, space).unwrap());
    assert!(found.is_none_or(|found| (found - exact).abs() < 1e-6), "{found:?}");
}

#[test]
fn energies_are_infinite_beyond_an_interval() {
    let target = ReducedPotential::new(interval(), 1.0).unwrap();
    let x = DMatrix::from_row_slice(3, 2, &[-3.5, 0.0, 0.0, 0.0, 3.5, 0.0]);
    let (mut u, mut gradient) = ([0.0; 3], x.clone());
    target.evaluate(&x, &mut u, &mut gradient, &mut Scratch::default());
    assert_eq!(u, [f64::INFINITY, 0.0, f64::INFINITY]);
}

fn trained(system: System, flow: &str) -> Result<(DMatrix<f64>, f64)> {
    let mut settings = Settings { flow: flow.into(), example_steps: 2000, ..Settings::of(system) };
    settings.set("hidden", &Value::List(vec![8.0]))?;
    settings.set("tail_bound", &Value::Number(3.0))?;
    settings.set("iterations", &Value::Number(40.0))?;
    settings.set("batch", &Value::Number(64.0))?;
    let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
    while !trainer.is_done() {
        trainer.step(&Sequential)?;
    }
    let samples = trainer.generator().sample(20_000, 1, &Sequential);
    Ok((samples.x, LogWeights::new(&samples.log_weight)?.log_z().value))
}

#[test]
fn flows_that_keep_a_circle_or_an_interval_learn_on_it() {
    let (x, log_z) = trained(circle(), "N4S").unwrap();
    assert!(x.column(0).iter().all(|q| (-PI..PI).contains(q)));
    assert!((log_z - ln_z(&circle()).unwrap()).abs() < 0.1, "{log_z}");
    let (x, log_z) = trained(interval(), "Q2S").unwrap();
    assert!(x.column(0).iter().all(|q| (-3.0..=3.0).contains(q)));
    assert!((log_z - ln_z(&interval()).unwrap()).abs() < 0.1, "{log_z}");
}

#[test]
fn flows_that_leave_a_circle_or_an_interval_are_refused_in_words() {
    for (system, flow) in [
        (circle(), "R2"),
        (circle(), "Q2"),
        (circle(), "W"),
        (interval(), "N2"),
        (interval(), "R2"),
    ] {
        let error = trained(system, flow).unwrap_err();
        assert_eq!(error.code(), "invalid-setting", "{flow}");
        assert!(error.to_string().contains("circles and intervals"), "{flow}: {error}");
    }
    // Splines that reach beyond the ends.
    let mut settings = Settings { flow: "Q2".into(), ..Settings::of(interval()) };
    assert!(settings.generator::<f32>().is_err());
    settings.set("tail_bound", &Value::Number(2.0)).unwrap();
    assert!(settings.generator::<f32>().is_ok());
}

#[test]
fn supports_that_make_no_sense_are_refused() {
    for (support, words) in [
        (Support::Circle { period: 0.0 }, "period = 0 is not allowed"),
        (Support::Interval { low: -1.0, high: 1.0 }, "interval = (-1, 1) is not allowed"),
    ] {
        let space = Space::boxed(vec![(-3.0, 3.0)]).unwrap().on(vec![support]);
        let error = System::new(Closure::new(1, |_, _| 0.0), space).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}
