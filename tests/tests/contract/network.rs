//! What every registered kind of network promises, checked for each by being registered.

use boltzflow::nn::{Network, NetworkKind, ParamLayout, Shape};
use boltzflow::num::{Accumulator, Activation, Purpose, Real, Stream, Tape};
use boltzflow::preset::Settings;
use boltzflow::setting::Value;

const N: usize = 5;

/// Shapes that networks are made in.
const SHAPES: [Shape<'static>; 4] = [
    Shape { inputs: 3, hidden: &[6, 5], outputs: 4, activation: Activation::Tanh },
    Shape { inputs: 2, hidden: &[7], outputs: 1, activation: Activation::Silu },
    Shape { inputs: 4, hidden: &[8, 8, 8], outputs: 2, activation: Activation::Relu },
    Shape { inputs: 3, hidden: &[], outputs: 2, activation: Activation::Tanh },
];

fn each(check: impl Fn(&str, NetworkKind, &Shape<'static>, &mut Stream)) {
    assert!(!NetworkKind::NAMES.is_empty());
    for name in NetworkKind::NAMES {
        let kind = NetworkKind::from_name(name).unwrap();
        assert_eq!(kind.name(), *name);
        for shape in &SHAPES {
            check(name, kind, shape, &mut Stream::new(7, Purpose::Test, 0, 0));
        }
    }
    assert_eq!(NetworkKind::from_name("no such network"), None);
}

/// A kind is a setting like any other: every front can choose it, and run files keep it.
#[test]
fn the_kind_of_network_is_a_setting() {
    let mut settings = Settings::default();
    for name in NetworkKind::NAMES {
        let value = Value::Text((*name).into());
        settings.set("network", &value).unwrap();
        assert_eq!(settings.architecture.network.name(), *name);
        assert_eq!(settings.get("network").unwrap(), Some(value));
    }
    let error = settings.set("network", &Value::Text("no such network".into())).unwrap_err();
    assert!(error.to_string().contains("one of mlp"), "{error}");
}

fn random(n: usize, rng: &mut Stream) -> Vec<f64> {
    (0..n).map(|_| rng.normal()).collect()
}

fn outputs<T: Real>(network: &dyn Network<T>, theta: &[T], x: &[T], tape: &mut Tape<T>) -> Vec<T> {
    let mut y = vec![T::lit(f64::NAN); N * network.outputs()];
    network.forward(theta, N, x, &mut y, tape);
    y
}

/// Σ a∘y for fixed a: its gradients in the inputs and θ against central differences, and a balanced tape.
#[test]
fn the_vjp_agrees_with_central_differences() {
    each(|name, kind, shape, rng| {
        let network = kind.build::<f64>(shape);
        assert_eq!((network.inputs(), network.outputs()), (shape.inputs, shape.outputs), "{name}");
        let mut theta = vec![0.0; network.n_params()];
        network.init(&mut theta, 1.0, rng);
        theta.iter_mut().for_each(|v| *v += 0.3 * rng.normal());
        let (x, a) = (random(N * shape.inputs, rng), random(N * shape.outputs, rng));
        let loss = |theta: &[f64], x: &[f64]| -> f64 {
            let y = outputs(&*network, theta, x, &mut Tape::off());
            y.iter().zip(&a).map(|(y, a)| y * a).sum()
        };
        let mut tape = Tape::new();
        outputs(&*network, &theta, &x, &mut tape);
        // Empty accumulators must be written everywhere.
        let (mut g_x, mut g_theta) = (vec![f64::NAN; x.len()], vec![f64::NAN; theta.len()]);
        let (to_x, to_theta) = (Accumulator::empty(&mut g_x), Accumulator::empty(&mut g_theta));
        network.vjp(&theta, N, &x, &a, to_x, to_theta, &mut tape);
        assert_eq!(tape.depth(), 0, "{name} {shape:?}: the tape is not balanced");
        let h = f64::EPSILON.cbrt();
        let difference = |at: &[f64], i: usize, of: &dyn Fn(&[f64]) -> f64| {
            let (mut above, mut below) = (at.to_vec(), at.to_vec());
            above[i] += h;
            below[i] -= h;
            (of(&above) - of(&below)) / (2.0 * h)
        };
        for (i, g) in g_x.iter().enumerate() {
            let found = difference(&x, i, &|x| loss(&theta, x));
            assert!((g - found).abs() < 1e-6, "{name} {shape:?}, input {i}: {g} against {found}");
        }
        for (i, g) in g_theta.iter().enumerate() {
            let found = difference(&theta, i, &|theta| loss(theta, &x));
            assert!((g - found).abs() < 1e-6, "{name} {shape:?}, θ {i}: {g} against {found}");
        }
        // Where nobody wants a gradient, none is worked out, and one that is added to is kept.
        outputs(&*network, &theta, &x, &mut tape);
        let mut sum = g_x.clone();
        let onto = Accumulator::onto(&mut sum);
        network.vjp(&theta, N, &x, &a, onto, Accumulator::unwanted(), &mut tape);
        for (sum, g) in sum.iter().zip(&g_x) {
            assert!((sum - 2.0 * g).abs() < 1e-12, "{name} {shape:?}");
        }
    });
}

#[test]
fn f32_agrees_with_f64_and_describes_the_same_parameters() {
    each(|name, kind, shape, rng| {
        let (wide, narrow) = (kind.build::<f64>(shape), kind.build::<f32>(shape));
        let mut theta = vec![0.0; wide.n_params()];
        wide.init(&mut theta, 0.5, rng);
        let x = random(N * shape.inputs, rng);
        let single = |v: &[f64]| v.iter().map(|v| *v as f32).collect::<Vec<f32>>();
        let y64 = outputs(&*wide, &theta, &x, &mut Tape::off());
        let y32 = outputs(&*narrow, &single(&theta), &single(&x), &mut Tape::off());
        for (a, b) in y64.iter().zip(y32) {
            assert!((a - f64::from(b)).abs() < 1e-4, "{name} {shape:?}: {a} {b}");
        }
        let mut layout = ParamLayout::default();
        wide.describe("x", &mut layout);
        assert_eq!(layout.n_params(), wide.n_params(), "{name} {shape:?}");
        assert_eq!(narrow.n_params(), wide.n_params(), "{name} {shape:?}");
        assert_eq!(layout.n_constants(), 0, "{name} has constants, which networks have not");
    });
}

/// A small scale at the start makes small outputs, and a pass repeated gets all its buffers from the pool.
#[test]
fn a_small_scale_gives_small_outputs_and_buffers_are_used_again() {
    each(|name, kind, shape, rng| {
        let network = kind.build::<f64>(shape);
        let mut theta = vec![0.0; network.n_params()];
        network.init(&mut theta, 0.01, rng);
        let x = random(N * shape.inputs, rng);
        let mut tape = Tape::new();
        let mut round = || {
            let y = outputs(&*network, &theta, &x, &mut tape);
            assert!(y.iter().all(|y| y.abs() < 0.2), "{name} {shape:?}: {y:?}");
            let (mut g_x, mut g_theta) = (vec![0.0; x.len()], vec![0.0; theta.len()]);
            let (to_x, to_theta) = (Accumulator::empty(&mut g_x), Accumulator::empty(&mut g_theta));
            network.vjp(&theta, N, &x, &y, to_x, to_theta, &mut tape);
            tape.pooled()
        };
        let first = round();
        assert_eq!(first, round(), "{name} {shape:?}: buffers were allocated again");
    });
}
