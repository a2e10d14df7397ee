//! The workloads of the benchmarks: the same networks, batches and targets in every front and in other libraries. They are no
//! part of what the library offers, and so have a crate of their own, which is not published.

use std::sync::Arc;

use boltzflow::flow::{Architecture, Bijector, FixedAffine, Flow, SplitKind, Trunk};
use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Activation, Error, Purpose, Real, Result, Stream};
use boltzflow::objective::Source;
use boltzflow::preset::Settings;
use boltzflow::setting::{Parameters, Value};
use boltzflow::train::{Examples, Plan, Share, Stage, Trainer};

/// A benchmark of training steps; the direction z → x changes the second half of the coordinates first.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Name.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Samples per step.
    pub batch: usize,
    /// RealNVP blocks of two couplings.
    blocks: usize,
    /// Hidden widths of each of the networks S and T.
    hidden: &'static [usize],
    target: Target,
}

/// What a workload is trained on.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// The double well in two dimensions.
    DoubleWell,
    /// The dimer in 36 solvent particles, around a lattice.
    Dimer,
}

/// All workloads.
pub static WORKLOADS: &[Workload] = &[
    Workload {
        name: "w1",
        summary: "double well, 8 couplings of two networks 1-100-100-1, batch 1000",
        batch: 1000,
        blocks: 4,
        hidden: &[100, 100],
        target: Target::DoubleWell,
    },
    Workload {
        name: "w2",
        summary: "dimer, 16 couplings of two networks 38-200-200-200-38, batch 1024",
        batch: 1024,
        blocks: 8,
        hidden: &[200, 200, 200],
        target: Target::Dimer,
    },
    Workload {
        name: "w2p",
        summary: "dimer, 16 couplings of two networks 38-200-200-38, batch 1024",
        batch: 1024,
        blocks: 8,
        hidden: &[200, 200],
        target: Target::Dimer,
    },
];

/// Examples that a step which learns from [`Source::Examples`] draws from.
const EXAMPLES: usize = 8192;
/// Spread of the flow's output around the lattice.
const SPREAD: f64 = 0.05;

/// The workload of a name.
///
/// # Errors
/// [`Error::UnknownName`] with the known names.
pub fn workload(name: &str) -> Result<&'static Workload> {
    WORKLOADS.iter().find(|w| w.name == name).ok_or_else(|| Error::UnknownName {
        kind: "workload",
        name: name.into(),
        known: WORKLOADS.iter().map(|w| w.name).collect::<Vec<_>>().join(", "),
    })
}

impl Workload {
    /// Operations of the matrix products of one step: 2·batch·Σ in·out over all layers of all networks, three times
    /// (forward, gradient of inputs, gradient of weights).
    #[must_use]
    pub fn step_flop(&self) -> f64 {
        3.0 * self.sample_flop() * self.batch as f64
    }

    /// Operations of the matrix products for one sample.
    #[must_use]
    pub fn sample_flop(&self) -> f64 {
        let half = match self.target {
            Target::DoubleWell => 1,
            Target::Dimer => 38,
        };
        let sizes: Vec<usize> = [&[half], self.hidden, &[half]].concat();
        let network: usize = sizes.windows(2).map(|p| p[0] * p[1]).sum();
        (2 * network * 2 * 2 * self.blocks) as f64
    }

    /// A trainer whose steps are the workload, learning from energy ([`Source::Prior`]) or from examples; it never ends. Adam with the learning rate 10⁻³, neither
    /// clipping nor averaging.
    ///
    /// # Errors
    /// Those of [`Trainer::new`].
    pub fn trainer<T: Real>(&self, source: Source) -> Result<Trainer<T>> {
        let (generator, plan, examples, seed) = self.parts(source)?;
        Trainer::new(generator, plan, examples, seed)
    }

    /// A share of [`Workload::trainer`].
    ///
    /// # Errors
    /// Those of [`Share::new`].
    pub fn share<T: Real>(&self, source: Source) -> Result<Share<T>> {
        let (generator, plan, examples, seed) = self.parts(source)?;
        Share::new(generator, plan, examples, seed)
    }

