//! F4: invertible maps with their log-determinants and hand-derived vector-Jacobian products.
//!
//! **Directions.** `forward` is z → x (generate) and adds log|det ∂x/∂z|; `inverse` is x → z
//! (encode) and adds log|det ∂z/∂x|. A layer is a blueprint: it knows shapes, all numbers come with the [`Pass`].
//!
//! **A layer** is a file that implements [`Bijector`] and has a function `entry`, and a line in `bijectors!`: the letter of the notation, its
//! help, the menus and the contract tests follow. A layer of another crate needs no line: [`Flow::push`] takes any [`Bijector`].
//!
//! ```
//! use boltzflow::flow::{Architecture, Bijector, Pass};
//! use boltzflow::nalgebra::DMatrix;
//! use boltzflow::num::{Purpose, Stream, Tape};
//!
//! let flow = Architecture::default().build::<f64>("R2S", 2, 7)?;
//! let (mut theta, mut constants) = (vec![0.0; flow.n_params()], vec![0.0; flow.n_constants()]);
//! flow.init(&mut theta, &mut constants, &mut Stream::new(7, Purpose::Init, 0, 0));
//!
//! let z = DMatrix::from_row_slice(2, 2, &[0.3, -1.0, 0.5, 0.2]);
//! let (mut x, mut log_det) = (z.clone(), [0.0; 2]);
//! let mut tape = Tape::off();
//! let mut pass = Pass::new(&theta, &constants, &mut tape);
//! flow.forward(&mut pass, &mut x, &mut log_det);
//! flow.inverse(&mut pass, &mut x, &mut log_det);
//! assert!((x - z).amax() < 1e-12 && log_det[0].abs() < 1e-12);
//! # Ok::<(), boltzflow::num::Error>(())
//! ```

mod architecture;
mod conditioner;
mod notation;
mod pass;
mod split;

pub use architecture::{Architecture, Trunk, WhiteningKind};
pub use conditioner::Conditioner;
pub use notation::letters;
pub use pass::{Context, Pass};
pub use split::{Columns, Split, SplitKind};

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt::{self, Debug};

use nalgebra::DMatrix;

use crate::nn::ParamLayout;
use crate::num::{Accumulator, Real, Result, Stream};
use crate::system::Support;

/// Which vector-Jacobian products a map has; an objective that needs another one cannot train it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derivatives {
    /// [`Bijector::forward_vjp`], for training by energy.
    pub forward: bool,
    /// [`Bijector::inverse_vjp`], for training by example and for ∂ log p_X/∂x.
    pub inverse: bool,
}

impl Derivatives {
    /// Both.
    pub const ALL: Self = Self { forward: true, inverse: true };

    /// Those that two maps have in common: what their chain has.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { forward: self.forward && other.forward, inverse: self.inverse && other.inverse }
    }

    /// Those of these that `there` lacks.
    #[must_use]
    pub fn without(self, there: Self) -> Self {
        Self { forward: self.forward && !there.forward, inverse: self.inverse && !there.inverse }
    }
}

/// An invertible map between z and x, both of dimension `dim`.
///
/// Chunks are `n × dim` matrices changed in place; log-determinants are added to a slice of `n`.
/// What a pass records on the tape, its vector-Jacobian product takes back.
pub trait Bijector<T: Real>: Send + Sync {
    /// Dimension of z and x.
    fn dim(&self) -> usize;

    /// Length of this map's slice of θ.
    fn n_params(&self) -> usize;

    /// Length of its slice of the constants, which come from examples ([`Bijector::fit`]). Most maps have none.
    fn n_constants(&self) -> usize {
        0
    }

    /// Numbers of each row that it needs beside the coordinates ([`Pass::context`]).
    fn n_context(&self) -> usize {
        0
    }

    /// Appends the names of the parameters and constants under `prefix`.
    fn describe(&self, prefix: &str, layout: &mut ParamLayout);

    /// Draws initial parameters, near the identity where the map has any, and sets the constants to those of no examples.
    fn init(&self, theta: &mut [T], constants: &mut [T], rng: &mut Stream);

