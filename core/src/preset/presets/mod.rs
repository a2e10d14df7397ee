//! The presets: one file each, and one line below.

use alloc::vec::Vec;

use super::Settings;
use crate::num::{Error, Result};

/// A system with architecture and training plan, by name.
///
/// ```
/// use boltzflow::preset::PRESETS;
///
/// let ring = PRESETS.iter().find(|p| p.name == "ring").unwrap();
/// assert_eq!((ring.settings)().system, "ring");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Name for menus, the command line and addresses.
    pub name: &'static str,
    /// One line of description.
    pub summary: &'static str,
    /// Title on the page; `None` where the page does not show it.
    pub page: Option<&'static str>,
    /// Its settings.
    pub settings: fn() -> Settings,
}

/// The settings of a preset.
///
/// ```
/// let settings = boltzflow::preset::preset("mueller-brown")?;
/// assert_eq!(settings.system()?.dim(), 2);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] with the known names.
pub fn preset(name: &str) -> Result<Settings> {
    let found = PRESETS.iter().find(|p| p.name == name);
    found.map(|p| (p.settings)()).ok_or_else(|| {
        let known: Vec<&str> = PRESETS.iter().map(|p| p.name).collect();
        Error::unknown("preset", name, &known)
    })
}

/// Registers presets: one line each, in the order menus show them.
macro_rules! presets {
    ($($(#[$condition:meta])* $module:ident),* $(,)?) => {
        $($(#[$condition])* mod $module;)*

        /// Every preset, in the order menus show them.
        pub static PRESETS: &[Preset] = &[$($(#[$condition])* $module::PRESET),*];
    };
}
presets! {
    double_well,
    double_well_by_energy,
    mueller_brown,
    ring,
    gaussian_mixture,
    many_well,
    many_well_live,
    #[cfg(feature = "particles")]
    dimer,
    harmonic,
    own,
}
