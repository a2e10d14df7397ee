//! The user's own formula as a system.

use alloc::{format, vec, vec::Vec};

use crate::num::{Error, Result};
use crate::potential::{Formula, Potential, Well};
use crate::setting::{Description, Kind, Parameters};
use crate::system::{Space, System, SystemEntry};

const DEFAULT: &str = "x^4 - 6*x^2 + x + y^2/2";

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "formula",
    summary: "your own formula of up to eight coordinates",
    parameters: &[
        Description::new("formula", Kind::Text, DEFAULT, "U in x, y, z or x0 to x7: the whole energy, without wells unless they are given with it")
            .resetting(&["wells"]),
        Description::new(
            "lower",
            Kind::NumberOrList,
            "-3",
            "lower end of the region of interest, one for all coordinates or a list",
        ),
        Description::new(
            "upper",
            Kind::NumberOrList,
            "3",
            "upper end of the region of interest, one for all coordinates or a list",
        ),
        Description::new(
            "wells",
            Kind::OPTIONAL_POINTS,
            "none",
            "Gaussian wells dug into it, each its centre, depth (negative: a hill) and width",
        ),
    ],
    variants: &[],
    default_dim: None,
    build: |parameters, dim| {
        let formula = Formula::new(parameters.text("formula").unwrap_or(DEFAULT), dim)?;
        let dim = formula.dim();
        let lower = bounds(parameters, "lower", -3.0, dim)?;
        let upper = bounds(parameters, "upper", 3.0, dim)?;
        let space = Space::boxed(lower.into_iter().zip(upper).collect())?;
        let formula = formula.with_wells(wells(parameters, dim)?);
        Ok(System::new(formula, space)?.unproven())
    },
};

/// One bound for each coordinate.
fn bounds(parameters: &Parameters, name: &str, default: f64, dim: usize) -> Result<Vec<f64>> {
    match parameters.list(name) {
        Some(list) if list.len() == dim => Ok(list.to_vec()),
        Some(list) => Err(Error::setting(
            name,
            format!("a list of {}", list.len()),
            format!("a number or a list of {dim}, one for each coordinate"),
        )),
        None => Ok(vec![parameters.number(name, default); dim]),
    }
}

/// The wells that parameters name, in `dim` coordinates.
fn wells(parameters: &Parameters, dim: usize) -> Result<Vec<Well>> {
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
