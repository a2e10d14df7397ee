//! Annealing from poor flows and moves in latent space against exact answers.

use std::sync::Arc;

use boltzflow::bootstrap;
use boltzflow::ensemble::{
    Annealed, Annealing, Ensemble, LatentMove, MoveReport, Population, delta_f_of_states,
};
use boltzflow::flow::Architecture;
use boltzflow::generator::{BoltzmannGenerator, LogProbWork};
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Real, Sequential, Stream};
use boltzflow::potential::Scratch;
use boltzflow::sampler::{Hmc, KernelSettings, Mala, Metropolis};
use boltzflow::stats::{Bins, DeltaF, LogWeights, Profile, Runs, SeriesMean};
use boltzflow::system::{
    Bias, Coordinate, DoubleWell, ManyWell, ReducedPotential, System, quadrature,
};
use boltzflow_tests::{Counting, Threads};

/// A flow away from the identity, neither trained nor anywhere near its target: plain weights of the double well have a tail of
/// Pareto k̂ near 0.8, and one sample in a hundred counts.
fn poor<T: Real>(system: System, seed: u64) -> BoltzmannGenerator<T> {
    untrained(system, seed, 0.2)
}

fn untrained<T: Real>(system: System, seed: u64, distortion: f64) -> BoltzmannGenerator<T> {
    let target = ReducedPotential::new(system, 1.0).unwrap();
    let architecture = Architecture { hidden: vec![8], ..Architecture::default() };
    let flow = architecture.build("R2S", target.dim(), 1).unwrap();
    let mut generator = BoltzmannGenerator::new(Arc::new(flow), target, seed).unwrap();
    let mut rng = Stream::new(seed, Purpose::Test, 0, 0);
    for v in &mut generator.theta {
        *v += T::lit(distortion * rng.normal());
    }
    generator.prior.variance = 3.0;
    generator
}

fn double_well() -> System {
    DoubleWell { dim: 2, c4: 0.25, c2: -1.5, c1: 0.4, k: 2.0 }.system().unwrap()
}

fn exact_log_z(system: &System) -> f64 {
    quadrature::thermodynamics(system, 1.0).unwrap().log_z
}

const METROPOLIS: Metropolis = Metropolis { step_size: 0.5 };
const MALA: Mala = Mala { step_size: 0.5 };
/// With a short step.
const SHORT: Hmc = Hmc { step_size: 0.1, ..HMC };
const HMC: Hmc = Hmc { step_size: 0.3, steps: 4, jitter: 0.2 };

fn kernels() -> [KernelSettings; 3] {
    [METROPOLIS.into(), MALA.into(), HMC.into()]
}

fn values(coordinate: &Coordinate, population: &Population) -> Vec<f64> {
    let mut values = vec![0.0; population.u.len()];
    coordinate.values(&population.x, &mut values);
    values
}

#[test]
fn the_gradient_of_the_density() {
    let generator = poor::<f64>(ManyWell { dim: 6, a: -0.5, b: -6.0, c: 1.0 }.system().unwrap(), 3);
    let mut rng = Stream::new(1, Purpose::Test, 1, 0);
    let wide = boltzflow::prior::Wide::DEFENSIVE;
    for prior in [None, Some(wide)] {
        let mut generator = generator.clone();
        generator.prior.wide = prior;
        let x = DMatrix::from_fn(7, 6, |_, _| 1.5 * rng.normal());
        let (mut log_p, mut gradient) = (vec![0.0; 7], DMatrix::zeros(7, 6));
        let mut work = LogProbWork::default();
        generator.evaluate_log_prob(&x, &mut log_p, Some(&mut gradient), &mut work);
        assert_eq!(log_p, generator.log_prob(&x).unwrap());
        for k in 0..6 {
            let at = |h: f64| {
                let mut moved = x.clone();
                moved.column_mut(k).add_scalar_mut(h);
                generator.log_prob(&moved).unwrap()
            };
            let h = 1e-5;
            for (i, (up, down)) in at(h).iter().zip(at(-h)).enumerate() {
                let slope = (up - down) / (2.0 * h);
                assert!((slope - gradient[(i, k)]).abs() < 1e-6 * (1.0 + slope.abs()));
            }
        }
    }
}

