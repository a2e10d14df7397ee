//! What a training run promises: the same bits on any executor, after any interruption, and a
//! way back from numbers that are not finite.

use std::sync::{Arc, Mutex};

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Executor, Sequential};
use boltzflow::objective::{Goal, Loss, LossChunk, LossGradient, Source};
use boltzflow::preset::{LabelKind, PRESETS, Settings, preset};
use boltzflow::setting::Value;
use boltzflow::system::Relabelling;
use boltzflow::train::{Examples, Report, Stage, Trainer};
use boltzflow_tests::Threads;

fn small(name: &str) -> Settings {
    let mut settings = preset(name).unwrap();
    settings.example_chains = settings.example_chains.min(4);
    for (key, value) in [("iterations", 120.0), ("batch", 300.0), ("example_steps", 500.0)] {
        settings.set(key, &Value::Number(value)).unwrap();
    }
    settings.set("hidden", &Value::List(vec![8.0, 8.0])).unwrap();
    settings.moving_average = 0.99;
    // Whole stages, unless a test says otherwise.
    settings.set("stop_rise", &Value::Number(0.0)).unwrap();
    settings
}

fn trainer(settings: &Settings) -> Trainer<f32> {
    settings.trainer(settings.examples().unwrap()).unwrap()
}

fn run(trainer: &mut Trainer<f32>, steps: usize, executor: &impl Executor) -> Vec<Report> {
    (0..steps).map(|_| trainer.step(executor).unwrap()).collect()
}

fn bits(trainer: &Trainer<f32>) -> Vec<u32> {
    trainer.generator().theta.iter().chain(trainer.theta()).map(|v| v.to_bits()).collect()
}

/// What a stage minimises is lower at its end, in every stage of every preset.
#[test]
fn every_preset_trains_and_its_loss_falls() {
    for preset in PRESETS {
        let settings = small(preset.name);
        let mut trainer = trainer(&settings);
        for (i, stage) in settings.stages.iter().enumerate() {
            let reports = run(&mut trainer, 120, &Sequential);
            assert!(reports.iter().all(|r| r.stage == i), "{}", preset.name);
            let objective = |r: &Report| {
                let weighted = |name, value| stage.weight(name) * r.value(value).unwrap_or(0.0);
                weighted("ml", "nll") + weighted("kl", "f")
            };
            let mean = |r: &[Report]| r.iter().map(objective).sum::<f64>() / r.len() as f64;
            let (first, last) = (mean(&reports[..20]), mean(&reports[100..]));
            assert!(last < first, "{} stage {i}: {first} then {last}", preset.name);
        }
        assert!(trainer.is_done());
    }
}

#[test]
fn the_same_bits_on_one_to_eight_threads() {
    let mut settings = small("double-well");
    // Eight groups of unequal sizes.
    settings.stages.iter_mut().for_each(|stage| stage.batch = 901);
    let reference = {
        let mut t = trainer(&settings);
        run(&mut t, 60, &Sequential);
        bits(&t)
    };
    for threads in [1, 2, 3, 4, 8] {
        let mut t = trainer(&settings);
        run(&mut t, 60, &Threads(threads));
        assert!(bits(&t) == reference, "{threads} threads");
        let samples = t.generator().sample(1500, 3, &Threads(threads));
        assert!(samples == t.generator().sample(1500, 3, &Sequential));
    }
}

/// The groups of a batch depend on the batch alone: a large network has as many as a small one.
#[test]
fn a_flow_of_four_million_parameters_has_eight_groups() {
    let mut settings = preset("double-well-by-energy").unwrap();
    settings.set("hidden", &Value::List(vec![720.0, 720.0])).unwrap();
    settings.stages[0].batch = 1024;
    settings.moving_average = 0.0;
    let mut trainer = settings.trainer::<f32>(None).unwrap();
    assert!(trainer.theta().len() > 4_000_000, "{}", trainer.theta().len());
    assert_eq!(trainer.begin().count(), 8);
}

