//! Gaussian wells in a formula's landscape.

use alloc::{format, vec::Vec};

use super::super::Parameters;
use crate::num::{Error, Real, Result};

/// −d·exp(−|x − c|²/2w²): a well of depth d, or a hill where d is negative.
#[derive(Clone, Debug, PartialEq)]
pub struct Well {
    /// Centre c, one number for each coordinate.
    pub centre: Vec<f64>,
    /// Depth d.
    pub depth: f64,
    /// Width w, above 0.
    pub width: f64,
}

impl Well {
    /// The energy at x; its gradient is added to `gradient`.
    pub(super) fn add_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let inverse = 1.0 / (self.width * self.width);
        let square: f64 = x.iter().zip(&self.centre).map(|(x, c)| (x - c) * (x - c)).sum();
        let energy = -self.depth * Real::exp(-0.5 * square * inverse);
        for ((g, x), c) in gradient.iter_mut().zip(x).zip(&self.centre) {
            *g -= energy * (x - c) * inverse;
        }
        energy
    }
}

/// The wells that parameters name, in `dim` coordinates.
pub(super) fn wells(parameters: &Parameters, dim: usize) -> Result<Vec<Well>> {
    let well = |point: &Vec<f64>| {
        if point.len() != dim + 2 {
            let allowed = format!("{} numbers for each well: its centre, depth and width", dim + 2);
            return Err(Error::setting("wells", format!("{} numbers", point.len()), allowed));
        }
        let (depth, width) = (point[dim], point[dim + 1]);
        if width <= 0.0 {
            return Err(Error::setting("wells", format!("a width of {width}"), "a positive width"));
        }
        Ok(Well { centre: point[..dim].to_vec(), depth, width })
    };
    parameters.points("wells").unwrap_or_default().iter().map(well).collect()
}
