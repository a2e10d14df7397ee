//! What is learnt, and what is told of it: faults that were found, each by its name.

use std::sync::Arc;

use boltzflow::flow::{Architecture, Bijector, Derivatives, Flow, Pass};
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::nn::ParamLayout;
use boltzflow::num::{Accumulator, Purpose, Result, Sequential, Stream};
use boltzflow::objective::{Goal, MaximumLikelihood};
use boltzflow::preset::preset;
use boltzflow::setting::Parameters;
use boltzflow::system::{self, ReducedPotential};
use boltzflow::train::{Examples, Plan, Stage, Trainer};

/// A target in two dimensions.
fn target(name: &str) -> ReducedPotential {
    let system = system::build(name, &Parameters::new(), Some(2)).unwrap();
    ReducedPotential::new(system, 1.0).unwrap()
}

/// A stage that leaves its parameters where they are, with these weights.
fn standing(ml: f64, kl: f64, batch: usize) -> Stage {
    let mut stage = Stage::default().with_weight("ml", ml).with_weight("kl", kl);
    (stage.learning_rate, stage.iterations, stage.batch) = (0.0, 1 << 40, batch);
    stage
}

fn plan(stage: Stage, target: &ReducedPotential) -> Plan {
    Plan::new(vec![stage], target.system().coordinate("").unwrap().clone())
}

/// The mean gradient of many batches of sixteen is that of all examples with their weights, which reach from 0.01 to 100: not
/// so if examples are drawn uniformly and their weights go into a weighted mean over the batch.
#[test]
fn heavy_weights_do_not_bias_the_gradient() {
    let target = target("double-well");
    let architecture = Architecture { hidden: vec![3], ..Architecture::default() };
    let flow = Arc::new(architecture.build::<f64>("R1S", 2, 1).unwrap());
    let mut generator = BoltzmannGenerator::new(flow, target, 1).unwrap();
    let mut rng = Stream::new(4, Purpose::Test, 0, 0);
    generator.theta.iter_mut().for_each(|v| *v += 0.2 * rng.normal());
    let n = 12;
    let x = DMatrix::from_fn(n, 2, |_, _| rng.normal());
    let weights: Vec<f64> = (0..n).map(|i| 10_f64.powi(i as i32 % 5 - 2)).collect();
    let trainer = |examples, batch| {
        let plan = plan(standing(1.0, 0.0, batch), &generator.target);
        Trainer::new(generator.clone(), plan, Some(examples), 1).unwrap()
    };

    let mut exact = vec![0.0; generator.theta.len()];
    for (i, w) in weights.iter().enumerate() {
        let mut alone = trainer(Examples::new(x.rows(i, 1).into_owned(), None, 0).unwrap(), 1);
        alone.step(&Sequential).unwrap();
        let share = w / weights.iter().sum::<f64>();
        exact.iter_mut().zip(alone.gradient()).for_each(|(sum, g)| *sum += share * g);
    }

    let mut weighted = trainer(Examples::new(x, Some(weights), 0).unwrap(), 16);
    let steps = 4000;
    let (mut sum, mut sum2) = (vec![0.0; exact.len()], vec![0.0; exact.len()]);
    for _ in 0..steps {
        weighted.step(&Sequential).unwrap();
        for (i, g) in weighted.gradient().iter().enumerate() {
            sum[i] += g;
            sum2[i] += g * g;
        }
    }
    let steps = f64::from(steps);
    for (i, exact) in exact.iter().enumerate() {
        let mean = sum[i] / steps;
        let error = ((sum2[i] / steps - mean * mean) / steps).sqrt();
        assert!((mean - exact).abs() < 4.5 * error + 1e-12, "{i}: {mean} ± {error}, exact {exact}");
    }
}

#[test]
fn a_new_temperature_drops_the_log_z_of_the_old_one() {
    let mut settings = preset("double-well-by-energy").unwrap();
    settings.stages[0].batch = 32;
    let mut trainer = settings.trainer::<f32>(None).unwrap();
    assert!(trainer.step(&Sequential).unwrap().value("kl").is_some());
    trainer.set_temperature(2.0, None).unwrap();
    assert_eq!(trainer.step(&Sequential).unwrap().value("kl"), None);
    trainer.set_temperature(2.0, Some(-1.5)).unwrap();
    let report = trainer.step(&Sequential).unwrap();
    assert_eq!(report.value("kl").unwrap(), report.value("f").unwrap() - 1.5);
    assert!(trainer.set_temperature(-1.0, None).is_err());
}

/// Samples, densities and entropy of training are those of the prior that the generator has.
#[test]
fn the_prior_of_the_generator_is_asked_for_everything() {
    let target = target("harmonic");
    let energy = |x: &[f64; 2]| target.potential().energy_gradient(x, &mut [0.0; 2]);
    let flow = Arc::new(Architecture::default().build::<f64>("S", 2, 1).unwrap());
    let mut generator = BoltzmannGenerator::new(flow, target.clone(), 1).unwrap();
    generator.prior = generator.prior.scaled(4.0);
    let x = DMatrix::from_row_slice(1, 2, &[1.5, -0.5]);
    let nll = -generator.log_prob(&x).unwrap()[0];
    let examples = Examples::new(x, None, 0).unwrap();
    let n = 20_000;
    let plan = plan(standing(1.0, 1.0, n), &target);
    let mut trainer = Trainer::new(generator.clone(), plan, Some(examples), 1).unwrap();
    let report = trainer.step(&Sequential).unwrap();
    // A flow that is the identity: x = z, log_det = 0, and E[kx²/2] = 4·k/2 in each direction.
    assert!((report.value("s").unwrap() - generator.prior.entropy()).abs() < 1e-12);
    let expected = 4.0 * (energy(&[1.0, 0.0]) + energy(&[0.0, 1.0]));
    let u = report.value("u").unwrap();
    assert!((u - expected).abs() < 6.0 * expected / f64::from(n as u32).sqrt(), "{u} {expected}");
    assert!((report.value("nll").unwrap() - nll).abs() < 1e-12, "{report:?}");
}

