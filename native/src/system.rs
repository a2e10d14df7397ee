//! A system as named on the command line: a registered name or a system file, with options on top.

use std::path::Path;
use std::sync::Arc;

use boltzflow::setting::{Parameters, Value};
use boltzflow::system::{self, ReducedPotential};
use clap::Args;

use crate::failure::Failure;
use crate::file::format::extension;
use crate::file::system_file::{self, SystemFile};
use crate::setting;

/// Options that choose a system and its parameters.
#[derive(Args, Clone, Debug)]
pub(crate) struct SystemArgs {
    /// Name of a registered system (see `boltzflow systems`) or a system file
    #[arg(value_name = "SYSTEM|FILE.toml")]
    pub(crate) system: String,
    /// Set a parameter, as TOML: --set c4=1.5 --set 'k=[1, 2]' --set 'means=[[0, 0], [1, 1]]'
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Start from a named parameter set of the system
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    /// Total dimension, for systems of any dimension
    #[arg(long, value_name = "N")]
    pub(crate) dim: Option<usize>,
    /// kT in units of the energy
    #[arg(long, short = 'T', value_name = "T")]
    pub(crate) temperature: Option<f64>,
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
}

impl SystemArgs {
    /// Builds the system: variant first, then the file's parameters, then `--set`.
    pub(crate) fn build(&self) -> Result<System, Failure> {
        let path = Path::new(&self.system);
        let file = if extension(path) == "toml" {
            system_file::read(path)?
        } else {
            SystemFile { system: self.system.clone(), ..SystemFile::default() }
        };
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
            temperature: self.temperature.or(file.temperature),
        };
        // A temperature out of range is reported before any work.
        system.reduced(1.0)?;
        Ok(system)
    }
}

impl System {
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
