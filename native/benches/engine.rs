//! The engine under criterion, for following a change: `cargo bench -p boltzflow-cli [-- NAME]`. `boltzflow bench`
//! measures more, beside the peak of the machine.
#![allow(clippy::unwrap_used, missing_docs)] // a bench stops where it fails; criterion's macros make public items

use std::hint::black_box;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::kernel::{Finish, PACK_LEN, Product, Start, Transpose};
use boltzflow::num::{Activation, Buffer, Purpose, Real, Sequential, Stream};
use boltzflow::objective::Source;
use boltzflow::potential::Scratch;
use boltzflow::setting::Parameters;
use boltzflow::system::{self, SYSTEMS};
use boltzflow_workloads::WORKLOADS;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Samples of a chunk.
const CHUNK: usize = 512;

/// A buffer of normal numbers.
fn normal(len: usize) -> Buffer<f32> {
    let mut values = Buffer::new(len);
    Stream::new(0, Purpose::Test, 0, 1).fill_normal(&mut values);
    values
}

fn products(c: &mut Criterion) {
    let mut group = c.benchmark_group("product");
    let (m, n, k) = (CHUNK, 200, 200);
    let (a, b) = (normal(m * k), normal(k * n));
    let (mut to, mut pack) = (Buffer::new(m * n), Buffer::new(PACK_LEN));
    for transpose in [Transpose::None, Transpose::Right, Transpose::Left] {
        let (start, finish) = (Start::Zero, Finish::Nothing);
        let product = Product { transpose, m, n, k, start, finish, soon: &[] };
        group.throughput(Throughput::Elements(2 * (m * n * k) as u64));
        group.bench_function(format!("{transpose:?}"), |bencher| {
            bencher.iter(|| (f32::kernels().gemm)(&product, &a, &b, &mut to, &mut pack));
        });
    }
    group.finish();
}

fn activations(c: &mut Criterion) {
    let mut group = c.benchmark_group("activation");
    let (x, mut y) = (normal(CHUNK * 64), Buffer::new(CHUNK * 64));
    group.throughput(Throughput::Elements(x.len() as u64));
    for activation in [Activation::Tanh, Activation::Silu, Activation::Relu] {
        group.bench_function(format!("{activation:?}"), |bencher| {
            bencher.iter(|| {
                y.copy_from_slice(&x);
                (f32::kernels().activate)(activation, &mut y);
            });
        });
    }
    group.finish();
}

fn energies(c: &mut Criterion) {
    let mut group = c.benchmark_group("energy");
    group.throughput(Throughput::Elements(CHUNK as u64));
    for entry in SYSTEMS {
        // Those that need a formula or examples of their own have no default.
        let Ok(system) = system::build(entry.name, &Parameters::new(), None) else {
            continue;
        };
        let mut rng = Stream::new(0, Purpose::Test, 0, 2);
        let starts = system.starts(CHUNK, 1.0, &mut rng);
        let dim = system.dim();
        let x = DMatrix::from_fn(CHUNK, dim, |i, j| starts[i][j] + 0.05 * rng.normal());
        let (mut u, mut gradient) = (vec![0.0; CHUNK], x.clone());
        let mut scratch = Scratch::default();
        group.bench_function(entry.name, |bencher| {
            bencher.iter(|| system.potential().evaluate(&x, &mut u, &mut gradient, &mut scratch));
        });
    }
    group.finish();
}

fn workloads(c: &mut Criterion) {
    let mut group = c.benchmark_group("workload");
    group.sample_size(10);
    for workload in WORKLOADS {
        group.throughput(Throughput::Elements(workload.batch as u64));
        for (lesson, source) in [("Energy", Source::Prior), ("Examples", Source::Examples)] {
            let mut trainer = workload.trainer::<f32>(source).unwrap();
            group.bench_function(format!("{}/step {lesson}", workload.name), |bencher| {
                bencher.iter(|| trainer.step(&Sequential).unwrap());
            });
        }
        let generator = workload.trainer::<f32>(Source::Prior).unwrap().generator();
        let mut seed = 0;
        group.bench_function(format!("{}/sample", workload.name), |bencher| {
            bencher.iter(|| {
                seed += 1;
                black_box(generator.sample(workload.batch, seed, &Sequential))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, products, activations, energies, workloads);
criterion_main!(benches);
