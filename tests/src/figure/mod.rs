//! One file per claim.

mod by_energy;
mod coverage;
mod dimer;
mod exploration;
mod exploration_dimer;
mod long_runs;
mod many_well;
mod run;
mod temperature;
mod thermodynamics;
mod two_states;
mod umbrella;

pub use run::Run;

use boltzflow::num::Result;

/// What a figure found.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Header and rows of its table, in Markdown cells.
    pub table: Vec<Vec<String>>,
    /// Claims and whether each holds.
    pub claims: Vec<(String, bool)>,
}

impl Outcome {
    /// An outcome with a table header.
    #[must_use]
    pub fn with_header(header: &[&str]) -> Self {
        let header = header.iter().map(ToString::to_string).collect();
        Self { table: vec![header], claims: Vec::new() }
    }

    /// Adds a row to the table.
    pub fn row(&mut self, cells: Vec<String>) {
        self.table.push(cells);
    }

    /// Adds a claim.
    pub fn claim(&mut self, text: String, holds: bool) {
        self.claims.push((text, holds));
    }

    /// Adds the claim that at least `needed` out of 20 (or the like fraction of fewer) hold.
    pub fn claim_most(&mut self, what: &str, held: usize, of: usize) {
        let needed = (19 * of).div_euclid(20).max(1);
        self.claim(format!("{what}: {held} of {of} seeds (needed {needed})"), held >= needed);
    }
}

/// A figure: its name, what it shows, and the function that measures it for some seeds.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Name on the command line.
    pub name: &'static str,
    /// One line.
    pub title: &'static str,
    /// Measures it.
    pub measure: fn(&[u64]) -> Result<Outcome>,
}

/// Every figure.
pub static FIGURES: &[Figure] = &[
    Figure {
        name: "double-well",
        title: "Double well: free energies from at most 10⁶ energy evaluations",
        measure: |seeds| two_states::measure("double-well", seeds),
    },
    Figure {
        name: "mueller-brown",
        title: "Müller–Brown: free energies from at most 10⁶ energy evaluations",
        measure: |seeds| two_states::measure("mueller-brown", seeds),
    },
    Figure {
        name: "by-energy",
        title: "By energy alone: what is missed is reported as missed",
        measure: by_energy::measure,
    },
    Figure {
        name: "coverage",
        title: "95 % intervals of every estimator against exact answers",
        measure: coverage::measure,
    },
    Figure {
        name: "dimer",
        title: "Dimer: from windows to a flow to the free energy, in at most 10⁷ energy evaluations",
        measure: dimer::measure,
    },
    Figure {
        name: "dimer-collapse",
        title: "Dimer: a flow driven by energy alone is called collapsed",
        measure: dimer::measure_collapse,
    },
    Figure {
        name: "dimer-lean",
        title: "Dimer: how few energy evaluations are enough",
        measure: dimer::measure_lean,
    },
    Figure {
        name: "dimer-others",
        title: "Dimer: other temperatures and another potential from the same models",
        measure: dimer::measure_others,
    },
    Figure {
        name: "exploration",
        title: "From one configuration, without data or coordinate, to the other state",
        measure: exploration::measure,
    },
    Figure {
        name: "exploration-dimer",
        title: "Dimer: from one configuration, without data or coordinate, to the other state",
        measure: exploration_dimer::measure,
    },
    Figure {
        name: "long-runs",
        title: "A hundred thousand steps: finite numbers, flat memory",
        measure: long_runs::measure,
    },
    Figure {
        name: "many-well",
        title: "Many-well in 32 dimensions: log Z and all sign patterns",
        measure: many_well::measure,
    },
    Figure {
        name: "temperature-harmonic",
        title: "A constant Jacobian samples other temperatures exactly",
        measure: temperature::harmonic,
    },
    Figure {
        name: "temperature-double-well",
        title: "Weights at other temperatures: right answers although the effective sample size falls",
        measure: temperature::double_well,
    },
    Figure {
        name: "thermodynamics",
        title: "U − TS of the generated ensemble equals −log Z + KL at every stage of training",
        measure: thermodynamics::measure,
    },
    Figure {
        name: "umbrella",
        title: "Dimer: umbrella sampling against the reference profile, and what it costs",
        measure: umbrella::measure,
    },
];
