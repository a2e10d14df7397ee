//! Structures in the columns of the Protein Data Bank's format (version 3.3): ATOM, HETATM, MODEL and CONECT.

use std::collections::{HashMap, HashSet};

use boltzflow::num::{Error, Result};

use crate::structure::{Atom, Structure};

/// Reads a structure. Of alternative locations the first one of each atom is taken; numbers are labels, whatever their digits.
///
/// ```
/// let text = "\
/// ATOM      1  CA  ALA A   2       1.000  -2.000   3.500  1.00  0.00           C
/// ATOM      2  CB  ALA A   2       2.500  -2.000   3.500  1.00  0.00           C
/// CONECT    1    2
/// ";
/// let structure = boltzflow_molecule::pdb::read(text.as_bytes())?;
/// assert_eq!(structure.atom_in_words(1), "CB of ALA 2");
/// assert_eq!(structure.models[0], [0.1, -0.2, 0.35, 0.25, -0.2, 0.35]);
/// assert_eq!(structure.bonds, [(0, 1)]);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidData`] with the line, for a coordinate that is no number, a file without atoms, and models of different atoms.
pub fn read(bytes: &[u8]) -> Result<Structure> {
    let mut structure = Structure::default();
    let mut model = Model::default();
    // Serial numbers of the first model, for CONECT.
    let mut serials: HashMap<&[u8], u32> = HashMap::new();
    let mut bonds: HashSet<(u32, u32)> = HashSet::new();
    for (number, line) in (1..).zip(bytes.split(|b| *b == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match field(line, 1, 6) {
            b"ATOM" | b"HETATM" => {
                let Some(atom) = model.read(line, number)? else { continue };
                if structure.models.is_empty() {
                    // A label that is used twice, as in files of more atoms than it has digits, names none.
                    let index = structure.atoms.len() as u32;
                    serials
                        .entry(field(line, 7, 11))
                        .and_modify(|i| *i = u32::MAX)
                        .or_insert(index);
                    structure.atoms.push(atom);
                }
            }
            b"ENDMDL" => model.end(&mut structure)?,
            b"CONECT" => {
                let atom =
                    |from| serials.get(field(line, from, from + 4)).filter(|i| **i < u32::MAX);
                let Some(&first) = atom(7) else { continue };
                for &second in [12, 17, 22, 27].into_iter().filter_map(atom) {
                    if first != second {
                        bonds.insert((first.min(second), first.max(second)));
                    }
                }
            }
            _ => {}
        }
    }
    if !model.positions.is_empty() {
        model.end(&mut structure)?;
    }
    if structure.models.is_empty() {
        return Err(Error::data("the structure", "it has no ATOM or HETATM line"));
    }
    structure.bonds = bonds.into_iter().collect();
    structure.bonds.sort_unstable();
    Ok(structure)
}

/// The model that is being read.
#[derive(Default)]
struct Model {
    positions: Vec<f64>,
    /// Atoms with alternative locations that were read.
    known: HashSet<Vec<u8>>,
}

impl Model {
    /// The atom of a line; `None` for a further location of one.
    fn read(&mut self, line: &[u8], number: usize) -> Result<Option<Atom>> {
        if !field(line, 17, 17).is_empty() {
            // Residue, chain, number, insertion code and the atom's name.
            let mut key = field(line, 18, 27).to_vec();
            key.push(b'/');
            key.extend(field(line, 13, 16));
            if !self.known.insert(key) {
                return Ok(None);
            }
        }
        for (axis, from) in [("x", 31), ("y", 39), ("z", 47)] {
            let text = str::from_utf8(field(line, from, from + 7)).unwrap_or("");
            let value = text.parse::<f64>().ok().filter(|v| v.is_finite());
            let value = value.ok_or_else(|| {
                Error::data(
                    format!("line {number} of the structure"),
                    format!("columns {from} to {} hold no number for {axis}", from + 7),
                )
            })?;
            self.positions.push(value / 10.0);
        }
        let words = |from, to| String::from_utf8_lossy(field(line, from, to)).into_owned();
        Ok(Some(Atom {
            name: words(13, 16),
            element: words(77, 78),
            residue: words(18, 20),
            number: words(23, 27),
            chain: words(22, 22),
        }))
    }

    fn end(&mut self, structure: &mut Structure) -> Result<()> {
        let model = std::mem::take(self);
        let (found, atoms) = (model.positions.len() / 3, structure.atoms.len());
        if found != atoms {
            let number = structure.models.len() + 1;
            let problem = format!("it has {found} atoms, and the first one {atoms}");
            return Err(Error::data(format!("model {number} of the structure"), problem));
        }
        structure.models.push(model.positions);
        Ok(())
    }
}

/// Columns `from` to `to` of a line, counted from 1, without the blanks around.
fn field(line: &[u8], from: usize, to: usize) -> &[u8] {
    line.get(from - 1..to.min(line.len())).unwrap_or(&[]).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(serial: &str, alternative: char, x: f64) -> String {
        format!(
            "ATOM  {serial:>5}  CA {alternative}ALA A   2    {x:8.3}   0.000   0.000  1.00  0.00           C\n"
        )
    }

    #[test]
    fn of_alternative_locations_the_first_is_taken() {
        let text = [atom("1", 'A', 1.0), atom("2", 'B', 2.0)].concat();
        assert_eq!(read(text.as_bytes()).unwrap().models, [[0.1, 0.0, 0.0]]);
    }

    #[test]
    fn models_have_the_same_atoms() {
        let one = format!("MODEL 1\n{}ENDMDL\n", atom("1", ' ', 1.0));
        let two = format!("{one}MODEL 2\n{}ENDMDL\nEND\n", atom("1", ' ', 3.0));
        assert_eq!(read(two.as_bytes()).unwrap().models.len(), 2);
        let more = format!("{one}MODEL 2\n{}{}ENDMDL\n", atom("1", ' ', 3.0), atom("2", ' ', 4.0));
        let message = read(more.as_bytes()).unwrap_err().to_string();
        assert!(
            message.contains("model 2 of the structure: it has 2 atoms, and the first one 1"),
            "{message}"
        );
    }

    #[test]
    fn labels_beyond_the_columns_and_broken_lines() {
        // As written beyond 99,999: letters, or stars, which name no atom.
        let text = [
            atom("A0000", ' ', 1.0),
            atom("186a1", ' ', 2.0),
            atom("*****", ' ', 3.0),
            atom("*****", ' ', 4.0),
        ];
        let text = text.concat() + "CONECTA0000186a1\nCONECT*****A0000\n";
        let structure = read(text.as_bytes()).unwrap();
        assert_eq!((structure.atoms.len(), structure.bonds.as_slice()), (4, &[(0, 1)][..]));
        let broken = "HETATM    1  C1  ALK 1   1      -1.9x7  -0.419   0.000\n";
        let message = read(broken.as_bytes()).unwrap_err().to_string();
        assert!(
            message.contains("line 1 of the structure: columns 31 to 38 hold no number for x"),
            "{message}"
        );
        assert!(read(b"").unwrap_err().to_string().contains("no ATOM"));
    }
}
