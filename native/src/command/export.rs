//! `boltzflow export`: a trained model alone, in one small file that says where it comes from.

use std::path::{Path, PathBuf};

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::num::Error;
use boltzflow::stats::Bins;
use boltzflow_model::{Model, Precision};
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use crate::analysis::reference::Reference;
use crate::digests::Digests;
use crate::failure::Failure;
use crate::file::checkpoint::{RunFolder, write};
use crate::file::output;
use crate::file::reference_file::{self, Wanted};
use crate::{difference, table};

/// Bins of the reference profile.
const BINS: usize = 20;

/// Write a trained model alone to one small file, for the page and for other programs
#[derive(Args, Debug)]
#[command(after_help = "\
The file has the format of model.safetensors: show, sample, path and analyze take it in place
of the folder of a run. It names its settings, seed, steps, energy evaluations and version,
and carries reference values, if they are given, so that a page can compare. Rounding to half
precision costs little; what it costs in nats for each held-out configuration is printed and
kept in the file.

Examples:
  boltzflow export run -o model.safetensors
  boltzflow export run -o dimer.safetensors --reference tests/reference/dimer_free_energy.json")]
pub(crate) struct Export {
    /// Folder of the run
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How the parameters are stored: all 32 bits, or rounded to 16
    #[arg(long, value_enum, default_value_t = Stored::Half)]
    precision: Stored,
    /// File of reference values to carry along
    #[arg(long, value_name = "FILE.json")]
    reference: Option<PathBuf>,
    /// Output file
    #[arg(long, short, value_name = "OUT.safetensors")]
    output: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Stored {
    // Every bit of the parameters; not a line of help, which would make it two pages.
    Single,
    // Rounded to the nearest: half the size.
    Half,
}

impl From<Stored> for Precision {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Single => Self::Single,
            Stored::Half => Self::Half,
        }
    }
}

impl Export {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let folder = RunFolder::new(&self.folder);
        let model = folder.model()?;
        output::check(&self.output, &["safetensors"])?;
        let reference =
            self.reference.as_deref().map(|path| reference(path, &model)).transpose()?;
        let held_out = folder.held_out()?;
        let nll = |generator: &BoltzmannGenerator<f32>| -> Result<Option<f64>, Error> {
            let Some((x, weights)) = &held_out else { return Ok(None) };
            let log_p = generator.log_prob(x)?;
            let sum: f64 = log_p.iter().zip(weights).map(|(log_p, w)| w * log_p).sum();
            Ok(Some(-sum / weights.iter().sum::<f64>()))
        };
        let before = nll(&model.generator)?;
        let precision = self.precision.into();
        let model = model.rounded(precision);
        let after = nll(&model.generator)?;
        let numbers = model.generator.numbers();
        let overflown = numbers.iter().filter(|v| !v.is_finite()).count();
        if overflown > 0 {
            return Err(Failure::input(
                "invalid-data",
                format!("{overflown} parameters are too large for half precision"),
                "export with --precision single",
            ));
        }

        let mut file = model.tensors(precision);
        for (key, nll) in [("nll_in_single_precision", before), ("nll", after)] {
            if let Some(nll) = nll {
                file.set(key, &nll);
            }
        }
        if let Some(reference) = reference {
            file.set("reference", &reference);
        }
        write(file, &self.output)?;
        let bytes = std::fs::metadata(&self.output).map_or(0, |m| m.len());
        if self.json {
            return table::print_json(&json!({
                "parameters": numbers.len(),
                "bytes": bytes,
                "digest": Digests::new(&model, None).to_json(),
                "nll_before": before,
                "nll": after,
                "output": self.output.display().to_string(),
            }));
        }
        let cost = match (before, after) {
            (Some(before), Some(after)) => {
                format!("; rounding costs {:.1e} nats a held-out configuration", after - before)
            }
            _ => String::new(),
        };
        table::print(&format!(
            "{} parameters in {bytes} bytes written to {}{cost}\n",
            numbers.len(),
            self.output.display()
        ))
    }
}

/// The reference profile in the bins of the coordinate, as JSON: `{ source, center, value, delta_f }`, in kT, the profile as −ln of the
/// probability of each bin.
fn reference(path: &Path, model: &Model) -> Result<Json, Failure> {
    let Model { settings, generator, .. } = model;
    let system = generator.target.system();
    let coordinate = settings.reaction_coordinate(system)?;
    let wanted = Wanted {
        name: &settings.system,
        system,
        parameters: &settings.parameters,
        defaults: &reference_file::defaults(&settings.system)?,
        temperature: generator.target.temperature(),
        coordinate: &coordinate,
    };
    let file = reference_file::read(path, &wanted)?;
    let bins = Bins::new(coordinate.range.0, coordinate.range.1, BINS)?;
    let reference = Reference::from_file(path, file, &bins);
    Ok(json!({
        "source": reference.source,
        "center": bins.centers(),
        "value": reference.profile,
        "delta_f": reference.delta_f,
        "definition": difference::definition(&coordinate),
    }))
}
