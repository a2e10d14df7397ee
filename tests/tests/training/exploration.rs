//! Exploration from one configuration: bits, counts, and a buffer that is what it says.

use std::sync::Arc;

use boltzflow::explore::{Exploration, Explored, Explorer};
use boltzflow::flow::Architecture;
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Executor, Purpose, Sequential, Stream};
use boltzflow::potential::Scratch;
use boltzflow::sampler::Hmc;
use boltzflow::system::{Dimer, DoubleWell, ReducedPotential, Relabelling};
use boltzflow_tests::{Counting, Threads};

fn double_well() -> DoubleWell {
    DoubleWell { dim: 2, c4: 1.0, c2: -6.0, c1: 1.0, k: 1.0 }
}

/// Symmetric in x₁, so that a reflection is a map that leaves the energy as it is.
fn counting() -> Counting<DoubleWell> {
    Counting::new(double_well())
}

fn generator(potential: Counting<DoubleWell>) -> BoltzmannGenerator<f32> {
    let target = ReducedPotential::new(
        double_well().system().unwrap().with_potential(potential).unwrap(),
        2.0,
    )
    .unwrap();
    let architecture = Architecture { hidden: vec![8], ..Architecture::default() };
    let flow = architecture.build("R2", 2, 1).unwrap();
    BoltzmannGenerator::new(Arc::new(flow), target, 1).unwrap()
}

fn settings() -> Exploration {
    Exploration {
        capacity: 700,
        batch: 300,
        warm_up: 5,
        iterations: 60,
        cooling: 30,
        ..Exploration::default()
    }
}

const START: [f64; 2] = [-1.77, 0.1];

fn run(executor: &impl Executor) -> (Vec<Explored>, DMatrix<f64>, Vec<f64>, u64) {
    let potential = counting();
    let generator = generator(potential.clone());
    let mut explorer = Explorer::new(generator, settings(), &START, 3, executor).unwrap();
    let mut seen = Vec::new();
    while !explorer.is_done() {
        seen.push(explorer.step(|x| x[1] = x[1].abs(), executor).unwrap());
    }
    let (x, u) = explorer.buffer();
    (seen, x.clone(), u.to_vec(), potential.calls())
}

#[test]
fn threads_do_not_change_a_bit_and_every_evaluation_is_counted() {
    let one = run(&Sequential);
    let last = one.0.last().unwrap();
    // 700 + 300 to enter, 300 a step for energy training and 300 for moves.
    assert_eq!((last.energy_evaluations, one.3), (one.3, 1000 + 60 * 600));
    assert_eq!((one.0.len(), last.temperature), (65, 1.0));
    assert!(one.0[4].acceptance == 0.0 && one.0[5].acceptance > 0.0);
    assert!(one.0[4].temperature == 4.0 && one.0[20].temperature < 4.0);
    for threads in [2, 8] {
        assert_eq!(run(&Threads(threads)), one);
    }
}

#[test]
fn the_buffer_holds_mapped_configurations_and_their_energies() {
    let (_, x, u, _) = run(&Sequential);
    let target = ReducedPotential::new(double_well().system().unwrap(), 2.0).unwrap();
    let (mut exact, mut gradient) = (vec![0.0; 700], x.clone());
    target.evaluate(&x, &mut exact, &mut gradient, &mut Scratch::default());
    let mut moved = 0;
    for i in 0..700 {
        // Copied by a temperature and back.
        assert!((u[i] - exact[i]).abs() < 1e-9 * (1.0 + exact[i].abs()), "{i}");
        moved += usize::from((x[(i, 0)] - START[0]).abs() > 0.3);
    }
    // The first copies scatter by 0.05, on both sides of x₁ = 0.1; what moved was reflected.
    assert!(moved > 200, "{moved}");
    assert!((0..700).all(|i| x[(i, 1)] >= 0.0 || (x[(i, 1)] - START[1]).abs() < 0.3));
}

