//! What a training step reports: named values.

use super::OBJECTIVES;

/// Most values that one step can report.
pub const MOST_VALUES: usize = 24;

/// What a reported value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueSpec {
    /// Name, the same in every front and file.
    pub name: &'static str,
    /// Unit, or empty.
    pub unit: &'static str,
    /// One line.
    pub help: &'static str,
}

/// What is seen of the generated ensemble by any objective that generates.
pub(super) static GENERATED: [ValueSpec; 4] = [
    ValueSpec {
        name: "u",
        unit: "kT",
        help: "energy U = E[u(x)] of the generated ensemble, without the cap",
    },
    ValueSpec {
        name: "s",
        unit: "k",
        help: "entropy S = H_q + E[log|det ∂x/∂z|] of the generated ensemble",
    },
    ValueSpec { name: "f", unit: "kT", help: "free energy F = U − S of the generated ensemble" },
    ValueSpec {
        name: "kl",
        unit: "nats",
        help: "KL(p_X‖μ) = F + log Z ≥ 0 (up to noise), where log Z is known",
    },
];

/// Every value that registered objectives report, in the order of tables and logs.
///
/// ```
/// let names: Vec<&str> = boltzflow::objective::value_specs().map(|v| v.name).collect();
/// assert_eq!(names, ["nll", "j_kl", "rc", "u", "s", "f", "kl"]);
/// ```
pub fn value_specs() -> impl Iterator<Item = &'static ValueSpec> {
    OBJECTIVES.iter().flat_map(|entry| entry.values.iter()).chain(&GENERATED)
}

/// Named numbers of one step; a list of fixed capacity, so that a step allocates nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Values {
    list: [Option<(&'static str, f64)>; MOST_VALUES],
}

impl Values {
    /// The value of a name, if this step has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Adds a value, or puts it in place of the one of the same name. There is room for [`MOST_VALUES`]; what
    /// comes after them is left out.
    pub fn set(&mut self, name: &'static str, value: f64) {
        let place = self.list.iter_mut().find(|slot| slot.is_none_or(|(known, _)| known == name));
        if let Some(slot) = place {
            *slot = Some((name, value));
        }
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.list.iter().map_while(|slot| *slot)
    }
}
