//! F6: prior + flow + potential: samples with weights, densities, both maps.

mod density;
mod interpolation;

pub use density::LogProbWork;
pub use interpolation::{Interpolation, LatentPath};

use alloc::{sync::Arc, vec, vec::Vec};

use nalgebra::DMatrix;

use crate::flow::{Bijector, Context, Flow, Pass};
use crate::num::{Error, Executor, Purpose, Real, Result, Stream, Tape};
use crate::potential::Scratch;
use crate::prior::{Prior, Wide};
use crate::system::ReducedPotential;

/// Samples per job of [`BoltzmannGenerator::sample`].
const CHUNK: usize = 512;

/// A flow with its numbers, the prior at one end and the target at the other.
///
/// ```
/// use std::sync::Arc;
///
/// use boltzflow::flow::Architecture;
/// use boltzflow::generator::BoltzmannGenerator;
/// use boltzflow::num::Sequential;
/// use boltzflow::setting::Parameters;
/// use boltzflow::stats::LogWeights;
/// use boltzflow::system::{ReducedPotential, build};
///
/// let target = ReducedPotential::new(build("double-well", &Parameters::new(), None)?, 1.0)?;
/// let flow = Architecture::default().build::<f32>("R4S", target.dim(), 1)?;
/// let generator = BoltzmannGenerator::new(Arc::new(flow), target, 1)?;
/// // Untrained, near the identity; the weights are exact all the same.
/// let samples = generator.sample(1000, 7, &Sequential);
/// assert!(LogWeights::new(&samples.log_weight)?.ess() > 1.0);
/// # Ok::<(), boltzflow::num::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BoltzmannGenerator<T: Real> {
    /// The map z ⇄ x.
    pub flow: Arc<Flow<T>>,
    /// Its parameters: what training changes.
    pub theta: Vec<T>,
    /// Its constants: what was fitted to examples ([`BoltzmannGenerator::fit`]).
    pub constants: Vec<T>,
    /// Distribution of z.
    pub prior: Prior,
    /// The target u(x).
    pub target: ReducedPotential,
}

/// What becomes of the prior at a temperature T other than that of training, T₀.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorScaling {
    /// It stays as it is.
    None,
    /// The variance of its normals becomes τ = T/T₀: exact for a flow of constant Jacobian and a normal prior.
    Scaled,
    /// As `Scaled`; unless the Jacobian is constant, part of it is wider: what lies far out in z at T₀ was never
    /// trained and may be common at T.
    Suited,
}

/// Independent samples of a generator, all of length `n`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// Latent points, `n × dim`.
    pub z: DMatrix<f64>,
    /// Configurations x = F(z), `n × dim`.
    pub x: DMatrix<f64>,
    /// log|det ∂x/∂z|.
    pub log_det: Vec<f64>,
    /// Reduced energies U(x)/kT, without the bias of the target.
    pub u: Vec<f64>,
    /// log w = −U(x)/kT − log p_X(x); NaN where a number was not finite.
    pub log_weight: Vec<f64>,
}

/// The samples of one chunk, and the buffers they are made in.
struct Job<T: Real> {
    index: usize,
    rows: usize,
    z: DMatrix<T>,
    x: DMatrix<T>,
    log_det: Vec<T>,
    log_q: Vec<f64>,
    tape: Tape<T>,
    point: DMatrix<f64>,
    u: Vec<f64>,
    gradient: DMatrix<f64>,
    scratch: Scratch,
}

impl<T: Real> Job<T> {
    fn new(rows: usize, dim: usize) -> Self {
        let (narrow, wide) =
            (DMatrix::from_element(rows, dim, T::ZERO), DMatrix::from_element(rows, dim, 0.0));
        Self {
            index: 0,
            rows,
            z: narrow.clone(),
            x: narrow,
            log_det: vec![T::ZERO; rows],
            log_q: vec![0.0; rows],
            tape: Tape::off(),
            point: wide.clone(),
            u: vec![0.0; rows],
            gradient: wide,
            scratch: Scratch::default(),
        }
    }

    /// Draws the chunk's latent points and maps them.
    fn run(&mut self, generator: &BoltzmannGenerator<T>, seed: u64) {
        let Self { z, x, log_det, log_q, tape, point, u, gradient, scratch, .. } = self;
        let mut rng = Stream::new(seed, Purpose::Estimate, 0, self.index as u64);
        generator.prior.sample(z, &mut rng);
        generator.prior.log_density(z, log_q);
        x.copy_from(z);
        log_det.fill(T::ZERO);
        generator.flow.forward(&mut generator.pass(tape), x, log_det);
        for (wide, x) in point.iter_mut().zip(x.iter()) {
            *wide = x.to_f64();
        }
        generator.target.system().space().wrap(point);
        generator.target.evaluate_unbiased(point, u, gradient, scratch);
    }
}

