//! `boltzflow path`: configurations between two others, through latent space.

use std::path::PathBuf;

use boltzflow::generator::{BoltzmannGenerator, Interpolation, LatentPath};
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Error;
use boltzflow::potential::Coordinate;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::sample::{check_count, space};
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::checkpoint::RunFolder;
use crate::file::npz::{self, Array};
use crate::file::{atomic, npy, xyz};
use crate::table;

/// Samples among which the ends of a path are looked for.
const CANDIDATES: usize = 2000;

/// Which points lie between the ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Around the origin: every point as likely as the ends
    GreatCircle,
    /// Straight through latent space
    Linear,
}

/// Walk from one configuration to another through latent space
#[derive(Args, Debug)]
#[command(after_help = "\
Both ends are encoded, latent points between them are decoded. Without --from or --to an end is the
generated sample of lowest energy in one of the two states of the coordinate.

The output holds t (n), x and z (n × dim), energy U(x) in the system's units (n), log_det (n) and
the coordinate (n).

Examples:
  boltzflow path run -o path.npz
  boltzflow path run --from a.npy --to b.npy -n 200 --kind linear -o path.npz")]
pub(crate) struct Path {
    /// Folder of the run, or a file of export
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Start: .npy of one row [default: in the first state]
    #[arg(long, value_name = "FILE.npy")]
    from: Option<PathBuf>,
    /// End: .npy of one row [default: in the second state]
    #[arg(long, value_name = "FILE.npy")]
    to: Option<PathBuf>,
    /// Number of configurations, ends included
    #[arg(short, long = "points", value_name = "N", default_value_t = 50)]
    n: usize,
    /// Which points lie between the ends
    #[arg(long, value_enum, default_value_t = Kind::GreatCircle)]
    kind: Kind,
    /// Coordinate whose states are joined [default: that of the run]
    #[arg(long, value_name = "NAME")]
    coordinate: Option<String>,
    /// Seed of the samples among which ends are looked for
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Output archive (.npz)
    #[arg(long, short, value_name = "OUT.npz")]
    output: PathBuf,
    /// Write the configurations of particles as extended xyz, too
    #[arg(long, value_name = "FILE.xyz")]
    xyz: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Path {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let model = RunFolder::new(&self.folder).model()?;
        let generator = &model.generator;
        let potential = &**generator.target.potential();
        let mut settings = model.settings.clone();
        if let Some(name) = &self.coordinate {
            settings.coordinate.clone_from(name);
        }
        let coordinate = settings.reaction_coordinate(potential)?;
        check_count(self.n, generator.target.dim())?;
        let space = self.xyz.as_ref().map(|_| space(potential)).transpose()?;
        for path in [Some(&self.output), self.xyz.as_ref()].into_iter().flatten() {
            atomic::check_writable(path)?;
        }

        let ((from, to), looked_for) = self.ends(generator, &coordinate)?;
        let kind = match self.kind {
            Kind::GreatCircle => Interpolation::GreatCircle,
            Kind::Linear => Interpolation::Linear,
        };
        let path = generator.interpolate(&from, &to, self.n, kind)?;
        let kt = generator.target.temperature();
        let energy: Vec<f64> = path.u.iter().map(|u| u * kt).collect();
        let mut values = vec![0.0; self.n];
        coordinate.values(&path.x, &mut values);
        npz::write(
            &self.output,
            &[
                ("t", Array::Vector(&path.t)),
                ("x", Array::Matrix(&path.x)),
                ("z", Array::Matrix(&path.z)),
                ("energy", Array::Vector(&energy)),
                ("log_det", Array::Vector(&path.log_det)),
                ("coordinate", Array::Vector(&values)),
            ],
        )?;
        if let (Some(file), Some(space)) = (&self.xyz, space) {
            xyz::write(file, &path.x, space, &energy)?;
        }
        self.report(&path, &energy, &values, &coordinate, looked_for + self.n)
    }

    /// The ends, and the evaluations that it took to find them.
    fn ends(
        &self,
        generator: &BoltzmannGenerator<f32>,
        coordinate: &Coordinate,
    ) -> Result<((Vec<f64>, Vec<f64>), usize), Failure> {
        let read = |file: &PathBuf| -> Result<Vec<f64>, Failure> {
            let x = npy::read_matrix(file)?;
            if x.nrows() != 1 {
                let name = format!("rows of {}", file.display());
                return Err(Error::setting(name, x.nrows(), "1, the end of the path").into());
            }
            Ok(row(&x, 0))
        };
        if let (Some(from), Some(to)) = (&self.from, &self.to) {
            return Ok(((read(from)?, read(to)?), 0));
        }
        let samples = generator.sample(CANDIDATES, self.seed, &Threads::new(Some(1))?);
        let mut values = vec![0.0; CANDIDATES];
        coordinate.values(&samples.x, &mut values);
        let find = |file: &Option<PathBuf>, below: bool, state: &str| {
            if let Some(file) = file {
                return read(file);
            }
            let inside = |i: &usize| {
                samples.u[*i].is_finite() && (values[*i] < coordinate.boundary) == below
            };
            let lowest = (0..CANDIDATES)
                .filter(inside)
                .min_by(|a, b| samples.u[*a].total_cmp(&samples.u[*b]));
            lowest.map(|i| row(&samples.x, i)).ok_or_else(|| {
                Failure::input(
                    "state-not-reached",
                    format!("none of {CANDIDATES} generated samples lies in state '{state}'"),
                    "give the end with --from or --to, or train longer",
                )
            })
        };
        let (a, b) = coordinate.states;
        Ok(((find(&self.from, true, a)?, find(&self.to, false, b)?), CANDIDATES))
    }

    fn report(
        &self,
        path: &LatentPath,
        energy: &[f64],
        values: &[f64],
        coordinate: &Coordinate,
        evaluations: usize,
    ) -> Result<(), Failure> {
        let last = self.n - 1;
        let top = (0..self.n).max_by(|a, b| energy[*a].total_cmp(&energy[*b])).unwrap_or(0);
        if self.json {
            return table::print_json(&json!({
                "n": self.n,
                "energy": energy,
                "coordinate": { "name": coordinate.name, "values": values },
                "t": path.t,
                "highest": { "t": path.t[top], "energy": energy[top], "coordinate": values[top] },
                "energy_evaluations": evaluations,
                "output": self.output.display().to_string(),
            }));
        }
        let head = ["", "t", coordinate.name, "energy"].map(String::from).to_vec();
        let line = |name: &str, i: usize| {
            let shown = [(path.t[i], 2), (values[i], 3), (energy[i], 3)];
            let cells = shown.map(|(v, decimals)| table::number(v, decimals));
            [&[name.to_string()][..], &cells].concat()
        };
        let rows = [head, line("start", 0), line("highest", top), line("end", last)];
        let written = format!(
            "{} configurations written to {}; {evaluations} energy evaluations\n",
            self.n,
            self.output.display()
        );
        table::print(&format!("{}\n{written}", table::align(&rows)))
    }
}

fn row(x: &DMatrix<f64>, i: usize) -> Vec<f64> {
    x.row(i).iter().copied().collect()
}
