//! Adam and AdamW with clipping by the global norm.

use alloc::vec::Vec;

use crate::num::kernel::AdamStep;
use crate::num::{Executor, Real, SEGMENTS, segment, segments_mut};

/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², θ ← θ − η·(m̂/(√v̂ + ε) + λθ), with m̂ = m/(1−β₁ᵗ) and
/// v̂ = v/(1−β₂ᵗ) (Kingma, Ba, ICLR 2015); λ > 0 is AdamW (Loshchilov, Hutter, ICLR 2019). A number that no
/// gradient has reached yet (v = g = 0) stays as it is, decay included: it is not trained.
///
/// ```
/// use boltzflow::num::Sequential;
/// use boltzflow::optim::{Adam, AdamState};
///
/// // Downhill on θ².
/// let (adam, mut theta) = (Adam { clip_norm: 1.0, ..Adam::default() }, vec![1.0_f64]);
/// let mut state = AdamState::new(1);
/// for _ in 0..500 {
///     let gradient = [2.0 * theta[0]];
///     adam.step(0.01, &gradient, gradient[0].abs(), &mut state, &mut theta, &Sequential);
/// }
/// assert!(theta[0].abs() < 0.05 && state.t == 500);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// Decay β₁ of the first moment.
    pub beta1: f64,
    /// Decay β₂ of the second moment.
    pub beta2: f64,
    /// Added to the root.
    pub epsilon: f64,
    /// Decoupled weight decay λ; 0 is plain Adam.
    pub weight_decay: f64,
    /// The gradient is scaled down to this Euclidean norm if it is longer; infinity never clips.
    pub clip_norm: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            clip_norm: f64::INFINITY,
        }
    }
}

/// Moments and step count; saved with θ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdamState<T> {
    /// First moment, as long as θ.
    pub m: Vec<T>,
    /// Second moment, as long as θ.
    pub v: Vec<T>,
    /// Updates done.
    pub t: u64,
}

impl<T: Real> AdamState<T> {
    /// Zero moments for `n` parameters.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self { m: alloc::vec![T::ZERO; n], v: alloc::vec![T::ZERO; n], t: 0 }
    }
}

/// β^t by repeated squaring: the same bits everywhere, unlike the platform's power function.
fn power(beta: f64, t: u64) -> f64 {
    let (mut result, mut base, mut rest) = (1.0, beta, t);
    while rest > 0 {
        if rest & 1 == 1 {
            result *= base;
        }
        base *= base;
        rest >>= 1;
    }
    result
}

/// A part of θ with its gradient and moments.
struct Part<'a, T> {
    g: &'a [T],
    m: &'a mut [T],
    v: &'a mut [T],
    theta: &'a mut [T],
}

impl Adam {
    /// One update of θ with learning rate `rate`, given the gradient g and its Euclidean norm; nothing is changed if
    /// that is not finite.
    pub fn step<T: Real>(
        &self,
        rate: f64,
        g: &[T],
        norm: f64,
        state: &mut AdamState<T>,
        theta: &mut [T],
        executor: &impl Executor,
    ) {
        let n = theta.len();
        if !norm.is_finite() {
            return;
        }
        state.t += 1;
        let power = |beta| power(beta, state.t);
        let step = AdamStep {
            beta1: T::lit(self.beta1),
            beta2: T::lit(self.beta2),
            rate: T::lit(rate / (1.0 - power(self.beta1))),
            root_correction: T::lit(1.0 / Real::sqrt(1.0 - power(self.beta2))),
            epsilon: T::lit(self.epsilon),
            decay: T::lit(rate * self.weight_decay),
            gradient_scale: T::lit(if norm > self.clip_norm { self.clip_norm / norm } else { 1.0 }),
        };
        let mut m = segments_mut(&mut state.m).into_iter();
        let mut v = segments_mut(&mut state.v).into_iter();
        let mut theta = segments_mut(theta).into_iter();
        let mut parts: [Part<'_, T>; SEGMENTS] = core::array::from_fn(|i| Part {
            g: &g[segment(i, n)],
            m: m.next().unwrap_or_default(),
            v: v.next().unwrap_or_default(),
            theta: theta.next().unwrap_or_default(),
        });
        executor.for_each(&mut parts, |part| part.step(&step));
    }
}

