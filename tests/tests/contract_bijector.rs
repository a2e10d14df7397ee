//! What every registered layer promises, checked for each by being registered.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

use boltzflow::flow::{Bijector, bijectors};
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

/// Parameters away from the initial point, so that every term of a gradient is exercised: those that come from
/// examples fitted to some, the others shifted.
fn theta<T: Real>(layer: &dyn Bijector<T>, rng: &mut Stream) -> Vec<T> {
    let mut theta = vec![T::ZERO; layer.n_params()];
    layer.init(&mut theta, rng);
    let mix = DMatrix::from_fn(layer.dim(), layer.dim(), |i, j| {
        0.3 * rng.normal() + f64::from(u8::from(i == j))
    });
    let examples = DMatrix::from_fn(EXAMPLES, layer.dim(), |_, _| 0.2 + rng.normal()) * mix;
    let weights: Vec<f64> = (0..EXAMPLES).map(|_| rng.uniform()).collect();
    layer.fit(&mut theta, &examples.map(T::lit), &weights).unwrap();
    for entry in layout(layer).entries().iter().filter(|e| !e.fitted) {
        for v in &mut theta[entry.range.clone()] {
            *v += T::lit(0.3 * rng.normal());
        }
    }
    theta
}

fn points(dim: usize, rng: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_fn(N, dim, |_, _| rng.normal())
}

/// Both directions of a layer as one function.
fn apply<T: Real>(
    layer: &dyn Bijector<T>,
    inverse: bool,
    theta: &[T],
    x: &mut DMatrix<T>,
    log_det: &mut [T],
    tape: &mut Tape<T>,
) {
    if inverse {
        layer.inverse(theta, x, log_det, tape);
    } else {
        layer.forward(theta, x, log_det, tape);
    }
}

fn each(check: impl Fn(&str, &dyn Bijector<f64>, &mut Stream)) {
    for (module, examples) in bijectors::<f64>() {
        let examples = examples();
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
        let theta = theta(layer, rng);
        let z = points(layer.dim(), rng);
        let (mut x, mut forward, mut back) = (z.clone(), [0.0; N], [0.0; N]);
        let mut tape = Tape::off();
        layer.forward(&theta, &mut x, &mut forward, &mut tape);
        layer.inverse(&theta, &mut x, &mut back, &mut tape);
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
        let theta = theta(layer, rng);
        let z = points(layer.dim(), rng);
        for inverse in [false, true] {
            let (mut y, mut log_det) = (z.clone(), [0.0; N]);
            apply(layer, inverse, &theta, &mut y, &mut log_det, &mut Tape::off());
            for row in 0..N {
                let h = 1e-6;
                let jacobian = DMatrix::from_columns(
                    &(0..layer.dim())
                        .map(|j| {
                            let side = |step: f64| {
                                let mut p = DMatrix::zeros(1, layer.dim());
                                p.copy_from(&z.rows(row, 1));
                                p[(0, j)] += step;
                                apply(layer, inverse, &theta, &mut p, &mut [0.0], &mut Tape::off());
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
        let theta = theta(layer, rng);
        let x = points(layer.dim(), rng);
        let a = points(layer.dim(), rng);
        let b: Vec<f64> = (0..N).map(|_| rng.normal()).collect();
        for inverse in [false, true] {
            let loss = |theta: &[f64], x: &DMatrix<f64>| {
                let (mut y, mut log_det) = (x.clone(), [0.0; N]);
                apply(layer, inverse, theta, &mut y, &mut log_det, &mut Tape::off());
                y.dot(&a) + log_det.iter().zip(&b).map(|(l, b)| l * b).sum::<f64>()
            };
            let mut tape = Tape::new();
            let (mut y, mut log_det) = (x.clone(), [0.0; N]);
            apply(layer, inverse, &theta, &mut y, &mut log_det, &mut tape);
            let mut g = a.clone();
            // An empty accumulator must be written everywhere.
            let mut g_theta = vec![f64::NAN; layer.n_params()];
            let sum = Accumulator::empty(&mut g_theta);
            if inverse {
                layer.inverse_vjp(&theta, &mut g, &b, sum, &mut tape);
            } else {
                layer.forward_vjp(&theta, &mut g, &b, sum, &mut tape);
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
                close(g[i], (loss(&theta, &p) - loss(&theta, &m)) / (2.0 * h), "input");
            }
            for entry in layout(layer).entries() {
                for i in entry.range.clone() {
                    if entry.fitted {
                        assert_eq!(g_theta[i], 0.0, "{name}: {} is not to be trained", entry.name);
                        continue;
                    }
                    let (mut p, mut m) = (theta.clone(), theta.clone());
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
        let mut theta = vec![0.0; layer.n_params()];
        layer.init(&mut theta, rng);
        let z = points(layer.dim(), rng);
        let (mut x, mut log_det) = (z.clone(), [0.0; N]);
        layer.forward(&theta, &mut x, &mut log_det, &mut Tape::off());
        assert!(log_det.iter().all(|l| l.abs() < 0.5), "{name}: {log_det:?}");
        if !name.contains('P') {
            assert!((&x - &z).amax() < 0.5, "{name}: moved by {}", (&x - &z).amax());
        }
    });
}

#[test]
fn f32_agrees_with_f64_and_describes_the_same_parameters() {
    for ((module, wide), (_, narrow)) in bijectors::<f64>().into_iter().zip(bijectors::<f32>()) {
        for ((name, wide), (_, narrow)) in wide().into_iter().zip(narrow()) {
            let mut rng = Stream::new(5, Purpose::Test, 0, 0);
            let theta64 = theta(wide.as_ref(), &mut rng);
            let theta32: Vec<f32> = theta64.iter().map(|v| *v as f32).collect();
            let z = points(wide.dim(), &mut rng);
            for inverse in [false, true] {
                let (mut x64, mut l64) = (z.clone(), [0.0; N]);
                let (mut x32, mut l32) = (z.map(|v| v as f32), [0.0_f32; N]);
                apply(wide.as_ref(), inverse, &theta64, &mut x64, &mut l64, &mut Tape::off());
                apply(narrow.as_ref(), inverse, &theta32, &mut x32, &mut l32, &mut Tape::off());
                let worst = (x32.map(f64::from) - x64).amax();
                assert!(worst < 1e-4, "{module} ({name}): {worst}");
                for (a, b) in l32.iter().zip(l64) {
                    assert!((f64::from(*a) - b).abs() < 1e-4, "{module} ({name}): {a} {b}");
                }
            }
            let described = layout(wide.as_ref()).len();
            assert_eq!(described, wide.n_params(), "{module} ({name})");
        }
    }
}

/// A pass repeated with the same sizes gets all its buffers from the pool.
#[test]
fn the_tape_ends_a_round_as_it_began() {
    each(|name, layer, rng| {
        let theta = theta(layer, rng);
        let mut tape = Tape::new();
        let mut round = || {
            let (mut x, mut log_det) = (points(layer.dim(), rng), [0.0; N]);
            layer.forward(&theta, &mut x, &mut log_det, &mut tape);
            let mut g_theta = vec![0.0; layer.n_params()];
            let sum = Accumulator::onto(&mut g_theta);
            layer.forward_vjp(&theta, &mut x, &log_det, sum, &mut tape);
            tape.pooled()
        };
        let first = round();
        assert_eq!(first, round(), "{name}: buffers were allocated again");
    });
}