/// The accepted density must be the same number wherever a configuration stands.
#[test]
fn a_density_is_one_function_of_x() {
    let generator = poor::<f32>(ManyWell { dim: 6, a: -0.5, b: -6.0, c: 1.0 }.system().unwrap(), 3);
    let mut rng = Stream::new(1, Purpose::Test, 2, 0);
    let x = DMatrix::from_fn(301, 6, |_, _| 1.5 * rng.normal());
    let mut work = LogProbWork::default();
    let mut all = vec![0.0; 301];
    generator.evaluate_log_prob(&x, &mut all, None, &mut work);
    for (first, rows) in [(0, 1), (5, 3), (13, 100), (300, 1), (44, 256)] {
        let part = x.rows(first, rows).into_owned();
        let (mut log_p, mut gradient) = (vec![0.0; rows], DMatrix::zeros(rows, 6));
        generator.evaluate_log_prob(&part, &mut log_p, Some(&mut gradient), &mut work);
        assert_eq!(log_p, all[first..first + rows]);
    }
}

#[test]
fn without_moves_the_weights_are_the_plain_ones() {
    let generator = poor::<f32>(double_well(), 1);
    let still = Annealing { particles: 700, resample_below: 0.0, moves: 0, ..Annealing::default() };
    let annealed = still.run(&generator, None, 4, &Sequential).unwrap();
    let samples = generator.sample(700, 4, &Sequential);
    assert!(annealed.levels.len() > 2);
    assert_eq!(annealed.population.x, samples.x);
    for (a, b) in annealed.population.log_weight.iter().zip(&samples.log_weight) {
        assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{a} {b}");
    }
}

/// E[Z_r] = Z for repeated schedules, with few particles and resampling; the adaptive runs agree within errors.
#[test]
fn z_is_unbiased_with_every_move() {
    let generator = poor::<f32>(double_well(), 1);
    let exact = exact_log_z(&double_well());
    for (kernel, prior_variance) in kernels().into_iter().zip([1.0, 1.6, 0.9]) {
        let settings = Annealing {
            particles: 100,
            prior_variance,
            kernel: kernel.clone(),
            ..Annealing::default()
        };
        let first = settings.run(&generator, None, 0, &Sequential).unwrap();
        assert!(first.levels.iter().any(|l| l.resampled), "{kernel:?}");
        let ratios: Vec<f64> = (1..=800)
            .map(|seed| {
                let run = settings.repeat(&first, &generator, None, seed, &Sequential).unwrap();
                (run.log_z - exact).exp()
            })
            .collect();
        let mean = boltzflow::stats::Estimate::mean(&ratios);
        assert!(mean.deviation(1.0).abs() < 4.0 && mean.error < 0.02, "{kernel:?}: {mean}");
    }
}

