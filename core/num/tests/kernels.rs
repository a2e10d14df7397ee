//! Every kernel table against plain f64 formulas and, for products, an oracle crate: all
//! remainders of every tile, all transposes, unaligned slices, NaN and infinities.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

use boltzflow_num::kernel::{AdamStep, Finish, Kernels, PACK_LEN, Product, Start, Transpose};
use boltzflow_num::{Activation, Purpose, Real, Stream};
use nalgebra::DMatrix;

fn random<T: Real>(n: usize, rng: &mut Stream) -> Vec<T> {
    (0..n).map(|_| T::lit(rng.normal())).collect()
}

fn wide<T: Real>(values: &[T]) -> Vec<f64> {
    values.iter().map(|v| v.to_f64()).collect()
}

fn close<T: Real>(found: &[T], expected: &[f64], what: &str) {
    let tolerance = 300.0 * T::EPSILON.to_f64();
    assert_eq!(found.len(), expected.len());
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let difference = (a.to_f64() - b).abs();
        assert!(difference <= tolerance * (1.0 + b.abs()), "{what}[{i}]: {a} against {b}");
    }
}

fn each_table<T: Real>(check: impl Fn(&str, &'static Kernels<T>, &mut Stream)) {
    for table in T::kernel_tables() {
        let mut rng = Stream::new(1, Purpose::Test, 0, 0);
        check(&format!("{} {}", table.name, T::NAME), table, &mut rng);
    }
}

/// op(A)·op(B) by nalgebra, whose product is that of the crate matrixmultiply.
fn oracle<T: Real>(p: &Product<'_, T>, a: &[T], b: &[T]) -> DMatrix<f64> {
    let matrix = |r, c, v: &[T]| DMatrix::from_column_slice(r, c, &wide(v));
    match p.transpose {
        Transpose::None => matrix(p.m, p.k, a) * matrix(p.k, p.n, b),
        Transpose::Right => matrix(p.m, p.k, a) * matrix(p.n, p.k, b).transpose(),
        Transpose::Left => matrix(p.k, p.m, a).transpose() * matrix(p.k, p.n, b),
    }
}

/// One product by a table against the oracle, from every start and to every finish.
fn product<T: Real>(
    name: &str,
    table: &Kernels<T>,
    transpose: Transpose,
    (m, n, k): (usize, usize, usize),
    rng: &mut Stream,
) {
    // One element in: slices need no alignment.
    let (a, b) = (random::<T>(m * k + 1, rng), random::<T>(k * n + 1, rng));
    let (bias, before) = (random::<T>(n, rng), random::<T>(m * n, rng));
    let saved: Vec<T> = (0..m * n).map(|_| T::lit(rng.uniform())).collect();
    for start in [Start::Zero, Start::Bias(&bias), Start::Add] {
        for finish in [
            Finish::Nothing,
            Finish::Activate(Activation::Tanh),
            Finish::Vjp(Activation::Tanh, &saved),
        ] {
            let p = Product { transpose, m, n, k, start, finish, soon: &a };
            let mut expected = oracle(&p, &a[1..], &b[1..]);
            match start {
                Start::Zero => {}
                Start::Bias(bias) => {
                    expected += DMatrix::from_fn(m, n, |_, j| bias[j].to_f64());
                }
                Start::Add => expected += DMatrix::from_column_slice(m, n, &wide(&before)),
            }
            match finish {
                Finish::Nothing => {}
                Finish::Activate(_) => expected.apply(|v| *v = v.tanh()),
                Finish::Vjp(_, saved) => {
                    let slope = |i: usize| 1.0 - saved[i].to_f64() * saved[i].to_f64();
                    expected.iter_mut().enumerate().for_each(|(i, v)| *v *= slope(i));
                }
            }
            let mut c = before.clone();
            // Whatever the work memory held before must not matter.
            let mut pack = vec![T::lit(f64::NAN); PACK_LEN];
            (table.gemm)(&p, &a[1..], &b[1..], &mut c, &mut pack);
            close(&c, expected.as_slice(), &format!("{name} {transpose:?} {m}x{n}x{k}"));
        }
    }
}

fn products<T: Real>() {
    // All remainders of the tallest (48 rows) and the widest (8 columns) tile and of the panels that share four
    // registers, with sums that end within a register; then sums of more than one block.
    let remainders = (1..=66).flat_map(|m| [(m, m % 17 + 1, 5), (m, 9 - m % 9, 17)]);
    let shapes = (1..=17).map(|n| (3, n, 2)).chain(remainders).chain([
        (33, 97, 257),
        (128, 100, 300),
        (1, 200, 1),
        (17, 1, 513),
        (5, 3, 0),
        (0, 3, 4),
        (3, 0, 4),
    ]);
    for shape in shapes {
        each_table::<T>(|name, table, rng| {
            for transpose in [Transpose::None, Transpose::Right, Transpose::Left] {
                product(name, table, transpose, shape, rng);
            }
        });
    }
}

#[test]
fn products_agree_with_the_oracle() {
    products::<f32>();
    products::<f64>();
}

fn elementwise<T: Real>() {
    for n in (0..=40).chain([1000]) {
        each_table::<T>(|name, table, rng| {
            let [x, s, t, l, g] = core::array::from_fn(|_| random::<T>(n, rng));
            let zip = |f: &dyn Fn(usize) -> f64| (0..n).map(f).collect::<Vec<_>>();
            let (xw, sw, tw, lw, gw) = (wide(&x), wide(&s), wide(&t), wide(&l), wide(&g));

            let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
            for (kind, value, slope) in [
                (Activation::Tanh, f64::tanh as fn(f64) -> f64, None),
                (Activation::Relu, (|x| x.max(0.0)) as fn(f64) -> f64, Some(1)),
                (Activation::Silu, (|x| x / (1.0 + (-x).exp())) as fn(f64) -> f64, Some(2)),
            ] {
                let mut y = x.clone();
                (table.activate)(kind, &mut y);
                close(&y, &zip(&|i| value(xw[i])), &format!("{name} {kind:?}"));
                let saved = if kind == Activation::Silu { &x } else { &y };
                let mut found = g.clone();
                (table.activation_gradient)(kind, saved, &mut found);
                let expected = zip(&|i| {
                    let x = xw[i];
                    gw[i]
                        * match slope {
                            None => 1.0 - x.tanh() * x.tanh(),
                            Some(1) => f64::from(x > 0.0),
                            Some(_) => sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))),
                        }
                });
                close(&found, &expected, &format!("{name} {kind:?} gradient"));
            }

            let (mut y, mut log_det) = (x.clone(), l.clone());
            (table.affine_forward)(&s, &t, &mut y, &mut log_det);
            close(&y, &zip(&|i| xw[i] * sw[i].exp() + tw[i]), &format!("{name} forward"));
            close(&log_det, &zip(&|i| lw[i] + sw[i]), &format!("{name} forward log-det"));
            let (mut y, mut log_det) = (x.clone(), l.clone());
            (table.affine_inverse)(&s, &t, &mut y, &mut log_det);
            close(&y, &zip(&|i| (xw[i] - tw[i]) * (-sw[i]).exp()), &format!("{name} inverse"));
            close(&log_det, &zip(&|i| lw[i] - sw[i]), &format!("{name} inverse log-det"));

            let (mut g_x, mut g_s) = (g.clone(), x.clone());
            (table.affine_forward_vjp)(&s, &x, &l, &mut g_x, &mut g_s);
            close(&g_x, &zip(&|i| gw[i] * sw[i].exp()), &format!("{name} forward vjp x"));
            let expected = zip(&|i| gw[i] * xw[i] * sw[i].exp() + lw[i]);
            close(&g_s, &expected, &format!("{name} forward vjp s"));

            let (mut g_y, mut g_s, mut g_t) = (g.clone(), x.clone(), x.clone());
            (table.affine_inverse_vjp)(&s, &x, &l, &mut g_y, &mut g_s, &mut g_t);
            close(&g_y, &zip(&|i| gw[i] * (-sw[i]).exp()), &format!("{name} inverse vjp y"));
            close(&g_t, &zip(&|i| -gw[i] * (-sw[i]).exp()), &format!("{name} inverse vjp t"));
            close(&g_s, &zip(&|i| -gw[i] * xw[i] - lw[i]), &format!("{name} inverse vjp s"));

            let total: f64 = xw.iter().sum();
            close(&[(table.sum)(&x)], &[total], &format!("{name} sum of {n}"));
            let squares: f64 = xw.iter().map(|x| x * x).sum();
            let found = (table.sum_of_squares)(&x);
            assert!((found - squares).abs() <= 1e-12 * (1.0 + squares), "{name} {found} {squares}");
            let mut y = g.clone();
            (table.add)(&x, &mut y);
            close(&y, &zip(&|i| gw[i] + xw[i]), &format!("{name} add"));
        });
    }
}

