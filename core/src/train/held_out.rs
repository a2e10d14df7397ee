//! How well a flow describes examples that it has not learnt from.

use alloc::vec::Vec;

use nalgebra::DMatrix;

use super::Examples;
use crate::generator::{BoltzmannGenerator, LogProbWork};
use crate::num::{Error, Executor, Real, Result, Sequential};

/// Steps between looks at held-out examples.
pub(super) const LOOK: u64 = 100;
/// Examples looked at, at most.
const MOST: usize = 2048;
/// Examples of a chunk.
const CHUNK: usize = 256;

/// Held-out examples in chunks, with the buffers of their densities.
#[derive(Debug)]
pub(super) struct HeldOut<T> {
    chunks: Vec<Chunk<T>>,
}

#[derive(Debug)]
struct Chunk<T> {
    x: DMatrix<f64>,
    weights: Vec<f64>,
    log_p: Vec<f64>,
    work: LogProbWork<T>,
}

impl<T: Real> HeldOut<T> {
    /// Examples for a generator, whose density is looked at here: the buffers are those of every later look.
    pub(super) fn new(examples: &Examples, generator: &BoltzmannGenerator<T>) -> Result<Self> {
        let (expected, found) = (generator.target.dim(), examples.x().ncols());
        if expected != found {
            let what = "the held-out examples";
            return Err(Error::DimensionMismatch { what, expected, found });
        }
        let examples = examples.subset(MOST)?;
        let n = examples.x().nrows();
        let chunk = |first: usize| {
            let rows = CHUNK.min(n - first);
            Chunk {
                x: examples.x().rows(first, rows).into_owned(),
                weights: (first..first + rows).map(|row| examples.weight(row)).collect(),
                log_p: alloc::vec![0.0; rows],
                work: LogProbWork::default(),
            }
        };
        let mut held_out = Self { chunks: (0..n).step_by(CHUNK).map(chunk).collect() };
        held_out.nll(generator, &Sequential);
        Ok(held_out)
    }

    /// −Σw·log p_X/Σw.
    pub(super) fn nll(
        &mut self,
        generator: &BoltzmannGenerator<T>,
        executor: &impl Executor,
    ) -> f64 {
        executor.for_each(&mut self.chunks, |chunk| {
            let Chunk { x, log_p, work, .. } = chunk;
            generator.evaluate_log_prob(x, log_p, None, work);
        });
        let (mut sum, mut total) = (0.0, 0.0);
        for Chunk { weights, log_p, .. } in &self.chunks {
            for (w, log_p) in weights.iter().zip(log_p) {
                sum -= w * log_p;
                total += w;
            }
        }
        sum / total
    }
}