impl<T: Real> BoltzmannGenerator<T> {
    /// A generator whose θ is drawn from `seed`, near the identity, with the prior that suits the supports of the system.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] if flow and target have different dimensions, or the flow needs numbers of each row;
    /// [`Error::InvalidSetting`] for a layer that does not keep a circle or an interval ([`Bijector::keeps`]).
    pub fn new(flow: Arc<Flow<T>>, target: ReducedPotential, seed: u64) -> Result<Self> {
        if flow.n_context() > 0 {
            return Err(Error::DimensionMismatch {
                what: "the context of the flow",
                expected: 0,
                found: flow.n_context(),
            });
        }
        if flow.dim() != target.dim() {
            return Err(Error::DimensionMismatch {
                what: "the flow",
                expected: target.dim(),
                found: flow.dim(),
            });
        }
        let supports = &target.system().space().supports;
        if let Some(layer) = flow.misfit(supports) {
            let allowed = "free of layers that do not map circles and intervals onto themselves: N and P keep circles, \
                           Q and P intervals that hold −tail_bound and tail_bound";
            return Err(Error::setting("flow", layer, allowed));
        }
        let mut theta = vec![T::ZERO; flow.n_params()];
        let mut constants = vec![T::ZERO; flow.n_constants()];
        flow.init(&mut theta, &mut constants, &mut Stream::new(seed, Purpose::Init, 0, 0));
        Ok(Self { prior: Prior::of(supports), flow, theta, constants, target })
    }

    /// A pass through the flow with the numbers of this generator.
    pub fn pass<'a>(&'a self, tape: &'a mut Tape<T>) -> Pass<'a, T> {
        Pass::new(&self.theta, &self.constants, tape)
    }

    /// All numbers of the flow, θ and constants, a block of the layout after the other: how files hold them.
    #[must_use]
    pub fn numbers(&self) -> Vec<T> {
        self.flow.layout().join(&self.theta, &self.constants)
    }

    /// Takes numbers as [`BoltzmannGenerator::numbers`] gives them.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if they are those of another flow.
    pub fn set_numbers(&mut self, numbers: &[T]) -> Result<()> {
        (self.theta, self.constants) = self.flow.layout().divide(numbers)?;
        Ok(())
    }

    /// Fits what of the flow comes from examples x (`n × dim`) with weights (`n`), such as a whitening.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] unless `x` has the right number of columns and there is a weight for each row;
    /// [`Error::InvalidData`] if the examples are too few.
    pub fn fit(&mut self, x: &DMatrix<f64>, weights: &[f64]) -> Result<()> {
        for (what, expected, found) in [
            ("the examples", self.flow.dim(), x.ncols()),
            ("the weights of the examples", x.nrows(), weights.len()),
        ] {
            if expected != found {
                return Err(Error::DimensionMismatch { what, expected, found });
            }
        }
        if self.constants.is_empty() {
            return Ok(());
        }
        let Self { flow, theta, constants, .. } = self;
        flow.fit(theta, constants, Context::none(), &x.map(T::lit), weights)
    }

    /// The same map for another temperature of the target, in the units of the energy; the weights are right
    /// whatever the prior.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless the temperature is positive.
    pub fn at_temperature(&self, temperature: f64, scaling: PriorScaling) -> Result<Self> {
        let target = self.target.at_temperature(temperature)?;
        let ratio = temperature / self.target.temperature();
        let scaled = self.prior.scaled(ratio);
        let prior = match scaling {
            PriorScaling::None => self.prior.clone(),
            PriorScaling::Scaled => scaled,
            PriorScaling::Suited if self.flow.has_constant_jacobian() || ratio == 1.0 => scaled,
            PriorScaling::Suited => scaled.widened(Wide::DEFENSIVE),
        };
        Ok(Self { target, prior, ..self.clone() })
    }

