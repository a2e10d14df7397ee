//! Registry entries of kernels.

use alloc::{boxed::Box, format, vec::Vec};

use super::Kernel;
use crate::num::{Error, Result};
use crate::potential::{ParameterSpec, Parameters};

/// Registry entry of a kernel.
#[allow(missing_debug_implementations)] // holds a function pointer
pub struct KernelEntry {
    /// Name, for example `metropolis`.
    pub name: &'static str,
    /// Other names it answers to.
    pub aliases: &'static [&'static str],
    /// One line of description.
    pub summary: &'static str,
    /// Its settings.
    pub settings: &'static [ParameterSpec],
    /// Constructor from checked settings.
    pub build: fn(&Parameters) -> Box<dyn Kernel>,
}

impl KernelEntry {
    /// Checks names and values against the specification.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a setting this kernel does not have, [`Error::InvalidSetting`] for
    /// a value that its kind does not accept.
    pub fn check(&self, settings: &Parameters) -> Result<()> {
        for (name, value) in settings.iter() {
            let Some(spec) = self.settings.iter().find(|s| s.name == name) else {
                return Err(Error::UnknownName {
                    kind: "setting of this sampling method",
                    name: name.into(),
                    known: self.settings.iter().map(|s| s.name).collect::<Vec<_>>().join(", "),
                });
            };
            if !spec.kind.accepts(value) {
                return Err(Error::setting(name, format!("{value:?}"), spec.kind.words()));
            }
        }
        Ok(())
    }
}
