//! The verdict on a set of weighted samples.

use alloc::string::String;
use core::fmt;

use super::coverage::Coverage;
use super::estimate::Estimate;
use super::log_weights::LogWeights;
use super::pareto::{pareto_k, pareto_k_limit};

/// Effective samples below which no error bar is trusted.
pub const MIN_ESS: f64 = 100.0;
/// Effective samples that every state needs.
pub const MIN_STATE_ESS: f64 = 10.0;
/// Effective fractions of the samples from which weights are called even, and below which very uneven.
const EVEN: f64 = 0.5;
const UNEVEN: f64 = 0.1;
/// Standard errors by which a state's probability may differ from its reference.
const MAX_DEVIATION: f64 = 5.0;

/// How far a set of weighted samples can be trusted. The effective sample size comes with
/// everything that it cannot see.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// Kish's effective sample size as a fraction of the samples.
    pub ess_fraction: f64,
    /// Kish's effective sample size.
    pub ess: f64,
    /// Forward effective sample size as a fraction, where samples of the target exist.
    pub forward_ess: Option<Estimate>,
    /// Shape of the tail of the weights; `None` if there is no tail to fit.
    pub pareto_k: Option<f64>,
    /// The largest normalised weight.
    pub max_weight: f64,
    /// Samples without a usable weight.
    pub dropped: usize,
    /// Coverage of the known states.
    pub coverage: Coverage,
    /// The conclusion.
    pub verdict: Verdict,
}

/// The conclusion about a set of weighted samples, in plain words by `Display`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// All known states are there in the right proportion, with enough effective samples in each.
    Good {
        /// Kish's effective sample size (fraction): how even the weights are.
        ess: f64,
    },
    /// A state has no samples or far too little weight: every average is wrong.
    MissedState {
        /// Its name.
        name: String,
        /// Its weighted probability.
        share: f64,
        /// Its equilibrium probability, where known.
        reference: Option<f64>,
    },
    /// Samples of the target show that a part of it is not generated.
    MissedTarget {
        /// Forward effective sample size (fraction).
        forward: f64,
        /// Kish's (fraction), which is blind to it.
        reverse: f64,
    },
    /// A state's weighted probability contradicts the reference.
    WrongShare {
        /// Its name.
        name: String,
        /// Its weighted probability.
        share: Estimate,
        /// Its equilibrium probability.
        reference: f64,
    },
    /// The weights rest on too few samples.
    FewEffectiveSamples {
        /// The state that lacks samples; `None` for all of them together.
        state: Option<String>,
        /// Effective samples there.
        ess: f64,
        /// How many it takes.
        needed: f64,
    },
    /// The weights have so heavy a tail that their averages are not dependable.
    HeavyTail {
        /// Fitted shape.
        pareto_k: f64,
        /// Largest dependable shape for this number of samples.
        limit: f64,
    },
    /// There are enough effective samples, but nothing shows that no state is missing.
    Unknown {
        /// Kish's effective sample size (fraction): how even the weights are.
        ess: f64,
    },
}

impl Quality {
    /// Judges weights. `coverage` holds the states of the system (may be empty); `forward_ess` is that
    /// of [`forward_ess`](super::forward_ess).
    ///
    /// ```
    /// use boltzflow::stats::{Coverage, LogWeights, Quality};
    ///
    /// // Even weights of samples whose states nobody has named: nothing shows that none is missing.
    /// let weights = LogWeights::uniform(1000)?;
    /// let quality = Quality::new(&weights, Coverage::default(), None);
    /// assert!(quality.ess_fraction > 0.999 && quality.verdict.code() == "unknown");
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    #[must_use]
    pub fn new(weights: &LogWeights, coverage: Coverage, forward_ess: Option<Estimate>) -> Self {
        let mut quality = Self {
            ess_fraction: weights.ess_fraction(),
            ess: weights.ess(),
            forward_ess,
            pareto_k: pareto_k(weights),
            max_weight: weights.max_weight(),
            dropped: weights.dropped(),
            coverage,
            verdict: Verdict::Unknown { ess: weights.ess_fraction() },
        };
        quality.verdict = quality.judge(pareto_k_limit(weights.used()));
        quality
    }

