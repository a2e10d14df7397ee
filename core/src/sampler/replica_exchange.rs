//! Replica exchange along a ladder of states.

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use super::walkers::Walkers;
use super::{BurnIn, Kernel, Ladder, State, Trajectory, check_step_size};
use crate::num::{Error, Purpose, Real, Result, Stream};

/// A replica for each state of a [`Ladder`], moved by a kernel, with exchanges between neighbours.
///
/// Replica i always samples state i; an exchange swaps configurations with probability
/// min(1, e^(uᵢ(xᵢ) + uⱼ(xⱼ) − uᵢ(xⱼ) − uⱼ(xᵢ))), which leaves the product of all densities unchanged and costs no
/// evaluation. Even and odd pairs take turns. All replicas advance side by side in the potential's SIMD lanes.
///
/// ```
/// # fn main() -> boltzflow::num::Result<()> {
/// use boltzflow::sampler::{self, ReplicaExchange};
/// use boltzflow::setting::Parameters;
/// use boltzflow::system::{ReducedPotential, build};
///
/// let u = ReducedPotential::new(build("double-well", &Parameters::new(), None)?, 1.0)?;
/// let coordinate = u.system().coordinate("")?;
/// // Any registered ladder by its name: `umbrella`, `replica-exchange`, …
/// let ladder = sampler::ladder("replica-exchange")?.build(&Parameters::new(), &u, &coordinate)?;
/// let starts = ladder.starts(&u.system().wells())?;
/// let kernel = sampler::build("hmc", &Parameters::new())?;
/// let mut replicas = ReplicaExchange::new(kernel, ladder, starts, 1, 0, 0)?;
/// replicas.burn_in(100, true);
/// let trajectory = replicas.sample(50, 1);
/// assert_eq!(trajectory.u.len(), 50 * replicas.ladder().states());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ReplicaExchange {
    kernel: Box<dyn Kernel>,
    walkers: Walkers,
    ladder: Ladder,
    exchange: Exchange,
}

/// Exchanges that were tried and made.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchanges {
    /// Tries between states i and i + 1 (K − 1).
    pub tried: Vec<u64>,
    /// How many of them were accepted (K − 1).
    pub accepted: Vec<u64>,
    /// How often a configuration that had been at the last state came to the first one.
    pub returns: u64,
}

/// What the exchanges remember.
#[derive(Debug)]
struct Exchange {
    /// Kernel steps from one exchange to the next; 0 for none.
    every: usize,
    steps: usize,
    odd: bool,
    rng: Stream,
    counts: Exchanges,
    /// Whether the configuration at each state has been at the last state since it was at the first.
    returning: Vec<bool>,
    /// U and R of each replica, and what its gradient gains along R.
    energy: Vec<f64>,
    value: Vec<f64>,
    slope: Vec<f64>,
}

impl ReplicaExchange {
    /// Run `index` of a seed: replicas at the rows of `x` (`K × dim`), exchanged after every `every` steps (0: never).
    /// Costs K evaluations.
    ///
    /// # Errors
    /// Those of [`State::new`]; [`Error::DimensionMismatch`] if `x` has not K rows; [`Error::InvalidSetting`] for a
    /// step size that is not positive.
    pub fn new(
        kernel: Box<dyn Kernel>,
        ladder: Ladder,
        x: DMatrix<f64>,
        every: usize,
        seed: u64,
        index: u64,
    ) -> Result<Self> {
        let k = ladder.states();
        if x.nrows() != k {
            let (what, found) = ("starts of replicas", x.nrows());
            return Err(Error::DimensionMismatch { what, expected: k, found });
        }
        // Step 0 has the chains, step 1 the starts.
        let stream = |i: usize| Stream::new(seed, Purpose::Sampler, 2 + index, i as u64);
        check_step_size(&*kernel)?;
        let mut walkers = Walkers::new(State::new(&ladder, x)?, stream);
        // The lengths of a potential's valleys grow with √T.
        let first = ladder.temperature()[0];
        for (scale, t) in walkers.state.scale.iter_mut().zip(ladder.temperature()) {
            *scale = Real::sqrt(t / first);
        }
        let exchange = Exchange::new(every, stream(k), k);
        Ok(Self { kernel, walkers, ladder, exchange })
    }