#[test]
fn elementwise_kernels_agree_with_their_formulas() {
    elementwise::<f32>();
    elementwise::<f64>();
}

#[test]
fn adam_agrees_with_its_formula() {
    each_table::<f64>(|name, table, rng| {
        let n = 37;
        let g = random::<f64>(n, rng);
        let (m, v, theta) = (random::<f64>(n, rng), vec![0.5; n], random::<f64>(n, rng));
        let step = AdamStep {
            beta1: 0.9,
            beta2: 0.99,
            rate: 0.02,
            root_correction: 1.5,
            epsilon: 1e-8,
            decay: 0.001,
            gradient_scale: 0.5,
        };
        let (mut m2, mut v2, mut theta2) = (m.clone(), v.clone(), theta.clone());
        (table.adam)(&step, &g, &mut m2, &mut v2, &mut theta2);
        for i in 0..n {
            let g = 0.5 * g[i];
            let m = 0.9 * m[i] + 0.1 * g;
            let v = 0.99 * v[i] + 0.01 * g * g;
            let expected = theta[i] - 0.001 * theta[i] - 0.02 * m / (v.sqrt() * 1.5 + 1e-8);
            assert!((theta2[i] - expected).abs() < 1e-12, "{name}");
            assert!((m2[i] - m).abs() < 1e-12 && (v2[i] - v).abs() < 1e-12, "{name}");
        }
    });
}

#[test]
fn nan_stays_nan_and_infinities_saturate() {
    each_table::<f32>(|name, table, _| {
        for kind in [Activation::Tanh, Activation::Relu, Activation::Silu] {
            let mut x = [f32::NAN, f32::INFINITY, 1.0, -1e30];
            (table.activate)(kind, &mut x);
            assert!(x[0].is_nan() && !x[1].is_nan() && x[2].is_finite(), "{name} {kind:?} {x:?}");
        }
        let mut x = [f32::INFINITY, f32::NEG_INFINITY];
        (table.activate)(Activation::Tanh, &mut x);
        assert_eq!(x, [1.0, -1.0]);
    });
}
