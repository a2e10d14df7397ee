//! What is measured.

use std::hint::black_box;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::kernel::{Finish, PACK_LEN, Product, Start, Transpose};
use boltzflow::num::{Activation, Buffer, Executor, Purpose, Real, Stream};
use boltzflow::potential::{self, Parameters, SYSTEMS, Scratch};
use boltzflow::preset::{self, Direction, PRESETS, WORKLOADS, Workload};

use crate::executor::Threads;
use crate::failure::Failure;

/// Samples of a chunk, as in training.
const CHUNK: usize = 512;
/// Widths of the products: of hidden layers.
const WIDTHS: [usize; 3] = [32, 64, 200];
/// Samples drawn at once.
const SAMPLES: usize = 8192;

/// Does some work and returns how many units it was.
pub(super) type Work = Box<dyn FnMut(&Threads) -> Result<f64, Failure>>;

/// Rounds of the loop that measures the peak.
const PEAK_ROUNDS: usize = 100_000;
/// The case that all shares are measured against.
pub(super) const PEAK: &str = "peak/multiply-add";

/// Something to measure.
pub(super) struct Case {
    /// Name, `group/what`.
    pub(super) name: String,
    /// Unit of the rate.
    pub(super) unit: &'static str,
    /// Operations of matrix products in one unit: of these the share of the peak is given.
    pub(super) flop: Option<f64>,
    /// True if threads matter.
    pub(super) parallel: bool,
    /// Makes its inputs.
    pub(super) prepare: Box<dyn Fn() -> Result<Work, Failure>>,
}

impl Case {
    fn new(
        name: String,
        unit: &'static str,
        prepare: impl Fn() -> Result<Work, Failure> + 'static,
    ) -> Self {
        Self { parallel: false, flop: None, name, unit, prepare: Box::new(prepare) }
    }
}

/// All cases: the peak, registered systems, kernels, workloads, presets.
pub(super) fn all() -> Vec<Case> {
    let peak = Case::new(PEAK.into(), "FLOP/s", || Ok(Box::new(peak)));
    let mut cases = vec![Case { parallel: true, flop: Some(1.0), ..peak }];
    cases.extend(
        SYSTEMS.iter().map(|s| {
            Case::new(format!("energy/{}", s.name), "configurations/s", || energy(s.name))
        }),
    );
    for width in WIDTHS {
        for (name, transpose) in
            [("", Transpose::None), ("-right", Transpose::Right), ("-left", Transpose::Left)]
        {
            let name = format!("gemm{name}/{CHUNK}x{width}x{width}");
            let case = Case::new(name, "FLOP/s", move || Ok(gemm(transpose, width)));
            cases.push(Case { flop: Some(1.0), ..case });
        }
    }
    cases.push(Case::new("elementwise/tanh".into(), "elements/s", || Ok(tanh())));
    cases.push(Case::new("elementwise/exp-coupling".into(), "elements/s", || Ok(exp_coupling())));
    for workload in WORKLOADS {
        let name = workload.name;
        let steps = [("energy", Direction::Energy), ("examples", Direction::Examples)];
        cases.extend(steps.map(|(side, direction)| Case {
            parallel: true,
            flop: Some(workload.step_flop()),
            ..Case::new(format!("{name}/step-by-{side}"), "steps/s", move || {
                steps_of(workload, direction)
            })
        }));
        cases.push(Case {
            parallel: true,
            flop: Some(workload.sample_flop()),
            ..Case::new(format!("{name}/sample"), "samples/s", move || samples_of(workload))
        });
    }
    for preset in PRESETS {
        let step = Case::new(format!("step/{}", preset.name), "steps/s", || step(preset.name));
        let sample =
            Case::new(format!("sample/{}", preset.name), "samples/s", || sample(preset.name));
        cases.extend([step, sample].map(|case| Case { parallel: true, ..case }));
    }
    cases
}

/// The peak rate of multiply-adds, on every thread.
fn peak(threads: &Threads) -> Result<f64, Failure> {
    let mut flop = vec![0.0; threads.width()];
    threads.for_each(&mut flop, |flop| *flop = (f32::kernels().multiply_adds)(PEAK_ROUNDS));
    Ok(flop.iter().sum())
}