/// What a whitening was fitted to goes through training, its average and a restart unchanged, weight decay or not,
/// and is the same in a share.
#[test]
fn fitted_numbers_are_not_trained() {
    let mut settings = small("dimer");
    settings.optimizer.weight_decay = 0.1;
    let mut trained = trainer(&settings);
    let (start, fitted) = (trained.theta().to_vec(), trained.constants().to_vec());
    run(&mut trained, 60, &Sequential);
    assert!(trained.constants() == fitted && trained.generator().constants == fitted);
    for entry in trained.layout().entries().iter().filter(|e| !e.fitted) {
        let range = entry.range.clone();
        assert!(trained.theta()[range.clone()] != start[range], "{} was not trained", entry.name);
    }
    // The mean, A, A⁻¹ and ln|det A| of 4 coordinates, and of 72 with a quartic mean on an interval; none of them in θ.
    assert_eq!(fitted.len(), 4 + 2 * 16 + 1 + 5 * 72 + 2 * 72 * 72 + 1 + 2);
    assert_eq!(trained.layout().len(), fitted.len() + start.len());
    assert_eq!(trained.gradient().len(), start.len());

    let mut second = trainer(&settings);
    second.restore(trained.state()).unwrap();
    assert!(bits(&second) == bits(&trained));
    let mut share = settings.share::<f32>(settings.examples().unwrap()).unwrap();
    assert!(share.begin(0, 0) == start);
}

/// Examples are relabelled and mirrored before training, whoever made them; a system without particles says so.
#[test]
fn examples_take_the_labels_that_are_asked_for() {
    let mut settings = small("dimer");
    let given = settings.examples().unwrap().unwrap();
    let labels =
        Relabelling::new(settings.system().unwrap().space().particles.clone().unwrap()).unwrap();
    let outside = labels.contains(given.x()).into_iter().filter(|inside| !inside).count();
    assert!(outside > 0, "some examples leave the cell");
    for (kind, copies) in
        [(LabelKind::Kept, 1), (LabelKind::Reference, 1), (LabelKind::Mirrored, 4)]
    {
        settings.example_labels = kind;
        let trainer = settings.trainer::<f32>(Some(given.clone())).unwrap();
        let taken = trainer.examples().unwrap();
        assert_eq!(taken.x().nrows(), copies * given.x().nrows());
        assert_eq!(taken.energy_evaluations(), given.energy_evaluations());
        let inside = labels.contains(taken.x()).into_iter().all(|inside| inside);
        assert_eq!(inside, kind != LabelKind::Kept);
    }
    let mut planar = small("double-well");
    planar.example_labels = LabelKind::Mirrored;
    let error = planar.trainer::<f32>(planar.examples().unwrap()).unwrap_err();
    assert!(error.to_string().contains("without identical particles"), "{error}");
}

#[test]
fn another_seed_gives_another_run() {
    let mut settings = small("double-well");
    let mut first = trainer(&settings);
    run(&mut first, 5, &Sequential);
    settings.seed += 1;
    let mut second = trainer(&settings);
    run(&mut second, 5, &Sequential);
    assert!(bits(&first) != bits(&second));
}

#[test]
fn a_restored_run_goes_on_with_the_same_bits() {
    let settings = small("mueller-brown");
    let mut whole = trainer(&settings);
    let reports = run(&mut whole, 120, &Sequential);
    for stop in [1, 49, 50, 51, 97] {
        let mut first = trainer(&settings);
        run(&mut first, stop, &Sequential);
        let mut second = trainer(&settings);
        second.restore(first.state()).unwrap();
        assert_eq!(second.step_count(), stop as u64);
        let rest = run(&mut second, 120 - stop, &Sequential);
        assert!(bits(&second) == bits(&whole), "stopped at {stop}");
        assert_eq!(rest.last(), reports.last());
        assert_eq!(second.state(), whole.state());
    }
}

