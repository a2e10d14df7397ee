//! Progress of long work: a bar on a terminal, a plain line now and then elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::forecast;

/// Time between two plain lines.
const INTERVAL: Duration = Duration::from_secs(5);

/// Shows how far some work is, on standard error.
#[derive(Debug)]
pub(crate) struct Meter {
    bar: Option<ProgressBar>,
    quiet: bool,
    what: &'static str,
    total: u64,
    start: u64,
    started: Instant,
    printed: Instant,
}

impl Meter {
    /// For work from `start` to `total` units.
    pub(crate) fn new(what: &'static str, start: u64, total: u64, quiet: bool) -> Self {
        let bar = (!quiet && io::stderr().is_terminal()).then(|| {
            let style = "{prefix} {bar:30} {pos}/{len} {elapsed} < {eta}, {per_sec}  {msg}";
            let bar = ProgressBar::new(total).with_prefix(what);
            bar.set_style(
                ProgressStyle::with_template(style)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.reset_eta();
            bar.set_position(start);
            bar
        });
        let now = Instant::now();
        Self { bar, quiet, what, total, start, started: now, printed: now }
    }

    /// Reports `done` units with a message that is made only when shown.
    pub(crate) fn update(&mut self, done: u64, message: impl FnOnce() -> String) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                if self.printed.elapsed() > Duration::from_millis(200) {
                    bar.set_message(message());
                    self.printed = Instant::now();
                }
            }
            None if !self.quiet && self.printed.elapsed() > INTERVAL => {
                self.printed = Instant::now();
                let rate =
                    done.saturating_sub(self.start) as f64 / self.started.elapsed().as_secs_f64();
                let left = self.total.saturating_sub(done) as f64 / rate;
                let left = forecast::words(left);
                let (what, total) = (self.what, self.total);
                eprintln!("{what} {done}/{total}, {rate:.3}/s, {left} left: {}", message());
            }
            None => {}
        }
    }

    /// There is less to do than was thought.
    pub(crate) fn shorten(&mut self, total: u64) {
        self.total = total;
        if let Some(bar) = &self.bar {
            bar.set_length(total);
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
