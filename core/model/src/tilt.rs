//! A tilt as numbers: the ends of its range, its walls, its values.

use boltzflow::num::{CheckpointFault, Error, Result};
use boltzflow::potential::{Coordinate, Tilt};

/// The numbers of a tilt.
#[must_use]
pub fn to_numbers(tilt: &Tilt) -> Vec<f64> {
    let (low, high) = tilt.range();
    [low, high, tilt.wall()].into_iter().chain(tilt.values().iter().copied()).collect()
}

/// The tilt along a coordinate that numbers describe.
///
/// # Errors
/// [`Error::Checkpoint`] for fewer than three numbers, and those of [`Tilt::new`].
pub fn from_numbers(coordinate: Coordinate, numbers: &[f64]) -> Result<Tilt> {
    match numbers {
        [low, high, wall, values @ ..] => {
            Tilt::new(coordinate, (*low, *high), values.to_vec(), *wall)
        }
        _ => {
            let detail = "a tilt has at least three numbers".into();
            Err(Error::Checkpoint { reason: CheckpointFault::Layout { detail } })
        }
    }
}
