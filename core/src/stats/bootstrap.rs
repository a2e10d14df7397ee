//! The Poisson bootstrap.

use alloc::{vec, vec::Vec};

use super::estimate::Interval;
use crate::num::{Error, Real, Result, Stream};

/// Settings of a bootstrap: every sample (or block of samples) enters a resample a
/// Poisson(1)-distributed number of times.
///
/// Unlike the multinomial bootstrap the counts are independent, which needs no random access:
/// 10⁸ draws (5·10⁵ samples, 200 resamples) take well below a second. Its variance agrees with the multinomial
/// one to order 1/n for ratios and their logarithms, which is all that is estimated here
/// (Chamandy et al., *Estimating uncertainty for massive data streams*, 2012).
///
/// ```
/// use boltzflow::num::{Purpose, Stream};
/// use boltzflow::stats::{Bootstrap, LogWeights};
///
/// let weights = LogWeights::new(&[0.1, -0.2, 0.3, 0.0, -0.1])?;
/// let mut stream = Stream::new(1, Purpose::Bootstrap, 0, 0);
/// let interval = weights.log_z_interval(&Bootstrap { resamples: 500, block: 1 }, &mut stream)?;
/// assert!(interval.contains(weights.log_z().value));
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// Number of resamples, 2 to 100 000; a 95 % band needs a few hundred.
    pub resamples: usize,
    /// Number of consecutive samples that are drawn together: 1 for independent samples, several
    /// autocorrelation times for a Markov chain.
    pub block: usize,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 200, block: 1 }
    }
}

/// Cells of the table that turns uniform numbers into Poisson counts.
const CELL_BITS: u32 = 12;
const CELLS: usize = 1 << CELL_BITS;
/// Marks a cell in which the count changes.
const SPLIT: u8 = u8::MAX;
/// Counts above this have a probability below 2⁻⁶⁴.
const MAX_COUNT: usize = 21;
/// Samples whose counts are drawn at once.
const RUN: usize = 1024;

/// Poisson(1) counts by inversion: 12 random bits choose a cell; in the few cells that hold a
/// step of the distribution function more bits decide.
struct Poisson {
    cell: Vec<u8>,
    /// P(count ≤ k).
    cumulative: [f64; MAX_COUNT],
}

impl Poisson {
    fn new() -> Self {
        let mut cumulative = [0.0; MAX_COUNT];
        // P(k) = e⁻¹/k!
        let (mut p, mut sum) = (Real::exp(-1.0_f64), 0.0);
        for (k, c) in cumulative.iter_mut().enumerate() {
            sum += p;
            *c = sum;
            p /= (k + 1) as f64;
        }
        let count = |u: f64| cumulative.iter().filter(|c| **c <= u).count() as u8;
        let edge = |i: usize| i as f64 / CELLS as f64;
        let cell = (0..CELLS)
            .map(|i| if count(edge(i)) == count(edge(i + 1)) { count(edge(i)) } else { SPLIT })
            .collect();
        Self { cell, cumulative }
    }

    fn fill(&self, counts: &mut [u8], stream: &mut Stream) {
        for group in counts.chunks_mut((u64::BITS / CELL_BITS) as usize) {
            let mut bits = stream.bits();
            for count in group {
                let i = bits as usize % CELLS;
                bits >>= CELL_BITS;
                *count = self.cell[i];
                if *count == SPLIT {
                    let u = (i as f64 + stream.uniform()) / CELLS as f64;
                    *count = self.cumulative.iter().filter(|c| **c <= u).count() as u8;
                }
            }
        }
    }
}

impl Bootstrap {
    /// # Errors
    /// [`Error::InvalidSetting`] for a number of resamples or a block length out of range.
    pub fn check(&self) -> Result<()> {
        if !(2..=100_000).contains(&self.resamples) {
            return Err(Error::setting("resamples", self.resamples, "from 2 to 100000"));
        }
        if self.block == 0 {
            return Err(Error::setting("block", self.block, "at least 1"));
        }
        Ok(())
    }

    /// Calls `add(resample, sample range, count)` for every resample and block.
    fn each_block(
        &self,
        n: usize,
        stream: &mut Stream,
        mut add: impl FnMut(usize, core::ops::Range<usize>, f64),
    ) {
        let poisson = Poisson::new();
        let mut counts = [0_u8; RUN];
        let blocks = n.div_ceil(self.block);
        for r in 0..self.resamples {
            for first in (0..blocks).step_by(RUN) {
                let counts = &mut counts[..RUN.min(blocks - first)];
                poisson.fill(counts, stream);
                for (b, count) in (first..).zip(counts.iter()) {
                    let start = b * self.block;
                    add(r, start..n.min(start + self.block), f64::from(*count));
                }
            }
        }
    }

