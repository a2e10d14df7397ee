//! Trajectories of particles (`.xyz`): plain and extended, read and written.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use boltzflow::nalgebra::DMatrix;

use super::{atomic, npy};
use crate::failure::Failure;

/// What particles of a file are like.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Coordinates of each, 2 or 3.
    pub(crate) space: usize,
    /// The name of each, see [`crate::species`].
    pub(crate) species: Vec<&'static str>,
}

/// Reads the frames of a trajectory as `n × dim`, where dim is 2 or 3 per particle: in two dimensions
/// the third coordinate is left out and must be zero.
///
/// It is the order that says which particle is which. Names are checked against `species` where a file uses these names; names of
/// the user's own (elements, say) are not, because nothing says which of them means what.
pub(crate) fn read(path: &Path, dim: usize, species: &[&str]) -> Result<DMatrix<f64>, Failure> {
    let bytes = fs::read(path).map_err(|e| Failure::reading(path, &e))?;
    parse(bytes, path, dim, species)
}

/// Reads the bytes of a trajectory.
pub(crate) fn parse(
    bytes: Vec<u8>,
    path: &Path,
    dim: usize,
    species: &[&str],
) -> Result<DMatrix<f64>, Failure> {
    let text = String::from_utf8(bytes).map_err(|_| bad(path, 1, "is not text"))?;
    let mut values = Vec::new();
    let mut frames = 0;
    let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line)).peekable();
    while let Some((at, line)) = lines.next() {
        if line.trim().is_empty()
            && frames > 0
            && lines.peek().is_none_or(|(_, l)| l.trim().is_empty())
        {
            continue;
        }
        let count: usize = match line.trim().parse() {
            Ok(count) if count > 0 => count,
            _ => return Err(bad(path, at, "should give the number of particles")),
        };
        let space = match dim {
            d if count.checked_mul(3) == Some(d) => 3,
            d if count.checked_mul(2) == Some(d) => 2,
            d => {
                let problem =
                    format!("gives {count} particles, which does not fit {d} coordinates");
                return Err(bad(path, at, &problem));
            }
        };
        let (_, comment) = lines.next().ok_or_else(|| bad(path, at, "is followed by no frame"))?;
        let first = column(comment, "pos", "R:3", 1)
            .ok_or_else(|| bad(path, at + 1, "names no pos:R:3 column"))?;
        let named = column(comment, "species", "S:1", 0);
        let mut names = Vec::new();
        for i in 0..count {
            let place = at + 2 + i;
            let (_, line) =
                lines.next().ok_or_else(|| bad(path, place, "is missing: the file ends here"))?;
            names.extend(named.and_then(|column| line.split_whitespace().nth(column)));
            let position: Option<Vec<f64>> =
                line.split_whitespace().skip(first).take(3).map(|w| w.parse().ok()).collect();
            match position {
                Some(p) if p.len() == 3 && (space == 3 || p[2] == 0.0) => {
                    values.extend(&p[..space]);
                }
                Some(p) if p.len() == 3 => {
                    return Err(bad(path, place, "has a third coordinate, but the system is flat"));
                }
                _ => return Err(bad(path, place, "should give a symbol and three coordinates")),
            }
        }
        if let Some((i, found, expected)) = other_species(&names, species) {
            let problem = format!(
                "names particle {} {found}, which is {expected} in this system: the order of particles counts",
                i + 1
            );
            return Err(bad(path, at + 2 + i, &problem));
        }
        frames += 1;
    }
    if frames == 0 {
        return Err(Failure::input(
            "invalid-data",
            format!("{} is empty", path.display()),
            "give at least one frame",
        ));
    }
    let x = DMatrix::from_row_slice(frames, dim, &values);
    npy::check_finite(path, &x)?;
    Ok(x)
}

/// The first particle with a name of another one, the name found, and its own; none where a name is not of the system.
fn other_species<'a>(names: &[&'a str], species: &[&'a str]) -> Option<(usize, &'a str, &'a str)> {
    if names.len() != species.len() || names.iter().any(|name| !species.contains(name)) {
        return None;
    }
    let mut pairs = names.iter().zip(species).enumerate();
    pairs.find(|(_, (found, own))| found != own).map(|(i, (found, own))| (i, *found, *own))
}

