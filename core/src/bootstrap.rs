//! F8: bootstrapping: a flow learns from what it was annealed to.

use alloc::vec::Vec;

use crate::ensemble::{Annealed, Population};
use crate::num::Result;
use crate::stats::LogWeights;
use crate::system::ReducedPotential;
use crate::train::Examples;

/// Examples for the next round of training: the particles that independent runs have carried from a flow to its `target`, with
/// their weights on it, its bias included.
///
/// A flow that has learnt from few examples describes them and little else; annealing corrects what it makes, whatever it is, so that
/// the next flow learns from equilibrium, and the one after that is annealed in fewer levels (Midgley, Stimper, Simm,
/// Schölkopf, Hernández-Lobato, ICLR 2023, learn from annealed samples within every step). What no run reaches no
/// round will learn: the first examples must show every state. Particles of one run share ancestors; what is held
/// out should come from runs of its own, which the end of the examples is where it is at least one run.
///
/// `before` counts the energy evaluations of all that led to the flow: examples and training.
///
/// # Errors
/// [`crate::num::Error::InvalidData`] if no particle has a weight.
pub fn examples(runs: &[Annealed], target: &ReducedPotential, before: u64) -> Result<Examples> {
    let Population { x, mut u, mut log_weight, .. } = Population::of_runs(runs);
    target.rebias(&x, &mut u, &mut log_weight);
    let weights = LogWeights::new(&log_weight)?;
    let annealing: u64 = runs.iter().map(|run| run.energy_evaluations).sum();
    let weights: Vec<f64> = weights.normalised().to_vec();
    Ok(Examples::new(x, Some(weights), before + annealing)?.with_bias(target.bias().cloned()))
}
