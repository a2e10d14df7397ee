//! A training step allocates nothing after the first one of its stage.

use allocation_counter::measure;
use boltzflow::num::Sequential;
use boltzflow::objective::Source;
use boltzflow::preset::{PRESETS, preset};
use boltzflow::setting::Value;
use boltzflow::train::Trainer;
use boltzflow_workloads::WORKLOADS;

/// Allocations in `steps` steps after the first.
fn allocations(trainer: &mut Trainer<f32>, steps: usize) -> u64 {
    trainer.step(&Sequential).unwrap();
    let counted = measure(|| {
        for _ in 0..steps {
            trainer.step(&Sequential).unwrap();
        }
    });
    counted.count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![1_u8]))).count_total, 1);
}

/// Over a keyframe, with all losses, the moving average, and groups of unequal sizes.
#[test]
fn presets_allocate_in_their_first_step_alone() {
    for preset in PRESETS {
        let mut settings = self::preset(preset.name).unwrap();
        settings.stages.drain(..settings.stages.len() - 1);
        settings.example_chains = settings.example_chains.min(4);
        for (key, value) in [("iterations", 120.0), ("batch", 301.0), ("example_steps", 500.0)] {
            settings.set(key, &Value::Number(value)).unwrap();
        }
        settings.moving_average = 0.99;
        let mut trainer = settings.trainer(settings.examples().unwrap()).unwrap();
        assert_eq!(allocations(&mut trainer, 60), 0, "{}", preset.name);
    }
}

/// The look at held-out examples after 100 steps included.
#[test]
fn held_out_examples_allocate_in_the_first_step_alone() {
    let mut settings = preset("double-well").unwrap();
    settings.stages.truncate(1);
    for (key, value) in [
        ("iterations", 130.0),
        ("batch", 301.0),
        ("example_steps", 4000.0),
        ("example_held_out", 0.2),
    ] {
        settings.set(key, &Value::Number(value)).unwrap();
    }
    settings.moving_average = 0.99;
    let mut trainer = settings.trainer(settings.examples().unwrap()).unwrap();
    assert!(trainer.examples().unwrap().held_out().is_some());
    assert_eq!(allocations(&mut trainer, 120), 0);
}

#[test]
fn workloads_allocate_in_their_first_step_alone() {
    for workload in WORKLOADS {
        for source in [Source::Prior, Source::Examples] {
            let mut trainer = workload.trainer(source).unwrap();
            assert_eq!(allocations(&mut trainer, 2), 0, "{} {source:?}", workload.name);
        }
    }
}

#[test]
fn a_rewind_allocates_nothing() {
    let mut settings = preset("double-well-by-energy").unwrap();
    settings.optimizer.clip_norm = f64::INFINITY;
    settings.set("hidden", &Value::List(vec![8.0, 8.0])).unwrap();
    for (key, value) in [("learning_rate", 1.0), ("iterations", 200.0), ("batch", 300.0)] {
        settings.set(key, &Value::Number(value)).unwrap();
    }
    let mut trainer = settings.trainer::<f32>(None).unwrap();
    trainer.step(&Sequential).unwrap();
    let mut rewinds = 0;
    let counted = measure(|| {
        // To the third rewind: a run that blows up again and again is given up in the end.
        while rewinds < 3 && !trainer.is_done() {
            rewinds += usize::from(trainer.step(&Sequential).unwrap().rewound.is_some());
        }
    });
    assert!(rewinds > 0, "a rate of 1 must blow up");
    assert_eq!(counted.count_total, 0);
}
