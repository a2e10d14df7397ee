//! Every registered kernel on targets that are more than a potential: within a region, and on the path from a flow to one.

use std::sync::Arc;

use boltzflow::ensemble::Path;
use boltzflow::flow::Architecture;
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Stream};
use boltzflow::potential::Scratch;
use boltzflow::sampler::{
    DualAveraging, Info, KERNELS, Kernel, Points, State, Target, Within, Work, build,
};
use boltzflow::setting::Parameters;
use boltzflow::stats::independent_runs;

use super::{double_well, reduced};

/// Walkers, each an independent run, and their steps.
const WALKERS: usize = 48;
const STEPS: usize = 4000;
/// The box that holds all but nothing of the densities, and points of its grid on each side.
const HALF: f64 = 5.0;
const GRID: usize = 250;

/// An untrained flow at some distance from the identity.
fn generator() -> BoltzmannGenerator<f64> {
    let architecture = Architecture { hidden: vec![8], ..Architecture::default() };
    let flow = architecture.build("R2S", 2, 1).unwrap();
    let mut generator =
        BoltzmannGenerator::new(Arc::new(flow), reduced(double_well(), 1.0), 1).unwrap();
    let mut rng = Stream::new(1, Purpose::Test, 0, 0);
    generator.theta.iter_mut().for_each(|v| *v += 0.15 * rng.normal());
    generator
}

fn grid() -> DMatrix<f64> {
    // Middles of cells: the regions below end between them.
    let at = |i: usize| HALF * ((2 * i + 1) as f64 / GRID as f64 - 1.0);
    DMatrix::from_fn(GRID * GRID, 2, |i, k| at(if k == 0 { i / GRID } else { i % GRID }))
}

const OBSERVABLES: [(&str, fn(f64, f64) -> f64); 4] = [
    ("x0", |x, _| x),
    ("x0^2", |x, _| x * x),
    ("x1^2", |_, y| y * y),
    ("P(x0 > 0)", |x, _| if x > 0.0 { 1.0 } else { 0.0 }),
];

/// Averages over the density of a target by a sum over the grid.
fn exact(target: &dyn Target) -> Vec<f64> {
    let mut points = Points::new(grid(), target);
    target.evaluate(&mut points, false, &mut Work::default());
    let inside = |i: &usize| {
        let row = [points.x[(*i, 0)], points.x[(*i, 1)]];
        target.region().is_none_or(|region| region(&row))
    };
    let inside: Vec<usize> = (0..points.len()).filter(inside).collect();
    let lowest = inside.iter().map(|i| points.u[*i]).fold(f64::INFINITY, f64::min);
    let weight = |i: &usize| (lowest - points.u[*i]).exp();
    let sum: f64 = inside.iter().map(weight).sum();
    let mean = |f: fn(f64, f64) -> f64| {
        inside.iter().map(|i| weight(i) * f(points.x[(*i, 0)], points.x[(*i, 1)])).sum::<f64>()
            / sum
    };
    OBSERVABLES.map(|(_, f)| mean(f)).into()
}

/// Walkers of a kernel, whose step is adapted to its usual acceptance before it is kept.
struct Run {
    kernel: Box<dyn Kernel>,
    state: State,
    rng: Vec<Stream>,
    info: Vec<Info>,
}

impl Run {
    fn new(kernel: Box<dyn Kernel>, target: &dyn Target, start: &DMatrix<f64>) -> Self {
        let n = start.nrows();
        let rng = (0..n).map(|i| Stream::new(6, Purpose::Test, 0, i as u64)).collect();
        let state = State::new(target, start.clone()).unwrap();
        let mut run = Self { kernel, state, rng, info: vec![Info::default(); n] };
        let mut tuner = DualAveraging::new(run.kernel.step_size(), run.kernel.target_acceptance());
        for _ in 0..500 {
            run.step(target);
            let sum: f64 = run.info.iter().map(|info| info.acceptance_probability).sum();
            run.kernel.set_step_size(tuner.update(sum / n as f64));
        }
        run.kernel.set_step_size(tuner.step_size());
        run
    }

    fn step(&mut self, target: &dyn Target) {
        self.kernel.step(target, &mut self.state, &mut self.rng, &mut self.info);
    }
}

fn check(target: &dyn Target, start: &DMatrix<f64>, what: &str) {
    let expected = exact(target);
    for entry in KERNELS {
        let kernel = build(entry.name, &Parameters::new()).unwrap();
        let mut run = Run::new(kernel, target, start);
        let mut sums = vec![vec![0.0; WALKERS]; OBSERVABLES.len()];
        for _ in 0..STEPS {
            run.step(target);
            for (i, row) in run.state.x().row_iter().enumerate() {
                let x = [row[0], row[1]];
                assert!(target.region().is_none_or(|region| region(&x)), "{} {x:?}", entry.name);
                for (sum, (_, f)) in sums.iter_mut().zip(OBSERVABLES) {
                    sum[i] += f(x[0], x[1]) / STEPS as f64;
                }
            }
        }
        for ((of_walkers, expected), (name, _)) in sums.iter().zip(&expected).zip(OBSERVABLES) {
            let found = independent_runs(of_walkers).unwrap();
            // 4.5 standard errors of 48 walkers: by chance once in 20,000 comparisons. What is constant in a region has none.
            let off = (found.value - expected).abs();
            let words = format!("{} {what} {name}: {found} {expected}", entry.name);
            assert!(off < 4.5 * found.error + 1e-9 && found.error < 0.05, "{words}");
        }
    }
}

fn start(center: f64) -> DMatrix<f64> {
    DMatrix::from_fn(WALKERS, 2, |i, k| if k == 0 { center } else { 0.01 * i as f64 })
}

