//! A bias along a coordinate as numbers, which files call `tilt`: the ends of its range, its walls, its values.

use boltzflow::num::{CheckpointFault, Error, Result};
use boltzflow::system::{Bias, Coordinate};

/// The numbers of a bias.
#[must_use]
pub fn to_numbers(bias: &Bias) -> Vec<f64> {
    let (low, high) = bias.range();
    [low, high, bias.wall()].into_iter().chain(bias.values().iter().copied()).collect()
}

/// The bias along a coordinate that numbers describe.
///
/// # Errors
/// [`Error::Checkpoint`] for fewer than three numbers, and those of [`Bias::new`].
pub fn from_numbers(coordinate: Coordinate, numbers: &[f64]) -> Result<Bias> {
    match numbers {
        [low, high, wall, values @ ..] => {
            Bias::new(coordinate, (*low, *high), values.to_vec(), *wall)
        }
        _ => {
            let detail = "a bias has at least three numbers".into();
            Err(Error::Checkpoint { reason: CheckpointFault::Layout { detail } })
        }
    }
}
