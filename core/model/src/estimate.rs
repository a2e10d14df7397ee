//! What weighted samples of a model say, and how far they can be trusted.

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Purpose, Result, Stream};
use boltzflow::stats::{Bins, Bootstrap, Coverage, DeltaF, Estimate, LogWeights, Profile, Quality};
use boltzflow::system::Coordinate;

use crate::model::Model;
use crate::reference::Reference;

/// Bins of a coordinate's profile.
const BINS: usize = 50;
/// Bootstrap resamples: the 95 % band needs the fifth value from each end.
pub const RESAMPLES: usize = 200;

/// The bins of a coordinate's profile.
///
/// # Errors
/// [`Error::InvalidSetting`] for a coordinate whose range is empty.
pub fn bins(coordinate: &Coordinate) -> Result<Bins> {
    Bins::new(coordinate.range.0, coordinate.range.1, BINS)
}

/// Free energies along a coordinate, in kT.
#[derive(Clone, Debug)]
pub struct FreeEnergy {
    /// F in bins, above its minimum.
    pub profile: Profile,
    /// F of the state above the boundary less that of the state below it.
    pub delta_f: Estimate,
}

/// Free energies from the values of a coordinate and log-weights, one of each for every sample; `seed` is that of the bootstrap.
///
/// # Errors
/// [`Error::DimensionMismatch`]; [`Error::InvalidSetting`] for a boundary that makes no sense; [`Error::InvalidData`] if no weight falls into the bins.
pub fn free_energy(
    values: &[f64],
    log_weight: &[f64],
    bins: &Bins,
    boundary: f64,
    seed: u64,
) -> Result<FreeEnergy> {
    let weights = LogWeights::new(log_weight)?;
    let bootstrap = Bootstrap { resamples: RESAMPLES, ..Bootstrap::default() };
    let mut stream = Stream::new(seed, Purpose::Bootstrap, 0, 0);
    let profile = Profile::new(values, &weights, bins, &bootstrap, &mut stream)?;
    let delta_f = DeltaF::new(values, &weights, boundary, &bootstrap, &mut stream)?.delta_f;
    Ok(FreeEnergy { profile, delta_f })
}

/// Says how far weights of a model can be trusted: it knows the states that samples must reach, and their exact shares where there are any.
#[derive(Debug)]
pub struct Judge {
    coordinate: Coordinate,
    reference: Reference,
}

impl Judge {
    /// For the reaction coordinate of the model. Exact answers take a quadrature, which is made once, here.
    ///
    /// # Errors
    /// Those of the settings, which a model has passed already.
    pub fn new(model: &Model) -> Result<Self> {
        let target = &model.generator.target;
        let coordinate = model.settings.reaction_coordinate(target.system())?;
        let reference = Reference::new(target, &coordinate, &bins(&coordinate)?);
        Ok(Self { coordinate, reference })
    }

    /// How far the weights of these configurations (`n × dim`) can be trusted.
    ///
    /// # Errors
    /// [`Error::DimensionMismatch`] unless there is a weight for each; [`Error::InvalidData`] if no sample has a weight.
    pub fn quality(&self, x: &DMatrix<f64>, log_weight: &[f64]) -> Result<Quality> {
        if x.nrows() != log_weight.len() {
            let what = "the log-weights of the configurations";
            let (expected, found) = (x.nrows(), log_weight.len());
            return Err(Error::DimensionMismatch { what, expected, found });
        }
        let weights = LogWeights::new(log_weight)?;
        let mut values = vec![0.0; x.nrows()];
        self.coordinate.values(x, &mut values);
        let boundary = self.coordinate.boundary;
        let side: Vec<u8> = values.iter().map(|v| u8::from(*v >= boundary)).collect();
        let assigned = self.reference.assign(x, &side);
        let coverage = Coverage::new(&self.reference.states, &assigned, &weights)?;
        Ok(Quality::new(&weights, coverage, None))
    }
}
