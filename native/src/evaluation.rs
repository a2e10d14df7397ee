//! Energies of many configurations, in chunks on all threads.

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Executor;
use boltzflow::potential::{Potential, Scratch};

use crate::executor::Threads;
use crate::failure::Failure;
use crate::interrupt;

/// Samples in a chunk.
const CHUNK: usize = 512;
/// Chunks between two looks at the interrupt.
const CHUNKS_AT_ONCE: usize = 1024;

/// One chunk: its configurations and results.
struct Job {
    start: usize,
    x: DMatrix<f64>,
    energy: Vec<f64>,
    gradient: DMatrix<f64>,
}

/// Energies U (`n`) and gradients ∂U/∂x (`n × dim`) of configurations `x` (`n × dim`), in the system's units.
pub(crate) fn evaluate(
    potential: &dyn Potential,
    x: &DMatrix<f64>,
    threads: &Threads,
) -> Result<(Vec<f64>, DMatrix<f64>), Failure> {
    let (n, dim) = x.shape();
    let mut energy = vec![0.0; n];
    let mut gradient = DMatrix::zeros(n, dim);
    let starts: Vec<usize> = (0..n).step_by(CHUNK).collect();
    for starts in starts.chunks(CHUNKS_AT_ONCE) {
        interrupt::check()?;
        let mut jobs: Vec<Job> = starts
            .iter()
            .map(|start| {
                let rows = CHUNK.min(n - start);
                Job {
                    start: *start,
                    x: x.rows(*start, rows).into_owned(),
                    energy: vec![0.0; rows],
                    gradient: DMatrix::zeros(rows, dim),
                }
            })
            .collect();
        threads.for_each(&mut jobs, |job| {
            potential.evaluate(&job.x, &mut job.energy, &mut job.gradient, &mut Scratch::default());
        });
        for job in jobs {
            energy[job.start..job.start + job.energy.len()].copy_from_slice(&job.energy);
            gradient.rows_mut(job.start, job.energy.len()).copy_from(&job.gradient);
        }
    }
    Ok((energy, gradient))
}
