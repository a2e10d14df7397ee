//! What a structure file says: atoms with names, and where they are.

/// An atom as a structure file names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Atom {
    /// Its name, as `CA`.
    pub name: String,
    /// The element's symbol; empty where the file has none.
    pub element: String,
    /// Name of its residue, as `ALA`.
    pub residue: String,
    /// Number of its residue as the file has it, with its insertion code.
    pub number: String,
    /// Its chain; may be empty.
    pub chain: String,
}

/// Atoms, and the positions of each model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Structure {
    /// The atoms in the order of the file.
    pub atoms: Vec<Atom>,
    /// Positions in nm, x, y, z of each atom, for each model.
    pub models: Vec<Vec<f64>>,
    /// Bonds that the file states, each once, the smaller index first. A system file has its own.
    pub bonds: Vec<(u32, u32)>,
}

impl Structure {
    /// An atom in words: `CA of ALA 2`.
    #[must_use]
    pub fn atom_in_words(&self, atom: usize) -> String {
        let Atom { name, residue, number, .. } = &self.atoms[atom];
        format!("{name} of {residue} {number}")
    }
}