    /// Computes the constants from examples x (`n × dim`) with weights (`n`) and the context of each.
    ///
    /// # Errors
    /// [`crate::num::Error::InvalidData`] if the examples are too few.
    fn fit(
        &self,
        _theta: &[T],
        _constants: &mut [T],
        _context: Context<'_, T>,
        _x: &DMatrix<T>,
        _weights: &[f64],
    ) -> Result<()> {
        Ok(())
    }

    /// z → x; adds log|det ∂x/∂z|.
    fn forward(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]);

    /// x → z; adds log|det ∂z/∂x|.
    fn inverse(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]);

    /// After `forward`: turns g = ∂L/∂x into ∂L/∂z, given ∂L/∂log_det, and contributes ∂L/∂θ.
    fn forward_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    );

    /// After `inverse`: turns g = ∂L/∂z into ∂L/∂x, given ∂L/∂log_det, and contributes ∂L/∂θ.
    fn inverse_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    );

    /// True if log|det ∂x/∂z| is the same for all z: then scaling the variance of a normal prior by τ
    /// samples the temperature τT exactly.
    fn has_constant_jacobian(&self) -> bool;

    /// Whether it maps the configurations on these supports (`dim`) onto themselves. A circle must be mapped to itself with q and
    /// q + period going to the same point, an interval with its ends.
    fn keeps(&self, supports: &[Support]) -> bool {
        supports.iter().all(|support| *support == Support::Line)
    }

    /// The vector-Jacobian products that are there.
    fn derivatives(&self) -> Derivatives {
        Derivatives::ALL
    }
}

impl<T: Real> Debug for dyn Bijector<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map of {} coordinates and {} parameters", self.dim(), self.n_params())
    }
}

/// Several shapes of a layer, each with a name, for the contract tests.
pub type Examples<T> = fn() -> Vec<(&'static str, Box<dyn Bijector<T>>)>;

/// What the file of a layer declares of it.
#[derive(Debug)]
pub struct Entry<T: Real> {
    /// How a notation asks for it; `None` for a layer that is made by hand only.
    pub letter: Option<Letter<T>>,
    /// Constructor of its examples.
    pub examples: Examples<T>,
}

/// A letter of the notation.
#[derive(Debug)]
pub struct Letter<T: Real> {
    /// The letter, a capital.
    pub letter: char,
    /// What it stands for, in a few words.
    pub help: &'static str,
    /// What it makes.
    pub build: Build<T>,
}

/// Layers with the endings of their names, the one at x first; or why there can be none here, as the end of the sentence "… must be".
pub type Made<T> = core::result::Result<Vec<(&'static str, Box<dyn Bijector<T>>)>, String>;

/// What a letter makes.
#[derive(Debug)]
pub enum Build<T: Real> {
    /// Layers that change columns.
    Layers(fn(&Architecture, &Columns, &mut Stream) -> Made<T>),
    /// Two couplings with exchanged channels, each made for its split.
    Couplings(fn(Split, &Architecture) -> Box<dyn Bijector<T>>),
    /// A layer that divides the columns, at the very start of a notation.
    Division(fn(&Columns) -> core::result::Result<Division<T>, String>),
}

/// A layer after which some letters act on one part of the columns and others on the rest.
#[derive(Debug)]
pub struct Division<T: Real> {
    /// The layer.
    pub layer: Box<dyn Bijector<T>>,
    /// The columns of letters in parentheses.
    pub inside: Columns,
    /// The columns of all others.
    pub outside: Columns,
}

/// Registers layers: one line each, the name of its file.
macro_rules! bijectors {
    ($($module:ident),* $(,)?) => {
        $(mod $module; pub use $module::*;)*

        /// Every registered layer, for notation, tests and menus.
        #[must_use]
        pub fn bijectors<T: Real>() -> Vec<(&'static str, Entry<T>)> {
            alloc::vec![$((stringify!($module), $module::entry::<T>())),*]
        }
    };
}
bijectors! {
    affine_coupling,
    additive_coupling,
    spline_coupling,
    exp_scaling,
    whitening,
    permutation,
    pair_frame,
    fixed_affine,
    chain,
}