/// Training steps of a workload.
fn steps_of(workload: &Workload, direction: Direction) -> Result<Work, Failure> {
    let mut trainer = workload.trainer::<f32>(direction)?;
    Ok(Box::new(move |threads| {
        trainer.step(threads)?;
        Ok(1.0)
    }))
}

/// Samples with weights of a workload's generator, a batch at a time.
fn samples_of(workload: &Workload) -> Result<Work, Failure> {
    let generator = workload.trainer::<f32>(Direction::Energy)?.generator();
    let (batch, mut seed) = (workload.batch, 0);
    Ok(Box::new(move |threads| {
        seed += 1;
        black_box(generator.sample(batch, seed, threads));
        Ok(batch as f64)
    }))
}

/// Energies and gradients of a chunk of points around the first well, or of the domain.
fn energy(name: &str) -> Result<Work, Failure> {
    let potential = potential::build(name, &Parameters::new(), None)?;
    let mut rng = Stream::new(0, Purpose::Test, 0, 0);
    let starts = potential.starts(CHUNK, 1.0, &mut rng);
    let x = DMatrix::from_fn(CHUNK, potential.dim(), |i, k| starts[i][k] + 0.1 * rng.normal());
    let (mut u, mut gradient) = (vec![0.0; CHUNK], x.clone());
    let mut scratch = Scratch::default();
    Ok(Box::new(move |_| {
        potential.evaluate(&x, &mut u, &mut gradient, &mut scratch);
        black_box(&u);
        Ok(CHUNK as f64)
    }))
}

/// A product of the size of one hidden layer, or of its gradients: 2mnk operations.
fn gemm(transpose: Transpose, width: usize) -> Work {
    let (m, n, k) = match transpose {
        Transpose::Left => (width, width, CHUNK),
        _ => (CHUNK, width, width),
    };
    let (start, finish) = (Start::Zero, Finish::Nothing);
    let (a, b) = (normal(m * k), normal(k * n));
    let (mut c, mut pack) = (Buffer::new(m * n), Buffer::new(PACK_LEN));
    Box::new(move |_| {
        let product = Product { transpose, m, n, k, start, finish, soon: &[] };
        (f32::kernels().gemm)(&product, &a, &b, &mut c, &mut pack);
        black_box(&c);
        Ok(2.0 * (m * n * k) as f64)
    })
}

fn tanh() -> Work {
    let (x, mut y) = (normal(CHUNK * 64), Buffer::new(CHUNK * 64));
    Box::new(move |_| {
        y.copy_from_slice(&x);
        (f32::kernels().activate)(Activation::Tanh, &mut y);
        black_box(&y);
        Ok(y.len() as f64)
    })
}

/// x·e^s + t with its log-determinant.
fn exp_coupling() -> Work {
    let n = CHUNK * 64;
    let (s, t, x, mut y, mut log_det) =
        (normal(n), normal(n), normal(n), vec![0.0_f32; n], vec![0.0_f32; n]);
    Box::new(move |_| {
        y.copy_from_slice(&x);
        log_det.fill(0.0);
        (f32::kernels().affine_forward)(&s, &t, &mut y, &mut log_det);
        black_box((&y, &log_det));
        Ok(n as f64)
    })
}

/// Optimiser steps of a preset, with few examples: making them is not measured.
fn step(name: &str) -> Result<Work, Failure> {
    let mut settings = preset::preset(name)?;
    settings.example_steps = settings.example_steps.min(100 * settings.example_stride);
    // A run that does not end while it is measured.
    settings.stages.truncate(1);
    settings.stages.iter_mut().for_each(|s| s.iterations = 1 << 40);
    let mut trainer = settings.trainer::<f32>(settings.examples()?)?;
    Ok(Box::new(move |threads| {
        trainer.step(threads)?;
        Ok(1.0)
    }))
}

/// Samples with weights of an untrained generator of a preset.
fn sample(name: &str) -> Result<Work, Failure> {
    let generator = preset::preset(name)?.generator::<f32>()?;
    let mut seed = 0;
    Ok(Box::new(move |threads| {
        seed += 1;
        black_box(generator.sample(SAMPLES, seed, threads));
        Ok(SAMPLES as f64)
    }))
}

fn normal(n: usize) -> Buffer<f32> {
    let mut values = Buffer::new(n);
    Stream::new(0, Purpose::Test, 0, 1).fill_normal(&mut values);
    values
}
