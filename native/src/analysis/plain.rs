//! The numbers of an analysis by plain weights, with their errors.

use boltzflow::generator::{BoltzmannGenerator, Samples};
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Purpose, Stream};
use boltzflow::stats::{
    Bins, Bootstrap, DeltaF, Estimate, LogWeights, Profile, Quality, Thermodynamics, forward_ess,
};
use boltzflow::system::{Coordinate, Relabelling};

use super::bins::bins;
use super::coverage;
use crate::failure::Failure;

/// Numbers with error bars from one set of samples.
#[derive(Clone, Debug)]
pub(crate) struct Analysis {
    /// The coordinate of profile and states.
    pub(crate) coordinate: Coordinate,
    /// kT in units of the energy.
    pub(crate) temperature: f64,
    /// Number of samples.
    pub(crate) n: usize,
    /// The cell of labels that the flow has learnt, if the examples were relabelled.
    pub(crate) cell: Option<Relabelling>,
    /// Samples outside of it.
    pub(crate) outside: usize,
    /// u and ln w of all samples on the target that the flow has learnt, biased or not.
    pub(crate) learnt_u: Vec<f64>,
    pub(crate) learnt_log_weight: Vec<f64>,
    /// Values of the coordinate of the samples.
    pub(crate) values: Vec<f64>,
    /// Log-weights.
    pub(crate) weights: LogWeights,
    /// F(above) − F(below) in kT.
    pub(crate) delta_f: DeltaF,
    /// ln Z.
    pub(crate) log_z: Estimate,
    /// Bins of both profiles.
    pub(crate) bins: Bins,
    /// Profile of the samples as generated.
    pub(crate) raw: Profile,
    /// Profile of the weighted samples.
    pub(crate) profile: Profile,
    /// U, S, F and KL of the generated ensemble.
    pub(crate) thermodynamics: Thermodynamics,
    /// Effective sample sizes, tail, coverage, verdict.
    pub(crate) quality: Quality,
}

impl Analysis {
    /// Analyses samples of a generator within a cell of labels. `equilibrium` are configurations of the target, if there are any.
    pub(crate) fn new(
        generator: &BoltzmannGenerator<f32>,
        mut samples: Samples,
        coordinate: Coordinate,
        cell: Option<Relabelling>,
        bin_width: Option<f64>,
        equilibrium: Option<&DMatrix<f64>>,
        seed: u64,
    ) -> Result<Self, Failure> {
        let target = &generator.target;
        let temperature = target.temperature();
        let mut values = vec![0.0; samples.x.nrows()];
        coordinate.values(&samples.x, &mut values);
        let mut learnt_u = samples.u.clone();
        let mut learnt_log_weight = samples.log_weight.clone();
        target.rebias(&samples.x, &mut learnt_u, &mut learnt_log_weight);
        let mut outside = 0;
        if let Some(cell) = &cell {
            // A sample outside the cell is one of weight 0.
            let inside = cell.contains(&samples.x);
            for (w, _) in samples.log_weight.iter_mut().zip(inside).filter(|(_, inside)| !inside) {
                *w = f64::NEG_INFINITY;
                outside += 1;
            }
        }
        if outside == values.len() {
            return Err(Failure::input(
                "collapsed",
                format!(
                    "none of {outside} samples lies in the cell of labels that the flow learnt, so that none has a weight: \
                     training has led the flow to another order of its identical particles"
                ),
                "train anew with examples in every stage (w_ml above 0), or let a stage end earlier (stop_rise)",
            ));
        }
        let weights = LogWeights::new(&samples.log_weight).map_err(|error| {
            Failure::from(error).advising(
                "the flow is too far from its target for an estimate: train longer, or learn from examples",
            )
        })?;
        let log_z = weights.log_z();
        let bins = bins(&coordinate, bin_width)?;
        let bootstrap = Bootstrap::default();
        let mut stream = Stream::new(seed, Purpose::Bootstrap, 0, 0);
        let delta_f = DeltaF::new(&values, &weights, coordinate.boundary, &bootstrap, &mut stream)?;
        let profile = Profile::new(&values, &weights, &bins, &bootstrap, &mut stream)?;
        let uniform = LogWeights::uniform(values.len())?;
        let raw = Profile::new(&values, &uniform, &bins, &bootstrap, &mut stream)?;
        let thermodynamics =
            Thermodynamics::new(&samples.u, &samples.log_det, &weights, generator.prior.entropy())?;
        let coverage = coverage::coverage(target.system(), temperature, &samples.x, &weights)?;
        let forward = equilibrium.map(|x| forward(generator, x, log_z.value)).transpose()?;
        let quality = Quality::new(&weights, coverage, forward);
        let n = values.len();
        Ok(Self {
            coordinate,
            temperature,
            n,
            cell,
            outside,
            learnt_u,
            learnt_log_weight,
            values,
            weights,
            delta_f,
            log_z,
            bins,
            raw,
            profile,
            thermodynamics,
            quality,
        })
    }

    /// A state without a sample, so that there is no free-energy difference.
    pub(crate) fn empty_state(&self) -> Option<&str> {
        let (below, above) = &self.coordinate.states;
        match self.delta_f.count {
            (0, _) => Some(below),
            (_, 0) => Some(above),
            _ => None,
        }
    }
}

/// Forward effective sample size from configurations of the target.
fn forward(
    generator: &BoltzmannGenerator<f32>,
    x: &DMatrix<f64>,
    log_z: f64,
) -> Result<Estimate, Failure> {
    let log_p = generator.log_prob(x)?;
    let (mut u, mut gradient) = (vec![0.0; x.nrows()], x.clone());
    generator.target.evaluate_unbiased(x, &mut u, &mut gradient, &mut Default::default());
    let log_w: Vec<f64> = u.iter().zip(log_p).map(|(u, log_p)| -u - log_p).collect();
    Ok(forward_ess(&log_w, log_z)?)
}