#[test]
fn a_state_of_another_network_is_refused() {
    let mut other = small("double-well");
    other.set("hidden", &Value::List(vec![9.0])).unwrap();
    let error = trainer(&small("double-well")).restore(trainer(&other).state()).unwrap_err();
    assert_eq!(error.code(), "checkpoint");
}

#[test]
fn a_run_that_blows_up_goes_back_and_halves_its_rate() {
    let mut settings = small("double-well-by-energy");
    settings.optimizer.clip_norm = f64::INFINITY;
    settings.set("learning_rate", &Value::Number(1.0)).unwrap();
    let mut t = trainer(&settings);
    let mut reports = Vec::new();
    while !t.is_done() && reports.len() < 5000 {
        reports.push(t.step(&Sequential).unwrap());
    }
    let rewinds = reports.iter().filter(|r| r.rewound.is_some()).count();
    assert!(rewinds > 0, "a rate of 1 must blow up");
    assert!(t.is_done());
    assert!(t.theta().iter().all(|v| v.is_finite()));
    assert!(t.state().rate_factor == 0.5_f64.powi(rewinds as i32));
    // The steps that were lost are counted too.
    assert_eq!(t.energy_evaluations(), 300 * reports.len() as u64);
}

#[test]
fn plans_that_cannot_work_are_refused_in_words() {
    let mut settings = small("double-well");
    settings.set("w_ml", &Value::Number(0.0)).unwrap();
    settings.set("w_kl", &Value::Number(0.0)).unwrap();
    let error = settings.trainer::<f32>(None).unwrap_err();
    assert!(error.to_string().contains("not all zero"), "{error}");
    let error = small("double-well").trainer::<f32>(None).unwrap_err();
    assert!(error.to_string().contains("no examples"), "{error}");
}

/// Energy alone makes a flow forget a well that the examples show: held-out ones say so, and the stage ends.
#[test]
fn a_stage_ends_when_held_out_examples_are_described_worse() {
    let mut settings = small("double-well");
    settings.example_held_out = 0.25;
    settings.example_temperature = 1.0;
    let stage = |ml, kl, iterations, stop_rise| {
        let mut stage = Stage::default().with_weight("ml", ml).with_weight("kl", kl);
        (stage.iterations, stage.stop_rise) = (iterations, stop_rise);
        stage
    };
    settings.stages =
        vec![stage(1.0, 0.0, 400, 0.0), stage(0.0, 1.0, 3000, 1.0), stage(1.0, 0.0, 150, 0.0)];
    let examples = settings.examples().unwrap().unwrap();
    let (learnt, held_out) = (examples.x().nrows(), examples.held_out().unwrap().x().nrows());
    let chain = settings.example_steps / settings.example_stride;
    // The end of each chain.
    assert_eq!((learnt, held_out), (2 * (chain - chain / 4), 2 * (chain / 4)));
    assert!(examples.x()[(0, 0)] * examples.x()[(learnt - 1, 0)] < 0.0);

    let mut whole = trainer(&settings);
    let mut reports = Vec::new();
    while !whole.is_done() {
        reports.push(whole.step(&Sequential).unwrap());
    }
    let end = reports.iter().find(|r| r.stopped).expect("the stage ends early");
    let lowest = reports.iter().filter_map(|r| r.held_out).fold(f64::INFINITY, f64::min);
    assert!(end.held_out.unwrap() > lowest + 1.0);
    assert!(end.step < 3400 && end.stage == 1, "{end:?}");
    assert_eq!(whole.step_count(), end.step + 150, "the next stage is whole");
    assert_eq!(whole.skipped(), 3400 - end.step);
    assert!(reports.iter().all(|r| r.held_out.is_some() == (r.step % 100 == 0)));

    // As if it had never been interrupted, before and after the end of the stage.
    for stop in [end.step - 30, end.step, end.step + 30] {
        let mut first = trainer(&settings);
        run(&mut first, stop as usize, &Sequential);
        let mut second = trainer(&settings);
        second.restore(first.state()).unwrap();
        while !second.is_done() {
            second.step(&Sequential).unwrap();
        }
        assert!(bits(&second) == bits(&whole) && second.state() == whole.state(), "{stop}");
    }
}

