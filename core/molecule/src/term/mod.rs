//! The terms of a force field: columns of numbers, each with its energy and gradient over lanes. A kind of term is one file, and one line in `terms!`.

mod angle;
mod bond;
mod born;
mod dihedral;
mod harmonic;
mod nonbonded;
mod periodic_torsion;
mod ryckaert_bellemans;

pub use angle::Angles;
pub use bond::Bonds;
pub use born::{Born, BornAtom, OFFSET, ObcModel, Solvent};
pub use harmonic::Harmonic;
pub use nonbonded::{AtomParameters, COULOMB, Nonbonded, PairParameters};
pub use periodic_torsion::{MAX_PERIODICITY, PeriodicTorsions};
pub use ryckaert_bellemans::RyckaertBellemans;

use boltzflow::num::Lanes;

/// A kind of term.
pub(crate) trait Term {
    /// How many there are.
    fn count(&self) -> usize;

    /// Numbers of each lane that are written on the way.
    fn work(&self) -> usize {
        0
    }

    /// The energy, kJ/mol, at positions `x` in nm (x, y, z of each atom); ∂U/∂x is added to `gradient`.
    fn add_to<L: Lanes>(&self, x: &[L], gradient: &mut [L], work: &mut [L]) -> L;
}

/// Parts of an energy that are told apart.
pub const PARTS: [&str; 5] = ["bond", "angle", "torsion", "nonbonded", "gb"];

/// Where a kind of term counts in [`PARTS`].
enum Part {
    Bond,
    Angle,
    Torsion,
    Nonbonded,
    Born,
}

macro_rules! terms {
    ($($(#[$doc:meta])* $field:ident: $type:ty, $part:ident, $words:literal;)*) => {
        /// The terms of a molecule's energy.
        #[non_exhaustive]
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct ForceField {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl ForceField {
            /// What the kinds of terms are called.
            pub const KINDS: &[&str] = &[$($words),*];

            /// The terms of one kind, without all others.
            #[must_use]
            pub fn only(&self, kind: &str) -> Self {
                let mut only = Self::default();
                $(if kind == $words {
                    only.$field = self.$field.clone();
                })*
                only
            }

            /// What a kind of term is called, and how many there are, for those there are.
            #[must_use]
            pub fn counts(&self) -> Vec<(&'static str, usize)> {
                let all = [$(($words, Term::count(&self.$field))),*];
                all.into_iter().filter(|(_, count)| *count > 0).collect()
            }

            /// Numbers of each lane that [`ForceField::parts`] writes on its way.
            pub(crate) fn work(&self) -> usize {
                [$(Term::work(&self.$field)),*].into_iter().max().unwrap_or(0)
            }

            /// The energy of each of [`PARTS`]; ∂U/∂x is written to `gradient`.
            #[inline(always)]
            pub(crate) fn parts<L: Lanes>(&self, x: &[L], gradient: &mut [L], work: &mut [L]) -> [L; PARTS.len()] {
                gradient.fill(L::splat(0.0));
                let mut parts = [L::splat(0.0); PARTS.len()];
                $(parts[Part::$part as usize] += Term::add_to(&self.$field, x, gradient, work);)*
                parts
            }
        }
    };
}

terms! {
    /// Harmonic bonds.
    bonds: Bonds, Bond, "harmonic bonds";
    /// Harmonic angles.
    angles: Angles, Angle, "harmonic angles";
    /// Periodic torsions.
    periodic_torsions: PeriodicTorsions, Torsion, "periodic torsions";
    /// Torsions of Ryckaert and Bellemans.
    ryckaert_bellemans: RyckaertBellemans, Torsion, "Ryckaert-Bellemans torsions";
    /// Coulomb and Lennard-Jones.
    nonbonded: Nonbonded, Nonbonded, "nonbonded pairs";
    /// Implicit solvent.
    born: Vec<Born>, Born, "atoms in implicit solvent";
}