/// The first column of a property, of a type and width: `plain` in plain files, as `Properties=` says in extended ones.
fn column(comment: &str, property: &str, kind: &str, plain: usize) -> Option<usize> {
    let Some((_, properties)) = comment.split_once("Properties=") else { return Some(plain) };
    let properties = properties.trim_start_matches('"');
    let properties = properties.split(|c: char| c.is_whitespace() || c == '"').next()?;
    let fields: Vec<&str> = properties.split(':').collect();
    let mut at = 0_usize;
    for field in fields.chunks(3) {
        let [name, letter, width] = field else { return None };
        if *name == property {
            return (format!("{letter}:{width}") == kind).then_some(at);
        }
        let width: usize = width.parse().ok()?;
        at = at.checked_add(width)?;
    }
    None
}

/// Writes configurations `x` (`n × dim`) as extended xyz with the energy of each frame.
pub(crate) fn write(
    path: &Path,
    x: &DMatrix<f64>,
    layout: &Layout,
    energy: &[f64],
) -> Result<(), Failure> {
    let (space, species) = (layout.space, &layout.species);
    let particles = species.len();
    atomic::write(path, |out| {
        let mut frame = String::new();
        for (row, energy) in energy.iter().enumerate() {
            frame.clear();
            let _ = writeln!(
                frame,
                "{particles}\nProperties=species:S:1:pos:R:3 energy={energy} pbc=\"F F F\""
            );
            for (i, name) in species.iter().enumerate() {
                frame.push_str(name);
                for k in 0..3 {
                    let v = if k < space { x[(row, i * space + k)] } else { 0.0 };
                    let _ = write!(frame, " {v}");
                }
                frame.push('\n');
            }
            out.write_all(frame.as_bytes())?;
        }
        Ok(())
    })
}

fn bad(path: &Path, line: usize, problem: &str) -> Failure {
    Failure::input(
        "invalid-data",
        format!("line {line} of {} {problem}", path.display()),
        "write frames as: number of particles, comment, then one line `symbol x y z` for each particle",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xyz");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn what_is_written_is_read() {
        let (_folder, path) = file("");
        let x = DMatrix::from_row_slice(2, 4, &[0.1, 0.2, 1.0 / 3.0, -4.0, 5.0, 6.5, 7.0, 1e-17]);
        let layout = Layout { space: 2, species: vec!["D", "S"] };
        write(&path, &x, &layout, &[1.0, 2.0]).unwrap();
        assert_eq!(read(&path, 4, &layout.species).unwrap(), x);
        let said = read(&path, 4, &["S", "D"]).unwrap_err().to_string();
        assert!(said.contains("line 3 ") && said.contains("particle 1 D, which is S"), "{said}");
        // Names that are not the system's say nothing.
        assert_eq!(read(&path, 4, &["X", "X"]).unwrap(), x);
    }

    #[test]
    fn columns_of_extended_files() {
        let position_column = |comment| column(comment, "pos", "R:3", 1);
        assert_eq!(position_column("a comment"), Some(1));
        assert_eq!(
            position_column("Properties=id:I:1:species:S:1:pos:R:3:force:R:3 energy=1"),
            Some(2)
        );
        assert_eq!(
            position_column("Lattice=\"1 0 0\" Properties=\"species:S:1:pos:R:3\""),
            Some(1)
        );
        assert_eq!(position_column("Properties=species:S:1"), None);
        assert_eq!(position_column("Properties=species"), None);
    }

    #[test]
    fn faults_name_their_line() {
        for (text, line) in [
            ("", "is empty"),
            ("2\nc\nH 0 0 0\n", "line 4 "),
            ("2\nc\nH 0 0 0\nH 0 0\n", "line 4 "),
            ("3\nc\n", "line 1 "),
            ("x\n", "line 1 "),
            ("2\nc\nH 0 0 1\nH 0 0 0\n", "line 3 "),
            ("2\nc\nH 0 0 0\nH 0 nan 0\n", "row 0, column 3"),
        ] {
            let (_folder, path) = file(text);
            let message = read(&path, 4, &["X"; 2]).unwrap_err().to_string();
            assert!(message.contains(line), "{text:?}: {message}");
        }
    }
}
