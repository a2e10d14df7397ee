//! What is registered is to be had wherever chains run: in annealing, in explorations, and as the way to make examples.

use std::sync::Arc;

use boltzflow::ensemble::Annealing;
use boltzflow::explore::{Exploration, Explorer};
use boltzflow::flow::Architecture;
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::num::Sequential;
use boltzflow::potential::Potential;
use boltzflow::preset::{Settings, preset};
use boltzflow::sampler::{KERNELS, Kernel, KernelSettings, LADDERS, build};
use boltzflow::setting::{Parameters, Value};
use boltzflow::stats::Runs;
use boltzflow::system::{DoubleWell, quadrature};
use boltzflow_tests::Counting;

use super::{WELL, double_well, reduced, settings};

fn generator(counting: &Counting<DoubleWell>) -> BoltzmannGenerator<f32> {
    let system = double_well().with_potential(counting.clone()).unwrap();
    let architecture = Architecture { hidden: vec![8], ..Architecture::default() };
    let flow = architecture.build("R2", 2, 1).unwrap();
    BoltzmannGenerator::new(Arc::new(flow), reduced(system, 1.0), 1).unwrap()
}

#[test]
fn every_kernel_is_data_that_builds_it() {
    for entry in KERNELS {
        let usual = KernelSettings::new(entry.name, &Parameters::new()).unwrap();
        let words = |kernel: &dyn Kernel| (kernel.name(), kernel.settings());
        assert_eq!(words(&*usual.build()), words(&*build(entry.name, &Parameters::new()).unwrap()));
        assert_eq!(usual.entry().name, usual.build().name());
        // All settings are there, and each of them reaches the kernel.
        let names: Vec<&str> = usual.settings().iter().map(|(name, _)| name).collect();
        let mut known: Vec<&str> = entry.settings.iter().map(|s| s.name).collect();
        known.sort_unstable();
        assert_eq!(names, known, "{}", entry.name);
        for setting in entry.settings {
            let Some(value) = usual.number(setting.name) else { continue };
            let other = [value + 1.0, 0.5 * value]
                .map(Value::Number)
                .into_iter()
                .find(|v| setting.accept(v).is_ok())
                .unwrap();
            let mut changed = usual.clone();
            changed.set(setting.name, other.clone()).unwrap();
            assert!(changed != usual && words(&*changed.build()) != words(&*usual.build()));
            assert_eq!(KernelSettings::of(&*changed.build()), changed);
            // Laid over by another setting, it stays.
            let again = changed.overlaid(Some(entry.name), &Parameters::new()).unwrap();
            assert_eq!(again, changed);
        }
        let mut broken = usual.clone();
        assert!(broken.set("step_size", Value::Number(-1.0)).is_err());
        assert_eq!(broken, usual);
        let other = KERNELS.iter().find(|other| other.name != entry.name).unwrap();
        let switched = usual.overlaid(Some(other.name), &settings(&[("step_size", 0.7)])).unwrap();
        assert_eq!((switched.entry().name, switched.number("step_size")), (other.name, Some(0.7)));
        assert!(usual.overlaid(Some("gibbs"), &Parameters::new()).is_err());
        assert!(usual.overlaid(None, &settings(&[("stepsize", 0.7)])).is_err());
    }
}

#[test]
fn every_kernel_anneals() {
    let potential = Counting::new(WELL);
    let generator = generator(&potential);
    let exact = quadrature::thermodynamics(&double_well(), 1.0).unwrap().log_z;
    for entry in KERNELS {
        let kernel = KernelSettings::new(entry.name, &Parameters::new()).unwrap();
        let annealing = Annealing { particles: 300, kernel, relaxation: 2, ..Annealing::default() };
        potential.take();
        let runs = annealing.runs(&generator, None, 8, 2, &Sequential).unwrap();
        let spent: u64 = runs.iter().map(|run| run.energy_evaluations).sum();
        assert_eq!(spent, potential.take(), "{}", entry.name);
        let pooled = Runs::new(&runs.iter().map(|r| r.log_z).collect::<Vec<_>>()).unwrap();
        assert!(pooled.log_z.deviation(exact).abs() < 5.0, "{} {pooled:?} {exact}", entry.name);
        assert!(pooled.log_z.error < 0.1, "{} {pooled:?}", entry.name);
    }
}

#[test]
fn every_kernel_explores() {
    let start = double_well().wells().swap_remove(0);
    for entry in KERNELS {
        let potential = Counting::new(WELL);
        let settings = Exploration {
            capacity: 60,
            batch: 30,
            local: Some(KernelSettings::new(entry.name, &Parameters::new()).unwrap()),
            relaxation: 20,
            heating: 5,
            warm_up: 5,
            iterations: 10,
            cooling: 5,
            ..Exploration::default()
        };
        potential.take();
        let mut explorer =
            Explorer::new(generator(&potential), settings, &start, 1, &Sequential).unwrap();
        while !explorer.is_done() {
            explorer.step(|_| (), &Sequential).unwrap();
        }
        assert_eq!(explorer.energy_evaluations(), potential.calls(), "{}", entry.name);
        let (x, u) = explorer.buffer();
        for (row, u) in x.row_iter().zip(u) {
            let energy = WELL.energy_gradient(&[row[0], row[1]], &mut [0.0; 2]);
            assert!((energy - u).abs() < 1e-9 * (1.0 + u.abs()), "{}", entry.name);
        }
    }
}

#[test]
fn everything_registered_makes_examples() {
    let names = KERNELS.iter().map(|k| k.name).chain(LADDERS.iter().map(|l| l.name));
    for name in names {
        let mut settings = Settings {
            example_chains: 2,
            example_steps: 200,
            example_burn_in: 50,
            ..preset("double-well").unwrap()
        };
        settings.set("example_method", &Value::Text(name.into())).unwrap();
        let examples = settings.examples().unwrap().unwrap();
        assert!(examples.x().nrows() > 10, "{name}");
        assert!(examples.energy_evaluations() > 400, "{name}");
    }
    let mut settings = preset("double-well").unwrap();
    assert!(settings.set("example_method", &Value::Text("gibbs".into())).is_err());
}
