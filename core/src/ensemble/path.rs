//! The path from a flow to the target, as something that any kernel can sample.

use core::fmt::{self, Debug};

use crate::generator::{BoltzmannGenerator, LogProbWork};
use crate::num::Real;
use crate::potential::Scratch;
use crate::sampler::{Points, Region, Target, Work};

/// The density
///
/// $$ \ln \pi_b(x) = (1 - b)\,\ln q(x) - b\,u(x) $$
///
/// up to a constant, between a flow (b = 0) and its target (b = 1), where the flow is not evaluated. Points keep u and ln q as their
/// two parts, so that another b costs nothing.
///
/// ```
/// # fn main() -> boltzflow::num::Result<()> {
/// use boltzflow::ensemble::Path;
/// use boltzflow::num::Sequential;
/// use boltzflow::preset::preset;
/// use boltzflow::sampler::State;
///
/// let generator = preset("double-well")?.generator::<f32>()?;
/// let x = generator.sample(10, 0, &Sequential).x;
/// let mut path = Path { generator: &generator, region: None, b: 0.0 };
/// let mut state = State::new(&path, x)?;
/// // At the start of the path the reduced energy is −ln q, at its end u.
/// assert_eq!(state.u()[3], -state.points().parts[1].value[3]);
/// path.b = 1.0;
/// state.recombine(&path);
/// assert_eq!(state.u()[3], state.points().parts[0].value[3]);
/// assert_eq!((state.evaluations(), state.flow_evaluations()), (10, 10));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Path<'a, T: Real> {
    /// Flow and target.
    pub generator: &'a BoltzmannGenerator<T>,
    /// Where the target lives, if not everywhere.
    pub region: Option<Region<'a>>,
    /// Position between flow (0) and target (1).
    pub b: f64,
}

/// The part of points that is the target's u, and the one that is ln q.
pub(super) const ENERGY: usize = 0;
pub(super) const LOG_Q: usize = 1;

/// Work memory of an evaluation.
#[derive(Debug)]
struct Memory<T> {
    scratch: Scratch,
    log_prob: LogProbWork<T>,
}

impl<T: Real> Default for Memory<T> {
    fn default() -> Self {
        Self { scratch: Scratch::default(), log_prob: LogProbWork::default() }
    }
}

impl<T: Real> Debug for Path<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let region = self.region.map(|_| "a region");
        f.debug_struct("Path").field("b", &self.b).field("region", &region).finish_non_exhaustive()
    }
}

impl<T: Real> Target for Path<'_, T> {
    fn dim(&self) -> usize {
        self.generator.target.dim()
    }

    fn parts(&self) -> usize {
        2
    }

    fn evaluate(&self, points: &mut Points, gradient: bool, work: &mut Work) {
        let Points { x, parts, .. } = points;
        work.with(|memory: &mut Memory<T>| {
            let energy = &mut parts[ENERGY];
            let target = &self.generator.target;
            target.evaluate(x, &mut energy.value, &mut energy.gradient, &mut memory.scratch);
            if self.b < 1.0 {
                let flow = &mut parts[LOG_Q];
                let wanted = gradient.then_some(&mut flow.gradient);
                let log_prob = &mut memory.log_prob;
                self.generator.evaluate_log_prob(x, &mut flow.value, wanted, log_prob);
            }
        });
        if self.b < 1.0 {
            work.count_flow(x.nrows());
        }
        self.combine(points);
    }

    /// −ln π_b and its gradient. At b = 1 the flow's part may be out of date.
    fn combine(&self, points: &mut Points) {
        let Points { u, gradient, parts, .. } = points;
        let (energy, flow) = (&parts[ENERGY], &parts[LOG_Q]);
        if self.b == 1.0 {
            u.copy_from_slice(&energy.value);
            gradient.copy_from(&energy.gradient);
            return;
        }
        let (b, rest) = (self.b, 1.0 - self.b);
        let mix = |to: &mut [f64], energy: &[f64], flow: &[f64]| {
            for ((to, energy), flow) in to.iter_mut().zip(energy).zip(flow) {
                *to = b * energy - rest * flow;
            }
        };
        mix(u, &energy.value, &flow.value);
        mix(gradient.as_mut_slice(), energy.gradient.as_slice(), flow.gradient.as_slice());
    }

    fn region(&self) -> Option<Region<'_>> {
        self.region
    }
}
