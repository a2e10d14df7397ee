//! What figures of an analysis are made of.

use super::annealed::AnnealedAnalysis;
use super::held_out::Comparison;
use super::plain::Analysis;
use super::reference::Reference;

/// What figures are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Material<'a> {
    /// The numbers.
    pub(crate) analysis: &'a Analysis,
    /// The same numbers by annealing.
    pub(crate) annealed: Option<&'a AnnealedAnalysis>,
    /// Comparison with examples that were not learnt from.
    pub(crate) comparison: &'a Comparison,
    /// Values to compare with.
    pub(crate) reference: Option<&'a Reference>,
    /// Record of training, one JSON object a line.
    pub(crate) log: &'a str,
    /// Name of the coordinate along which the learnt target is flat, if it is.
    pub(crate) biased_along: Option<&'a str>,
    /// The line below every figure.
    pub(crate) caption: &'a str,
}
