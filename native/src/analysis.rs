//! What weighted samples of a generator say: free energies, their errors, and whether to believe them.

pub(crate) mod annealed;
pub(crate) mod configurations;
pub(crate) mod coverage;
pub(crate) mod figures;
pub(crate) mod held_out;
pub(crate) mod parts;
pub(crate) mod reference;
pub(crate) mod report;

use boltzflow::generator::{BoltzmannGenerator, Samples};
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Purpose, Stream};
use boltzflow::stats::{
    Bins, Bootstrap, DeltaF, Estimate, LogWeights, Profile, Quality, Thermodynamics, forward_ess,
};
use boltzflow::system::{Coordinate, Relabelling};

use crate::failure::Failure;

/// Width of the bins of a profile, in units of the coordinate.
const BIN_WIDTH: f64 = 0.1;
/// Bins of a profile at most, unless a width is asked for.
const MAX_BINS: f64 = 400.0;

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
    /// u and ln w of all samples on the target that the flow has learnt, tilted or not.
    pub(crate) learnt_u: Vec<f64>,
    pub(crate) learnt_log_weight: Vec<f64>,
    /// Values of the coordinate of the samples.
    pub(crate) values: Vec<f64>,
    /// Log-weights.
    pub(crate) weights: LogWeights,
    /// F(below) − F(above) in kT.
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
        let weights = LogWeights::new(&samples.log_weight)?;
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

    /// What ΔF is the difference of, in words.
    pub(crate) fn definition(&self) -> String {
        definition(&self.coordinate)
    }
}

/// What ΔF of a coordinate is the difference of, in words.
pub(crate) fn definition(coordinate: &Coordinate) -> String {
    let Coordinate { name, boundary, states: (a, b), .. } = coordinate;
    format!("F({a}: {name} < {boundary}) - F({b}: {name} > {boundary}) in kT")
}

/// Bins over the range of a coordinate.
pub(crate) fn bins(coordinate: &Coordinate, width: Option<f64>) -> Result<Bins, Failure> {
    let (low, high) = coordinate.range;
    let width = width.unwrap_or_else(|| BIN_WIDTH.max((high - low) / MAX_BINS));
    if !(width > 0.0 && width.is_finite()) {
        return Err(Error::setting("bin-width", width, "a positive number").into());
    }
    // A range that is a multiple of the width but for rounding gets no extra bin.
    let count = ((high - low) / width - 1e-9).ceil().max(1.0);
    if count > 1e6 {
        return Err(Error::setting("bin-width", width, "at least a millionth of the range").into());
    }
    Ok(Bins::new(low, low + count * width, count as usize)?)
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
