//! Bins of profiles.

use boltzflow::num::Error;
use boltzflow::stats::Bins;
use boltzflow::system::Coordinate;

use crate::failure::Failure;

/// Width of the bins of a profile, in units of the coordinate.
const BIN_WIDTH: f64 = 0.1;
/// Bins of a profile at most, unless a width is asked for.
const MAX_BINS: f64 = 400.0;

/// Bins over the range of a coordinate.
pub(crate) fn bins(coordinate: &Coordinate, width: Option<f64>) -> Result<Bins, Failure> {
    let (low, high) = coordinate.range;
    let width = width.unwrap_or_else(|| BIN_WIDTH.max((high - low) / MAX_BINS));
    if !(width > 0.0 && width.is_finite()) {
        return Err(Error::setting("bin-width", width, "a positive number").into());
    }
    // A range that is a multiple of the width but for rounding gets no extra bin.
    let count = ((high - low) / width - 1e-9).ceil().max(1.0);
    if count > 1e6 {
        return Err(Error::setting("bin-width", width, "at least a millionth of the range").into());
    }
    Ok(Bins::new(low, low + count * width, count as usize)?)
}
