//! What every registered layer promises, checked for each by being registered.

use boltzflow::flow::{Bijector, Context, Pass, bijectors};
use boltzflow::nalgebra::{DMatrix, DVector};
use boltzflow::nn::ParamLayout;
use boltzflow::num::{Accumulator, Purpose, Real, Stream, Tape};

const N: usize = 5;
/// Examples that layers are fitted to.
const EXAMPLES: usize = 200;

/// The layout of a layer's parameters.
fn layout<T: Real>(layer: &dyn Bijector<T>) -> ParamLayout {
    let mut layout = ParamLayout::default();
    layer.describe("x", &mut layout);
    layout
}

/// The numbers of a layer: θ, constants, and the context of [`N`] rows.
struct Numbers<T> {
    theta: Vec<T>,
    constants: Vec<T>,
    context: Vec<T>,
    columns: usize,
}

impl<T: Real> Numbers<T> {
    fn pass<'a>(&'a self, tape: &'a mut Tape<T>) -> Pass<'a, T> {
        let context = Context::new(&self.context, self.columns);
        Pass::new(&self.theta, &self.constants, tape).with_context(context)
    }

    /// With the context of one row alone.
    fn of_row(&self, row: usize) -> Self {
        let (theta, constants) = (self.theta.clone(), self.constants.clone());
        let context = self.context.iter().skip(row).step_by(N).copied().collect();
        Self { theta, constants, context, columns: self.columns }
    }
}

/// Parameters away from the initial point, so that every term of a gradient is exercised; constants fitted to
/// examples.
fn numbers<T: Real>(layer: &dyn Bijector<T>, rng: &mut Stream) -> Numbers<T> {
    let (mut theta, mut constants) =
        (vec![T::ZERO; layer.n_params()], vec![T::ZERO; layer.n_constants()]);
    layer.init(&mut theta, &mut constants, rng);
    let mix = DMatrix::from_fn(layer.dim(), layer.dim(), |i, j| {
        0.3 * rng.normal() + f64::from(u8::from(i == j))
    });
    let examples = DMatrix::from_fn(EXAMPLES, layer.dim(), |_, _| 0.2 + rng.normal()) * mix;
    let weights: Vec<f64> = (0..EXAMPLES).map(|_| rng.uniform()).collect();
    let columns = layer.n_context();
    let seen: Vec<T> = (0..EXAMPLES * columns).map(|_| T::lit(rng.normal())).collect();
    let context = Context::new(&seen, columns);
    layer.fit(&theta, &mut constants, context, &examples.map(T::lit), &weights).unwrap();
    theta.iter_mut().for_each(|v| *v += T::lit(0.3 * rng.normal()));
    let context = (0..N * columns).map(|_| T::lit(rng.normal())).collect();
    Numbers { theta, constants, context, columns }
}

fn points(dim: usize, rng: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_fn(N, dim, |_, _| rng.normal())
}

/// Both directions of a layer as one function.
fn apply<T: Real>(
    layer: &dyn Bijector<T>,
    inverse: bool,
    pass: &mut Pass<'_, T>,
    x: &mut DMatrix<T>,
    log_det: &mut [T],
) {
    if inverse {
        layer.inverse(pass, x, log_det);
    } else {
        layer.forward(pass, x, log_det);
    }
}

fn each(check: impl Fn(&str, &dyn Bijector<f64>, &mut Stream)) {
    for (module, entry) in bijectors::<f64>() {
        let examples = (entry.examples)();
        assert!(!examples.is_empty(), "{module} gives no example");
        for (i, (name, layer)) in examples.iter().enumerate() {
            let mut rng = Stream::new(11, Purpose::Test, i as u64, 0);
            check(&format!("{module} ({name})"), layer.as_ref(), &mut rng);
        }
    }
}

#[test]
fn round_trip_and_opposite_log_dets() {
    each(|name, layer, rng| {
        let numbers = numbers(layer, rng);
        let z = points(layer.dim(), rng);
        let (mut x, mut forward, mut back) = (z.clone(), [0.0; N], [0.0; N]);
        let mut tape = Tape::off();
        let mut pass = numbers.pass(&mut tape);
        layer.forward(&mut pass, &mut x, &mut forward);
        layer.inverse(&mut pass, &mut x, &mut back);
        assert!((&x - &z).amax() < 1e-12, "{name}: round trip {}", (&x - &z).amax());
        for (f, b) in forward.iter().zip(back) {
            assert!((f + b).abs() < 1e-12, "{name}: log-dets {f} {b}");
        }
        assert_eq!(tape.depth(), 0, "{name}: a tape that is off recorded something");
    });
}

