//! What every registered loss promises: its gradient in θ, through a flow, is that of its value.
#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

use boltzflow::flow::{Architecture, Bijector};
use boltzflow::loss::{ChunkWork, Side, Term, losses};
use boltzflow::num::{Accumulator, Purpose, Stream};
use boltzflow::setting::Parameters;
use boltzflow::system::{self, ReducedPotential};

const CHUNKS: [usize; 2] = [7, 6];

/// Value and ∂/∂θ of a loss over a batch of two chunks.
fn evaluate(
    term: &[Term],
    theta: &[f64],
    temperatures: &[f64],
    weights: [f64; 2],
) -> (f64, Vec<f64>) {
    let system = system::build("double-well", &Parameters::new(), Some(3)).unwrap();
    let target = ReducedPotential::new(system, 1.0).unwrap();
    let architecture = Architecture { hidden: vec![6], ..Architecture::default() };
    let flow = architecture.build::<f64>("R2S", 3, 1).unwrap();
    let side = term[0].loss.side();
    let mut works: Vec<ChunkWork<f64>> =
        CHUNKS.iter().map(|n| ChunkWork::new(side, *n, 3)).collect();
    let mut totals: Vec<f64> = Vec::new();
    for (c, work) in works.iter_mut().enumerate() {
        let mut rng = Stream::new(3, Purpose::Test, 0, c as u64);
        for i in 0..work.batch.nrows() {
            work.temperature[i] = i % temperatures.len();
            work.weight[i] = weights[i % 2];
            for j in 0..3 {
                work.batch[(i, j)] = 1.5 * rng.normal();
            }
        }
        work.map(&flow, theta, &target, temperatures, term);
        assert_eq!(work.observed.dropped, 0);
        totals.resize(work.sums.len(), 0.0);
        totals.iter_mut().zip(&work.sums).for_each(|(t, s)| *t += s);
    }
    let mut value = [0.0];
    let mut g = vec![0.0; flow.n_params()];
    for work in &mut works {
        work.pull_back(&flow, theta, term, &totals, &mut value, Accumulator::onto(&mut g));
    }
    (value[0], g)
}

fn start() -> Vec<f64> {
    let architecture = Architecture { hidden: vec![6], ..Architecture::default() };
    let flow = architecture.build::<f64>("R2S", 3, 1).unwrap();
    let mut rng = Stream::new(9, Purpose::Test, 0, 0);
    let mut theta = vec![0.0; flow.n_params()];
    flow.init(&mut theta, &mut rng);
    theta.iter_mut().for_each(|v| *v += 0.2 * rng.normal());
    theta
}

#[test]
fn gradients_agree_with_central_differences() {
    let system = system::build("double-well", &Parameters::new(), Some(3)).unwrap();
    let coordinate = &system.coordinates()[0];
    for temperatures in [vec![1.0], vec![0.5, 1.0, 2.0]] {
        for (module, example) in losses() {
            // Weighted examples exist on the encoding side only.
            let loss = example(coordinate, &temperatures);
            let weights = if loss.side() == Side::Encode { [1.0, 0.3] } else { [1.0, 1.0] };
            let term = [Term { weight: 1.0, loss }];
            let theta = start();
            let (_, g) = evaluate(&term, &theta, &temperatures, weights);
            let scale = g.iter().fold(1.0_f64, |m, v| m.max(v.abs()));
            let h = f64::EPSILON.cbrt();
            for i in 0..theta.len() {
                let side = |step: f64| {
                    let mut moved = theta.clone();
                    moved[i] += step;
                    evaluate(&term, &moved, &temperatures, weights).0
                };
                let difference = (side(h) - side(-h)) / (2.0 * h);
                assert!(
                    (g[i] - difference).abs() <= 1e-6 * scale,
                    "{module}, {} temperatures, parameter {i}: {} against {difference}",
                    temperatures.len(),
                    g[i]
                );
            }
        }
    }
}

#[test]
fn weights_scale_gradients() {
    let system = system::build("double-well", &Parameters::new(), Some(3)).unwrap();
    let coordinate = &system.coordinates()[0];
    for (module, example) in losses() {
        let make = |weight| [Term { weight, loss: example(coordinate, &[1.0]) }];
        let (v1, g1) = evaluate(&make(1.0), &start(), &[1.0], [1.0, 1.0]);
        let (v2, g2) = evaluate(&make(2.5), &start(), &[1.0], [1.0, 1.0]);
        assert!((v1 - v2).abs() < 1e-12, "{module}: the value itself is not weighted");
        for (a, b) in g1.iter().zip(g2) {
            assert!((2.5 * a - b).abs() < 1e-9 * (1.0 + b.abs()), "{module}");
        }
    }
}

/// The form of the original code: `estimators.json`, key `rc_loss`.
#[test]
fn reaction_coordinate_entropy_of_the_reference() {
    use boltzflow::loss::{Loss, LossChunk, LossGradient, ReactionCoordinateEntropy};
    use boltzflow::nalgebra::DMatrix;
    use boltzflow::system::Coordinate;
    let text = include_str!("../reference/estimators.json");
    let reference: serde_json::Value = serde_json::from_str(text).unwrap();
    let case = &reference["rc_loss"];
    let number = |key: &str| case[key].as_f64().unwrap();
    let r: Vec<f64> = case["rc"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let loss = ReactionCoordinateEntropy {
        coordinate: Coordinate::component("d", 0, 1).with_range(number("rc_min"), number("rc_max")),
        n_temperatures: 1,
    };
    let n = r.len();
    let chunk = LossChunk {
        point: &DMatrix::from_vec(n, 1, r),
        log_det: &vec![0.0; n],
        u: &vec![0.0; n],
        gradient_u: &DMatrix::zeros(n, 1),
        weight: &vec![1.0; n],
        temperature: &vec![0; n],
    };
    let mut gradient = LossGradient::new(n, 1);
    let mut sums = vec![0.0; loss.n_sums()];
    loss.add_sums(&chunk, &mut gradient, &mut sums);
    let value = loss.evaluate(1.0, &chunk, &sums, &mut gradient);
    let expected = number("loss_RC");
    assert!((value - expected).abs() < 1e-10 * expected, "{value} against {expected}");
}
