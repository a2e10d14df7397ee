//! F4: prior + flow + potential: samples with weights, densities, both maps.

use alloc::{sync::Arc, vec, vec::Vec};

use nalgebra::DMatrix;

use crate::flow::{Bijector, Flow};
use crate::num::{Error, Executor, Purpose, Real, Result, Stream, Tape};
use crate::potential::{ReducedPotential, Scratch};
use crate::prior::{Prior, Wide, squares};

/// Samples per job of [`BoltzmannGenerator::sample`].
const CHUNK: usize = 512;

/// A flow with its parameters, the prior at one end and the target at the other.
#[derive(Clone, Debug)]
pub struct BoltzmannGenerator<T: Real> {
    /// The map z ⇄ x.
    pub flow: Arc<Flow<T>>,
    /// Its parameters.
    pub theta: Vec<T>,
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
    /// Its variance becomes τ = T/T₀: exact for a flow of constant Jacobian.
    Scaled,
    /// As `Scaled`; unless the Jacobian is constant, part of it is wider: what lies far out in z at T₀ was never
    /// trained and may be common at T.
    Suited,
}

/// Independent samples of a generator, all of length `n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// Latent points, `n × dim`.
    pub z: DMatrix<f64>,
    /// Configurations x = F(z), `n × dim`.
    pub x: DMatrix<f64>,
    /// log|det ∂x/∂z|.
    pub log_det: Vec<f64>,
    /// Reduced energies u(x).
    pub u: Vec<f64>,
    /// log w = −u(x) − log p_X(x); NaN where a number was not finite.
    pub log_weight: Vec<f64>,
}

/// One job of sampling.
struct Job<T: Real> {
    index: u64,
    z: DMatrix<T>,
    x: DMatrix<T>,
    wide: DMatrix<f64>,
    log_det: Vec<T>,
    u: Vec<f64>,
}

impl<T: Real> BoltzmannGenerator<T> {
    /// A generator whose θ is drawn from `seed`, near the identity.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] if flow and target have different dimensions.
    pub fn new(flow: Arc<Flow<T>>, target: ReducedPotential, seed: u64) -> Result<Self> {
        if flow.dim() != target.dim() {
            return Err(Error::DimensionMismatch {
                what: "the flow",
                expected: target.dim(),
                found: flow.dim(),
            });
        }
        let mut theta = vec![T::ZERO; flow.n_params()];
        flow.init(&mut theta, &mut Stream::new(seed, Purpose::Init, 0, 0));
        Ok(Self { prior: Prior::standard(flow.dim()), flow, theta, target })
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
        if self.flow.layout().entries().iter().all(|e| !e.fitted) {
            return Ok(());
        }
        self.flow.fit(&mut self.theta, &x.map(T::lit), weights)
    }

    /// The same map for another temperature of the target, in the units of the energy; the weights are right
    /// whatever the prior.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless the temperature is positive.
    pub fn at_temperature(&self, temperature: f64, scaling: PriorScaling) -> Result<Self> {
        let target = ReducedPotential::new(self.target.potential().clone(), temperature)?;
        let ratio = temperature / self.target.temperature();
        let scaled = Prior { variance: self.prior.variance * ratio, ..self.prior };
        let prior = match scaling {
            PriorScaling::None => self.prior,
            PriorScaling::Scaled => scaled,
            PriorScaling::Suited if self.flow.has_constant_jacobian() || ratio == 1.0 => scaled,
            PriorScaling::Suited => Prior { wide: Some(Wide::DEFENSIVE), ..scaled },
        };
        Ok(Self { target, prior, ..self.clone() })
    }