#[test]
fn log_det_is_that_of_the_numerical_jacobian() {
    each(|name, layer, rng| {
        let numbers = numbers(layer, rng);
        let z = points(layer.dim(), rng);
        for inverse in [false, true] {
            let (mut y, mut log_det) = (z.clone(), [0.0; N]);
            apply(layer, inverse, &mut numbers.pass(&mut Tape::off()), &mut y, &mut log_det);
            for row in 0..N {
                let own = numbers.of_row(row);
                let h = 1e-6;
                let jacobian = DMatrix::from_columns(
                    &(0..layer.dim())
                        .map(|j| {
                            let side = |step: f64| {
                                let mut p = DMatrix::zeros(1, layer.dim());
                                p.copy_from(&z.rows(row, 1));
                                p[(0, j)] += step;
                                let mut tape = Tape::off();
                                apply(layer, inverse, &mut own.pass(&mut tape), &mut p, &mut [0.0]);
                                DVector::from_column_slice(p.as_slice())
                            };
                            (side(h) - side(-h)) / (2.0 * h)
                        })
                        .collect::<Vec<_>>(),
                );
                let numerical = jacobian.determinant().abs().ln();
                assert!(
                    (numerical - log_det[row]).abs() < 1e-6 * (1.0 + numerical.abs()),
                    "{name}, inverse {inverse}: {} against {numerical}",
                    log_det[row]
                );
            }
        }
    });
}

/// L = Σ a∘y + Σ b·log_det for fixed random a, b: its gradients in x and θ against central differences.
#[test]
fn both_vjps_agree_with_central_differences() {
    each(|name, layer, rng| {
        let numbers = numbers(layer, rng);
        let x = points(layer.dim(), rng);
        let a = points(layer.dim(), rng);
        let b: Vec<f64> = (0..N).map(|_| rng.normal()).collect();
        let theta = &numbers.theta;
        for inverse in [false, true] {
            let loss = |theta: &[f64], x: &DMatrix<f64>| {
                let (mut y, mut log_det) = (x.clone(), [0.0; N]);
                let mut tape = Tape::off();
                let mut pass = Pass { theta, ..numbers.pass(&mut tape) };
                apply(layer, inverse, &mut pass, &mut y, &mut log_det);
                y.dot(&a) + log_det.iter().zip(&b).map(|(l, b)| l * b).sum::<f64>()
            };
            let mut tape = Tape::new();
            let (mut y, mut log_det) = (x.clone(), [0.0; N]);
            let mut pass = numbers.pass(&mut tape);
            apply(layer, inverse, &mut pass, &mut y, &mut log_det);
            let mut g = a.clone();
            // An empty accumulator must be written everywhere.
            let mut g_theta = vec![f64::NAN; layer.n_params()];
            let sum = Accumulator::empty(&mut g_theta);
            if inverse {
                layer.inverse_vjp(&mut pass, &mut g, &b, sum);
            } else {
                layer.forward_vjp(&mut pass, &mut g, &b, sum);
            }
            assert_eq!(tape.depth(), 0, "{name}: the tape is not balanced");

            let scale = g.amax().max(g_theta.iter().fold(0.0, |m: f64, v| m.max(v.abs())));
            let close = |found: f64, difference: f64, what: &str| {
                assert!(
                    (found - difference).abs() <= 1e-6 * scale.max(1.0),
                    "{name}, inverse {inverse}, {what}: {found} against {difference}"
                );
            };
            let h = f64::EPSILON.cbrt();
            for i in 0..x.len() {
                let (mut p, mut m) = (x.clone(), x.clone());
                p[i] += h;
                m[i] -= h;
                close(g[i], (loss(theta, &p) - loss(theta, &m)) / (2.0 * h), "input");
            }
            for entry in layout(layer).entries().iter().filter(|e| !e.fitted) {
                for i in entry.range.clone() {
                    let (mut p, mut m) = (theta.to_vec(), theta.to_vec());
                    p[i] += h;
                    m[i] -= h;
                    close(g_theta[i], (loss(&p, &x) - loss(&m, &x)) / (2.0 * h), &entry.name);
                }
            }
        }
    });
}

#[test]
fn layers_with_parameters_start_near_the_identity() {
    each(|name, layer, rng| {
        if layer.n_params() == 0 {
            return;
        }
        let mut numbers = numbers(layer, rng);
        layer.init(&mut numbers.theta, &mut numbers.constants, rng);
        let z = points(layer.dim(), rng);
        let (mut x, mut log_det) = (z.clone(), [0.0; N]);
        layer.forward(&mut numbers.pass(&mut Tape::off()), &mut x, &mut log_det);
        assert!(log_det.iter().all(|l| l.abs() < 0.5), "{name}: {log_det:?}");
        if !name.contains('P') {
            assert!((&x - &z).amax() < 0.5, "{name}: moved by {}", (&x - &z).amax());
        }
    });
}