/// A dimer in four particles, from its closed lattice.
fn explore_dimer(executor: &impl Executor) -> (Vec<Explored>, DMatrix<f64>, Vec<f64>, u64) {
    let dimer = Dimer { n_solvent: 4, ..Dimer::default() };
    let system = dimer.clone().system().unwrap();
    let cell = Relabelling::new(system.space().particles.clone().unwrap()).unwrap();
    let starts = system.starts(1, 1.0, &mut Stream::new(0, Purpose::Test, 0, 0));
    let start = starts[0].as_slice();
    let potential = Counting::new(dimer);
    let target =
        ReducedPotential::new(system.with_potential(potential.clone()).unwrap(), 1.0).unwrap();
    let architecture = Architecture { hidden: vec![8], ..Architecture::default() };
    let flow = architecture.build("WR2", target.dim(), 1).unwrap();
    let generator = BoltzmannGenerator::<f32>::new(Arc::new(flow), target, 1).unwrap();
    let settings = Exploration {
        capacity: 600,
        batch: 200,
        relaxation: 50,
        heating: 30,
        warm_up: 5,
        iterations: 60,
        cooling: 50,
        local: Some(Hmc { step_size: 0.02, steps: 10, jitter: 0.2 }.into()),
        ..Exploration::suited_to(&Dimer::default().system().unwrap())
    };
    let mut explorer = Explorer::new(generator, settings, start, 2, executor).unwrap();
    assert_eq!(explorer.total_steps(), 95);
    let mut images = Stream::new(2, Purpose::Explore, 0, 2);
    let mut seen = Vec::new();
    while !explorer.is_done() {
        let image = |x: &mut [f64]| cell.draw_image(x, &mut images);
        seen.push(explorer.step(image, executor).unwrap());
    }
    let (x, u) = explorer.buffer();
    assert!(cell.contains(x).iter().all(|inside| *inside));
    (seen, x.clone(), u.to_vec(), potential.calls())
}

#[test]
fn forces_and_heat_open_a_dimer() {
    let (seen, x, u, calls) = explore_dimer(&Sequential);
    let last = seen.last().unwrap();
    assert_eq!((last.iteration, last.energy_evaluations, last.temperature), (95, calls, 1.0));
    let trained = seen.iter().filter(|s| s.training.is_some()).count();
    assert_eq!((trained, seen[29].training.is_none()), (65, true));
    assert!((seen[29].temperature - 30.0).abs() < 1e-9 && seen[60].temperature < 30.0);
    assert!(seen[34].acceptance == 0.0 && seen[35].acceptance > 0.0);
    // Copies of one configuration never describe what was cooled.
    let nll = |s: &Explored| s.training.as_ref().unwrap().value("nll").unwrap();
    assert!(nll(last) < nll(&seen[35]), "{} {}", nll(last), nll(&seen[35]));
    let dimer = Dimer { n_solvent: 4, ..Dimer::default() };
    let target = ReducedPotential::new(dimer.clone().system().unwrap(), 1.0).unwrap();
    let (mut exact, mut gradient) = (vec![0.0; 600], x.clone());
    target.evaluate(&x, &mut exact, &mut gradient, &mut Scratch::default());
    assert!(u.iter().zip(&exact).all(|(u, exact)| (u - exact).abs() < 1e-9 * (1.0 + exact.abs())));
    let mut d = vec![0.0; 600];
    dimer.system().unwrap().coordinate("d").unwrap().values(&x, &mut d);
    let open = d.iter().filter(|d| **d > 1.5).count();
    assert!((30..570).contains(&open), "{open}");
    assert_eq!(explore_dimer(&Threads(3)), (seen, x, u, calls));
}

#[test]
fn bad_settings_are_errors() {
    let start = |settings, start: &[f64]| {
        let made = Explorer::new(generator(counting()), settings, start, 1, &Sequential);
        made.map(|_| ()).unwrap_err().code()
    };
    for bad in [
        Exploration { batch: 0, ..settings() },
        Exploration { batch: 701, ..settings() },
        Exploration { temperature: 0.5, ..settings() },
        Exploration { sigma: f64::NAN, ..settings() },
        Exploration { w_ml: 0.0, w_kl: 0.0, ..settings() },
        // Nothing to heat with.
        Exploration { heating: 10, ..settings() },
    ] {
        assert_eq!(start(bad, &START), "invalid-setting");
    }
    assert_eq!(start(settings(), &[0.0; 3]), "dimension-mismatch");
    assert_eq!(start(settings(), &[1e200, 0.0]), "invalid-data");
}