    /// `n` independent samples, the same for the same seed, whatever the executor.
    ///
    /// log p_X(x) = ln q_Z(z) − log|det ∂x/∂z|, log w = −u(x) − log p_X(x).
    #[must_use]
    pub fn sample(&self, n: usize, seed: u64, executor: &impl Executor) -> Samples {
        let dim = self.flow.dim();
        let zero = || DMatrix::from_element(n, dim, 0.0);
        let mut samples = Samples {
            z: zero(),
            x: zero(),
            log_det: Vec::with_capacity(n),
            u: Vec::with_capacity(n),
            log_weight: Vec::with_capacity(n),
        };
        let chunks = n.div_ceil(CHUNK);
        // As many chunks at a time as run side by side, in the same buffers again and again.
        let mut jobs: Vec<Job<T>> =
            (0..chunks.min(executor.width().max(1))).map(|_| Job::new(CHUNK.min(n), dim)).collect();
        let mut next = 0;
        while next < chunks {
            let mut count = 0;
            for (job, index) in jobs.iter_mut().zip(next..chunks) {
                let rows = CHUNK.min(n - index * CHUNK);
                if rows != job.rows {
                    *job = Job::new(rows, dim);
                }
                job.index = index;
                count += 1;
            }
            executor.for_each(&mut jobs[..count], |job| job.run(self, seed));
            for job in &jobs[..count] {
                let (first, rows) = (job.index * CHUNK, job.rows);
                for c in 0..dim {
                    let to = c * n + first..c * n + first + rows;
                    let z = &job.z.as_slice()[c * rows..][..rows];
                    let wide = samples.z.as_mut_slice()[to.clone()].iter_mut();
                    wide.zip(z).for_each(|(wide, z)| *wide = z.to_f64());
                    let x = &job.point.as_slice()[c * rows..][..rows];
                    samples.x.as_mut_slice()[to].copy_from_slice(x);
                }
                for i in 0..rows {
                    let log_det = job.log_det[i].to_f64();
                    let log_p = job.log_q[i] - log_det;
                    samples.log_det.push(log_det);
                    samples.u.push(job.u[i]);
                    samples.log_weight.push(-job.u[i] - log_p);
                }
            }
            next += count;
        }
        samples
    }

    /// Configurations x (`n × dim`) of latent points and log|det ∂x/∂z| (`n`).
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] unless `z` has the right number of columns.
    pub fn map(&self, z: &DMatrix<f64>) -> Result<(DMatrix<f64>, Vec<f64>)> {
        self.map_through(z, self.flow.len())
    }

    /// As [`BoltzmannGenerator::map`], through the first `layers` layers only.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] unless `z` has the right number of columns.
    pub fn map_through(&self, z: &DMatrix<f64>, layers: usize) -> Result<(DMatrix<f64>, Vec<f64>)> {
        self.apply(z, "latent points", |x, log_det| {
            self.flow.forward_through(&mut self.pass(&mut Tape::off()), layers, x, log_det);
        })
    }

    /// Latent points z (`n × dim`) of configurations and log|det ∂z/∂x| (`n`).
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] unless `x` has the right number of columns.
    pub fn inverse(&self, x: &DMatrix<f64>) -> Result<(DMatrix<f64>, Vec<f64>)> {
        self.inverse_through(x, self.flow.len())
    }

    /// As [`BoltzmannGenerator::inverse`], from the places that [`BoltzmannGenerator::map_through`] gives for as many layers.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] unless `x` has the right number of columns.
    pub fn inverse_through(
        &self,
        x: &DMatrix<f64>,
        layers: usize,
    ) -> Result<(DMatrix<f64>, Vec<f64>)> {
        self.apply(x, "configurations", |x, log_det| {
            self.flow.inverse_through(&mut self.pass(&mut Tape::off()), layers, x, log_det);
        })
    }

    /// log p_X of configurations (`n × dim`): ln q_Z(z) + log|det ∂z/∂x|.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] unless `x` has the right number of columns.
    pub fn log_prob(&self, x: &DMatrix<f64>) -> Result<Vec<f64>> {
        self.check_columns(x, "configurations")?;
        let mut log_p = vec![0.0; x.nrows()];
        // In chunks, because the work memory holds all layers.
        let mut work = LogProbWork::default();
        for (start, log_p) in (0..).step_by(CHUNK).zip(log_p.chunks_mut(CHUNK)) {
            let x = x.rows(start, log_p.len()).into_owned();
            self.evaluate_log_prob(&x, log_p, None, &mut work);
        }
        Ok(log_p)
    }

    fn check_columns(&self, points: &DMatrix<f64>, what: &'static str) -> Result<()> {
        let (expected, found) = (self.flow.dim(), points.ncols());
        if expected == found {
            Ok(())
        } else {
            Err(Error::DimensionMismatch { what, expected, found })
        }
    }

    fn apply(
        &self,
        points: &DMatrix<f64>,
        what: &'static str,
        map: impl Fn(&mut DMatrix<T>, &mut [T]),
    ) -> Result<(DMatrix<f64>, Vec<f64>)> {
        self.check_columns(points, what)?;
        if points.nrows() == 0 {
            return Ok((points.clone(), Vec::new()));
        }
        let mut x = points.map(T::lit);
        let mut log_det = vec![T::ZERO; points.nrows()];
        map(&mut x, &mut log_det);
        Ok((x.map(T::to_f64), log_det.into_iter().map(T::to_f64).collect()))
    }
}

impl BoltzmannGenerator<f32> {
    /// The digest of the model: of all its numbers, equal where all bits are.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.flow.layout().digest(&self.theta, &self.constants)
    }
}
