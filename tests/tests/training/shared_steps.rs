//! Steps whose groups are computed in several places end with the bits of one place.

use std::ops::Range;

use boltzflow::num::Sequential;
use boltzflow::preset::{Settings, preset};
use boltzflow::setting::Value;
use boltzflow::train::{Report, Share, Trainer};

fn settings(name: &str) -> Settings {
    let mut settings = preset(name).unwrap();
    settings.example_chains = settings.example_chains.min(4);
    for (key, value) in [("iterations", 40.0), ("batch", 901.0), ("example_steps", 500.0)] {
        settings.set(key, &Value::Number(value)).unwrap();
    }
    settings.set("hidden", &Value::List(vec![8.0, 8.0])).unwrap();
    settings.moving_average = 0.99;
    settings
}

fn trainer(settings: &Settings) -> Trainer<f32> {
    settings.trainer(settings.examples().unwrap()).unwrap()
}

fn share(settings: &Settings) -> Share<f32> {
    settings.share(settings.examples().unwrap()).unwrap()
}

/// When the shares of a step get lost.
#[derive(Clone, Copy, PartialEq)]
enum Loss {
    Never,
    BeforeSums,
    BeforeGradient,
}

/// One step on this trainer and some shares, each with an equal part of the groups.
fn shared_step(trainer: &mut Trainer<f32>, shares: &mut [Share<f32>], loss: Loss) -> Report {
    let step = trainer.step_count();
    let count = trainer.begin().count();
    let places = shares.len() + 1;
    let part = |i: usize| -> Range<usize> { count * i / places..count * (i + 1) / places };

    for (i, share) in shares.iter_mut().enumerate() {
        share.begin(step, 0).copy_from_slice(trainer.theta());
        share.groups().map(part(i + 1), &Sequential).unwrap();
        for group in part(i + 1).filter(|_| loss != Loss::BeforeSums) {
            trainer.groups().put_sums(group, share.groups().sums(group).unwrap()).unwrap();
        }
    }
    trainer.groups().map(part(0), &Sequential).unwrap();
    let totals = trainer.groups().totals(&Sequential).to_vec();
    for (i, share) in shares.iter_mut().enumerate().filter(|_| loss == Loss::Never) {
        share.groups().put_totals(&totals).unwrap();
        share.groups().vjp(part(i + 1), &Sequential).unwrap();
        for subtree in trainer.groups().subtrees(part(i + 1)).unwrap() {
            let (values, gradient) = share.groups().gradient(subtree.clone()).unwrap();
            let place = trainer.groups().put_gradient(subtree, values).unwrap();
            place.copy_from_slice(gradient);
        }
    }
    trainer.finish(&Sequential).unwrap()
}

#[test]
fn the_same_bits_in_one_to_eight_places() {
    for name in ["double-well", "mueller-brown", "double-well-by-energy"] {
        let settings = settings(name);
        let mut alone = trainer(&settings);
        let reports: Vec<Report> = (0..40).map(|_| alone.step(&Sequential).unwrap()).collect();
        for places in [1, 2, 3, 4, 8] {
            let mut shared = trainer(&settings);
            let mut shares: Vec<_> = (1..places).map(|_| share(&settings)).collect();
            for report in &reports {
                assert_eq!(shared_step(&mut shared, &mut shares, Loss::Never), *report);
            }
            assert!(shared.state() == alone.state(), "{name} in {places} places");
            assert!(shared.gradient() == alone.gradient());
        }
    }
}

#[test]
fn lost_shares_cost_no_bit() {
    let settings = settings("double-well");
    let mut alone = trainer(&settings);
    let mut shared = trainer(&settings);
    let mut shares = [share(&settings), share(&settings)];
    for loss in [Loss::Never, Loss::BeforeSums, Loss::Never, Loss::BeforeGradient, Loss::Never] {
        let report = alone.step(&Sequential).unwrap();
        assert_eq!(shared_step(&mut shared, &mut shares, loss), report);
    }
    assert!(shared.state() == alone.state());
}

#[test]
fn rewinds_and_changed_stages_are_the_same_in_two_places() {
    let mut settings = settings("double-well-by-energy");
    settings.optimizer.clip_norm = f64::INFINITY;
    for (key, value) in [("learning_rate", 1.0), ("iterations", 120.0), ("batch", 300.0)] {
        settings.set(key, &Value::Number(value)).unwrap();
    }
    let mut alone = trainer(&settings);
    let (mut shared, mut shares) = (trainer(&settings), [share(&settings)]);
    let (mut rewinds, mut dropped, mut steps) = (0, 0, 0);
    while !alone.is_done() {
        steps += 1;
        let report = alone.step(&Sequential).unwrap();
        rewinds += usize::from(report.rewound.is_some());
        dropped += report.dropped;
        let elsewhere = shared_step(&mut shared, &mut shares, Loss::Never);
        // As texts: a gradient that blew up has the norm NaN.
        assert_eq!(format!("{elsewhere:?}"), format!("{report:?}"));
        if steps == 20 {
            alone.adjust(|stages| stages[0].batch = 260).unwrap();
            shared.adjust(|stages| stages[0].batch = 260).unwrap();
            shares[0].adjust(|stages| stages[0].batch = 260).unwrap();
        }
    }
    assert!(rewinds > 0 && dropped > 0, "a rate of 1 must blow up");
    assert!(shared.state() == alone.state());
    assert!(shared.is_done() && shared.begin().count() == 0, "no groups after the last step");
}

#[test]
fn groups_that_do_not_fit_are_refused_in_words() {
    let mut trainer = trainer(&settings("double-well"));
    let groups = trainer.begin();
    let count = groups.count();
    let error = groups.map(0..count + 1, &Sequential).unwrap_err().to_string();
    assert!(error.contains(&format!("within 0..{count}")), "{error}");
    for code in [
        groups.put_sums(0, &[1.0]).unwrap_err().code(),
        groups.put_totals(&[]).unwrap_err().code(),
        groups.put_gradient(0..1, &[]).unwrap_err().code(),
    ] {
        assert_eq!(code, "dimension-mismatch");
    }
}
