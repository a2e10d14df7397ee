//! A potential given as text: the user's own formula of up to eight coordinates.

mod function;
mod program;
mod reader;
mod well;

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use nalgebra::DMatrix;
pub(super) use program::Memory;
use program::{MAX_DIM, Program};
pub use well::Well;

use super::closure::{check_domain, components};
use super::{
    Coordinate, ParameterKind, ParameterSpec, Parameters, Potential, Scratch, SystemEntry,
};
use crate::num::{Error, Result};

/// U(x) as an expression in x, y, z (or x0 to x7) with + − * / ^, parentheses, `pi`, `e`, and
/// functions such as `exp`, `sqrt`, `sin`, `tanh`, `abs`; its gradient by the chain rule from the derivatives of these.
///
/// **Units** the user's. **Shape** `x`: dim 1 to 8, by default up to the last coordinate that
/// occurs. `-x^2` means −(x²). Gaussian wells and hills may be added to it.
#[derive(Clone, Debug)]
pub struct Formula {
    text: String,
    program: Program,
    domain: Vec<(f64, f64)>,
    wells: Vec<Well>,
}

const DEFAULT: &str = "x^4 - 6*x^2 + x + y^2/2";

/// Registry entry.
pub(super) static ENTRY: SystemEntry = SystemEntry {
    name: "formula",
    summary: "your own formula of up to eight coordinates",
    parameters: &[
        ParameterSpec {
            name: "formula",
            kind: ParameterKind::Text,
            default: DEFAULT,
            help: "U in x, y, z or x0 to x7",
        },
        ParameterSpec {
            name: "lower",
            kind: ParameterKind::NumberOrList,
            default: "-3",
            help: "lower end of the region of interest, one for all coordinates or a list",
        },
        ParameterSpec {
            name: "upper",
            kind: ParameterKind::NumberOrList,
            default: "3",
            help: "upper end of the region of interest, one for all coordinates or a list",
        },
        ParameterSpec {
            name: "wells",
            kind: ParameterKind::Points,
            default: "none",
            help: "Gaussian wells dug into it, each its centre, depth (negative: a hill) and width",
        },
    ],
    variants: &[],
    default_dim: None,
    build: |parameters, dim| {
        let text = parameters.text("formula").unwrap_or(DEFAULT);
        let program = reader::read(text)?;
        let dim = dim.unwrap_or(program.dim.max(1));
        check_dim(dim, &program)?;
        let lower = bounds(parameters, "lower", -3.0, dim)?;
        let upper = bounds(parameters, "upper", 3.0, dim)?;
        let formula = Formula::new(text, lower.into_iter().zip(upper).collect())?;
        Ok(Box::new(formula.with_wells(well::wells(parameters, dim)?)))
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

impl Formula {
    /// A system of dimension `domain.len()`; the domain is the box in which samples are expected.
    ///
    /// # Errors
    /// [`Error::InvalidData`] naming the character at which the text cannot be understood,
    /// [`Error::InvalidSetting`] for a domain with fewer coordinates than the text or more than 8.
    pub fn new(text: &str, domain: Vec<(f64, f64)>) -> Result<Self> {
        check_domain(&domain)?;
        let program = reader::read(text)?;
        check_dim(domain.len(), &program)?;
        Ok(Self { text: text.into(), program, domain, wells: Vec::new() })
    }

    /// With Gaussian wells dug into it.
    #[must_use]
    pub fn with_wells(mut self, wells: Vec<Well>) -> Self {
        self.wells = wells;
        self
    }

    /// The text of the formula.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The dimension may exceed what the text needs.
fn check_dim(dim: usize, program: &Program) -> Result<()> {
    let needed = program.dim.max(1);
    if (needed..=MAX_DIM).contains(&dim) {
        return Ok(());
    }
    Err(Error::setting("dim", dim, format!("from {needed} to {MAX_DIM} for this formula")))
}

impl Potential for Formula {
    fn dim(&self) -> usize {
        self.domain.len()
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        let mut place = [[0.0; MAX_DIM]; 2];
        let [point, slope] = place.each_mut().map(|p| &mut p[..self.dim()]);
        for (row, u) in energy.iter_mut().enumerate() {
            point.iter_mut().zip(x.row(row).iter()).for_each(|(p, x)| *p = *x);
            *u = self.program.value_gradient(point, slope, &mut scratch.formula);
            for well in &self.wells {
                *u += well.add_gradient(point, slope);
            }
            gradient.row_mut(row).iter_mut().zip(&*slope).for_each(|(g, s)| *g = *s);
        }
    }

    fn domain(&self) -> Vec<(f64, f64)> {
        self.domain.clone()
    }

    fn coordinates(&self) -> Vec<Coordinate> {
        components(&self.domain)
    }
}

#[cfg(test)]
mod tests;
