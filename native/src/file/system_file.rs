//! A system in a TOML file: `system`, `dim`, `temperature`, `variant` and a `[parameters]` table; of a molecule `openmm` and `structure`.

use std::fs;
use std::path::{Path, PathBuf};

use boltzflow::num::Error;
use boltzflow::setting::Parameters;
use boltzflow_model::from_toml;

use crate::failure::Failure;
use crate::temperature::Temperature;

/// Keys of a system file.
const KEYS: [&str; 7] =
    ["system", "dim", "temperature", "variant", "parameters", "openmm", "structure"];

/// What a system file says.
#[derive(Clone, Debug, Default)]
pub(crate) struct SystemFile {
    /// Name of the system.
    pub(crate) system: String,
    /// Total dimension.
    pub(crate) dim: Option<usize>,
    /// Of what the system is taken at.
    pub(crate) temperature: Option<Temperature>,
    /// Named parameter set that `parameters` start from.
    pub(crate) variant: Option<String>,
    /// The System of OpenMM of a molecule.
    pub(crate) openmm: Option<PathBuf>,
    /// Its names and positions.
    pub(crate) structure: Option<PathBuf>,
    /// Parameters that are set.
    pub(crate) parameters: Parameters,
}

/// Reads a TOML file as a table.
pub(crate) fn read_table(path: &Path) -> Result<toml::Table, Failure> {
    let bytes = fs::read(path).map_err(|e| Failure::reading(path, &e))?;
    table(bytes, path)
}

/// The bytes of a TOML file as a table.
fn table(bytes: Vec<u8>, path: &Path) -> Result<toml::Table, Failure> {
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::of_file(path, "is not UTF-8 text", "save it as plain text"))?;
    if text.trim().is_empty() {
        return Err(Failure::of_file(path, "is empty", "give at least system = \"double-well\""));
    }
    text.parse::<toml::Table>().map_err(|e| {
        let line =
            e.span().map_or(1, |s| 1 + text[..s.start.min(text.len())].matches('\n').count());
        Failure::of_file(
            path,
            format!("is not valid TOML in line {line}: {}", e.message()),
            "correct that line",
        )
    })
}

/// Reads a system file.
pub(crate) fn read(path: &Path) -> Result<SystemFile, Failure> {
    of_table(read_table(path)?, path)
}

/// Reads the bytes of a system file.
#[cfg(test)]
pub(crate) fn parse(bytes: &[u8], path: &Path) -> Result<SystemFile, Failure> {
    of_table(table(bytes.to_vec(), path)?, path)
}

/// A file named in another one, from whose folder its path counts.
fn beside(path: &Path, name: &str) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).join(name)
}

fn of_table(table: toml::Table, path: &Path) -> Result<SystemFile, Failure> {
    let mut file = SystemFile::default();
    for (key, value) in table {
        match (key.as_str(), value) {
            ("system", toml::Value::String(name)) => file.system = name,
            ("variant", toml::Value::String(name)) => file.variant = Some(name),
            ("dim", toml::Value::Integer(dim)) if dim > 0 => file.dim = usize::try_from(dim).ok(),
            ("temperature", toml::Value::Float(t)) => {
                file.temperature = Some(Temperature::Energy(t));
            }
            ("temperature", toml::Value::Integer(t)) => {
                file.temperature = Some(Temperature::Energy(t as f64));
            }
            ("temperature", toml::Value::String(text)) => {
                let temperature = text.parse().map_err(|what: String| {
                    Failure::of_file(
                        path,
                        format!("has a temperature that is none: {what}"),
                        "correct it",
                    )
                })?;
                file.temperature = Some(temperature);
            }
            ("openmm", toml::Value::String(name)) => file.openmm = Some(beside(path, &name)),
            ("structure", toml::Value::String(name)) => file.structure = Some(beside(path, &name)),
            ("parameters", toml::Value::Table(table)) => {
                for (name, value) in table {
                    let value = from_toml(&name, value).map_err(|e| Failure::within(path, &e))?;
                    file.parameters.set(name, value);
                }
            }
            (known, value) if KEYS.contains(&known) => {
                let allowed = match known {
                    "dim" => "a whole number above zero",
                    "temperature" => "a number, or text like \"300 K\"",
                    "parameters" => "a table [parameters]",
                    _ => "text in quotes",
                };
                return Err(Failure::within(path, &Error::setting(known, value, allowed)));
            }
            _ => {
                let error = Error::UnknownName {
                    kind: "key of a system file",
                    name: key,
                    known: KEYS.join(", "),
                };
                return Err(Failure::within(path, &error));
            }
        }
    }
    if file.system.is_empty() {
        return Err(Failure::of_file(
            path,
            "names no system",
            "add a line like system = \"double-well\"",
        ));
    }
    Ok(file)
}
