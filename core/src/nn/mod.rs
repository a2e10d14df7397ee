//! F1: networks on slices of one flat parameter vector θ.
//!
//! A [`Network`] is a blueprint: it knows shapes, its numbers lie in a slice of θ that the caller passes. Which kinds there are says
//! one list, `networks!`: a kind is a file with a function `build`, and a line there.
//!
//! ```
//! use boltzflow::nn::{Network, NetworkKind, Shape};
//! use boltzflow::num::{Activation, Purpose, Stream, Tape};
//!
//! let shape = Shape { inputs: 2, hidden: &[8], outputs: 1, activation: Activation::Tanh };
//! let network: Box<dyn Network<f64>> = NetworkKind::default().build(&shape);
//! let mut theta = vec![0.0; network.n_params()];
//! network.init(&mut theta, 1.0, &mut Stream::new(0, Purpose::Init, 0, 0));
//! // Three samples, a coordinate after the other.
//! let (x, mut y) = ([0.1, 0.2, 0.3, -1.0, 0.0, 1.0], [0.0; 3]);
//! network.forward(&theta, 3, &x, &mut y, &mut Tape::off());
//! assert!(y.iter().all(|y| y.is_finite()));
//! ```

mod layout;
mod network;

pub use layout::{ParamEntry, ParamLayout};
pub use network::{Network, Shape};

use alloc::boxed::Box;

use crate::num::Real;

/// Registers kinds of networks: one line each, the name of its file.
macro_rules! networks {
    ($($module:ident),* $(,)?) => {
        $(mod $module; pub use $module::*;)*

        impl NetworkKind {
            /// Names for settings; the first one is the default.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($module)),*];

            /// A network of this kind.
            #[must_use]
            pub fn build<T: Real>(self, shape: &Shape<'_>) -> Box<dyn Network<T>> {
                let all: &[fn(&Shape<'_>) -> Box<dyn Network<T>>] = &[$($module::build::<T>),*];
                all[self.0](shape)
            }
        }
    };
}
networks! {
    mlp,
}

/// A kind of network, by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkKind(usize);

impl NetworkKind {
    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).map(Self)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self.0]
    }
}