    /// `n` independent samples, the same for the same seed, whatever the executor.
    ///
    /// log p_X(x) = ln q_Z(z) − log|det ∂x/∂z|, log w = −u(x) − log p_X(x).
    #[must_use]
    pub fn sample(&self, n: usize, seed: u64, executor: &impl Executor) -> Samples {
        let dim = self.flow.dim();
        let mut jobs: Vec<Job<T>> = (0..n.div_ceil(CHUNK))
            .map(|c| {
                let rows = CHUNK.min(n - c * CHUNK);
                let empty = DMatrix::from_element(rows, dim, T::ZERO);
                Job {
                    index: c as u64,
                    z: empty.clone(),
                    x: empty,
                    wide: DMatrix::from_element(rows, dim, 0.0),
                    log_det: vec![T::ZERO; rows],
                    u: vec![0.0; rows],
                }
            })
            .collect();
        executor.for_each(&mut jobs, |job| {
            let mut rng = Stream::new(seed, Purpose::Estimate, 0, job.index);
            self.prior.sample(&mut job.z, &mut rng);
            job.x.copy_from(&job.z);
            self.flow.forward(&self.theta, &mut job.x, &mut job.log_det, &mut Tape::off());
            job.wide = job.x.map(T::to_f64);
            let mut gradient = job.wide.clone();
            self.target.evaluate(&job.wide, &mut job.u, &mut gradient, &mut Scratch::default());
        });

        let zero = DMatrix::from_element(n, dim, 0.0);
        let mut samples = Samples {
            z: zero.clone(),
            x: zero,
            log_det: Vec::with_capacity(n),
            u: Vec::with_capacity(n),
            log_weight: Vec::with_capacity(n),
        };
        let mut square = vec![0.0; CHUNK];
        let mut row = 0;
        for job in &jobs {
            let rows = job.u.len();
            samples.z.rows_mut(row, rows).copy_from(&job.z.map(T::to_f64));
            samples.x.rows_mut(row, rows).copy_from(&job.wide);
            squares(&job.z, &mut square[..rows]);
            for i in 0..rows {
                let log_det = job.log_det[i].to_f64();
                let log_p = self.prior.log_density(square[i]) - log_det;
                samples.log_det.push(log_det);
                samples.u.push(job.u[i]);
                samples.log_weight.push(-job.u[i] - log_p);
            }
            row += rows;
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
            self.flow.forward_through(&self.theta, layers, x, log_det, &mut Tape::off());
        })
    }

    /// Latent points z (`n × dim`) of configurations and log|det ∂z/∂x| (`n`).
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] unless `x` has the right number of columns.
    pub fn inverse(&self, x: &DMatrix<f64>) -> Result<(DMatrix<f64>, Vec<f64>)> {
        self.apply(x, "configurations", |x, log_det| {
            self.flow.inverse(&self.theta, x, log_det, &mut Tape::off());
        })
    }

    /// log p_X of configurations (`n × dim`): ln q_Z(z) + log|det ∂z/∂x|.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] unless `x` has the right number of columns.
    pub fn log_prob(&self, x: &DMatrix<f64>) -> Result<Vec<f64>> {
        let (z, mut log_p) = self.inverse(x)?;
        let mut square = vec![0.0; z.nrows()];
        squares(&z, &mut square);
        for (l, s) in log_p.iter_mut().zip(square) {
            *l += self.prior.log_density(s);
        }
        Ok(log_p)
    }

    fn apply(
        &self,
        points: &DMatrix<f64>,
        what: &'static str,
        map: impl Fn(&mut DMatrix<T>, &mut [T]),
    ) -> Result<(DMatrix<f64>, Vec<f64>)> {
        if points.ncols() != self.flow.dim() {
            return Err(Error::DimensionMismatch {
                what,
                expected: self.flow.dim(),
                found: points.ncols(),
            });
        }
        if points.nrows() == 0 {
            return Ok((points.clone(), Vec::new()));
        }
        let mut x = points.map(T::lit);
        let mut log_det = vec![T::ZERO; points.nrows()];
        map(&mut x, &mut log_det);
        Ok((x.map(T::to_f64), log_det.into_iter().map(T::to_f64).collect()))
    }
}
