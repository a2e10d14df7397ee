//! Threads for the jobs of the library.

use boltzflow::num::Executor;
use rayon::prelude::*;

use crate::failure::Failure;

/// A pool of threads. The library's results do not depend on their number.
#[derive(Debug)]
pub(crate) struct Threads {
    pool: rayon::ThreadPool,
}

impl Threads {
    /// A pool of `count` threads, or of one for each core.
    pub(crate) fn new(count: Option<usize>) -> Result<Self, Failure> {
        if count.is_some_and(|n| n == 0 || n > 4096) {
            let n = count.unwrap_or_default();
            return Err(boltzflow::num::Error::setting("threads", n, "from 1 to 4096").into());
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(count.unwrap_or(0))
            .build()
            .map_err(|e| Failure::other("threads", e.to_string(), "ask for fewer threads"))?;
        Ok(Self { pool })
    }
}

impl Executor for Threads {
    fn width(&self) -> usize {
        self.pool.current_num_threads()
    }

    fn for_each<J: Send>(&self, jobs: &mut [J], work: impl Fn(&mut J) + Sync) {
        if self.width() == 1 || jobs.len() < 2 {
            jobs.iter_mut().for_each(work);
        } else {
            self.pool.install(|| jobs.par_iter_mut().with_max_len(1).for_each(&work));
        }
    }
}
