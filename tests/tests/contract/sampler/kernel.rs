//! Every registered kernel.

use std::sync::Arc;

use boltzflow::nalgebra::DMatrix;
use boltzflow::potential::Scratch;
use boltzflow::sampler::{Chain, KERNELS, Kernel, build, kernel};
use boltzflow::setting::{Parameters, Value};
use boltzflow::stats::SeriesMean;
use boltzflow::system::DoubleWell;
use boltzflow_tests::Counting;

use super::{double_well, energy_at, exact, reduced};

fn kernels() -> impl Iterator<Item = Box<dyn Kernel>> {
    KERNELS.iter().map(|entry| build(entry.name, &Parameters::new()).unwrap())
}

#[test]
fn stationary_on_a_double_well() {
    for temperature in [1.0, 0.5] {
        let u = reduced(double_well(), temperature);
        let density = |x| energy_at(x) / temperature;
        let right = exact(density, |x| f64::from(u8::from(x > 0.0)));
        let mean = exact(density, |x| x);
        let square = exact(density, |x| x * x);
        for kernel in kernels() {
            let name = kernel.name();
            let mut chain = Chain::new(kernel, &u, &[1.0, 0.5], 7, 0).unwrap();
            chain.burn_in(5000, true);
            let t = chain.sample(200_000, 1);
            let check = |what: &str, f: &dyn Fn(f64, f64) -> f64, exact: f64, error: f64| {
                let series: Vec<f64> = t.x.row_iter().map(|r| f(r[0], r[1])).collect();
                let s = SeriesMean::new(&series).unwrap();
                let m = s.mean;
                assert!(m.deviation(exact).abs() < 4.0, "{name} {what}: {m} {exact} {s:?}");
                assert!(m.error < error, "{name} {what}: {s:?}");
            };
            check("P(x0 > 0)", &|x, _| f64::from(u8::from(x > 0.0)), right, 0.03);
            check("mean x0", &|x, _| x, mean, 0.08);
            check("mean x0^2", &|x, _| x * x, square, 0.03);
            check("mean x1", &|_, y| y, 0.0, 0.02);
            check("mean x1^2", &|_, y| y * y, temperature / 3.0, 0.02);
        }
    }
}

#[test]
fn stationary_on_a_harmonic_target() {
    // c₄ = 0: U = ½(1·x₀² + 4·Σxᵢ²), variances T and T/4.
    let temperature = 1.7;
    let u = reduced(
        DoubleWell { dim: 5, c4: 0.0, c2: 0.5, c1: 0.0, k: 4.0 }.system().unwrap(),
        temperature,
    );
    for kernel in kernels() {
        let name = kernel.name();
        let mut chain = Chain::new(kernel, &u, &[0.0; 5], 11, 3).unwrap();
        chain.burn_in(3000, true);
        let t = chain.sample(100_000, 1);
        for (i, column) in t.x.column_iter().enumerate() {
            let variance = if i == 0 { temperature } else { temperature / 4.0 };
            let mean = SeriesMean::new(column.as_slice()).unwrap().mean;
            let squares: Vec<f64> = column.iter().map(|x| x * x).collect();
            let square = SeriesMean::new(&squares).unwrap().mean;
            assert!(mean.deviation(0.0).abs() < 4.0, "{name} mean of x{i}: {mean}");
            assert!(square.deviation(variance).abs() < 4.0, "{name} x{i}^2: {square} {variance}");
            assert!(square.error < 0.1 * variance, "{name} x{i}^2: {square}");
        }
        // ⟨u⟩ = dim/2
        let energy = SeriesMean::new(&t.u).unwrap().mean;
        assert!(energy.deviation(2.5).abs() < 4.0, "{name}: {energy}");
    }
}

#[test]
fn evaluations_are_exactly_counted() {
    for mut kernel in kernels() {
        // Small steps, steps that are mostly rejected, and steps that diverge.
        for step_size in [0.01, 2.0, 1e3, 1e200] {
            kernel.set_step_size(step_size);
            let counting = Counting::new(Arc::clone(double_well().potential()));
            let u = reduced(double_well().with_potential(counting.clone()).unwrap(), 1.0);
            let made = || counting.calls();
            let settings = Parameters::new();
            let mut copy = build(kernel.name(), &settings).unwrap();
            copy.set_step_size(step_size);
            let mut chain = Chain::new(copy, &u, &[1.0, 0.0], 1, 0).unwrap();
            assert_eq!((chain.state().evaluations(), made()), (1, 1));
            let mut accepted = 0;
            for _ in 0..200 {
                let before = made();
                let info = chain.step();
                assert_eq!(info.evaluations, made() - before);
                assert!(info.evaluations > 0);
                accepted += u32::from(info.accepted);
            }
            assert_eq!(chain.state().evaluations(), made());
            let before = made();
            let burn_in = chain.burn_in(50, false);
            assert_eq!(burn_in.evaluations, made() - before);
            let before = made();
            let t = chain.sample(20, 3);
            assert_eq!(t.evaluations, made() - before);
            let name = kernel.name();
            assert!(if step_size < 0.1 { accepted > 180 } else { accepted < 180 }, "{name}");
            if step_size > 1e100 {
                assert_eq!((accepted, t.divergences), (0, 60), "{name}");
            }
        }
    }
}

