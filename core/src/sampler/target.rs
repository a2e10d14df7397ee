//! What walkers sample: a reduced energy each, evaluated side by side.

use alloc::{boxed::Box, vec, vec::Vec};
use core::any::Any;
use core::fmt::{self, Debug};

use nalgebra::DMatrix;

use crate::potential::Scratch;
use crate::system::ReducedPotential;

/// Whether a configuration (`dim`) lies where the target lives: e^(−u) times this indicator is sampled.
pub type Region<'a> = &'a (dyn Fn(&[f64]) -> bool + Sync);

/// The reduced energies that walkers sample: walker i has the density e^(−uᵢ(x)).
///
/// All walkers are evaluated in one call, so that a potential fills its SIMD lanes with them. A kernel knows u and ∂u/∂x
/// alone. A target whose u is made of several parts, such as the path from a flow to a potential, keeps these with each point:
/// when only the way they are combined changes, nothing is evaluated anew.
pub trait Target: Send + Sync {
    /// Number of coordinates.
    fn dim(&self) -> usize;

    /// Number of parts that each point keeps beside u.
    fn parts(&self) -> usize {
        0
    }

    /// Writes uᵢ (`n`), ∂uᵢ/∂x (`n × dim`) and the parts at row i of `points.x` (`n × dim`), each independent of the other
    /// rows. Where `gradient` is false nobody looks at gradients, and what makes them expensive can be left out.
    fn evaluate(&self, points: &mut Points, gradient: bool, work: &mut Work);

    /// Writes uᵢ and ∂uᵢ/∂x of points whose parts are known.
    fn combine(&self, _points: &mut Points) {}

    /// Where the target lives, if not everywhere: proposals outside are refused.
    fn region(&self) -> Option<Region<'_>> {
        None
    }
}

impl Debug for dyn Target + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a target of {} coordinates", self.dim())
    }
}

/// Configurations with their reduced energies and gradients.
#[derive(Clone, Debug)]
pub struct Points {
    /// Configurations (`n × dim`).
    pub x: DMatrix<f64>,
    /// u (`n`).
    pub u: Vec<f64>,
    /// ∂u/∂x (`n × dim`).
    pub gradient: DMatrix<f64>,
    /// What u is made of, where a target says so.
    pub parts: Vec<Part>,
}

/// A function of x that is part of a reduced energy.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its values (`n`).
    pub value: Vec<f64>,
    /// Its gradient (`n × dim`).
    pub gradient: DMatrix<f64>,
}

impl Points {
    /// Configurations (`n × dim`) that have not been evaluated, with room for the parts of a target.
    #[must_use]
    pub fn new(x: DMatrix<f64>, target: &dyn Target) -> Self {
        let (n, dim) = x.shape();
        let part = Part { value: vec![0.0; n], gradient: DMatrix::zeros(n, dim) };
        let parts = vec![part.clone(); target.parts()];
        Self { x, u: part.value, gradient: part.gradient, parts }
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.u.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.u.is_empty()
    }

    /// Row `to` becomes row `from` of other points of the same target.
    pub(crate) fn copy_row(&mut self, to: usize, other: &Self, from: usize) {
        copy_row(&mut self.x, to, &other.x, from);
        copy_row(&mut self.gradient, to, &other.gradient, from);
        self.u[to] = other.u[from];
        for (part, other) in self.parts.iter_mut().zip(&other.parts) {
            part.value[to] = other.value[from];
            copy_row(&mut part.gradient, to, &other.gradient, from);
        }
    }
}

fn copy_row(to: &mut DMatrix<f64>, row: usize, from: &DMatrix<f64>, from_row: usize) {
    let (n, m) = (to.nrows(), from.nrows());
    let to = to.as_mut_slice().iter_mut().skip(row).step_by(n);
    to.zip(from.as_slice().iter().skip(from_row).step_by(m)).for_each(|(to, from)| *to = *from);
}

/// Work memory of evaluations and the count of those that pass a flow; keep one for each set of walkers and nothing is
/// allocated after its first evaluation.
#[derive(Debug, Default)]
pub struct Work {
    /// What the target last used.
    memory: Option<Box<dyn Any + Send + Sync>>,
    flow_evaluations: u64,
}

/// A copy finds its own memory.
impl Clone for Work {
    fn clone(&self) -> Self {
        Self { memory: None, flow_evaluations: self.flow_evaluations }
    }
}

impl Work {
    /// Lends the target its memory, of whatever type it needs; the same as the last time if the type is.
    pub fn with<M: Default + Send + Sync + 'static>(&mut self, evaluate: impl FnOnce(&mut M)) {
        let mut memory: Box<M> =
            self.memory.take().and_then(|memory| memory.downcast().ok()).unwrap_or_default();
        evaluate(&mut memory);
        self.memory = Some(memory);
    }

    /// Counts configurations that were sent through a flow.
    pub fn count_flow(&mut self, configurations: usize) {
        self.flow_evaluations += configurations as u64;
    }

    /// Configurations sent through a flow so far, with or without its gradient.
    #[must_use]
    pub fn flow_evaluations(&self) -> u64 {
        self.flow_evaluations
    }
}

/// The same density for every walker.
impl Target for ReducedPotential {
    fn dim(&self) -> usize {
        self.dim()
    }

    fn evaluate(&self, points: &mut Points, _gradient: bool, work: &mut Work) {
        work.with(|scratch: &mut Scratch| {
            self.evaluate(&points.x, &mut points.u, &mut points.gradient, scratch);
        });
    }
}

/// A target within a region alone.
#[derive(Clone, Copy)]
pub struct Within<'a> {
    /// The target without the region.
    pub target: &'a dyn Target,
    /// The region; everywhere for none.
    pub region: Option<Region<'a>>,
}

impl Debug for Within<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let region = self.region.map(|_| "a region");
        f.debug_struct("Within").field("target", &self.target).field("region", &region).finish()
    }
}

impl Target for Within<'_> {
    fn dim(&self) -> usize {
        self.target.dim()
    }

    fn parts(&self) -> usize {
        self.target.parts()
    }

    fn evaluate(&self, points: &mut Points, gradient: bool, work: &mut Work) {
        self.target.evaluate(points, gradient, work);
    }

    fn combine(&self, points: &mut Points) {
        self.target.combine(points);
    }

    fn region(&self) -> Option<Region<'_>> {
        self.region
    }
}
