//! A molecule: the energy of a system file with the names and positions of a structure file.

use std::sync::Arc;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::kernel::InstructionSet;
use boltzflow::num::{Error, Lanes, Result};
use boltzflow::potential::{LaneBody, Potential, Scratch, evaluate_in_lanes};
use boltzflow::system::{Space, System};

use crate::openmm::OpenMmSystem;
use crate::structure::Structure;
use crate::term::{ForceField, PARTS};

/// The largest distance of a bond from its rest length in a structure that belongs to the system, nm.
const BOND: f64 = 0.05;
/// How far equilibrium configurations may lie from the structure, nm.
const MARGIN: f64 = 0.5;

/// A molecule with its energy in kJ/mol. Configurations are positions in nm, x, y, z of each atom.
#[derive(Clone, Debug, PartialEq)]
pub struct Molecule {
    /// Mass of each atom, amu.
    pub masses: Vec<f64>,
    /// Names and positions.
    pub structure: Structure,
    /// The energy.
    pub force_field: ForceField,
}

impl Molecule {
    /// Of a system and the structure that belongs to it.
    ///
    /// # Errors
    /// [`Error::InvalidData`] if their numbers of atoms differ, or a bond of the first model is 0.05 nm from its rest length.
    pub fn new(system: OpenMmSystem, structure: Structure) -> Result<Self> {
        let OpenMmSystem { masses, force_field, .. } = system;
        let molecule = Self { masses, structure, force_field };
        let (found, atoms) = (molecule.structure.atoms.len(), molecule.masses.len());
        if found != atoms {
            let problem = format!("it has {found} atoms, and the system {atoms} particles");
            return Err(Error::data("the structure", problem));
        }
        molecule.fits(molecule.first_model()?)?;
        Ok(molecule)
    }

    /// The positions of the first model.
    fn first_model(&self) -> Result<&[f64]> {
        let first = self.structure.models.first().filter(|x| x.len() == 3 * self.masses.len());
        let fault = || Error::data("the structure", "it has no positions of its atoms");
        first.map(Vec::as_slice).ok_or_else(fault)
    }

    fn fits(&self, x: &[f64]) -> Result<()> {
        for ([i, j], length, k) in self.force_field.bonds.iter() {
            let (i, j) = (i as usize, j as usize);
            let square: f64 = (0..3).map(|c| (x[3 * i + c] - x[3 * j + c]).powi(2)).sum();
            if k > 0.0 && (square.sqrt() - length).abs() > BOND {
                let [a, b] = [i, j].map(|atom| self.structure.atom_in_words(atom));
                let problem = format!(
                    "the bond of {a} and {b} is {:.3} nm long, and {length:.3} nm in the system: the files do not belong together, or their atoms are in another order",
                    square.sqrt()
                );
                return Err(Error::data("the structure", problem));
            }
        }
        Ok(())
    }

    /// The energies of a chunk (`n × 3N`), kJ/mol, told apart as [`PARTS`]: `n` of each.
    #[must_use]
    pub fn parts(&self, x: &DMatrix<f64>) -> [Vec<f64>; PARTS.len()] {
        let mut gradient = DMatrix::zeros(x.nrows(), x.ncols());
        let mut scratch = Scratch::default();
        std::array::from_fn(|part| {
            let mut energy = vec![0.0; x.nrows()];
            let body = OnePart { molecule: self, part };
            evaluate_in_lanes(
                &body,
                InstructionSet::best(),
                x,
                &mut energy,
                &mut gradient,
                &mut scratch,
            );
            energy
        })
    }

    /// With its space, half a nanometre around the structure.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] if positions are too large for numbers, [`Error::InvalidData`] without positions.
    pub fn system(self: &Arc<Self>) -> Result<System> {
        let x = self.first_model()?;
        let space = Space::boxed(x.iter().map(|x| (x - MARGIN, x + MARGIN)).collect())?;
        let potential: Arc<dyn Potential> = Arc::<Self>::clone(self);
        System::new(potential, space)
    }
}

impl LaneBody for Molecule {
    fn dim(&self) -> usize {
        3 * self.masses.len()
    }

    fn work(&self) -> usize {
        self.force_field.work()
    }

    #[inline(always)]
    fn energy_gradient_in<L: Lanes>(&self, x: &[L], gradient: &mut [L], work: &mut [L]) -> L {
        let parts = self.force_field.parts(x, gradient, work);
        parts.into_iter().fold(L::splat(0.0), |sum, part| sum + part)
    }
}

impl Potential for Molecule {
    fn dim(&self) -> usize {
        LaneBody::dim(self)
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        scratch: &mut Scratch,
    ) {
        evaluate_in_lanes(self, InstructionSet::best(), x, energy, gradient, scratch);
    }
}

/// One part of the energy.
struct OnePart<'a> {
    molecule: &'a Molecule,
    part: usize,
}

impl LaneBody for OnePart<'_> {
    fn dim(&self) -> usize {
        LaneBody::dim(self.molecule)
    }

    fn work(&self) -> usize {
        LaneBody::work(self.molecule)
    }

    #[inline(always)]
    fn energy_gradient_in<L: Lanes>(&self, x: &[L], gradient: &mut [L], work: &mut [L]) -> L {
        self.molecule.force_field.parts(x, gradient, work)[self.part]
    }
}