    /// The gravest finding.
    fn judge(&self, k_limit: f64) -> Verdict {
        if let Some(s) = self.coverage.missed() {
            let reference = s.reference.map(|r| r.value);
            return Verdict::MissedState { name: s.name.clone(), share: s.share.value, reference };
        }
        if let Some(f) = self.forward_ess
            && f.value + 4.0 * f.error < 0.5 * self.ess_fraction
        {
            return Verdict::MissedTarget { forward: f.value, reverse: self.ess_fraction };
        }
        if self.ess < MIN_ESS {
            return Verdict::FewEffectiveSamples { state: None, ess: self.ess, needed: MIN_ESS };
        }
        let possible = |p: Option<Estimate>| p.is_none_or(|p| p.value > 0.0);
        let poor = |s: &&super::StateCoverage| s.ess < MIN_STATE_ESS && possible(s.reference);
        if let Some(s) = self.coverage.states.iter().find(poor) {
            let (state, needed) = (Some(s.name.clone()), MIN_STATE_ESS);
            return Verdict::FewEffectiveSamples { state, ess: s.ess, needed };
        }
        if let Some(pareto_k) = self.pareto_k.filter(|k| *k > k_limit) {
            return Verdict::HeavyTail { pareto_k, limit: k_limit };
        }
        for s in &self.coverage.states {
            if let Some(r) = s.reference.filter(|_| s.deviation().abs() > MAX_DEVIATION) {
                let (name, share) = (s.name.clone(), s.share);
                return Verdict::WrongShare { name, share, reference: r.value };
            }
        }
        if self.coverage.has_reference() || self.forward_ess.is_some() {
            Verdict::Good { ess: self.ess_fraction }
        } else {
            Verdict::Unknown { ess: self.ess_fraction }
        }
    }
}

impl Verdict {
    /// Stable machine-readable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Good { .. } => "good",
            Self::MissedState { .. } => "missed-state",
            Self::MissedTarget { .. } => "missed-target",
            Self::WrongShare { .. } => "wrong-share",
            Self::FewEffectiveSamples { .. } => "few-effective-samples",
            Self::HeavyTail { .. } => "heavy-tail",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good { ess } => {
                write!(f, "good: all known states are covered and {}", Evenness(*ess))
            }
            Self::MissedState { name, share, reference: Some(p) } => write!(
                f,
                "missed: '{name}' has {:.2} % of the weight instead of {:.2} %, whatever the \
                 effective sample size says",
                100.0 * share,
                100.0 * p
            ),
            Self::MissedState { name, reference: None, .. } => {
                write!(f, "missed: '{name}' has no weight, whatever the effective sample size says")
            }
            Self::MissedTarget { forward, reverse } => write!(
                f,
                "missed: part of the target is not generated; forward effective sample size \
                 {:.2} % against {:.2} % in reverse",
                100.0 * forward,
                100.0 * reverse
            ),
            Self::WrongShare { name, share, reference } => write!(
                f,
                "wrong: '{name}' has {:.2} ± {:.2} % of the weight instead of {:.2} %",
                100.0 * share.value,
                100.0 * share.error,
                100.0 * reference
            ),
            Self::FewEffectiveSamples { state, ess, needed } => {
                write!(f, "too few effective samples")?;
                if let Some(state) = state {
                    write!(f, " in '{state}'")?;
                }
                write!(f, ": {ess:.1}, and it takes {needed:.0}")
            }
            Self::HeavyTail { pareto_k, limit } => write!(
                f,
                "not dependable: the weights have a heavy tail (Pareto k {pareto_k:.2}, at most \
                 {limit:.2} is dependable)"
            ),
            Self::Unknown { ess } => write!(
                f,
                "unknown: {}, but there is no reference to show that no state is missing",
                Evenness(*ess)
            ),
        }
    }
}

/// How even weights are, in words, from their effective sample size as a fraction.
struct Evenness(f64);

