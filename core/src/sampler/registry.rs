//! Registry entries of kernels.

use alloc::boxed::Box;

use super::Kernel;
use crate::num::Result;
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
    /// [`Error::UnknownName`](crate::num::Error::UnknownName) for a setting this kernel does not have, [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for
    /// a value that its kind does not accept.
    pub fn check(&self, settings: &Parameters) -> Result<()> {
        settings.check(self.settings, "setting of this sampling method")
    }
}