#[test]
fn pooled_runs_cover_the_exact_answers() {
    let generator = poor::<f32>(double_well(), 1);
    let system = double_well();
    let coordinate = &system.coordinates()[0];
    let exact = exact_log_z(&system);
    let states = quadrature::states(&system, coordinate, 1.0).unwrap();
    let settings = Annealing { particles: 200, kernel: HMC.into(), ..Annealing::default() };
    let (mut log_z, mut delta_f, mut worst) = (0, 0, 0.0_f64);
    let n = 60;
    for seed in 0..n {
        let runs = settings.runs(&generator, None, 6, seed, &Sequential).unwrap();
        let pooled = Runs::new(&runs.iter().map(|r| r.log_z).collect::<Vec<_>>()).unwrap();
        let population = Population::of_runs(&runs);
        let weights = LogWeights::new(&population.log_weight).unwrap();
        assert!((weights.log_z().value - pooled.log_z.value).abs() < 1e-9);
        let d = DeltaF::of_runs(&values(coordinate, &population), &weights, coordinate.boundary, 6);
        let d = d.unwrap();
        log_z += usize::from(pooled.interval.contains(exact));
        delta_f += usize::from(d.interval.contains(states.delta_f));
        worst = worst.max((d.delta_f.value - states.delta_f).abs());
    }
    // 95 % of 60 is 57 ± 1.7.
    assert!((51..=60).contains(&log_z) && (51..=60).contains(&delta_f), "{log_z} {delta_f}");
    assert!(worst < 0.5, "{worst}");
}

/// 2^16 wells, and a flow that knows none of them.
#[test]
fn many_wells_from_an_untrained_flow() {
    let system = ManyWell { dim: 32, a: -0.5, b: -6.0, c: 1.0 }.system().unwrap();
    let exact = exact_log_z(&system);
    let generator = poor::<f32>(system, 2);
    let kernel = Hmc { step_size: 0.15, steps: 5, jitter: 0.2 }.into();
    let settings = Annealing { particles: 600, kernel, ..Annealing::default() };
    let runs = settings.runs(&generator, None, 8, 1, &Sequential).unwrap();
    let pooled = Runs::new(&runs.iter().map(|r| r.log_z).collect::<Vec<_>>()).unwrap();
    let deviation = pooled.log_z.deviation(exact);
    assert!(deviation.abs() < 4.0 && pooled.log_z.error < 0.5, "{} {exact}", pooled.log_z);
}

#[test]
fn a_region_is_sampled_alone() {
    let generator = poor::<f32>(double_well(), 1);
    let system = double_well();
    let coordinate = &system.coordinates()[0];
    let below = quadrature::states(&system, coordinate, 1.0).unwrap().below;
    let region = |x: &[f64]| x[0] < 0.0;
    let settings = Annealing {
        particles: 400,
        kernel: MALA.into(),
        relaxation: 6,
        keep: 3,
        ..Annealing::default()
    };
    let runs = settings.runs(&generator, Some(&region), 8, 3, &Sequential).unwrap();
    for Annealed { population, outside, .. } in &runs {
        assert!(*outside > 0);
        let inside = (0..population.u.len()).filter(|i| population.log_weight[*i].is_finite());
        assert!(inside.clone().all(|i| population.x[(i, 0)] < 0.0) && inside.count() > 500);
    }
    let pooled = Runs::new(&runs.iter().map(|r| r.log_z).collect::<Vec<_>>()).unwrap();
    let exact = exact_log_z(&system) + below.ln();
    assert!(pooled.log_z.deviation(exact).abs() < 4.0 && pooled.log_z.error < 0.1, "{pooled:?}");
}

