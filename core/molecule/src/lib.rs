//! Molecules as OpenMM describes them: a System as XML and a structure as PDB become an exact energy with its gradient.
//!
//! Units are nm, kJ/mol, e, amu, rad and ps. Nothing here knows files: a front gives bytes and takes bytes.
//!
//! ```
//! use boltzflow::potential::Potential;
//! use boltzflow_molecule::{Molecule, openmm, pdb};
//!
//! let xml = r#"<System type="System"><Particles><Particle mass="12"/><Particle mass="16"/></Particles><Forces>
//!     <Force type="HarmonicBondForce"><Bonds><Bond d=".12" k="5000" p1="0" p2="1"/></Bonds></Force></Forces></System>"#;
//! let structure = "\
//! HETATM    1  C   CMO A   1       0.000   0.000   0.000  1.00  0.00           C
//! HETATM    2  O   CMO A   1       0.000   0.000   1.300  1.00  0.00           O
//! ";
//! let molecule = Molecule::new(openmm::read(xml)?, pdb::read(structure.as_bytes())?)?;
//! let mut gradient = [0.0; 6];
//! let energy = molecule.energy_gradient(&molecule.structure.models[0], &mut gradient);
//! assert!((energy - 0.25).abs() < 1e-12 && (gradient[5] - 50.0).abs() < 1e-9);
//! # Ok::<(), boltzflow::num::Error>(())
//! ```
#![deny(missing_docs)]

mod molecule;
pub mod openmm;
pub mod pdb;
mod structure;
pub mod term;
mod vector;

pub use molecule::Molecule;
pub use structure::{Atom, Structure};
