//! F5: what a flow is trained for, and the gradients of that.
//!
//! An [`Objective`] is evaluated group by group of a batch, in two passes, because some need sums over the whole batch
//! before they have a gradient: [`Work::map`] sends the samples of a group through the flow and gives its share of a few
//! batch-wide sums; [`Work::vjp`], given their totals, contributes the group's share of ∂L/∂θ. In between an objective may
//! drive the flow as it likes.
//!
//! Most objectives look at nothing but samples and densities of one direction of the flow. They are [`Loss`]es: those of
//! one direction share one pass through it, which [`Densities`] makes.
//!
//! **To add one**: a file with an `ENTRY` and a constructor, and one line in the list `objectives!` below. The setting of its
//! weight, its help, the checks of a plan, reports and contract tests follow. One from outside is given to
//! [`crate::train::Trainer::with_goal`].

mod alias;
mod densities;
mod examples;
mod group;
mod loss;
mod registry;
mod values;

pub use densities::{Densities, Term};
pub use examples::Examples;
pub use group::{Inputs, Known, Needs, Objective, Rows, Source, Work};
pub use loss::{Loss, LossChunk, LossGradient};
pub use maximum_likelihood::MaximumLikelihood;
pub use reaction_coordinate::ReactionCoordinateEntropy;
pub use registry::{Entry, Goal, Setup, Weights};
pub use reverse_kl::ReverseKl;
pub use values::{MOST_VALUES, ValueSpec, Values, value_specs};

use crate::num::Real;

/// Registers objectives: one line each.
macro_rules! objectives {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*

        /// Every registered objective.
        pub const OBJECTIVES: &[Entry] = &[$($module::ENTRY),*];

        /// The registered objectives, in the order of [`OBJECTIVES`], as a stage with this setup has them.
        #[must_use]
        pub fn goals<T: Real>(setup: &Setup<'_>) -> [Goal<T>; OBJECTIVES.len()] {
            [$($module::goal(setup)),*]
        }
    };
}
objectives! {
    maximum_likelihood,
    reverse_kl,
    reaction_coordinate,
}