/// Histogram and mean force along the coordinate of the double well, against quadrature.
#[test]
fn profiles_of_annealed_runs() {
    let generator = poor::<f32>(double_well(), 1);
    let system = double_well();
    let coordinate = &system.coordinates()[0];
    let bins = Bins::new(-2.5, 2.5, 25).unwrap();
    let edges: Vec<f64> = (0..=25).map(|i| -2.5 + 0.2 * f64::from(i)).collect();
    let exact = quadrature::profile(&system, coordinate, 1.0, &edges).unwrap();
    let total: f64 = exact.probability.iter().sum();
    let settings = Annealing { particles: 1500, kernel: HMC.into(), ..Annealing::default() };
    let runs = settings.runs(&generator, None, 8, 5, &Sequential).unwrap();
    let population = Population::of_runs(&runs);
    let weights = LogWeights::new(&population.log_weight).unwrap();
    let values = values(coordinate, &population);
    let mut forces = vec![0.0; values.len()];
    coordinate.forces(&population.x, &population.u_gradient, &mut forces);
    let histogram = Profile::of_runs(&values, &weights, &bins, 8).unwrap();
    let nothing = |_| (0.0, 0.0);
    let integrated =
        Profile::by_mean_force(&values, &forces, &weights, &nothing, &bins, 8).unwrap();
    for (name, profile, rms) in [("histogram", histogram, 0.15), ("mean force", integrated, 0.08)] {
        let (mut inside, mut all, mut squares) = (0, 0, 0.0_f64);
        for (b, p) in exact.probability.iter().enumerate() {
            let f = -(p / total).ln() - profile.shift;
            if f < 6.0 {
                all += 1;
                inside += i32::from(profile.lower[b] <= f && f <= profile.upper[b]);
                squares += (profile.value[b] - f).powi(2);
            }
        }
        let found = (squares / f64::from(all)).sqrt();
        assert!(5 * inside >= 4 * all, "{name}: {inside} of {all}");
        assert!(found < rms, "{name}: {found}");
    }
}

#[test]
fn states_compare_by_runs_within_each() {
    let generator = poor::<f32>(double_well(), 5);
    let coordinate = double_well().coordinate("").unwrap().clone();
    let exact = quadrature::states(&double_well(), &coordinate, 1.0).unwrap().delta_f;
    let annealing = Annealing {
        particles: 500,
        kernel: HMC.into(),
        relaxation: 3,
        leave_region: true,
        ..Annealing::default()
    };
    let mut runs = Vec::new();
    for _ in 0..8 {
        let next = annealing.next_in_states(&runs, &generator, None, &coordinate, 3, &Sequential);
        runs.push(next.unwrap());
    }
    for (state, side) in [(0, 1.0), (1, -1.0)] {
        let x = &runs[7][state].population.x;
        let weights = &runs[7][state].population.log_weight;
        let within = |i: usize| side * (x[(i, 0)] - coordinate.boundary) < 0.0;
        assert!((0..500).all(|i| weights[i] == f64::NEG_INFINITY || within(i)));
    }
    let found = delta_f_of_states(&runs).unwrap();
    assert!(
        found.error < 0.2 && (found.value - exact).abs() < 4.0 * found.error,
        "{found} {exact}"
    );
    // Nothing lies below a boundary far away.
    let nowhere = coordinate.with_boundary(-50.0);
    let refused = annealing.next_in_states(&[], &generator, None, &nowhere, 3, &Sequential);
    let said = refused.unwrap_err().to_string();
    assert!(said.contains(&*nowhere.states.0), "{said}");
    assert!(delta_f_of_states(&[]).is_err());
}

