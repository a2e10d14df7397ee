//! A system as named on the command line: a registered name or a system file, with options on top.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{self, ReducedPotential};
use boltzflow_molecule::Molecule;
use clap::Args;

use crate::failure::Failure;
use crate::file::format::extension;
use crate::file::molecule_file;
use crate::file::system_file::{self, SystemFile};
use crate::setting;
use crate::temperature::Temperature;

/// The system that two files describe.
const MOLECULE: &str = "molecule";

/// Options that choose a system and its parameters.
#[derive(Args, Clone, Debug)]
pub(crate) struct SystemArgs {
    /// Name of a registered system (see `boltzflow systems`), a system file, or a System of OpenMM
    #[arg(value_name = "SYSTEM|FILE.toml|SYSTEM.xml")]
    pub(crate) system: String,
    /// Names and positions of the atoms of a System of OpenMM
    #[arg(long, value_name = "FILE.pdb")]
    pub(crate) structure: Option<PathBuf>,
    /// Set a parameter, as TOML: --set c4=1.5 --set 'k=[1, 2]' --set 'means=[[0, 0], [1, 1]]'
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Start from a named parameter set of the system
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    /// Total dimension, for systems of any dimension
    #[arg(long, value_name = "N")]
    pub(crate) dim: Option<usize>,
    /// kT in units of the energy; of a molecule in kelvin, as 300K
    #[arg(long, short = 'T', value_name = "T")]
    pub(crate) temperature: Option<Temperature>,
}

/// A system that is ready to be evaluated.
#[derive(Clone, Debug)]
pub(crate) struct System {
    /// Registered name.
    pub(crate) name: String,
    /// Parameters that differ from the defaults.
    pub(crate) parameters: Parameters,
    /// The system itself.
    pub(crate) inner: Arc<boltzflow::system::System>,
    /// kT, if one was set.
    pub(crate) temperature: Option<f64>,
    /// The atoms, if it is a molecule.
    pub(crate) molecule: Option<Arc<Molecule>>,
}

impl SystemArgs {
    /// Builds the system: variant first, then the file's parameters, then `--set`.
    pub(crate) fn build(&self) -> Result<System, Failure> {
        let path = Path::new(&self.system);
        let file = match extension(path).as_str() {
            "toml" => system_file::read(path)?,
            "xml" => SystemFile {
                system: MOLECULE.into(),
                openmm: Some(path.into()),
                ..SystemFile::default()
            },
            _ => SystemFile { system: self.system.clone(), ..SystemFile::default() },
        };
        if file.system == MOLECULE {
            return self.molecule(&file);
        }
        if self.structure.is_some() || file.structure.is_some() {
            let what = format!("{} has no atoms that a structure could name", file.system);
            return Err(Failure::input("invalid-option", what, "leave the structure out"));
        }
        let entry = system::entry(&file.system)?;
        let variant = self.variant.as_ref().or(file.variant.as_ref());
        let mut parameters = match variant {
            Some(name) => entry.variant(name)?,
            None => Parameters::new(),
        };
        parameters.change(entry.checked(&file.parameters)?, entry.parameters);
        let given = setting::parameters(&self.set)?;
        parameters.change(entry.checked(&given)?, entry.parameters);
        let inner = system::build(&file.system, &parameters, self.dim.or(file.dim))?;
        let system = System {
            name: file.system,
            parameters,
            inner: Arc::new(inner),
            temperature: self.temperature.or(file.temperature).map(kt).transpose()?,
            molecule: None,
        };
        // A temperature out of range is reported before any work.
        system.reduced(1.0)?;
        Ok(system)
    }
}

impl SystemArgs {
    /// The molecule of two files.
    fn molecule(&self, file: &SystemFile) -> Result<System, Failure> {
        let options = [
            (self.variant.is_some() || file.variant.is_some(), "a variant"),
            (self.dim.is_some() || file.dim.is_some(), "a dimension"),
            (!self.set.is_empty() || file.parameters.iter().next().is_some(), "parameters"),
        ];
        if let Some((_, given)) = options.into_iter().find(|(is_given, _)| *is_given) {
            let what = format!("a molecule has no {}", given.trim_start_matches("a "));
            return Err(Failure::input("invalid-option", what, "leave it out: its files say all"));
        }
        let Some(openmm) = &file.openmm else {
            let what = "the system molecule needs a System of OpenMM";
            return Err(Failure::input("no-system", what, "add openmm = \"system.xml\""));
        };
        let structure = self.structure.as_ref().or(file.structure.as_ref());
        let molecule = Arc::new(molecule_file::read(openmm, structure.map(PathBuf::as_path))?);
        let system = System {
            name: MOLECULE.into(),
            parameters: Parameters::new(),
            inner: Arc::new(molecule.system()?),
            temperature: self.temperature.or(file.temperature).map(Temperature::of_a_molecule),
            molecule: Some(molecule),
        };
        system.reduced(1.0)?;
        Ok(system)
    }
}

/// kT of a system whose energies have units of their own.
fn kt(temperature: Temperature) -> Result<f64, Failure> {
    match temperature {
        Temperature::Energy(kt) => Ok(kt),
        Temperature::Kelvin(_) => {
            let what = format!("{temperature} has a meaning for a molecule only");
            Err(Failure::input("invalid-setting", what, "give kT in units of the energy"))
        }
    }
}

impl System {
    /// Fails for a molecule, which a command does not take yet.
    pub(crate) fn refuse_molecule(&self, command: &str) -> Result<(), Failure> {
        if self.molecule.is_none() {
            return Ok(());
        }
        let what = format!("{command} does not take molecules yet");
        Err(Failure::input("not-supported", what, "see `boltzflow show` and `boltzflow energy`"))
    }

    /// The reduced potential at the system's temperature, or at `default`.
    pub(crate) fn reduced(&self, default: f64) -> Result<ReducedPotential, Failure> {
        let temperature = self.temperature.unwrap_or(default);
        Ok(ReducedPotential::new(Arc::clone(&self.inner), temperature)?)
    }

    /// Name, dimension, temperature and parameters for reports.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let parameters: serde_json::Map<_, _> = self
            .parameters
            .iter()
            .map(|(k, v): (&str, &Value)| (k.into(), setting::to_json(v)))
            .collect();
        serde_json::json!({
            "name": self.name,
            "dim": self.inner.dim(),
            "temperature": self.temperature,
            "parameters": parameters,
        })
    }
}