/// Windows in turn, 24 of them: a sixth of the examples has something of each.
#[test]
fn a_subset_of_ordered_examples_leaves_no_part_out() {
    let n = 24 * 512;
    let x = DMatrix::from_fn(n, 1, |row, _| (row % 24) as f64);
    let weights = (0..n).map(|row| (1 + row % 24) as f64).collect();
    let subset = Examples::new(x, Some(weights), 0).unwrap().subset(2048).unwrap();
    assert_eq!(subset.x().nrows(), 2048);
    let mut count = [0; 24];
    for (row, window) in subset.x().iter().enumerate() {
        assert_eq!(subset.weight(row), window + 1.0);
        count[*window as usize] += 1;
    }
    assert!(count.iter().all(|count| (45..130).contains(count)), "{count:?}");
}

/// It drew from the standard normal, and reported the entropy of the other prior.
#[test]
fn a_trainer_with_another_prior_draws_from_it_and_reports_its_entropy() {
    use std::sync::Arc;

    use boltzflow::flow::Architecture;
    use boltzflow::generator::BoltzmannGenerator;
    use boltzflow::prior::Prior;
    use boltzflow::setting::Parameters;
    use boltzflow::system::Support;
    use boltzflow::system::{ReducedPotential, build};

    let potential = Arc::from(build("harmonic", &Parameters::new(), Some(2)).unwrap());
    let target = ReducedPotential::new(potential, 1.0).unwrap();
    let interval = Support::Interval { low: 2.0, high: 3.0 };
    for prior in [Prior::standard(2).scaled(4.0), Prior::of(&[interval, Support::Line])] {
        // At its start a scaling is the identity: x = z.
        let flow = Architecture::default().build::<f64>("S", 2, 1).unwrap();
        let mut generator = BoltzmannGenerator::new(Arc::new(flow), target.clone(), 1).unwrap();
        generator.prior = prior.clone();
        let drawn = generator.sample(4096, 3, &Sequential);
        let expected = drawn.u.iter().sum::<f64>() / 4096.0;
        let mut stage = Stage::default().with_weight("ml", 0.0).with_weight("kl", 1.0);
        stage.batch = 4096;
        let mut plan = preset("double-well").unwrap().plan(None).unwrap();
        plan.stages = vec![stage];
        let report = Trainer::new(generator, plan, None, 1).unwrap().step(&Sequential).unwrap();
        let [s, u] = ["s", "u"].map(|name| report.value(name).unwrap());
        assert!((s - prior.entropy()).abs() < 1e-12, "{s}");
        assert!((u / expected - 1.0).abs() < 0.1, "{u} against {expected}");
    }
}

/// States of versions that kept the constants in θ: the same bits from then on.
#[test]
fn a_state_with_constants_in_theta_is_divided() {
    let settings = small("dimer");
    let mut first = trainer(&settings);
    run(&mut first, 3, &Sequential);
    let (layout, constants) = (first.layout(), first.constants().to_vec());
    let mut old = first.state();
    for moments in [&mut old.current, &mut old.keyframe] {
        let zero = vec![0.0; constants.len()];
        moments.theta = layout.join(&moments.theta, &constants);
        moments.average = layout.join(&moments.average, &constants);
        moments.adam.m = layout.join(&moments.adam.m, &zero);
        moments.adam.v = layout.join(&moments.adam.v, &zero);
    }
    let mut second = trainer(&settings);
    assert!(second.restore(old.clone()).is_err(), "its vectors are too long");
    assert_eq!(old.take_constants(&layout).unwrap(), Some(constants));
    assert_eq!(old.take_constants(&layout).unwrap(), None);
    second.restore(old).unwrap();
    run(&mut first, 3, &Sequential);
    run(&mut second, 3, &Sequential);
    assert!(bits(&first) == bits(&second));
}