    /// Σᵢ cᵢ vᵢ of each column of values (`n` each) with the same counts c:
    /// `resamples × columns`, row by row.
    pub(super) fn sums(&self, columns: &[&[f64]], stream: &mut Stream) -> Vec<f64> {
        let k = columns.len();
        let mut sums = vec![0.0; self.resamples * k];
        let n = columns.first().map_or(0, |c| c.len());
        self.each_block(n, stream, |r, samples, count| {
            for (sum, column) in sums[r * k..].iter_mut().zip(columns) {
                for v in &column[samples.clone()] {
                    *sum += count * v;
                }
            }
        });
        sums
    }

    /// Σ cᵢ wᵢ over the samples of each group: `resamples × groups`, row by row.
    /// `group[i]` is below `groups`; weights `n`.
    pub(super) fn group_sums(
        &self,
        group: &[u32],
        weight: &[f64],
        groups: usize,
        stream: &mut Stream,
    ) -> Vec<f64> {
        let mut sums = vec![0.0; self.resamples * groups];
        self.each_block(group.len(), stream, |r, samples, count| {
            let row = &mut sums[r * groups..(r + 1) * groups];
            for (g, w) in group[samples.clone()].iter().zip(&weight[samples]) {
                row[*g as usize] += count * w;
            }
        });
        sums
    }

    /// The 95 % interval of a set of R replicas (which are sorted): between those of rank 0.025(R + 1) and 0.975(R + 1), which are 95 %
    /// apart in expectation, however few there are. The quantiles of the replicas themselves are (R − 1)/(R + 1) as far: of 200 they
    /// would cover 94 %.
    pub(super) fn interval_95(replicas: &mut [f64]) -> Interval {
        replicas.sort_unstable_by(f64::total_cmp);
        let (n, last) = (replicas.len() as f64, replicas.len().saturating_sub(1) as f64);
        let rank = |p: f64| at(replicas, (p * (n + 1.0) - 1.0).clamp(0.0, last));
        Interval { lower: rank(0.025), upper: rank(0.975) }
    }
}

/// The value at a place between two of sorted values.
fn at(sorted: &[f64], position: f64) -> f64 {
    let below = position as usize;
    let above = (below + 1).min(sorted.len() - 1);
    // Equal neighbours may be infinite: their difference is not a number.
    if sorted[below] == sorted[above] {
        return sorted[below];
    }
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Purpose;

    #[test]
    fn counts_are_poisson() {
        let poisson = Poisson::new();
        let mut stream = Stream::new(3, Purpose::Test, 0, 0);
        let n = 1_000_000;
        let mut counts = vec![0; n];
        poisson.fill(&mut counts, &mut stream);
        let mut p = (-1.0_f64).exp();
        for k in 0..8_u8 {
            let share = counts.iter().filter(|c| **c == k).count() as f64 / n as f64;
            let error = (p * (1.0 - p) / n as f64).sqrt();
            assert!((share - p).abs() < 4.0 * error, "{k}: {share} {p}");
            p /= f64::from(k + 1);
        }
        assert!(poisson.cell.iter().filter(|c| **c == SPLIT).count() < 16);
    }

    #[test]
    fn spread_of_a_mean() {
        // Values 0 and 1 alternating: the mean has variance ¼/n; in blocks of 2 it has none.
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i % 2)).collect();
        let ones = vec![1.0; 1000];
        let spread = |block| {
            let b = Bootstrap { resamples: 4000, block };
            let sums = b.sums(&[&values, &ones], &mut Stream::new(1, Purpose::Test, 0, 0));
            let means: Vec<f64> = sums.chunks_exact(2).map(|s| s[0] / s[1]).collect();
            let m = means.iter().sum::<f64>() / 4000.0;
            means.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / 4000.0
        };
        // Relative error of a variance from 4000 draws: √(2/4000) = 0.022.
        assert!((spread(1) / 2.5e-4 - 1.0).abs() < 4.0 * 0.023, "{}", spread(1));
        assert!(spread(2) < 1e-30);
    }

    #[test]
    fn every_sample_is_drawn() {
        // 5 samples in blocks of 2, each its own group: mean count 1, and one count a block.
        let b = Bootstrap { resamples: 4000, block: 2 };
        let mut stream = Stream::new(2, Purpose::Test, 0, 0);
        let sums = b.group_sums(&[0, 1, 2, 3, 4], &[1.0; 5], 5, &mut stream);
        for g in 0..5 {
            let mean = sums.iter().skip(g).step_by(5).sum::<f64>() / 4000.0;
            assert!((mean - 1.0).abs() < 4.0 / 4000.0_f64.sqrt(), "{g}: {mean}");
        }
        assert!(sums.chunks_exact(5).all(|c| c[0] == c[1] && c[2] == c[3]));
        assert!(sums.chunks_exact(5).any(|c| c[1] != c[2] && c[3] != c[4]));
    }

    #[test]
    fn settings_out_of_range() {
        assert!(Bootstrap { resamples: 1, block: 1 }.check().is_err());
        assert!(Bootstrap { resamples: 200, block: 0 }.check().is_err());
        assert!(Bootstrap::default().check().is_ok());
    }
}
