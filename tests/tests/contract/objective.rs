//! What every registered objective promises: its gradient in θ, through a flow, is that of its value; its values are among
//! those it names.

use std::sync::Arc;

use boltzflow::flow::{Architecture, Bijector, Flow, Pass};
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Accumulator, Purpose, Stream};
use boltzflow::objective::{
    Densities, Examples, Goal, Inputs, Known, OBJECTIVES, Objective, Rows, Setup, Source, Term,
    Values, goals, value_specs,
};
use boltzflow::potential::LinearLogCap;
use boltzflow::prior::Prior;
use boltzflow::setting::Parameters;
use boltzflow::system::{self, ReducedPotential};

/// Sizes of the groups of a batch.
const GROUPS: [usize; 2] = [7, 6];

/// What objectives are tested on.
struct Case {
    flow: Flow<f64>,
    theta: Vec<f64>,
    prior: Prior,
    target: ReducedPotential,
    examples: Examples,
}

impl Case {
    fn new() -> Self {
        let system = system::build("double-well", &Parameters::new(), Some(3)).unwrap();
        let architecture = Architecture { hidden: vec![6], ..Architecture::default() };
        let flow = architecture.build::<f64>("R2S", 3, 1).unwrap();
        let mut rng = Stream::new(9, Purpose::Test, 0, 0);
        let mut theta = vec![0.0; flow.n_params()];
        flow.init(&mut theta, &mut [], &mut rng);
        theta.iter_mut().for_each(|v| *v += 0.2 * rng.normal());
        let x = DMatrix::from_fn(20, 3, |_, _| 1.5 * rng.normal());
        let weights = (0..20).map(|i| f64::from(i % 3) + 0.5).collect();
        Self {
            flow,
            theta,
            prior: Prior::standard(3).scaled(1.3),
            target: ReducedPotential::new(system, 1.0).unwrap(),
            examples: Examples::new(x, Some(weights), 0).unwrap(),
        }
    }

    /// The registered objectives with a low cap, so that both of its branches are exercised.
    fn objectives(&self, temperatures: &[f64]) -> Vec<Arc<dyn Objective<f64>>> {
        let coordinate = &self.target.system().coordinates()[0];
        let cap = LinearLogCap { high: 1.0, max: 1e10 };
        let alone = |goal| match goal {
            Goal::Objective(objective) => objective,
            Goal::Loss(loss) => {
                let source = loss.source();
                let term = Term { weight: 1.0, loss };
                Arc::new(Densities::new(source, &[term], temperatures).unwrap())
            }
        };
        goals(&Setup::new(cap, temperatures, coordinate)).into_iter().map(alone).collect()
    }

    /// Totals of the sums and of the values, and ∂/∂θ, of an objective over a batch.
    fn evaluate(
        &self,
        objective: &dyn Objective<f64>,
        weight: f64,
        theta: &[f64],
    ) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let Self { flow, prior, target, examples, .. } = self;
        let inputs =
            Inputs::new(flow, theta, prior, target).with_examples(Some(examples)).at_step(3, 0);
        let mut first = 0;
        let mut works: Vec<_> = (0..)
            .zip(GROUPS)
            .map(|(group, count)| {
                let rows = Rows::new(group, first, count);
                first += count;
                objective.work(weight, rows, 3)
            })
            .collect();
        let add = |part: &[f64], total: &mut [f64]| {
            total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
        };
        let mut totals = vec![0.0; objective.n_sums()];
        for work in &mut works {
            let mut sums = vec![f64::NAN; objective.n_sums()];
            work.map(&inputs, &mut sums);
            add(&sums, &mut totals);
        }
        assert_eq!(objective.dropped(&totals), 0);
        let mut g = vec![0.0; flow.n_params()];
        let mut values = vec![0.0; objective.n_values()];
        for work in &mut works {
            let mut own = vec![f64::NAN; objective.n_values()];
            work.vjp(&inputs, &totals, &mut own, Accumulator::onto(&mut g));
            add(&own, &mut values);
        }
        (totals, values, g)
    }
}

#[test]
fn gradients_agree_with_central_differences() {
    let case = Case::new();
    for temperatures in [vec![1.0], vec![0.5, 1.0, 2.0]] {
        for (entry, objective) in OBJECTIVES.iter().zip(case.objectives(&temperatures)) {
            let value = |theta: &[f64]| case.evaluate(&*objective, 1.0, theta).1[0];
            let (_, _, g) = case.evaluate(&*objective, 1.0, &case.theta);
            let scale = g.iter().fold(1.0_f64, |m, v| m.max(v.abs()));
            let h = f64::EPSILON.cbrt();
            for i in 0..g.len() {
                let side = |step: f64| {
                    let mut moved = case.theta.clone();
                    moved[i] += step;
                    value(&moved)
                };
                let difference = (side(h) - side(-h)) / (2.0 * h);
                assert!(
                    (g[i] - difference).abs() <= 1e-6 * scale,
                    "{}, {} temperatures, parameter {i}: {} against {difference}",
                    entry.name,
                    temperatures.len(),
                    g[i]
                );
            }
        }
    }
}

