//! Which states of a system its samples have reached.

use boltzflow::nalgebra::DMatrix;
use boltzflow::stats::{Coverage, Estimate, LogWeights, StateReference};
use boltzflow::system::{System, quadrature, well_probabilities};

use crate::failure::Failure;

/// Coverage of the wells where there are some, otherwise of the two states of each coordinate; with exact
/// probabilities where they are known.
pub(crate) fn coverage(
    system: &System,
    temperature: f64,
    x: &DMatrix<f64>,
    weights: &LogWeights,
) -> Result<Coverage, Failure> {
    let wells = system.wells();
    if wells.len() > 1 {
        let probabilities = well_probabilities(system, &wells, temperature);
        let states: Vec<StateReference> = wells
            .iter()
            .enumerate()
            .map(|(i, well)| StateReference {
                name: well_name(i, well),
                probability: probabilities.as_ref().map(|p| of_grid(p[i])),
            })
            .collect();
        let assignment: Vec<usize> = (0..x.nrows()).map(|row| nearest(&wells, x, row)).collect();
        return Ok(Coverage::new(&states, &assignment, weights)?);
    }
    let mut whole = Coverage::default();
    let mut values = vec![0.0; x.nrows()];
    for coordinate in system.coordinates() {
        coordinate.values(x, &mut values);
        let exact = quadrature::states(system, coordinate, temperature);
        let state = |name: &str, probability: Option<f64>| StateReference {
            name: format!("{} {name}", coordinate.name),
            probability: probability.map(Estimate::exact),
        };
        let (a, b) = &coordinate.states;
        let states = [state(a, exact.map(|e| e.below)), state(b, exact.map(|e| e.above))];
        let assignment: Vec<usize> =
            values.iter().map(|v| usize::from(*v >= coordinate.boundary)).collect();
        let part = Coverage::new(&states, &assignment, weights)?;
        whole.states.extend(part.states);
        whole.unassigned = whole.unassigned.max(part.unassigned);
    }
    Ok(whole)
}

/// A probability from a grid: a part of 10⁻³ of it may lie on the wrong side of a border.
fn of_grid(p: f64) -> Estimate {
    Estimate { value: p, error: 1e-3 * p * (1.0 - p) }
}

/// Number and the first coordinates of a well.
fn well_name(i: usize, well: &[f64]) -> String {
    let shown: Vec<String> = well.iter().take(3).map(|v| format!("{v:.2}")).collect();
    let more = if well.len() > 3 { ", …" } else { "" };
    format!("well {} at ({}{more})", i + 1, shown.join(", "))
}

/// The well nearest to a sample; none (an index beyond) for one that is not finite.
fn nearest(wells: &[Vec<f64>], x: &DMatrix<f64>, row: usize) -> usize {
    let distance = |w: &Vec<f64>| -> f64 {
        w.iter().enumerate().map(|(k, v)| (x[(row, k)] - v).powi(2)).sum()
    };
    let mut best = (wells.len(), f64::INFINITY);
    for (i, well) in wells.iter().enumerate() {
        let d = distance(well);
        if d < best.1 {
            best = (i, d);
        }
    }
    best.0
}
