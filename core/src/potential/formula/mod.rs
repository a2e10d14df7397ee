//! A potential given as text: the user's own formula of up to eight coordinates.

mod function;
mod program;
mod reader;
mod well;

use alloc::{format, string::String, vec::Vec};

use nalgebra::DMatrix;
pub(super) use program::Memory;
use program::{MAX_DIM, Program};
pub use well::Well;

use super::{Potential, Scratch};
use crate::num::{Error, Result};

/// U(x) as an expression in x, y, z (or x0 to x7) with + − * / ^, parentheses, `pi`, `e`, and
/// functions such as `exp`, `sqrt`, `sin`, `tanh`, `abs`; its gradient by the chain rule from the derivatives of these.
///
/// **Units** the user's. **Shape** `x`: dim 1 to 8, by default up to the last coordinate that
/// occurs. `-x^2` means −(x²), `3x` 3·x; −, · and ², ³ are read as they are printed. Gaussian wells and hills may be added to it.
#[derive(Clone, Debug)]
pub struct Formula {
    text: String,
    program: Program,
    dim: usize,
    wells: Vec<Well>,
}

impl Formula {
    /// A formula of `dim` coordinates, by default those up to the last one that occurs.
    ///
    /// ```
    /// use boltzflow::potential::{Formula, Potential};
    ///
    /// let formula = Formula::new("3x² − 2x*y + y^4", None)?;
    /// let mut gradient = [0.0; 2];
    /// assert_eq!(formula.energy_gradient(&[1.0, 2.0], &mut gradient), 15.0);
    /// assert_eq!(gradient, [2.0, 30.0]);
    /// # Ok::<(), boltzflow::num::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidData`] naming the character at which the text cannot be understood,
    /// [`Error::InvalidSetting`] for fewer coordinates than the text has or more than 8.
    pub fn new(text: &str, dim: Option<usize>) -> Result<Self> {
        let program = reader::read(text)?;
        let dim = dim.unwrap_or(program.dim.max(1));
        check_dim(dim, &program)?;
        Ok(Self { text: text.into(), program, dim, wells: Vec::new() })
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
        self.dim
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
}

#[cfg(test)]
mod tests;