#[test]
fn particles_are_the_examples_of_the_next_round() {
    let generator = poor::<f32>(double_well(), 5);
    let coordinate = double_well().coordinate("").unwrap().clone();
    let bias = Bias::new(coordinate.clone(), (-2.5, 2.5), vec![0.0, 0.5, 1.0], 20.0).unwrap();
    let mut biased = generator.clone();
    biased.target = biased.target.biased(Some(Arc::new(bias)));
    let annealing = Annealing { particles: 1000, kernel: HMC.into(), ..Annealing::default() };
    for (generator, is_biased) in [(generator, false), (biased, true)] {
        let runs = annealing.runs(&generator, None, 8, 3, &Sequential).unwrap();
        let examples = bootstrap::examples(&runs, &generator.target, 1000).unwrap();
        let spent: u64 = runs.iter().map(|run| run.energy_evaluations).sum();
        assert_eq!((examples.x().nrows(), examples.energy_evaluations()), (8000, 1000 + spent));
        assert_eq!(examples.bias().is_some(), is_biased);
        // Their weights are those of the target that is learnt, biased or not.
        let weights: Vec<f64> = (0..8000).map(|i| examples.weight(i).ln()).collect();
        let weights = LogWeights::new(&weights).unwrap();
        let mut values = vec![0.0; 8000];
        coordinate.values(examples.x(), &mut values);
        let found = DeltaF::of_runs(&values, &weights, coordinate.boundary, 8).unwrap().delta_f;
        let density = |x: f64| {
            let at = DMatrix::from_row_slice(1, 2, &[x, 0.0]);
            let (mut u, mut gradient) = ([0.0], at.clone());
            generator.target.evaluate(&at, &mut u, &mut gradient, &mut Scratch::default());
            (-u[0]).exp()
        };
        // The other coordinate is a spring that both states share.
        let sum = |from: f64| (0..5000).map(|i| density(from + 1e-3 * (f64::from(i) + 0.5))).sum();
        let [below, above]: [f64; 2] = [sum(coordinate.boundary - 5.0), sum(coordinate.boundary)];
        let exact = (below / above).ln();
        let off = (found.value - exact).abs();
        assert!(found.error < 0.2 && off < 4.0 * found.error, "{is_biased} {found} {exact}");
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let generator = poor::<f32>(ManyWell { dim: 4, a: -0.5, b: -6.0, c: 1.0 }.system().unwrap(), 3);
    let settings = Annealing { particles: 1100, relaxation: 2, ..Annealing::default() };
    let start = generator.sample(1100, 9, &Sequential).x;
    let run = |threads: usize| {
        let executor = Threads(threads);
        let annealed = settings.runs(&generator, None, 2, 1, &executor).unwrap();
        let mut ensemble = Ensemble::new(&generator, &start, 3, &executor).unwrap();
        let mut seen = Vec::new();
        for proposal in [LatentMove::Walk { sigma: 0.2 }, LatentMove::Independent] {
            seen.push(ensemble.latent(&generator, None, proposal, &executor));
            seen.push(ensemble.local(&generator, None, &SHORT, &executor));
        }
        let mut x = [0.0; 4];
        let all: Vec<f64> = (0..1100).flat_map(|i| [ensemble.get(i, &mut x), x[0], x[3]]).collect();
        (annealed, seen, all)
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(8));
}

#[test]
fn every_evaluation_is_counted() {
    let well = DoubleWell { dim: 2, c4: 0.25, c2: -1.5, c1: 0.4, k: 2.0 };
    let counting = Counting::new(well);
    let generator = poor::<f32>(double_well().with_potential(counting.clone()).unwrap(), 1);
    for kernel in kernels() {
        let evaluations = kernel.number("steps").unwrap_or(1.0) as usize;
        let settings =
            Annealing { particles: 300, kernel, moves: 2, relaxation: 3, ..Annealing::default() };
        counting.take();
        let run = settings.run(&generator, None, 2, &Sequential).unwrap();
        assert_eq!(run.energy_evaluations, counting.calls());
        // Two passes to enter, and one beside each energy below b = 1.
        let levels = run.levels.iter().filter(|l| l.b < 1.0).count();
        let flow = 600 + levels * 2 * 300 * evaluations;
        assert_eq!(run.flow_evaluations, flow as u64);
        assert_eq!(run.levels.last().unwrap().b, 1.0);
        assert!(run.levels.windows(2).all(|l| l[0].b < l[1].b && l[0].ancestors >= l[1].ancestors));
    }
    counting.take();
    let start = DMatrix::from_element(40, 2, 0.5);
    let mut ensemble = Ensemble::new(&generator, &start, 1, &Sequential).unwrap();
    assert_eq!(counting.take(), 40);
    let mut total = MoveReport::default();
    for _ in 0..3 {
        for report in [
            ensemble.latent(&generator, None, LatentMove::Walk { sigma: 0.1 }, &Sequential),
            ensemble.latent(&generator, None, LatentMove::Independent, &Sequential),
            ensemble.local(&generator, None, &SHORT, &Sequential),
        ] {
            total.energy_evaluations += report.energy_evaluations;
            total.flow_evaluations += report.flow_evaluations;
        }
    }
    assert_eq!(total.energy_evaluations, counting.calls());
    assert_eq!((total.energy_evaluations, total.flow_evaluations), (3 * 40 * 6, 3 * 40 * 4));
}

/// Long chains of each move against quadrature, with a flow whose Jacobian is far from constant.
#[test]
fn latent_moves_are_stationary() {
    let system = double_well();
    let coordinate = &system.coordinates()[0];
    let right = quadrature::states(&system, coordinate, 1.0).unwrap().above;
    let generator = untrained::<f32>(system.clone(), 1, 0.03);
    let start =
        DMatrix::from_fn(64, 2, |i, k| if k == 0 { 1.0 - 2.0 * (i % 2) as f64 } else { 0.0 });
    let walk = LatentMove::Walk { sigma: 0.8 };
    let run = |name: &str, step: &dyn Fn(&mut Ensemble<f32>) -> f64| {
        let mut ensemble = Ensemble::new(&generator, &start, 7, &Sequential).unwrap();
        let mut acceptance = 0.0;
        let (mut positive, mut square) = (Vec::new(), Vec::new());
        for t in 0..3300 {
            acceptance += step(&mut ensemble) / 3300.0;
            let (mut x, mut p, mut s) = ([0.0; 2], 0.0, 0.0);
            for i in 0..64 {
                ensemble.get(i, &mut x);
                p += f64::from(u8::from(x[0] > coordinate.boundary)) / 64.0;
                s += x[1] * x[1] / 64.0;
            }
            if t >= 300 {
                positive.push(p);
                square.push(s);
            }
        }
        let p = SeriesMean::new(&positive).unwrap().mean;
        // ⟨x₁²⟩ = 1/k
        let s = SeriesMean::new(&square).unwrap().mean;
        assert!(p.deviation(right).abs() < 4.0 && p.error < 0.02, "{name}: {p} {right}");
        assert!(s.deviation(0.5).abs() < 4.0 && s.error < 0.02, "{name}: {s}");
        assert!((0.02..0.98).contains(&acceptance), "{name}: {acceptance}");
    };
    run("walk", &|e| e.latent(&generator, None, walk, &Sequential).acceptance);
    run("independent", &|e| {
        e.latent(&generator, None, LatentMove::Independent, &Sequential).acceptance
    });
    run("mixed", &|e| {
        e.latent(&generator, None, LatentMove::Independent, &Sequential);
        e.local(&generator, None, &Mala { step_size: 0.6 }, &Sequential).acceptance
    });
}

#[test]
fn bad_settings_are_errors() {
    let generator = poor::<f32>(double_well(), 1);
    let good = Annealing { particles: 50, ..Annealing::default() };
    let code = |settings: Annealing| {
        settings.run(&generator, None, 0, &Sequential).map(|_| ()).unwrap_err().code()
    };
    for bad in [
        Annealing { particles: 1, ..good.clone() },
        Annealing { prior_variance: 0.0, ..good.clone() },
        Annealing { conditional_ess: 1.0, ..good.clone() },
        Annealing { resample_below: f64::NAN, ..good.clone() },
        Annealing { keep: 2, ..good.clone() },
        Annealing { kernel: Mala { step_size: 0.0 }.into(), ..good.clone() },
    ] {
        assert_eq!(code(bad.clone()), "invalid-setting", "{bad:?}");
    }
    let nowhere = |_: &[f64]| false;
    assert_eq!(
        good.run(&generator, Some(&nowhere), 0, &Sequential).unwrap_err().code(),
        "invalid-data"
    );
    assert!(good.runs(&generator, None, 0, 0, &Sequential).is_err());
    let wrong = DMatrix::zeros(3, 5);
    assert!(Ensemble::new(&generator, &wrong, 0, &Sequential).is_err());
}