    fn parts<T: Real>(
        &self,
        source: Source,
    ) -> Result<(BoltzmannGenerator<T>, Plan, Option<Examples>, u64)> {
        let (ml, kl) = match source {
            Source::Prior => (0.0, 1.0),
            Source::Examples => (1.0, 0.0),
        };
        let mut stage = Stage::default().with_weight("ml", ml).with_weight("kl", kl);
        (stage.iterations, stage.batch, stage.learning_rate) = (1 << 40, self.batch, 1e-3);
        let mut settings = Settings {
            system: match self.target {
                Target::DoubleWell => "double-well".into(),
                Target::Dimer => "dimer".into(),
            },
            parameters: self.parameters(),
            moving_average: 0.0,
            stages: vec![stage],
            ..Settings::default()
        };
        settings.optimizer.clip_norm = f64::INFINITY;
        let target = settings.target()?;
        let flow = self.flow(target.dim())?;
        let generator = BoltzmannGenerator::new(Arc::new(flow), target, settings.seed)?;
        let examples = match source {
            Source::Prior => None,
            Source::Examples => Some(self.examples(generator.target.dim())?),
        };
        Ok((generator, settings.plan(None)?, examples, settings.seed))
    }

    fn flow<T: Real>(&self, dim: usize) -> Result<Flow<T>> {
        let architecture = Architecture {
            hidden: self.hidden.to_vec(),
            trunk: Trunk::Separate,
            scale_activation: Activation::Tanh,
            shift_activation: Activation::Tanh,
            split: SplitKind::Halves,
            ..Architecture::default()
        };
        let mut flow = architecture.build(&format!("R{}", self.blocks), dim, 0)?;
        if matches!(self.target, Target::Dimer) {
            let lattice = FixedAffine::new(lattice(), vec![SPREAD; dim])?;
            debug_assert_eq!(Bijector::<T>::dim(&lattice), dim);
            flow.push("lattice".to_string(), Box::new(lattice));
        }
        Ok(flow)
    }

    /// The dimer of the benchmark is written 25/4·(d − 3/2)⁴ − 5·(d − 3/2)² − ½(d − 3/2) with walls
    /// 100·over²; here s = 2(d − 3/2).
    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::new();
        if matches!(self.target, Target::Dimer) {
            for (name, value) in [
                ("dimer_slope", -0.25),
                ("dimer_a", 1.25),
                ("dimer_b", 0.390_625),
                ("box_coeff", 50.0),
            ] {
                parameters.set(name, Value::Number(value));
            }
        }
        parameters
    }

    /// Configurations around the lattice, or around the wells: only their number and size matter.
    fn examples(&self, dim: usize) -> Result<Examples> {
        let mut rng = Stream::new(0, Purpose::Test, 0, 0);
        let centre = match self.target {
            Target::DoubleWell => vec![0.0; dim],
            Target::Dimer => lattice(),
        };
        let (spread, wells) = match self.target {
            Target::DoubleWell => (0.5, 1.7),
            Target::Dimer => (SPREAD, 0.0),
        };
        let x = DMatrix::from_fn(EXAMPLES, dim, |i, k| {
            let well = if k == 0 && i % 2 == 0 { -wells } else { wells * f64::from(k == 0) };
            centre[k] + well + spread * rng.normal()
        });
        Examples::new(x, None, 0)
    }
}

/// Where the particles of the dimer system are placed, the dimer first: a grid of 7 × 6 points in [−2.9, 2.9] ×
/// [−2.8, 2.8] without its corners.
fn lattice() -> Vec<f64> {
    let (columns, rows) = (7, 6);
    let point = |i: usize, j: usize| {
        [-2.9 + 5.8 * i as f64 / (columns - 1) as f64, -2.8 + 5.6 * j as f64 / (rows - 1) as f64]
    };
    let corner = |i, j| (i == 0 || i == columns - 1) && (j == 0 || j == rows - 1);
    let dimer = [(2, 2), (3, 2)];
    let mut points: Vec<f64> = dimer.iter().flat_map(|(i, j)| point(*i, *j)).collect();
    for j in 0..rows {
        for i in 0..columns {
            if !corner(i, j) && !dimer.contains(&(i, j)) {
                points.extend(point(i, j));
            }
        }
    }
    points
}
