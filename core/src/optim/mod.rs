//! F1: optimisers, schedules, clipping and the moving average, each a loop over slices of θ.

mod adam;
mod moving_average;
mod schedule;

pub use adam::{Adam, AdamState};
pub use moving_average::MovingAverage;
pub use schedule::Schedule;
