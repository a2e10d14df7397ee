//! F7: the training loop, with stages as data, rewinding, and a state that resumes bit for bit.

mod batch;
mod group;
mod groups;
mod held_out;
mod report;
mod stage;
mod state;
mod sum;
mod trainer;
mod tree;

pub use crate::objective::Examples;
pub use groups::{Groups, Share};
pub use report::Report;
pub use stage::{Plan, Stage};
pub use state::{Moments, TrainerState};
pub use trainer::Trainer;
