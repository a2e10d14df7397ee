//! A potential that counts, for tests of what costs are reported.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use boltzflow::nalgebra::DMatrix;
use boltzflow::potential::{Potential, Scratch};

/// A potential and the number of its evaluations. Clones count together.
#[derive(Clone, Debug)]
pub struct Counting<P> {
    inner: P,
    calls: Arc<AtomicU64>,
}

impl<P: Potential> Counting<P> {
    /// Counts from 0.
    pub fn new(inner: P) -> Self {
        Self { inner, calls: Arc::default() }
    }

    /// Evaluations since the start, or since the last [`take`](Self::take).
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Gives the number of evaluations and counts from 0 again.
    pub fn take(&self) -> u64 {
        self.calls.swap(0, Ordering::Relaxed)
    }
}

impl<P: Potential> Potential for Counting<P> {
    fn dim(&self) -> usize {
        self.inner.dim()
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        self.calls.fetch_add(x.nrows() as u64, Ordering::Relaxed);
        self.inner.evaluate(x, energy, gradient, scratch);
    }
}
