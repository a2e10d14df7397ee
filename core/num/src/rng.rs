//! Counter-addressed random streams.
//!
//! A stream is a pure function of (seed, purpose, step, chunk): whoever asks for the noise of
//! chunk 3 in step 700 gets the same numbers, on any thread and after any restart. The address is
//! mixed by SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) into the state of Xoshiro256++ (Blackman,
//! Vigna, ACM TOMS 47, 2021).

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::elementary::{ln64, sin_cos_turns, sqrt64};
use super::kernel::Real;

/// What random numbers are for; each purpose has its own streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Initial parameters.
    Init = 1,
    /// Latent samples of training.
    Prior = 2,
    /// Choice of examples.
    Batch = 3,
    /// Monte Carlo moves, also those that make examples.
    Sampler = 4,
    /// One-shot samples for estimates.
    Estimate = 5,
    /// Bootstrap resampling.
    Bootstrap = 6,
    /// Samples that are only shown.
    Display = 7,
    /// Fixed random structure such as permutations.
    Structure = 8,
    /// Tests.
    Test = 9,
    /// Moves and resampling of ensembles of configurations.
    Ensemble = 20,
    /// Choice and moves of an exploration.
    Explore = 21,
}

/// A stream of random numbers.
///
/// ```
/// use boltzflow_num::{Purpose, Stream};
///
/// // The same address gives the same numbers, whoever asks and whenever.
/// let [mut a, mut b] = [(); 2].map(|()| Stream::new(4711, Purpose::Test, 700, 3));
/// assert_eq!(a.normal(), b.normal());
/// assert!((0.0..1.0).contains(&a.uniform()) && b.below(6) < 6);
/// ```
#[derive(Clone, Debug)]
pub struct Stream {
    generator: Xoshiro256PlusPlus,
    spare: Option<f64>,
}

/// One step of SplitMix64.
fn mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream at an address.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, step: u64, chunk: u64) -> Self {
        // Each word of the address is absorbed by a full mixing round, so that neighbouring
        // addresses give unrelated states.
        let mut state = seed;
        for word in [purpose as u64, step, chunk] {
            state = mix(&mut state) ^ word;
        }
        let mut bytes = [0; 32];
        for part in bytes.chunks_exact_mut(8) {
            part.copy_from_slice(&mix(&mut state).to_le_bytes());
        }
        Self { generator: Xoshiro256PlusPlus::from_seed(bytes), spare: None }
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Uniform in [0, 1), 53 bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform integer in 0..n, without bias (Lemire, ACM TOMACS 29, 2019). n ≥ 1.
    #[inline]
    pub fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        loop {
            let wide = u128::from(self.bits()) * u128::from(n);
            if wide as u64 >= n.wrapping_neg() % n.max(1) {
                return (wide >> 64) as usize;
            }
        }
    }

    /// Standard normal (Box and Muller, 1958): √(−2 ln u₁)·(cos 2πu₂, sin 2πu₂), u₁ in (0, 1].
    pub fn normal(&mut self) -> f64 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        let radius = sqrt64(-2.0 * ln64(1.0 - self.uniform()));
        let (sin, cos) = sin_cos_turns(self.uniform());
        self.spare = Some(radius * sin);
        radius * cos
    }

    /// Fills a slice with independent standard normals.
    pub fn fill_normal<T: Real>(&mut self, values: &mut [T]) {
        for v in values {
            *v = T::lit(self.normal());
        }
    }

    /// Random order in place (Fisher, Yates).
    pub fn shuffle<V>(&mut self, values: &mut [V]) {
        for i in (1..values.len()).rev() {
            values.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_normals() {
        let mut s = Stream::new(7, Purpose::Test, 0, 0);
        let n = 400_000;
        let (mut m1, mut m2, mut m4) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let v = s.normal();
            m1 += v;
            m2 += v * v;
            m4 += v * v * v * v;
        }
        let n = f64::from(n);
        // Standard errors: 1, √2, √96 over √n.
        assert!((m1 / n).abs() < 4.0 / n.sqrt());
        assert!((m2 / n - 1.0).abs() < 4.0 * (2.0 / n).sqrt());
        assert!((m4 / n - 3.0).abs() < 4.0 * (96.0 / n).sqrt());
    }

    #[test]
    fn below_is_uniform_and_in_range() {
        let mut s = Stream::new(1, Purpose::Test, 3, 4);
        let mut count = [0_u32; 7];
        for _ in 0..70_000 {
            count[s.below(7)] += 1;
        }
        for c in count {
            assert!((f64::from(c) - 10_000.0).abs() < 4.0 * 100.0, "{count:?}");
        }
    }

    #[test]
    fn address_decides_everything() {
        let first = |a, p, b, c| Stream::new(a, p, b, c).bits();
        assert_eq!(first(1, Purpose::Prior, 2, 3), first(1, Purpose::Prior, 2, 3));
        assert_ne!(first(1, Purpose::Prior, 2, 3), first(1, Purpose::Prior, 3, 2));
        assert_ne!(first(1, Purpose::Prior, 2, 3), first(1, Purpose::Batch, 2, 3));
        assert_ne!(first(1, Purpose::Prior, 2, 3), first(2, Purpose::Prior, 2, 3));
    }
}