#[test]
fn weights_scale_gradients() {
    let case = Case::new();
    for (entry, objective) in OBJECTIVES.iter().zip(case.objectives(&[1.0])) {
        let (_, v1, g1) = case.evaluate(&*objective, 1.0, &case.theta);
        let (_, v2, g2) = case.evaluate(&*objective, 2.5, &case.theta);
        assert_eq!(v1, v2, "{}: the value itself is not weighted", entry.name);
        for (a, b) in g1.iter().zip(g2) {
            assert!((2.5 * a - b).abs() < 1e-9 * (1.0 + b.abs()), "{}", entry.name);
        }
    }
}

#[test]
fn entries_say_what_objectives_do() {
    let case = Case::new();
    let known = Known::new(&case.prior, Some(1.0));
    for (entry, objective) in OBJECTIVES.iter().zip(case.objectives(&[1.0])) {
        assert_eq!(objective.needs().source, entry.source, "{}", entry.name);
        let (totals, values, _) = case.evaluate(&*objective, 1.0, &case.theta);
        let mut report = Values::default();
        objective.report(&totals, &values, known, &mut report);
        for spec in entry.values {
            assert!(report.get(spec.name).is_some_and(f64::is_finite), "{} is missing", spec.name);
        }
        for (name, _) in report.iter() {
            assert!(value_specs().any(|spec| spec.name == name), "{name} has no line of help");
        }
    }
    let mut names: Vec<&str> = value_specs().map(|spec| spec.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name is taken twice: {names:?}");
    assert!(value_specs().all(|spec| !spec.help.is_empty()));
}

/// The value of learning from examples is the negative log-likelihood with all its constants, and that of learning from energy
/// is reported as it is minimised, with its cap.
#[test]
fn values_are_those_of_their_formulas() {
    let case = Case::new();
    let objectives = case.objectives(&[1.0]);
    let named = |name: &str| &*objectives[OBJECTIVES.iter().position(|o| o.name == name).unwrap()];
    let (ml, kl) = (named("ml"), named("kl"));
    // Σ over the examples that were drawn of −ln q_Z(z) − log|det ∂z/∂x|.
    let n = GROUPS.iter().sum::<usize>();
    let mut expected = 0.0;
    for (group, count) in (0..).zip(GROUPS) {
        let mut rng = Stream::new(3, Purpose::Batch, 0, group);
        for _ in 0..count {
            let chosen = case.examples.draw(&mut rng);
            let mut z = case.examples.x().rows(chosen, 1).into_owned();
            let mut log_det = [0.0];
            let mut tape = boltzflow::num::Tape::off();
            let mut pass = Pass::new(&case.theta, &[], &mut tape);
            case.flow.inverse(&mut pass, &mut z, &mut log_det);
            let square = z.iter().map(|z| z * z).sum::<f64>();
            let gaussian = -0.5 * square / 1.3 - 1.5 * (std::f64::consts::TAU * 1.3).ln();
            expected -= (gaussian + log_det[0]) / n as f64;
        }
    }
    let (_, values, _) = case.evaluate(ml, 1.0, &case.theta);
    assert!((values[0] - expected).abs() < 1e-10 * expected.abs(), "{} {expected}", values[0]);

    // Capped energies lie below those of the ensemble: j_kl < U − ⟨log_det⟩.
    let (totals, values, _) = case.evaluate(kl, 1.0, &case.theta);
    let [count, _, u, log_det] = totals[..4] else { panic!("four sums") };
    assert!(count == n as f64 && values[0] < (u - log_det) / count, "{values:?}");
}

/// Losses of one direction go through the flow together.
#[test]
fn a_source_without_losses_has_no_pass() {
    assert!(Densities::new(Source::Examples, &[], &[1.0]).is_none());
}

/// The form of the original code: `estimators.json`, key `rc_loss`.
#[test]
fn reaction_coordinate_entropy_of_the_reference() {
    use boltzflow::nalgebra::DMatrix;
    use boltzflow::objective::{Loss, LossChunk, LossGradient, ReactionCoordinateEntropy};
    use boltzflow::system::Coordinate;
    let text = include_str!("../../reference/estimators.json");
    let reference: serde_json::Value = serde_json::from_str(text).unwrap();
    let case = &reference["rc_loss"];
    let number = |key: &str| case[key].as_f64().unwrap();
    let r: Vec<f64> = case["rc"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let loss = ReactionCoordinateEntropy {
        coordinate: Coordinate::component("d", 0, 1).with_range(number("rc_min"), number("rc_max")),
        n_temperatures: 1,
    };
    let n = r.len();
    let (point, zeros, flat) = (DMatrix::from_vec(n, 1, r), vec![0.0; n], DMatrix::zeros(n, 1));
    let (weight, temperature) = (vec![1.0; n], vec![0; n]);
    let chunk = LossChunk::new(&point, &zeros, (&zeros, &flat), &weight, &temperature);
    let mut gradient = LossGradient::new(n, 1);
    let mut sums = vec![0.0; loss.n_sums()];
    loss.add_sums(&chunk, &mut gradient, &mut sums);
    // Ours is counted from its minimum.
    let value = loss.evaluate(1.0, &chunk, &sums, &mut gradient) + 11.0 * 11.0_f64.ln();
    let expected = number("loss_RC");
    assert!((value - expected).abs() < 1e-10 * expected, "{value} against {expected}");
}
