//! `boltzflow energy`: energies and gradients of given configurations.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use crate::evaluation;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::configurations;
use crate::file::npz::Array;
use crate::file::output::{self, ARRAYS};
use crate::system::SystemArgs;
use crate::{setting, table};

/// Arrays of the parts of a molecule's energy.
const PARTS: [&str; 5] =
    ["energy_bond", "energy_angle", "energy_torsion", "energy_nonbonded", "energy_gb"];

/// Compute energies and gradients of configurations
#[derive(Args, Debug)]
#[command(after_help = "\
The output holds the arrays energy (n) and gradient (n × dim), f64 in the system's units, and
reduced = U/kT (n) when a temperature is set. Those of a molecule are in kJ/mol and kJ/mol/nm,
its positions in nm (n × atoms × 3, n × 3·atoms, or PDB); --terms adds energy_bond,
energy_angle, energy_torsion, energy_nonbonded and energy_gb.

Examples:
  boltzflow energy double-well x.npy -o u.npz
  boltzflow energy double-well x.npy --dim 4 --set c1=0.5 --temperature 2 -o u.npz
  boltzflow energy mueller-brown x.npy --variant bgflow -o u.npz
  boltzflow energy my_system.toml x.csv -o u.csv
  boltzflow energy system.xml frames.npy --structure structure.pdb --terms -o u.npz")]
pub(crate) struct Energy {
    #[command(flatten)]
    system: SystemArgs,
    /// Configurations, n × dim: .npy (f64 or f32), .csv, .xyz of particles, or .pdb of atoms
    #[arg(value_name = "CONFIGS")]
    configurations: PathBuf,
    /// Output: an archive (.npz), or a table with a header row (.csv)
    #[arg(long, short, value_name = "OUT.npz|OUT.csv")]
    output: PathBuf,
    /// Tell the parts of a molecule's energy apart
    #[arg(long)]
    terms: bool,
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Energy {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let started = Instant::now();
        let system = self.system.build()?;
        let threads = Threads::new(self.threads)?;
        let dim = system.inner.dim();
        let x = configurations::read(&self.configurations, &system.inner)?;
        output::check(&self.output, ARRAYS)?;
        let molecule = system.molecule.as_ref().filter(|_| self.terms);
        setting::refuse_given(
            &[(self.terms && molecule.is_none(), "--terms")],
            "for this system",
            "leave it out: a molecule's energy has terms",
        )?;

        let (energy, gradient) = evaluation::evaluate(&**system.inner.potential(), &x, &threads)?;
        let mut arrays =
            vec![("energy", Array::Vector(&energy)), ("gradient", Array::Matrix(&gradient))];
        let reduced: Vec<f64> = match system.temperature {
            Some(t) => energy.iter().map(|u| u / t).collect(),
            None => Vec::new(),
        };
        if system.temperature.is_some() {
            arrays.push(("reduced", Array::Vector(&reduced)));
        }
        let parts = molecule.map(|molecule| molecule.parts(&x));
        for (name, part) in PARTS.iter().zip(parts.iter().flatten()) {
            arrays.push((name, Array::Vector(part)));
        }
        output::write(&self.output, &arrays)?;

        let finite: Vec<f64> = energy.iter().copied().filter(|u| u.is_finite()).collect();
        let min = finite.iter().copied().fold(f64::INFINITY, f64::min);
        let max = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mean = finite.iter().sum::<f64>() / finite.len() as f64;
        let not_finite = energy.len() - finite.len();
        if self.json {
            return table::print_json(&json!({
                "system": system.to_json(),
                "n": energy.len(),
                "energy": { "min": min, "mean": mean, "max": max, "not_finite": not_finite },
                "energy_evaluations": energy.len(),
                "seconds": started.elapsed().as_secs_f64(),
                "output": self.output.display().to_string(),
            }));
        }
        let unit = if system.molecule.is_some() { " kJ/mol" } else { "" };
        let mut text = format!(
            "{} energies of {} (dim {dim}): lowest {min:.6}{unit}, mean {mean:.6}{unit}, highest {max:.6}{unit}\n",
            energy.len(),
            system.name
        );
        if not_finite > 0 {
            text.push_str(&format!("{not_finite} of them are not finite\n"));
        }
        text.push_str(&format!("written to {}\n", self.output.display()));
        table::print(&text)
    }
}
