//! The registered systems: one file each, which holds the energy, its parameters and what else is known of the system, and one line below.

mod gmm40;

#[cfg(feature = "particles")]
pub use dimer::Dimer;
pub use double_well::DoubleWell;
#[cfg(feature = "particles")]
pub use dw4::DoubleWellParticles;
pub use gaussian_mixture::GaussianMixture;
pub use harmonic::Harmonic;
#[cfg(feature = "particles")]
pub use lennard_jones::LennardJones;
pub use many_well::ManyWell;
pub use mueller_brown::{MuellerBrown, MuellerBrownTerm};
pub use ring::Ring;

use super::SystemEntry;

/// Registers systems: one line each, in the order menus show them.
macro_rules! systems {
    ($($(#[$condition:meta])* $module:ident),* $(,)?) => {
        $($(#[$condition])* mod $module;)*

        /// Every registered system.
        pub static SYSTEMS: &[&SystemEntry] = &[$($(#[$condition])* &$module::ENTRY),*];
    };
}
systems! {
    double_well,
    mueller_brown,
    ring,
    gaussian_mixture,
    many_well,
    harmonic,
    #[cfg(feature = "particles")]
    dw4,
    #[cfg(feature = "particles")]
    lennard_jones,
    #[cfg(feature = "particles")]
    dimer,
    #[cfg(feature = "std")]
    formula,
}