#[test]
fn the_state_is_the_current_configuration() {
    let u = reduced(double_well(), 0.7);
    for kernel in kernels() {
        let mut chain = Chain::new(kernel, &u, &[1.0, 0.0], 5, 0).unwrap();
        chain.burn_in(500, true);
        let mut rejected = 0;
        for _ in 0..500 {
            let before = chain.state().x().clone();
            let info = chain.step();
            let x = chain.state().x();
            assert_eq!(info.accepted, *x != before);
            rejected += u32::from(!info.accepted);
            let (mut energy, mut gradient) = ([0.0], DMatrix::zeros(1, 2));
            u.evaluate(x, &mut energy, &mut gradient, &mut Scratch::default());
            assert_eq!(*chain.state().u(), energy);
            assert_eq!(*chain.state().gradient(), gradient);
        }
        assert!((5..450).contains(&rejected), "{:?}: {rejected}", chain.kernel());
    }
}

#[test]
fn the_address_decides_every_bit() {
    let u = reduced(double_well(), 1.0);
    for entry in KERNELS {
        let run = |seed, index| {
            let kernel = build(entry.name, &Parameters::new()).unwrap();
            let mut chain = Chain::new(kernel, &u, &[1.0, 0.0], seed, index).unwrap();
            chain.burn_in(100, true);
            chain.sample(50, 2)
        };
        assert_eq!(run(1, 2), run(1, 2));
        assert_ne!(run(1, 2).x, run(1, 3).x);
        assert_ne!(run(1, 2).x, run(2, 2).x);
    }
}

#[test]
fn adaptation_reaches_its_target_from_anywhere() {
    let u = reduced(double_well(), 1.0);
    for start in [1e-3, 30.0] {
        for mut kernel in kernels() {
            kernel.set_step_size(start);
            let target = kernel.target_acceptance();
            let mut chain = Chain::new(kernel, &u, &[1.0, 0.0], 2, 0).unwrap();
            let burn_in = chain.burn_in(4000, true);
            let t = chain.sample(4000, 1);
            let name = chain.kernel().name();
            assert!((t.acceptance - target).abs() < 0.1, "{name}: {burn_in:?} {}", t.acceptance);
            assert_eq!(chain.kernel().step_size(), burn_in.step_size);
        }
    }
}

#[test]
fn bad_input_is_an_error() {
    let u = reduced(double_well(), 1.0);
    for entry in KERNELS {
        let fresh = || build(entry.name, &Parameters::new()).unwrap();
        let code = |x: &[f64]| Chain::new(fresh(), &u, x, 0, 0).unwrap_err().code();
        assert_eq!(code(&[0.0; 3]), "dimension-mismatch");
        assert_eq!(code(&[f64::NAN, 0.0]), "invalid-data");
        assert_eq!(code(&[1e200, 0.0]), "invalid-data");
        let mut still = fresh();
        still.set_step_size(0.0);
        assert_eq!(Chain::new(still, &u, &[0.0; 2], 0, 0).unwrap_err().code(), "invalid-setting");
        let with = |name: &str, value| {
            let mut settings = Parameters::new();
            settings.set(name, Value::Number(value));
            build(entry.name, &settings)
        };
        assert_eq!(with("step_size", 0.25).unwrap().step_size(), 0.25);
        assert_eq!(with("step_size", -1.0).unwrap_err().code(), "invalid-setting");
        assert_eq!(with("step_sice", 1.0).unwrap_err().code(), "unknown-name");
        for setting in entry.settings {
            let default = setting.default.parse().unwrap();
            let given = format!("{:?}", with(setting.name, default).unwrap());
            assert_eq!(given, format!("{:?}", fresh()), "default of {}", setting.name);
        }
    }
    assert_eq!(kernel("langevin").unwrap().name, "mala");
    assert_eq!(kernel("gibbs").map(|_| ()).unwrap_err().code(), "unknown-name");
}
