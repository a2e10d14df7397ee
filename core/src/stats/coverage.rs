//! Coverage: which states of a system the samples have reached.

use alloc::{string::String, vec::Vec};

use super::estimate::{Estimate, mean_error};
use super::log_weights::LogWeights;
use super::same_length;
use crate::num::{Real, Result};

/// A state that equilibrium samples must reach.
#[derive(Clone, Debug, PartialEq)]
pub struct StateReference {
    /// Name in reports.
    pub name: String,
    /// Its equilibrium probability, where known.
    pub probability: Option<Estimate>,
}

/// What the samples say about a state.
#[derive(Clone, Debug, PartialEq)]
pub struct StateCoverage {
    /// Name.
    pub name: String,
    /// Equilibrium probability, where known.
    pub reference: Option<Estimate>,
    /// Number of samples in the state, before weighting.
    pub count: usize,
    /// Weighted probability.
    pub share: Estimate,
    /// Effective number of samples within the state, (Σw)²/Σw² over its samples.
    pub ess: f64,
}

/// Coverage of all states of a system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// The states, in the order given.
    pub states: Vec<StateCoverage>,
    /// Samples that belong to none of them.
    pub unassigned: usize,
}

impl Coverage {
    /// From the index of each sample's state (`n`; an index beyond the states is none of them).
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`](crate::num::Error::DimensionMismatch) if the lengths differ.
    ///
    /// ```
    /// use boltzflow::stats::{Coverage, Estimate, LogWeights, StateReference};
    ///
    /// let states = ["left", "right"].map(|name| StateReference {
    ///     name: name.into(),
    ///     probability: Some(Estimate::exact(0.5)),
    /// });
    /// let weights = LogWeights::uniform(3)?;
    /// let coverage = Coverage::new(&states, &[0, 0, 0], &weights)?;
    /// assert_eq!(coverage.missed().map(|state| state.name.as_str()), Some("right"));
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    pub fn new(
        states: &[StateReference],
        assignment: &[usize],
        weights: &LogWeights,
    ) -> Result<Self> {
        same_length("states of samples", assignment.len(), weights)?;
        let k = states.len();
        let mut sums = alloc::vec![(0_usize, 0.0, 0.0); k];
        let mut unassigned = 0;
        for (i, (state, w)) in assignment.iter().zip(weights.normalised()).enumerate() {
            match sums.get_mut(*state).filter(|_| weights.is_used(i)) {
                Some((count, sum, squares)) => {
                    *count += 1;
                    *sum += w;
                    *squares += w * w;
                }
                None => unassigned += 1,
            }
        }
        let n = weights.used();
        let all: f64 = weights.normalised().iter().map(|w| w * w).sum();
        let state = |(reference, (count, sum, squares)): (&StateReference, (usize, f64, f64))| {
            // P = Σ_state w, influence n·w(1 − P) inside and −n·w·P outside.
            let influence = (1.0 - sum) * (1.0 - sum) * squares + sum * sum * (all - squares);
            let error = mean_error(core::iter::once(n as f64 * Real::sqrt(influence)), n);
            StateCoverage {
                name: reference.name.clone(),
                reference: reference.probability,
                count,
                share: Estimate { value: sum, error },
                ess: if squares > 0.0 { sum * sum / squares } else { 0.0 },
            }
        };
        Ok(Self { states: states.iter().zip(sums).map(state).collect(), unassigned })
    }

    /// The missed state that carries most of the reference probability.
    #[must_use]
    pub fn missed(&self) -> Option<&StateCoverage> {
        let weight = |s: &StateCoverage| s.reference.map_or(f64::INFINITY, |r| r.value);
        let missed = self.states.iter().filter(|s| s.is_missed());
        missed.max_by(|a, b| weight(a).total_cmp(&weight(b)))
    }

    /// True if there are states and all have a reference probability.
    #[must_use]
    pub fn has_reference(&self) -> bool {
        !self.states.is_empty() && self.states.iter().all(|s| s.reference.is_some())
    }
}