#[test]
fn f32_agrees_with_f64_and_describes_the_same_parameters() {
    for ((module, wide), (_, narrow)) in bijectors::<f64>().into_iter().zip(bijectors::<f32>()) {
        let pairs = (wide.examples)().into_iter().zip((narrow.examples)());
        for ((name, wide), (_, narrow)) in pairs {
            let mut rng = Stream::new(5, Purpose::Test, 0, 0);
            let numbers64 = numbers(wide.as_ref(), &mut rng);
            let single = |v: &[f64]| v.iter().map(|v| *v as f32).collect::<Vec<f32>>();
            let Numbers { theta, constants, context, columns } = &numbers64;
            let [theta, constants, context] = [theta, constants, context].map(|v| single(v));
            let numbers32 = Numbers { theta, constants, context, columns: *columns };
            let z = points(wide.dim(), &mut rng);
            for inverse in [false, true] {
                let (mut x64, mut l64) = (z.clone(), [0.0; N]);
                let (mut x32, mut l32) = (z.map(|v| v as f32), [0.0_f32; N]);
                let mut tape = Tape::off();
                apply(wide.as_ref(), inverse, &mut numbers64.pass(&mut tape), &mut x64, &mut l64);
                let mut tape = Tape::off();
                apply(narrow.as_ref(), inverse, &mut numbers32.pass(&mut tape), &mut x32, &mut l32);
                let worst = (x32.map(f64::from) - x64).amax();
                assert!(worst < 1e-4, "{module} ({name}): {worst}");
                for (a, b) in l32.iter().zip(l64) {
                    assert!((f64::from(*a) - b).abs() < 1e-4, "{module} ({name}): {a} {b}");
                }
            }
            let described = layout(wide.as_ref());
            assert_eq!(described.n_params(), wide.n_params(), "{module} ({name})");
            assert_eq!(described.n_constants(), wide.n_constants(), "{module} ({name})");
        }
    }
}

/// A pass repeated with the same sizes gets all its buffers from the pool.
#[test]
fn the_tape_ends_a_round_as_it_began() {
    each(|name, layer, rng| {
        let numbers = numbers(layer, rng);
        let mut tape = Tape::new();
        let mut round = || {
            let (mut x, mut log_det) = (points(layer.dim(), rng), [0.0; N]);
            let mut pass = numbers.pass(&mut tape);
            layer.forward(&mut pass, &mut x, &mut log_det);
            let mut g_theta = vec![0.0; layer.n_params()];
            let sum = Accumulator::onto(&mut g_theta);
            layer.forward_vjp(&mut pass, &mut x, &log_det, sum);
            tape.pooled()
        };
        let first = round();
        assert_eq!(first, round(), "{name}: buffers were allocated again");
    });
}

/// What a layer sees of the context changes what it does; among the examples of couplings there is one with two numbers of each row.
#[test]
fn a_context_is_seen() {
    let mut seen = 0;
    each(|name, layer, rng| {
        if layer.n_context() > 0 {
            let mut numbers = numbers(layer, rng);
            let z = points(layer.dim(), rng);
            let image = |numbers: &Numbers<f64>| {
                let (mut x, mut log_det) = (z.clone(), [0.0; N]);
                layer.forward(&mut numbers.pass(&mut Tape::off()), &mut x, &mut log_det);
                x
            };
            let before = image(&numbers);
            numbers.context.iter_mut().for_each(|c| *c += 0.5);
            assert!(
                (image(&numbers) - before).amax() > 1e-4,
                "{name} does not look at its context"
            );
        }
    });
    for (module, entry) in bijectors::<f64>() {
        let with = (entry.examples)().iter().filter(|(_, l)| l.n_context() == 2).count();
        if module.ends_with("coupling") {
            assert!(with > 0, "{module} has no example with a context");
            seen += with;
        }
    }
    assert!(seen >= 3);
}

/// A kept coordinate on a circle: a turn of it changes nothing but itself.
#[test]
fn a_turn_changes_nothing() {
    use boltzflow::flow::{AdditiveCoupling, AffineCoupling, Architecture, Columns, Split};
    use boltzflow::flow::{SplineCoupling, SplitKind};
    use boltzflow::system::Support;
    let columns = Columns::all(4).on(&[Support::Circle { period: 2.5 }; 4]);
    let split = || Split::new(SplitKind::EvenOdd, &columns, false);
    let architecture = Architecture::default();
    let layers: [Box<dyn Bijector<f64>>; 3] = [
        Box::new(AdditiveCoupling::new(split(), &architecture)),
        Box::new(AffineCoupling::new(split(), &architecture)),
        Box::new(SplineCoupling::new(split(), &architecture)),
    ];
    for layer in layers {
        let mut rng = Stream::new(3, Purpose::Test, 0, 0);
        let (numbers, z) = (numbers(&*layer, &mut rng), points(4, &mut rng));
        let image = |turns: f64| {
            let mut x = z.clone();
            x.column_mut(0).add_scalar_mut(2.5 * turns);
            layer.forward(&mut numbers.pass(&mut Tape::off()), &mut x, &mut [0.0; N]);
            x.columns(1, 3).into_owned()
        };
        assert!((image(1.0) - image(0.0)).amax() < 1e-12, "{layer:?}");
        assert!((image(0.5) - image(0.0)).amax() > 1e-4, "{layer:?} does not look at the circle");
    }
}
