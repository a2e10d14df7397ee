//! A tilt as numbers: the ends of its range, its walls, its values.

use boltzflow::num::{CheckpointFault, Error};
use boltzflow::potential::{Coordinate, Tilt};

/// The numbers of a tilt.
pub(crate) fn to_numbers(tilt: &Tilt) -> Vec<f64> {
    let (low, high) = tilt.range();
    [low, high, tilt.wall()].into_iter().chain(tilt.values().iter().copied()).collect()
}

/// The tilt along a coordinate that numbers describe.
pub(crate) fn from_numbers(coordinate: Coordinate, numbers: &[f64]) -> Result<Tilt, Error> {
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
