//! Who runs independent jobs: this thread, or threads of a front.

/// Runs a function on each job of a slice. The library cuts its work into jobs in a way that does not depend on
/// the executor, and combines their results in order: every executor gives the same bits.
pub trait Executor {
    /// Applies `work` to every job; returns when all are done.
    fn for_each<J: Send>(&self, jobs: &mut [J], work: impl Fn(&mut J) + Sync);
}

/// Runs the jobs one after the other on this thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequential;

impl Executor for Sequential {
    fn for_each<J: Send>(&self, jobs: &mut [J], work: impl Fn(&mut J) + Sync) {
        jobs.iter_mut().for_each(work);
    }
}