impl fmt::Display for Evenness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.0 {
            ess if ess >= EVEN => return write!(f, "the weights are even"),
            ess if ess >= UNEVEN => "uneven",
            _ => "very uneven",
        };
        write!(f, "the weights are {words}, with an effective size of {:.1} %", 100.0 * self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::coverage::tests::states;
    use super::*;
    use crate::num::{Purpose, Stream};
    use alloc::vec::Vec;

    fn judge(
        log_w: &[f64],
        references: &[Option<f64>],
        assignment: &[usize],
        forward: Option<f64>,
    ) -> Verdict {
        let w = LogWeights::new(log_w).unwrap();
        let coverage = Coverage::new(&states(references), assignment, &w).unwrap();
        let forward = forward.map(|value| Estimate { value, error: 0.001 });
        Quality::new(&w, coverage, forward).verdict
    }

    /// Assignment of the first `share` of n samples to state 0, the rest to state 1.
    fn split(n: usize, share: f64) -> Vec<usize> {
        (0..n).map(|i| usize::from(i as f64 >= share * n as f64)).collect()
    }

    #[test]
    fn verdicts() {
        let even = [0.0; 10_000];
        let exact = [Some(0.967), Some(0.033)];
        let code = |v: Verdict| v.code();
        let n = even.len();
        // A perfect effective sample size does not help when a state is missed.
        assert_eq!(code(judge(&even, &exact, &split(n, 1.0), Some(1.0))), "missed-state");
        assert_eq!(code(judge(&even, &exact, &split(n, 0.999), None)), "missed-state");
        assert_eq!(code(judge(&even, &exact, &split(n, 0.967), None)), "good");
        assert_eq!(code(judge(&even, &exact, &split(n, 0.93), None)), "wrong-share");
        assert_eq!(code(judge(&even, &[None, None], &split(n, 0.967), None)), "unknown");
        assert_eq!(code(judge(&even, &[None, None], &split(n, 0.967), Some(0.9))), "good");
        assert_eq!(code(judge(&even, &[], &split(n, 0.967), None)), "unknown");
        assert_eq!(code(judge(&even, &[], &split(n, 0.967), Some(0.2))), "missed-target");
        let rare = [Some(0.9995), Some(0.0005)];
        let verdict = judge(&even, &rare, &split(n, 0.9995), None);
        assert_eq!(verdict.code(), "few-effective-samples");
        let words = "too few effective samples in 'state 1': 5.0, and it takes 10";
        assert_eq!(alloc::format!("{verdict}"), words);
        assert_eq!(
            code(judge(&even[..50], &exact, &split(50, 0.96), None)),
            "few-effective-samples"
        );
    }

    #[test]
    fn the_words_follow_how_even_the_weights_are() {
        let words = |ess: f64| alloc::format!("{}", Verdict::Good { ess });
        assert_eq!(words(0.83), "good: all known states are covered and the weights are even");
        let covered = "good: all known states are covered and the weights are";
        assert_eq!(
            words(0.31),
            alloc::format!("{covered} uneven, with an effective size of 31.0 %")
        );
        let five = "very uneven, with an effective size of 5.0 %";
        assert_eq!(words(0.05), alloc::format!("{covered} {five}"));
        assert_eq!(
            alloc::format!("{}", Verdict::Unknown { ess: 0.05 }),
            alloc::format!(
                "unknown: the weights are {five}, but there is no reference to show that no state \
                 is missing"
            )
        );
    }

    #[test]
    fn a_heavy_tail() {
        let mut stream = Stream::new(1, Purpose::Test, 0, 0);
        // Weights u^(−0.78): infinite variance, though the effective size of these is above 100.
        let n = 200_000;
        let log_w: Vec<f64> = (0..n).map(|_| -0.78 * (1.0 - stream.uniform()).ln()).collect();
        assert_eq!(judge(&log_w, &[], &split(n, 0.5), Some(0.5)).code(), "heavy-tail");
    }

    #[test]
    fn never_good_when_a_state_is_missed() {
        for seed in 0..300 {
            let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
            let p = stream.uniform();
            let share = stream.uniform();
            let width = 3.0 * stream.uniform();
            let log_w: Vec<f64> = (0..2000).map(|_| width * stream.normal()).collect();
            let w = LogWeights::new(&log_w).unwrap();
            let states = states(&[Some(p), Some(1.0 - p)]);
            let coverage = Coverage::new(&states, &split(2000, share), &w).unwrap();
            let missed = coverage.missed().is_some();
            let verdict = Quality::new(&w, coverage, None).verdict;
            assert_eq!(missed, verdict.code() == "missed-state", "{verdict}");
        }
    }
}
