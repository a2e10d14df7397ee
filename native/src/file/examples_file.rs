//! Examples in an archive: `x` (n × dim) and, where they are known, `weight` (n), `energy_evaluations` (1) that making them
//! took, and the `tilt` of the target that they are examples of.

use std::path::Path;
use std::sync::Arc;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Error;
use boltzflow::system::Coordinate;
use boltzflow::train::Examples;
use boltzflow_model::bias;

use super::npy;
use super::npz::{self, Array};
use crate::failure::Failure;

/// Writes examples.
pub(crate) fn write(path: &Path, examples: &Examples) -> Result<(), Failure> {
    let weights: Vec<f64> = (0..examples.x().nrows()).map(|i| examples.weight(i)).collect();
    let evaluations = [examples.energy_evaluations() as f64];
    let bias = examples.bias().map(|bias| bias::to_numbers(bias));
    let mut arrays = vec![
        ("x", Array::Matrix(examples.x())),
        ("weight", Array::Vector(&weights)),
        ("energy_evaluations", Array::Vector(&evaluations)),
    ];
    arrays.extend(bias.as_ref().map(|bias| ("tilt", Array::Vector(bias))));
    npz::write(path, &arrays)
}

/// Reads examples; a bias is one along `coordinate`, and weights may come from elsewhere where the archive has none.
pub(crate) fn read(
    path: &Path,
    weights: Option<Vec<f64>>,
    coordinate: &Coordinate,
) -> Result<Examples, Failure> {
    let wrong = |problem: &str| Failure::from(Error::data(path.display().to_string(), problem));
    let (shape, x) = npz::read(path, &["x"])?.swap_remove(0);
    let (&[n, dim], false) = (&shape[..], x.is_empty()) else {
        return Err(wrong("x is not a matrix with a row for each configuration"));
    };
    let x = DMatrix::from_row_slice(n, dim, &x);
    npy::check_finite(path, &x)?;
    let vector = |name: &str| npz::read_vector(path, name);
    let evaluations = match vector("energy_evaluations")?.as_deref() {
        None => 0,
        Some([evaluations]) if (0.0..1e18).contains(evaluations) => *evaluations as u64,
        Some(_) => return Err(wrong("energy_evaluations is not one number, 0 or above")),
    };
    let bias = match vector("tilt")? {
        Some(numbers) => Some(Arc::new(bias::from_numbers(coordinate.clone(), &numbers)?)),
        None => None,
    };
    let weights = match (vector("weight")?, weights) {
        (Some(_), Some(_)) => {
            let what = format!("{} holds its own weights", path.display());
            return Err(Failure::input("usage", what, "leave --data-weights out"));
        }
        (own, given) => own.or(given),
    };
    Ok(Examples::new(x, weights, evaluations)?.with_bias(bias))
}