impl StateCoverage {
    /// True if the state is not sampled at all (or with weight zero), or its weighted probability is
    /// below a tenth of the reference, or below half of it by more than four standard errors. A state
    /// of reference probability 0 cannot be missed.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        let share = self.share.value;
        match self.reference {
            Some(r) if r.value <= 0.0 => false,
            Some(r) => {
                share == 0.0
                    || share < 0.1 * r.value
                    || (share < 0.5 * r.value && self.deviation() < -4.0)
            }
            None => share == 0.0,
        }
    }

    /// (share − reference) in standard errors of the difference; 0 without a reference.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        self.reference.map_or(0.0, |r| {
            let error = Real::sqrt(self.share.error * self.share.error + r.error * r.error);
            Estimate { value: self.share.value, error }.deviation(r.value)
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};

    pub(crate) fn states(probabilities: &[Option<f64>]) -> Vec<StateReference> {
        let state = |(i, p): (usize, &Option<f64>)| StateReference {
            name: alloc::format!("state {i}"),
            probability: p.map(Estimate::exact),
        };
        probabilities.iter().enumerate().map(state).collect()
    }

    #[test]
    fn shares_have_honest_errors() {
        // States drawn as 0.5, 0.3, 0.2 and weighted by 1, 2, 4: probabilities 5, 6, 8 of 19.
        let exact = [5.0 / 19.0, 6.0 / 19.0, 8.0 / 19.0];
        let mut inside = 0;
        for seed in 0..200 {
            let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
            let pick = |u: f64| usize::from(u >= 0.5) + usize::from(u >= 0.8);
            let assignment: Vec<usize> = (0..1000).map(|_| pick(stream.uniform())).collect();
            let log_w: Vec<f64> = assignment.iter().map(|s| [1.0_f64, 2.0, 4.0][*s].ln()).collect();
            let w = LogWeights::new(&log_w).unwrap();
            let coverage = Coverage::new(&states(&exact.map(Some)), &assignment, &w).unwrap();
            assert_eq!(coverage.missed(), None);
            for s in &coverage.states {
                inside += usize::from(s.deviation().abs() < 1.96);
                assert!((s.ess - s.count as f64).abs() < 1e-6);
            }
        }
        assert!((540..=594).contains(&inside), "{inside} of 600");
    }

    #[test]
    fn missed_states() {
        let w = LogWeights::uniform(1000).unwrap();
        let few: Vec<usize> = (0..1000).map(|i| usize::from(i < 20)).collect();
        let missed = |references: &[Option<f64>]| {
            let c = Coverage::new(&states(references), &few, &w).unwrap();
            c.missed().map(|s| s.name.clone())
        };
        assert_eq!(missed(&[Some(0.98), Some(0.02)]), None);
        assert_eq!(missed(&[Some(0.9), Some(0.1)]).as_deref(), Some("state 1"));
        assert_eq!(missed(&[None, None]), None);
        assert_eq!(missed(&[None, None, None]).as_deref(), Some("state 2"));
        assert_eq!(missed(&[Some(0.9), Some(0.1), Some(0.0)]).as_deref(), Some("state 1"));
        assert_eq!(missed(&[Some(0.9), Some(0.06), Some(0.04)]).as_deref(), Some("state 1"));
    }

    #[test]
    fn weightless_and_unassigned_samples() {
        let w = LogWeights::new(&[0.0, f64::NEG_INFINITY, f64::NAN, 0.0]).unwrap();
        let c = Coverage::new(&states(&[None, None]), &[0, 1, 1, 9], &w).unwrap();
        assert_eq!((c.states[1].count, c.unassigned), (1, 2));
        assert_eq!(c.missed().map(|s| s.name.as_str()), Some("state 1"));
        assert!(!c.has_reference());
        assert!(Coverage::new(&[], &[0], &w).is_err());
    }
}