/// What learning from energy minimises stands in the report: U − ⟨log_det⟩ = F + H_q without a cap, and less with one.
#[test]
fn the_value_of_learning_from_energy_is_reported() {
    let mut settings = preset("double-well-by-energy").unwrap();
    for (high, capped) in [(1e290, false), (-1.0, true)] {
        let cap = &mut settings.stages[0].cap;
        (cap.high, cap.max) = (high, 1e300);
        let mut trainer = settings.trainer::<f64>(None).unwrap();
        let report = trainer.step(&Sequential).unwrap();
        let whole = report.value("f").unwrap() + trainer.generator().prior.entropy();
        let value = report.value("j_kl").unwrap();
        assert_eq!(value < whole - 0.1, capped, "{value} {whole}");
        assert!(capped || (value - whole).abs() < 1e-9, "{value} {whole}");
    }
}

/// The identity, without the derivative of one of its directions.
#[derive(Debug)]
struct OneWay;

impl Bijector<f32> for OneWay {
    fn dim(&self) -> usize {
        2
    }
    fn n_params(&self) -> usize {
        0
    }
    fn describe(&self, _prefix: &str, _layout: &mut ParamLayout) {}
    fn init(&self, _theta: &mut [f32], _constants: &mut [f32], _rng: &mut Stream) {}
    fn forward(&self, _: &mut Pass<'_, f32>, _: &mut DMatrix<f32>, _: &mut [f32]) {}
    fn inverse(&self, _: &mut Pass<'_, f32>, _: &mut DMatrix<f32>, _: &mut [f32]) {}
    fn forward_vjp(
        &self,
        _pass: &mut Pass<'_, f32>,
        _g: &mut DMatrix<f32>,
        _g_log_det: &[f32],
        _g_theta: Accumulator<'_, f32>,
    ) {
        panic!("nobody may ask for this");
    }
    fn inverse_vjp(
        &self,
        _pass: &mut Pass<'_, f32>,
        _g: &mut DMatrix<f32>,
        _g_log_det: &[f32],
        _g_theta: Accumulator<'_, f32>,
    ) {
    }
    fn has_constant_jacobian(&self) -> bool {
        true
    }
    fn derivatives(&self) -> Derivatives {
        Derivatives { forward: false, inverse: true }
    }
}

fn one_way(stage: Stage) -> Result<Trainer<f32>> {
    let target = target("double-well");
    let mut flow = Flow::new(2);
    flow.push("one-way".into(), Box::new(OneWay));
    let generator = BoltzmannGenerator::new(Arc::new(flow), target.clone(), 1)?;
    let examples = Examples::new(DMatrix::from_element(3, 2, 0.5), None, 0)?;
    Trainer::new(generator, plan(stage, &target), Some(examples), 1)
}

#[test]
fn an_objective_whose_derivative_a_flow_lacks_is_refused_in_a_sentence() {
    let error = one_way(standing(1.0, 0.5, 8)).unwrap_err().to_string();
    assert!(
        error.contains("w_kl = 0.5") && error.contains("no derivative of its map z → x"),
        "{error}"
    );
    let mut trainer = one_way(standing(1.0, 0.0, 8)).unwrap();
    let energy = |stages: &mut Vec<Stage>| stages[0].weights.set("kl", 0.25);
    let error = trainer.adjust(energy).unwrap_err().to_string();
    assert!(error.contains("w_kl = 0.25"), "{error}");
    assert_eq!(trainer.plan().stages[0].weight("kl"), 0.0);
    assert!(trainer.step(&Sequential).unwrap().value("nll").is_some());
}

#[test]
fn a_weight_of_no_objective_is_refused_with_those_there_are() {
    let error = one_way(standing(1.0, 0.0, 8).with_weight("flow-matching", 1.0)).unwrap_err();
    assert_eq!(error.code(), "unknown-name");
    assert!(error.to_string().contains("ml, kl, rc"), "{error}");
}

/// An objective of one's own is enough for a stage, and has to find what it needs.
#[test]
fn goals_of_ones_own_are_checked_like_any_other() {
    let target = target("double-well");
    let flow = Arc::new(Architecture::default().build::<f32>("S", 2, 1).unwrap());
    let generator = BoltzmannGenerator::new(flow, target.clone(), 1).unwrap();
    let trainer = || Trainer::new(generator.clone(), plan(standing(0.0, 1.0, 8), &target), None, 1);
    let error = trainer().unwrap().with_goal(1.0, Goal::loss(MaximumLikelihood)).unwrap_err();
    assert!(error.to_string().contains("no examples"), "{error}");
}
