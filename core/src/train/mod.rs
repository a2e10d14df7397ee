//! F5: the training loop, with stages as data, rewinding, and a state that resumes bit for bit.

mod batch;
mod examples;
mod stage;
mod state;
mod trainer;

pub use examples::Examples;
pub use stage::{Plan, Stage};
pub use state::{Moments, TrainerState};
pub use trainer::{Report, Trainer};
