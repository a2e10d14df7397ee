//! Targets that are flat along a reaction coordinate: their gradient, and that weights take the bias away exactly.

use std::sync::Arc;

use boltzflow::ensemble::{Annealing, Population};
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Sequential, Stream};
use boltzflow::potential::Scratch;
use boltzflow::preset::{Settings, preset};
use boltzflow::stats::{Bins, DeltaF, LogWeights, Profile};
use boltzflow::system::{Bias, Dimer, ReducedPotential, quadrature};

fn biased_dimer() -> ReducedPotential {
    let system = Dimer { n_solvent: 4, ..Dimer::default() }.system().unwrap();
    let d = system.coordinate("d").unwrap().clone();
    let bias = Bias::new(d, (0.5, 2.5), vec![1.0, -2.0, 0.5, 3.0, 1.0], 200.0).unwrap();
    ReducedPotential::new(system, 1.7).unwrap().biased(Some(Arc::new(bias)))
}

/// Configurations of the dimer at several distances, beyond the walls as well.
fn configurations(target: &ReducedPotential) -> DMatrix<f64> {
    let mut rng = Stream::new(3, Purpose::Test, 0, 0);
    let start = target.system().starts(1, 1.0, &mut rng).swap_remove(0);
    let mut x = DMatrix::from_fn(7, target.dim(), |_, j| start[j] + 0.05 * rng.normal());
    for (i, half) in [0.2, 0.3, 0.5, 0.7, 0.9, 1.2, 1.4].into_iter().enumerate() {
        x[(i, 0)] = -half;
        x[(i, 2)] = half;
    }
    x
}

fn evaluate(target: &ReducedPotential, x: &DMatrix<f64>) -> (Vec<f64>, DMatrix<f64>) {
    let (mut u, mut gradient) = (vec![0.0; x.nrows()], x.clone());
    target.evaluate(x, &mut u, &mut gradient, &mut Scratch::default());
    (u, gradient)
}

#[test]
fn the_gradient_is_that_of_the_energy() {
    let target = biased_dimer();
    let x = configurations(&target);
    let (_, gradient) = evaluate(&target, &x);
    let h = 1e-6;
    for j in 0..x.ncols() {
        let (mut up, mut down) = (x.clone(), x.clone());
        up.column_mut(j).iter_mut().for_each(|v| *v += h);
        down.column_mut(j).iter_mut().for_each(|v| *v -= h);
        let (up, down) = (evaluate(&target, &up).0, evaluate(&target, &down).0);
        for i in 0..x.nrows() {
            let slope = (up[i] - down[i]) / (2.0 * h);
            let size = 1.0 + up[i].abs() + slope.abs();
            assert!((slope - gradient[(i, j)]).abs() < 1e-6 * size, "{i} {j} {slope}");
        }
    }
}

#[test]
fn without_the_bias_everything_is_as_it_was() {
    let target = biased_dimer();
    let x = configurations(&target);
    let (mut u, mut gradient) = evaluate(&target, &x);
    let biased = u.clone();
    let mut log_weight = vec![0.25; u.len()];
    target.unbias(&x, &mut u, &mut gradient, &mut log_weight);
    let (plain, plain_gradient) = evaluate(&target.clone().biased(None), &x);
    for i in 0..u.len() {
        let size = 1.0 + plain[i].abs();
        assert!((u[i] - plain[i]).abs() < 1e-11 * size);
        assert!((log_weight[i] - (0.25 + biased[i] - plain[i])).abs() < 1e-11 * size);
    }
    let largest = 1.0 + plain_gradient.amax();
    assert!((gradient - plain_gradient).amax() < 1e-11 * largest);
    // The dimer's own energy plays no part in the biased target.
    let other = Dimer { n_solvent: 4, dimer_slope: -0.5, ..Dimer::default() };
    let bias = target.bias().cloned();
    let other = ReducedPotential::new(other.system().unwrap(), 1.7).unwrap().biased(bias);
    for (a, b) in evaluate(&other, &x).0.iter().zip(&biased) {
        assert!((a - b).abs() < 1e-10 * (1.0 + b.abs()));
    }
}

/// The double well: windows are flat, and plain and annealed weights give the exact answers.
#[test]
fn windows_teach_a_flat_target_and_weights_are_exact() {
    let mut settings = Settings {
        example_method: "umbrella".into(),
        example_chains: 1,
        example_burn_in: 200,
        example_steps: 2000,
        example_temperature: 1.0,
        ..preset("double-well").unwrap()
    };
    for stage in &mut settings.stages {
        stage.iterations = 400;
    }
    let examples = settings.examples().unwrap().unwrap();
    assert!(examples.bias().is_some());
    let coordinate = settings.reaction_coordinate(&settings.system().unwrap()).unwrap();
    let (low, high) = coordinate.range;
    let mut values = vec![0.0; examples.x().nrows()];
    coordinate.values(examples.x(), &mut values);
    // Five parts of the range have a fifth of the weight each, the barrier between the wells among them.
    let mut share = [0.0; 5];
    for (i, r) in values.iter().enumerate() {
        let place = (r - low) / (high - low) * 5.0;
        if (0.0..5.0).contains(&place) {
            share[place as usize] += examples.weight(i);
        }
    }
    let total: f64 = share.iter().sum();
    for share in share {
        assert!((share / total - 0.2).abs() < 0.03, "{share:?} of {total}");
    }

    let mut trainer = settings.trainer::<f32>(Some(examples)).unwrap();
    while !trainer.is_done() {
        trainer.step(&Sequential).unwrap();
    }
    let generator = trainer.generator();
    let exact = settings.exact_log_z().unwrap().unwrap();
    let plain = LogWeights::new(&generator.sample(50_000, 5, &Sequential).log_weight).unwrap();
    let off = plain.log_z().value - exact;
    assert!(off.abs() < 4.0 * plain.log_z().error + 1e-3, "plain: {off}");
    let annealing = Annealing { particles: 4000, ..Annealing::default() };
    let runs = annealing.runs(&generator, None, 4, 5, &Sequential).unwrap();
    let population = Population::of_runs(&runs);
    let weights = LogWeights::new(&population.log_weight).unwrap();
    assert!((weights.log_z().value - exact).abs() < 0.1);
    let mut values = vec![0.0; population.u.len()];
    coordinate.values(&population.x, &mut values);
    let found = DeltaF::of_runs(&values, &weights, coordinate.boundary, 4).unwrap().delta_f.value;
    let system = settings.system().unwrap();
    let states = quadrature::states(&system, &coordinate, 1.0).unwrap();
    assert!((found - states.delta_f).abs() < 0.2, "{found} {}", states.delta_f);

    // The mean force, with what the bias has taken away put back, has every bin right, those that rise by ten kT as well.
    let bins = Bins::new(low, high, 12).unwrap();
    let edges: Vec<f64> = (0..=12).map(|i| low + f64::from(i) * bins.width()).collect();
    let exact = quadrature::profile(&system, &coordinate, 1.0, &edges).unwrap();
    let total: f64 = exact.probability.iter().sum();
    let mut forces = vec![0.0; values.len()];
    coordinate.forces(&population.x, &population.u_gradient, &mut forces);
    let known = |r: f64| generator.target.unbiased_along(&coordinate, r);
    let profile = Profile::by_mean_force(&values, &forces, &weights, &known, &bins, 4).unwrap();
    let off = exact.probability.iter().zip(&profile.value);
    let off: Vec<f64> = off.map(|(p, f)| f + profile.shift + (p / total).ln()).collect();
    assert!(off.iter().all(|off| off.abs() < 0.2), "{off:?}");
}
