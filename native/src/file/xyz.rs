//! Trajectories of particles (`.xyz`): plain and extended, read and written.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use boltzflow::nalgebra::DMatrix;

use super::{atomic, npy};
use crate::failure::Failure;

/// Reads the frames of a trajectory as `n × dim`, where dim is 2 or 3 per particle: in two dimensions
/// the third coordinate is left out and must be zero.
pub(crate) fn read(path: &Path, dim: usize) -> Result<DMatrix<f64>, Failure> {
    let bytes = fs::read(path).map_err(|e| Failure::reading(path, &e))?;
    parse(bytes, path, dim)
}

/// Reads the bytes of a trajectory.
pub(crate) fn parse(bytes: Vec<u8>, path: &Path, dim: usize) -> Result<DMatrix<f64>, Failure> {
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
        let first =
            position_column(comment).ok_or_else(|| bad(path, at + 1, "names no pos:R:3 column"))?;
        for i in 0..count {
            let place = at + 2 + i;
            let (_, line) =
                lines.next().ok_or_else(|| bad(path, place, "is missing: the file ends here"))?;
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

/// Column of the first coordinate: 1 in plain files, as `Properties=` says in extended ones.
fn position_column(comment: &str) -> Option<usize> {
    let Some((_, properties)) = comment.split_once("Properties=") else { return Some(1) };
    let properties = properties.trim_start_matches('"');
    let properties = properties.split(|c: char| c.is_whitespace() || c == '"').next()?;
    let fields: Vec<&str> = properties.split(':').collect();
    let mut column = 0_usize;
    for field in fields.chunks(3) {
        let [name, kind, width] = field else { return None };
        let width: usize = width.parse().ok()?;
        if *name == "pos" {
            return (*kind == "R" && width == 3).then_some(column);
        }
        column = column.checked_add(width)?;
    }
    None
}

/// Writes configurations `x` (`n × dim`, `space` = 2 or 3 coordinates a particle) as extended xyz with the
/// energy of each frame.
pub(crate) fn write(
    path: &Path,
    x: &DMatrix<f64>,
    space: usize,
    energy: &[f64],
) -> Result<(), Failure> {
    let particles = x.ncols() / space;
    atomic::write(path, |out| {
        let mut frame = String::new();
        for (row, energy) in energy.iter().enumerate() {
            frame.clear();
            let _ = writeln!(
                frame,
                "{particles}\nProperties=species:S:1:pos:R:3 energy={energy} pbc=\"F F F\""
            );
            for i in 0..particles {
                frame.push('X');
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
        write(&path, &x, 2, &[1.0, 2.0]).unwrap();
        assert_eq!(read(&path, 4).unwrap(), x);
    }

    #[test]
    fn columns_of_extended_files() {
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
            let message = read(&path, 4).unwrap_err().to_string();
            assert!(message.contains(line), "{text:?}: {message}");
        }
    }
}
