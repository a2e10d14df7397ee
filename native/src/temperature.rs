//! A temperature as it is given: kT in units of the energy, or in kelvin for energies in kJ/mol.

use std::fmt;
use std::str::FromStr;

/// R in kJ/mol/K (CODATA 2018).
const GAS_CONSTANT: f64 = 8.314_462_618_153_24e-3;

/// A temperature with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Temperature {
    /// kT in units of the energy.
    Energy(f64),
    /// In kelvin, which has a meaning for energies in kJ/mol.
    Kelvin(f64),
}

impl Temperature {
    /// kT in kJ/mol.
    pub(crate) fn of_a_molecule(self) -> f64 {
        match self {
            Self::Energy(kt) => kt,
            Self::Kelvin(kelvin) => GAS_CONSTANT * kelvin,
        }
    }
}

impl FromStr for Temperature {
    type Err = String;

    /// A number, or one with K behind it.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (number, kelvin) = match text.strip_suffix(['K', 'k']) {
            Some(number) => (number.trim_end(), true),
            None => (text, false),
        };
        let value: f64 = number.parse().map_err(|_| {
            format!("'{text}' is no temperature: give kT as a number, or 300K for a molecule")
        })?;
        Ok(if kelvin { Self::Kelvin(value) } else { Self::Energy(value) })
    }
}

impl fmt::Display for Temperature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Energy(value) => write!(f, "{value}"),
            Self::Kelvin(value) => write!(f, "{value} K"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kelvin_is_told_from_kt() {
        assert_eq!("300K".parse(), Ok(Temperature::Kelvin(300.0)));
        assert_eq!(" 300 K ".parse(), Ok(Temperature::Kelvin(300.0)));
        assert_eq!("2.5".parse(), Ok(Temperature::Energy(2.5)));
        assert!("warm".parse::<Temperature>().unwrap_err().contains("300K"));
    }
}