/// Remembers where the samples of a batch arrive, group after group.
#[derive(Clone, Debug)]
struct Seen {
    source: Source,
    points: Arc<Mutex<Vec<DMatrix<f64>>>>,
}

impl Loss for Seen {
    fn name(&self) -> &'static str {
        "seen"
    }

    fn source(&self) -> Source {
        self.source
    }

    fn evaluate(
        &self,
        _scale: f64,
        chunk: &LossChunk<'_>,
        _sums: &[f64],
        _gradient: &mut LossGradient,
    ) -> f64 {
        self.points.lock().unwrap().push(chunk.point.clone());
        0.0
    }
}

/// What is shown of the next step is of its batch: examples drawn by weight, latent points at their temperatures.
#[test]
fn the_next_samples_are_the_first_rows_of_group_0() {
    let mut settings = small("double-well");
    settings.stages[0].temperatures = vec![1.0, 2.0, 0.5];
    settings.stages[0].batch = 300;
    let plain = settings.examples().unwrap().unwrap();
    let weights = (0..plain.x().nrows()).map(|i| (i % 7) as f64).collect();
    let examples = Examples::new(plain.x().clone(), Some(weights), 0).unwrap();
    for source in [Source::Prior, Source::Examples] {
        let mut trainer = settings.trainer::<f32>(Some(examples.clone())).unwrap();
        run(&mut trainer, 3, &Sequential);
        let seen = Seen { source, points: Arc::default() };
        let mut trainer = trainer.with_goal(1.0, Goal::loss(seen.clone())).unwrap();
        let before = BoltzmannGenerator { theta: trainer.theta().to_vec(), ..trainer.generator() };
        let drawn = trainer.next_samples(source, 24).unwrap().map(f64::from);
        assert_eq!(drawn.nrows(), 24);
        let (arrived, _) = match source {
            Source::Prior => before.map(&drawn).unwrap(),
            Source::Examples => before.inverse(&drawn).unwrap(),
        };
        // No more than a group has.
        assert_eq!(trainer.next_samples(source, 1000).unwrap().nrows(), 112);
        trainer.step(&Sequential).unwrap();
        let points = seen.points.lock().unwrap();
        assert_eq!(arrived, points[0].rows(0, 24).into_owned(), "{source:?}");
    }
    let mut alone = small("double-well-by-energy").trainer::<f32>(None).unwrap();
    assert!(alone.next_samples(Source::Examples, 1).is_none());
    while !alone.is_done() {
        alone.step(&Sequential).unwrap();
    }
    assert!(alone.next_samples(Source::Prior, 1).is_none());
}

/// The divergence from a target with a bias is not known: log Z is that of the one without.
#[test]
fn a_biased_target_has_no_exact_log_z() {
    let mut settings = small("double-well");
    let first = |settings: &Settings| trainer(settings).step(&Sequential).unwrap();
    assert!(first(&settings).value("kl").is_some());
    settings.example_method = "umbrella".into();
    settings.example_chains = 1;
    settings.example_burn_in = 200;
    settings.example_steps = 2000;
    settings.example_temperature = 1.0;
    let report = first(&settings);
    assert!(report.value("f").is_some() && report.value("kl").is_none());
}

#[test]
fn held_out_examples_of_another_system_are_refused() {
    let settings = small("double-well");
    let other = Examples::new(DMatrix::from_element(3, 5, 0.0), None, 0).unwrap();
    let examples = settings.examples().unwrap().unwrap().with_held_out(Some(other));
    let error = settings.trainer::<f32>(Some(examples)).unwrap_err();
    assert!(error.to_string().contains("the held-out examples"), "{error}");
}
