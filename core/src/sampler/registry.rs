//! Kernels and ladders by their names, and a kernel with its settings as data.

use alloc::{boxed::Box, vec::Vec};
use core::fmt::{self, Debug};

use super::{KERNELS, Kernel};
use crate::num::{Error, Result};
use crate::setting::{Description, Parameters, Value};

/// Registry entry of a kernel.
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

impl Debug for KernelEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Entries are equal if their names are.
impl PartialEq for KernelEntry {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl KernelEntry {
    /// The settings as the kernel takes them.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a setting this kernel does not have, [`Error::InvalidSetting`] for
    /// a value that its kind does not accept.
    pub fn checked(&self, settings: &Parameters) -> Result<Parameters> {
        settings.checked(self.settings, "setting of this sampling method")
    }
}

/// A kernel as data: what it is called and all of its settings. Two are equal if they build the same kernel.
///
/// ```
/// # fn main() -> boltzflow::num::Result<()> {
/// use boltzflow::sampler::{Hmc, KernelSettings};
/// use boltzflow::setting::{Parameters, Value};
///
/// let hmc: KernelSettings = Hmc { step_size: 0.1, steps: 5, jitter: 0.2 }.into();
/// let mut changes = Parameters::new();
/// changes.set("step_size", Value::Number(0.3));
/// // The same kernel with a longer step: its other settings stay.
/// let longer = hmc.overlaid(None, &changes)?;
/// assert_eq!((longer.number("step_size"), longer.number("steps")), (Some(0.3), Some(5.0)));
/// // Another kernel, whose settings are the defaults but for what is given.
/// let other = hmc.overlaid(Some("metropolis"), &changes)?;
/// assert_eq!(other, KernelSettings::new("metropolis", &changes)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct KernelSettings {
    entry: &'static KernelEntry,
    /// All of them, defaults included.
    settings: Parameters,
}

impl<K: Kernel> From<K> for KernelSettings {
    fn from(kernel: K) -> Self {
        Self::of(&kernel)
    }
}

impl KernelSettings {
    /// A registered kernel by its name or an alias; missing settings take their defaults.
    ///
    /// # Errors
    /// As [`build`].
    pub fn new(name: &str, settings: &Parameters) -> Result<Self> {
        Ok(Self::of(&*build(name, settings)?))
    }

    /// Those of a kernel.
    #[must_use]
    pub fn of(kernel: &dyn Kernel) -> Self {
        Self { entry: kernel.entry(), settings: kernel.settings() }
    }

    /// What is known of the kernel.
    #[must_use]
    pub fn entry(&self) -> &'static KernelEntry {
        self.entry
    }

    /// All settings.
    #[must_use]
    pub fn settings(&self) -> &Parameters {
        &self.settings
    }

    /// A setting that is a number; `None` if this kernel does not have it.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.settings.get(name) {
            Some(Value::Number(value)) => Some(*value),
            _ => None,
        }
    }

    /// Changes a setting.
    ///
    /// # Errors
    /// As [`KernelEntry::checked`]; then nothing is changed.
    pub fn set(&mut self, name: &str, value: Value) -> Result<()> {
        let mut change = Parameters::new();
        change.set(name, value);
        *self = self.overlaid(None, &change)?;
        Ok(())
    }

    /// The kernel of this name, or this one for none. If it is this one, settings that are not given stay as they are here;
    /// else they take their defaults.
    ///
    /// # Errors
    /// As [`build`].
    pub fn overlaid(&self, name: Option<&str>, settings: &Parameters) -> Result<Self> {
        let entry = name.map_or(Ok(self.entry), kernel)?;
        let given = entry.checked(settings)?;
        let mut all = if entry == self.entry { self.settings.clone() } else { Parameters::new() };
        for (name, value) in given.iter() {
            all.set(name, value.clone());
        }
        Ok(Self::of(&*(entry.build)(&all)))
    }

    /// The kernel.
    #[must_use]
    pub fn build(&self) -> Box<dyn Kernel> {
        (self.entry.build)(&self.settings)
    }
}

/// The registry entry of a kernel, by its name or an alias.
///
/// # Errors
/// [`Error::UnknownName`] with the known names.
pub fn kernel(name: &str) -> Result<&'static KernelEntry> {
    let known = |k: &&&KernelEntry| k.name == name || k.aliases.contains(&name);
    KERNELS.iter().find(known).copied().ok_or_else(|| Error::UnknownName {
        kind: "sampling method",
        name: name.into(),
        known: KERNELS.iter().map(|k| k.name).collect::<Vec<_>>().join(", "),
    })
}

/// Builds a kernel from its name and its settings (missing ones take their defaults).
///
/// # Errors
/// [`Error::UnknownName`] for the kernel or a setting, [`Error::InvalidSetting`] for a value outside
/// its range.
pub fn build(name: &str, settings: &Parameters) -> Result<Box<dyn Kernel>> {
    let entry = kernel(name)?;
    Ok((entry.build)(&entry.checked(settings)?))
}

/// # Errors
/// [`Error::InvalidSetting`] for a step size that is not positive.
pub(crate) fn check_step_size(kernel: &dyn Kernel) -> Result<()> {
    let step_size = kernel.step_size();
    if step_size > 0.0 && step_size.is_finite() {
        Ok(())
    } else {
        Err(Error::setting("step_size", step_size, "a positive number"))
    }
}
