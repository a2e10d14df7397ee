//! Registry entries of kernels.

use alloc::boxed::Box;

use super::Kernel;
use crate::num::Result;
use crate::setting::{Description, Parameters};

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
    pub settings: &'static [Description],
    /// Constructor from checked settings.
    pub build: fn(&Parameters) -> Box<dyn Kernel>,
}

impl KernelEntry {
    /// The settings as the kernel takes them.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::num::Error::UnknownName) for a setting this kernel does not have, [`Error::InvalidSetting`](crate::num::Error::InvalidSetting) for
    /// a value that its kind does not accept.
    pub fn checked(&self, settings: &Parameters) -> Result<Parameters> {
        settings.checked(self.settings, "setting of this sampling method")
    }
}
