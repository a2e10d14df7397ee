//! `boltzflow path`: configurations between two others, through latent space.

use std::path::PathBuf;

use boltzflow::generator::{BoltzmannGenerator, Interpolation, LatentPath};
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Error;
use boltzflow::system::{Coordinate, System};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::sample::{check_count, check_files, layout};
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::checkpoint::RunFolder;
use crate::file::npz::Array;
use crate::file::{configurations, output, xyz};
use crate::plot::particles::{self, Panel, Particles, Row};
use crate::plot::strip::Strip;
use crate::plot::{BLUE, Figure, Mark, ORANGE, Plot, series};
use crate::{setting, table};

/// Samples among which the ends of a path are looked for.
const CANDIDATES: usize = 2000;
/// Rows of drawn configurations, and how many each has.
const ROWS: usize = 2;
const COLUMNS: usize = 5;
/// Energies are shown up to so many times the middle one's height above the lowest.
const TALLEST: f64 = 20.0;

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
Both ends are encoded, latent points between them are decoded. Without --from or --to an end
is the generated sample of lowest energy in one of the two states of the coordinate.

The output holds t (n), x and z (n × dim), energy U(x) in the system's units (n), log_det (n)
and the coordinate (n).

Examples:
  boltzflow path run -o path.npz
  boltzflow path dimer -o path.npz --svg path.svg
  boltzflow path run --from a.npy --to b.npy -n 200 --kind linear -o path.npz")]
pub(crate) struct Path {
    /// Folder of the run, or a file of export
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Start: one configuration, .npy, .csv or .xyz [default: in the first state]
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// End: one configuration, .npy, .csv or .xyz [default: in the second state]
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Number of configurations, ends included
    #[arg(short, long = "points", value_name = "N", default_value_t = 50)]
    n: usize,
    /// Points between the ends: on a great-circle around the origin, each as likely as the ends, or on a linear path
    #[arg(
        long,
        value_enum,
        value_name = "great-circle|linear",
        hide_possible_values = true,
        default_value_t = Kind::GreatCircle
    )]
    kind: Kind,
    /// Coordinate whose states are joined [default: that of the run]
    #[arg(long, value_name = "NAME")]
    coordinate: Option<String>,
    /// Seed of the samples among which ends are looked for
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = setting::seed)]
    seed: u64,
    /// Output: an archive (.npz), or a table with a header row (.csv)
    #[arg(long, short, value_name = "OUT.npz|OUT.csv")]
    output: PathBuf,
    /// Write the configurations of particles as extended xyz, too
    #[arg(long, value_name = "FILE.xyz")]
    xyz: Option<PathBuf>,
    /// Draw energies along the path and, above them, particles
    #[arg(long, value_name = "FILE.svg")]
    svg: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Path {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let model = RunFolder::new(&self.folder).model()?;
        let generator = &model.generator;
        let system = generator.target.system();
        let mut settings = model.settings.clone();
        if let Some(name) = &self.coordinate {
            settings.coordinate.clone_from(name);
        }
        let coordinate = settings.reaction_coordinate(system)?;
        check_count(self.n, generator.target.dim())?;
        let layout = self.xyz.as_ref().map(|_| layout(system, "--xyz")).transpose()?;
        check_files(&self.output, self.xyz.as_deref(), self.svg.as_deref())?;

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
        output::write(
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
        if let (Some(file), Some(layout)) = (&self.xyz, &layout) {
            xyz::write(file, &path.x, layout, &energy)?;
        }
        if let Some(file) = &self.svg {
            let of = format!("{} at kT = {kt}", settings.system);
            let caption = format!(
                "{of}, run of seed {}, {} steps; {} points, ends of seed {}",
                settings.seed, model.step, self.n, self.seed
            );
            picture(system, &coordinate, &path, &values, caption).write_svg(file)?;
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
            let x = configurations::read(file, generator.target.system())?;
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
        let (a, b) = &coordinate.states;
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
        let head = ["", "t", &coordinate.name, "energy"].map(String::from).to_vec();
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

/// Configurations at even distances along a path, if they are particles, above the energies of all.
fn picture(
    system: &System,
    coordinate: &Coordinate,
    path: &LatentPath,
    values: &[f64],
    mut caption: String,
) -> Strip {
    let n = path.t.len();
    let drawn: Vec<usize> = if n <= ROWS * COLUMNS {
        (0..n).collect()
    } else {
        (0..ROWS * COLUMNS).map(|i| i * (n - 1) / (ROWS * COLUMNS - 1)).collect()
    };
    let panel = |i: &usize| Panel {
        x: row(&path.x, *i),
        label: format!(
            "{} = {:.2}, U = {} kT",
            coordinate.name,
            values[*i],
            particles::energy(path.u[*i])
        ),
    };
    let rows = drawn.chunks(COLUMNS).map(|points| Row {
        name: points
            .first()
            .zip(points.last())
            .map(|(a, b)| vec![format!("t = {:.2}", path.t[*a]), format!("to {:.2}", path.t[*b])])
            .unwrap_or_default(),
        panels: points.iter().map(panel).collect(),
    });
    let (a, b) = &coordinate.states;
    let title = format!("Through latent space from {a} to {b}");
    let particles = system.space().particles.clone().map(|geometry| Particles {
        title: title.clone(),
        caption: String::new(),
        geometry,
        pair: particles::pair(coordinate),
        rows: rows.collect(),
    });

    let mut sorted: Vec<f64> = path.u.iter().copied().filter(|u| u.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let low = sorted.first().copied().unwrap_or(0.0);
    let middle = sorted.get(sorted.len() / 2).map_or(1.0, |u| u - low).max(1.0);
    let top = sorted.last().copied().unwrap_or(1.0).min(low + TALLEST * middle).max(low + 1.0);
    let beyond = path.u.iter().filter(|u| u.is_nan() || **u > top).count();
    if beyond > 0 {
        caption.push_str(&format!("; {beyond} points have energies above the frame"));
    }
    let points = |of: &mut dyn Iterator<Item = usize>| of.map(|i| (path.t[i], path.u[i])).collect();
    let discs = drawn.iter().filter(|i| path.u[**i] <= top);
    let margin = 0.05 * (top - low);
    let mut marks = vec![series("", BLUE, Mark::Line(points(&mut (0..n))))];
    if particles.is_some() {
        let discs = Mark::Points(discs.map(|i| (path.t[*i], path.u[*i], 0.0)).collect());
        marks.push(series("drawn above", ORANGE, discs));
    }
    let figure = Figure {
        title: if particles.is_some() { "Energies".into() } else { title },
        caption,
        x_label: "t, from one end to the other".into(),
        y_label: "U / kT".into(),
        x: (0.0, 1.0),
        x_names: Vec::new(),
        y: (low - margin, top + margin),
        series: marks,
    };
    Strip { particles, figure }
}