impl<T: Real> Part<'_, T> {
    /// One update.
    fn step(&mut self, step: &AdamStep<T>) {
        let adam = T::kernels().adam;
        if step.decay == T::ZERO {
            // Without decay, g = m = 0 leaves θ as it is.
            return adam(step, self.g, self.m, self.v, self.theta);
        }
        let mut start = 0;
        while start < self.g.len() {
            let untouched = |i: usize| self.g[i] == T::ZERO && self.v[i] == T::ZERO;
            let skip = untouched(start);
            let end = (start..self.g.len()).find(|i| untouched(*i) != skip);
            let run = start..end.unwrap_or(self.g.len());
            start = run.end;
            if !skip {
                let (m, v) = (&mut self.m[run.clone()], &mut self.v[run.clone()]);
                adam(step, &self.g[run.clone()], m, v, &mut self.theta[run]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Sequential;

    /// Two steps worked out by hand from the formula.
    #[test]
    fn follows_its_formula() {
        let adam = Adam { weight_decay: 0.1, clip_norm: 2.0, ..Adam::default() };
        let mut state = AdamState::<f64>::new(2);
        let mut theta = [1.0, -2.0];
        let gradients = [[3.0, 4.0], [0.5, -0.25]];
        let (mut m, mut v, mut expected) = ([0.0; 2], [0.0; 2], theta);
        for (t, g) in gradients.iter().enumerate() {
            let norm = (g[0] * g[0] + g[1] * g[1]).sqrt();
            let scale = if norm > 2.0 { 2.0 / norm } else { 1.0 };
            let t = t as i32 + 1;
            for i in 0..2 {
                let g = g[i] * scale;
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.999 * v[i] + 0.001 * g * g;
                let mh = m[i] / (1.0 - 0.9_f64.powi(t));
                let vh: f64 = v[i] / (1.0 - 0.999_f64.powi(t));
                expected[i] -= 0.01 * (mh / (vh.sqrt() + 1e-8) + 0.1 * expected[i]);
            }
            adam.step(0.01, g, norm, &mut state, &mut theta, &Sequential);
            for i in 0..2 {
                assert!((theta[i] - expected[i]).abs() < 1e-12, "{theta:?} {expected:?}");
            }
        }
    }

    /// Numbers that are not trained, between others, do not decay; trained ones do even while their gradient is 0.
    #[test]
    fn what_has_no_gradient_does_not_decay() {
        let adam = Adam { weight_decay: 0.1, ..Adam::default() };
        let mut state = AdamState::<f64>::new(4);
        let mut theta = [1.0; 4];
        for g in [[0.5, 0.0, 0.0, -0.5], [0.0; 4]] {
            let norm = Real::sqrt(g.iter().map(|g| g * g).sum::<f64>());
            adam.step(0.01, &g, norm, &mut state, &mut theta, &Sequential);
        }
        assert_eq!(theta[1..3], [1.0, 1.0]);
        // Two steps of the formula with m̂/√v̂ = ±1 first, then 0.09/0.19 over √(0.000999/0.001999).
        let second = (0.09 / 0.19) / (0.000_999_f64 / 0.001_999).sqrt();
        for (i, sign) in [(0, 1.0), (3, -1.0)] {
            let mut expected: f64 = 1.0;
            for direction in [1.0, second] {
                expected -= 0.01 * (sign * direction + 0.1 * expected);
            }
            assert!((theta[i] - expected).abs() < 1e-7, "{} {expected}", theta[i]);
        }
    }

    #[test]
    fn leaves_everything_alone_on_a_bad_gradient() {
        let mut state = AdamState::<f32>::new(2);
        let mut theta = [1.0, 2.0];
        let g = [f32::NAN, 0.0];
        Adam::default().step(0.1, &g, f64::NAN, &mut state, &mut theta, &Sequential);
        assert_eq!((theta, state), ([1.0, 2.0], AdamState::new(2)));
    }
}
