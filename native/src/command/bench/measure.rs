//! The median rate of some work.

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::interrupt;

/// Repeats of each measurement.
const REPEATS: usize = 9;

/// Units of work per second over several repeats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// Median.
    pub(super) median: f64,
    /// Lowest.
    pub(super) slowest: f64,
    /// Highest.
    pub(super) fastest: f64,
    /// Number of repeats.
    pub(super) repeats: usize,
}

/// Calls work, which returns how many units it did, for about `seconds` in all.
pub(super) fn rate(
    seconds: f64,
    mut work: impl FnMut() -> Result<f64, Failure>,
) -> Result<Rate, Failure> {
    // The first call warms caches and buffers and tells how many calls make a repeat.
    work()?;
    let once = timed(1, &mut work)?.0.as_secs_f64().max(1e-9);
    let calls = (seconds / REPEATS as f64 / once).clamp(1.0, 1e9) as u64;
    let mut rates = Vec::with_capacity(REPEATS);
    for _ in 0..REPEATS {
        interrupt::check()?;
        let (elapsed, units) = timed(calls, &mut work)?;
        rates.push(units / elapsed.as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    let (median, slowest, fastest) = (rates[REPEATS / 2], rates[0], rates[REPEATS - 1]);
    Ok(Rate { median, slowest, fastest, repeats: REPEATS })
}

fn timed(
    calls: u64,
    work: &mut impl FnMut() -> Result<f64, Failure>,
) -> Result<(Duration, f64), Failure> {
    let start = Instant::now();
    let mut units = 0.0;
    for _ in 0..calls {
        units += work()?;
    }
    Ok((start.elapsed(), units))
}
