//! What is measured.

use std::hint::black_box;

use boltzflow::flow::{
    AffineCoupling, Architecture, Bijector, Columns, Pass, SplineCoupling, Split, SplitKind, Trunk,
};
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::kernel::{Finish, PACK_LEN, Product, Start, Transpose};
use boltzflow::num::{Accumulator, Activation, Buffer, Executor, Purpose, Real, Stream, Tape};
use boltzflow::objective::Source;
use boltzflow::potential::Scratch;
use boltzflow::preset::{self, PRESETS};
use boltzflow::setting::Parameters;
use boltzflow::system::{self, Relabelling, SYSTEMS};
use boltzflow_workloads::{WORKLOADS, Workload};

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
    cases.push(Case::new("labels/dimer".into(), "configurations/s", labels));
    cases.extend([("affine", false), ("spline", true)].map(|(name, spline)| {
        let name = format!("coupling/{name}-by-examples");
        Case::new(name, "samples/s", move || Ok(coupling(spline)))
    }));
    for workload in WORKLOADS {
        let name = workload.name;
        let steps = [("energy", Source::Prior), ("examples", Source::Examples)];
        cases.extend(steps.map(|(lesson, source)| Case {
            parallel: true,
            flop: Some(workload.step_flop()),
            ..Case::new(format!("{name}/step-by-{lesson}"), "steps/s", move || {
                steps_of(workload, source)
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
fn steps_of(workload: &Workload, source: Source) -> Result<Work, Failure> {
    let mut trainer = workload.trainer::<f32>(source)?;
    Ok(Box::new(move |threads| {
        trainer.step(threads)?;
        Ok(1.0)
    }))
}

/// Samples with weights of a workload's generator, a batch at a time.
fn samples_of(workload: &Workload) -> Result<Work, Failure> {
    let generator = workload.trainer::<f32>(Source::Prior)?.generator();
    let (batch, mut seed) = (workload.batch, 0);
    Ok(Box::new(move |threads| {
        seed += 1;
        black_box(generator.sample(batch, seed, threads));
        Ok(batch as f64)
    }))
}

/// Energies and gradients of a chunk of points around the first well, or of the domain.
fn energy(name: &str) -> Result<Work, Failure> {
    let system = system::build(name, &Parameters::new(), None)?;
    let mut rng = Stream::new(0, Purpose::Test, 0, 0);
    let starts = system.starts(CHUNK, 1.0, &mut rng);
    let x = DMatrix::from_fn(CHUNK, system.dim(), |i, k| starts[i][k] + 0.1 * rng.normal());
    let (mut u, mut gradient) = (vec![0.0; CHUNK], x.clone());
    let mut scratch = Scratch::default();
    Ok(Box::new(move |_| {
        system.potential().evaluate(&x, &mut u, &mut gradient, &mut scratch);
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

/// Relabelling of configurations around the dimer's lattice, whose labels were shuffled.
fn labels() -> Result<Work, Failure> {
    let dimer = system::build("dimer", &Parameters::new(), None)?;
    let Some(particles) = dimer.space().labelled().cloned() else {
        return Ok(Box::new(|_| Ok(0.0)));
    };
    let mut rng = Stream::new(0, Purpose::Test, 0, 0);
    let n = particles.reference.len() / particles.space;
    let mut x = DMatrix::from_element(CHUNK, dimer.dim(), 0.0);
    for mut row in x.row_iter_mut() {
        let mut order: Vec<usize> = (2..n).collect();
        rng.shuffle(&mut order);
        for (k, v) in row.iter_mut().enumerate() {
            let particle = if k < 4 { k / 2 } else { order[k / 2 - 2] };
            *v = particles.reference[2 * particle + k % 2] + 0.4 * rng.normal();
        }
    }
    let labels = Relabelling::new(particles)?;
    Ok(Box::new(move |_| {
        let mut relabelled = x.clone();
        black_box(labels.relabel(&mut relabelled));
        Ok(CHUNK as f64)
    }))
}

/// x → z through a coupling of 36 particles given a dimer, and its gradient.
fn coupling(spline: bool) -> Work {
    let columns = Columns::all(76).in_space(2).given(4..76, 0..4);
    let split = Split::new(SplitKind::Particles, &columns, false);
    let architecture = Architecture {
        hidden: vec![256, 256],
        trunk: Trunk::Shared,
        scale_activation: Activation::Silu,
        shift_activation: Activation::Silu,
        scale_bound: 2.0,
        ..Architecture::default()
    };
    let layer: Box<dyn Bijector<f32>> = if spline {
        Box::new(SplineCoupling::new(split, &architecture))
    } else {
        Box::new(AffineCoupling::new(split, &architecture))
    };
    let mut theta = vec![0.0; layer.n_params()];
    layer.init(&mut theta, &mut [], &mut Stream::new(0, Purpose::Init, 0, 0));
    let x = DMatrix::from_column_slice(CHUNK, 76, &normal(CHUNK * 76));
    let (mut y, mut log_det, mut g_theta) = (x.clone(), vec![0.0; CHUNK], vec![0.0; theta.len()]);
    let mut tape = Tape::new();
    Box::new(move |_| {
        y.copy_from(&x);
        let mut pass = Pass::new(&theta, &[], &mut tape);
        layer.inverse(&mut pass, &mut y, &mut log_det);
        layer.inverse_vjp(&mut pass, &mut y, &log_det, Accumulator::empty(&mut g_theta));
        black_box((&y, &g_theta));
        Ok(CHUNK as f64)
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