    /// The states.
    #[must_use]
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// The replicas, row i of state i; their evaluations are those of the whole run.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.walkers.state
    }

    /// Exchanges since the start, those of burn-in included.
    #[must_use]
    pub fn exchanges(&self) -> &Exchanges {
        &self.exchange.counts
    }

    /// Mean step size over the replicas.
    #[must_use]
    pub fn step_size(&self) -> f64 {
        self.walkers.step_size(&*self.kernel)
    }

    /// Steps whose configurations are thrown away; with `adapt` each replica's step size is tuned to the kernel's
    /// target acceptance and then frozen.
    pub fn burn_in(&mut self, steps: usize, adapt: bool) -> BurnIn {
        let Self { kernel, walkers, ladder, exchange } = self;
        walkers.burn_in(&mut **kernel, steps, adapt, |w, kernel| exchange.step(kernel, ladder, w))
    }

    /// All replicas at `n` times (`n·K` samples: sample tK + i is of state i), each after `stride` steps (at least 1).
    pub fn sample(&mut self, n: usize, stride: usize) -> Trajectory {
        let Self { kernel, walkers, ladder, exchange } = self;
        walkers.sample(n, stride, |w| exchange.step(&**kernel, ladder, w))
    }
}

impl Exchange {
    fn new(every: usize, rng: Stream, k: usize) -> Self {
        let none = vec![0; k.saturating_sub(1)];
        let counts = Exchanges { tried: none.clone(), accepted: none, returns: 0 };
        let (returning, zeros) = (vec![false; k], vec![0.0; k]);
        let (energy, value, slope) = (zeros.clone(), zeros.clone(), zeros);
        Self { every, steps: 0, odd: false, rng, counts, returning, energy, value, slope }
    }

    /// A step of all replicas and, when it is time, exchanges.
    fn step(&mut self, kernel: &dyn Kernel, ladder: &Ladder, walkers: &mut Walkers) {
        walkers.step(kernel, ladder);
        self.steps += 1;
        if self.every > 0 && self.steps.is_multiple_of(self.every) {
            self.exchange(ladder, &mut walkers.state);
        }
    }

    /// Tries the even or the odd pairs of neighbours.
    fn exchange(&mut self, ladder: &Ladder, state: &mut State) {
        let current = &mut state.current;
        ladder.values(&current.x, &mut self.value);
        for (i, u) in current.u.iter().enumerate() {
            self.energy[i] = ladder.energy(i, *u, self.value[i]);
        }
        self.slope.fill(0.0);
        for i in (usize::from(self.odd)..self.counts.tried.len()).step_by(2) {
            let j = i + 1;
            let swapped = [(i, j), (j, i)]
                .map(|(at, of)| ladder.reduced(at, self.energy[of], self.value[of]));
            let log_ratio = current.u[i] + current.u[j] - swapped[0] - swapped[1];
            self.counts.tried[i] += 1;
            // A ratio that is not a number is not accepted.
            if self.rng.uniform() >= Real::exp(log_ratio.min(0.0)) || log_ratio.is_nan() {
                continue;
            }
            self.counts.accepted[i] += 1;
            current.x.swap_rows(i, j);
            current.gradient.swap_rows(i, j);
            self.value.swap(i, j);
            self.energy.swap(i, j);
            self.returning.swap(i, j);
            let t = ladder.temperature();
            for (at, from) in [(i, j), (j, i)] {
                // ∂uᵢ/∂x = (Tⱼ ∂uⱼ/∂x + (b′ᵢ − b′ⱼ)∂R/∂x)/Tᵢ
                let (r, ratio) = (self.value[at], t[from] / t[at]);
                let change = ladder.bias_slope(at, r).1 - ladder.bias_slope(from, r).1;
                self.slope[at] = change / t[at];
                current.gradient.row_mut(at).iter_mut().for_each(|g| *g *= ratio);
            }
            (current.u[i], current.u[j]) = (swapped[0], swapped[1]);
        }
        if let Some(bias) = ladder.bias() {
            bias.coordinate.add_gradient(&current.x, &self.slope, &mut current.gradient);
        }
        self.odd = !self.odd;
        let last = self.returning.len() - 1;
        self.returning[last] = true;
        self.counts.returns += u64::from(core::mem::take(&mut self.returning[0]) && last > 0);
    }
}