#[test]
fn every_kernel_samples_a_region_alone() {
    let u = reduced(double_well(), 1.0);
    let right = |x: &[f64]| x[0] > 0.2 && x[0] + x[1] < 2.02;
    check(&Within { target: &u, region: Some(&right) }, &start(1.0), "region");
    check(&Within { target: &u, region: None }, &start(1.0), "everywhere");
}

#[test]
fn every_kernel_samples_the_path_from_a_flow_to_a_potential() {
    let generator = generator();
    let region = |x: &[f64]| x[1] < 0.8;
    for (b, region) in [(0.5, None), (0.5, Some(&region as boltzflow::sampler::Region<'_>))] {
        check(&Path { generator: &generator, region, b }, &start(0.3), "half-way");
    }
}

/// Another b costs nothing, and gives the same numbers as an evaluation; the gradient is that of the value.
#[test]
fn another_place_on_the_path_follows_from_the_parts() {
    let generator = generator();
    let mut path = Path { generator: &generator, region: None, b: 0.3 };
    let mut rng = Stream::new(2, Purpose::Test, 0, 0);
    let x = DMatrix::from_fn(9, 2, |_, _| 1.2 * rng.normal());
    let mut state = State::new(&path, x.clone()).unwrap();
    for b in [0.0, 0.7, 1.0] {
        path.b = b;
        state.recombine(&path);
        assert_eq!((state.evaluations(), state.flow_evaluations()), (9, 9));
        let anew = State::new(&path, x.clone()).unwrap();
        assert_eq!(anew.flow_evaluations(), if b < 1.0 { 9 } else { 0 });
        assert_eq!((state.u(), state.gradient()), (anew.u(), anew.gradient()));
        for k in 0..2 {
            let at = |h: f64| {
                let mut moved = x.clone();
                moved.column_mut(k).add_scalar_mut(h);
                State::new(&path, moved).unwrap()
            };
            let (up, down) = (at(1e-5), at(-1e-5));
            for i in 0..9 {
                let slope = (up.u()[i] - down.u()[i]) / 2e-5;
                let gradient = state.gradient()[(i, k)];
                assert!((slope - gradient).abs() < 1e-6 * (1.0 + slope.abs()), "{b} {i} {k}");
            }
        }
    }
}

/// A potential that tells whether gradients were asked for.
#[derive(Debug)]
struct Asked<'a> {
    target: &'a dyn Target,
    gradients: std::sync::atomic::AtomicUsize,
}

impl Target for Asked<'_> {
    fn dim(&self) -> usize {
        self.target.dim()
    }

    fn evaluate(&self, points: &mut Points, gradient: bool, work: &mut Work) {
        self.gradients.fetch_add(usize::from(gradient), std::sync::atomic::Ordering::Relaxed);
        self.target.evaluate(points, gradient, work);
    }
}

#[test]
fn metropolis_asks_for_no_gradient() {
    let u = reduced(double_well(), 1.0);
    for (name, asks) in [("metropolis", false), ("mala", true), ("hmc", true)] {
        let target = Asked { target: &u, gradients: 0.into() };
        let mut run = Run::new(build(name, &Parameters::new()).unwrap(), &target, &start(1.0));
        let entered = 1;
        run.step(&target);
        let asked = target.gradients.into_inner();
        assert_eq!(asked > entered, asks, "{name}");
    }
}

/// Walkers that rest, and trajectories that diverge, leave the others alone.
#[test]
fn a_walker_at_rest_stays_where_it_is() {
    let u = reduced(double_well(), 1.0);
    for entry in KERNELS {
        let run = |rests: bool| {
            let kernel = build(entry.name, &Parameters::new()).unwrap();
            let mut state = State::new(&u, start(1.0)).unwrap();
            state.set_resting(3, rests);
            let stream = |i: usize| Stream::new(1, Purpose::Test, 0, i as u64);
            let mut rng: Vec<Stream> = (0..WALKERS).map(stream).collect();
            let mut info = vec![Info::default(); WALKERS];
            for _ in 0..50 {
                kernel.step(&u, &mut state, &mut rng, &mut info);
                assert!(!rests || (!info[3].accepted && info[3].acceptance_probability == 0.0));
            }
            state
        };
        let (moving, resting) = (run(false), run(true));
        assert_eq!(resting.x().row(3), start(1.0).row(3));
        for i in (0..WALKERS).filter(|i| *i != 3) {
            assert_eq!(resting.x().row(i), moving.x().row(i), "{} {i}", entry.name);
        }
    }
}

/// A divergence stops one trajectory at its start, where energies are known, while others go on.
#[test]
fn a_trajectory_that_diverges_is_given_up_alone() {
    let potential = double_well();
    let u = reduced(potential, 1.0);
    for entry in KERNELS {
        let mut kernel = build(entry.name, &Parameters::new()).unwrap();
        kernel.set_step_size(40.0);
        let far = DMatrix::from_fn(8, 2, |i, k| if i == 0 && k == 0 { 30.0 } else { 0.1 });
        let mut state = State::new(&u, far).unwrap();
        let mut rng: Vec<Stream> = (0..8).map(|i| Stream::new(1, Purpose::Test, 0, i)).collect();
        let mut info = vec![Info::default(); 8];
        for _ in 0..20 {
            kernel.step(&u, &mut state, &mut rng, &mut info);
        }
        assert!(state.u().iter().all(|u| u.is_finite()), "{}", entry.name);
        let mut energy = vec![0.0; 8];
        let mut gradient = state.x().clone();
        u.potential().evaluate(state.x(), &mut energy, &mut gradient, &mut Scratch::default());
        assert_eq!(state.u(), energy, "{}", entry.name);
    }
}
