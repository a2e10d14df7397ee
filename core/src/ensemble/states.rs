//! Free-energy differences from annealing runs within each state.

use alloc::vec::Vec;

use nalgebra::DMatrix;

use super::{Annealed, Annealing, Region};
use crate::generator::BoltzmannGenerator;
use crate::num::{Error, Executor, Purpose, Real, Result, Stream};
use crate::stats::{Estimate, Runs};
use crate::system::Coordinate;

/// Address of the seeds of these runs, beyond those of all particles, of resampling and of other runs.
const STATES: u64 = u64::MAX - 2;

/// A run within each state: A, below the boundary of the coordinate, then B.
pub type StateRuns = [Annealed; 2];

impl Annealing {
    /// Run number `before.len()` of independent runs of a seed, within each of the two states of a coordinate (and within a
    /// region). A run over both would give a state of probability 10⁻³ one particle in a thousand; here both have all their particles, and
    ///
    /// $$ \Delta F = F_B - F_A = -kT \ln (Z_B/Z_A), \qquad Z_S = \int_S e^{-u}\,dx. $$
    ///
    /// The first run chooses its levels, the others take them over. There is no relaxation.
    ///
    /// # Errors
    /// As [`Annealing::run`]; [`Error::InvalidData`] that names the state that the flow does not populate.
    pub fn next_in_states<T: Real>(
        &self,
        before: &[StateRuns],
        generator: &BoltzmannGenerator<T>,
        region: Option<Region<'_>>,
        coordinate: &Coordinate,
        seed: u64,
        executor: &impl Executor,
    ) -> Result<StateRuns> {
        let within = Self { relaxation: 0, keep: 1, leave_region: false, ..self.clone() };
        let run = |below: bool| {
            let state = usize::from(!below);
            let inside = |x: &[f64]| {
                let mut r = [0.0];
                coordinate.values(&DMatrix::from_row_slice(1, x.len(), x), &mut r);
                (r[0] < coordinate.boundary) == below && region.is_none_or(|region| region(x))
            };
            let number = (2 * before.len() + state) as u64;
            let seed = Stream::new(seed, Purpose::Ensemble, number, STATES).bits();
            let schedule = before.first().map(|runs| &runs[state]);
            within.carry(generator, Some(&inside), schedule, seed, executor).map_err(|error| {
                let name = if below { &coordinate.states.0 } else { &coordinate.states.1 };
                let problem = alloc::format!("none of them reaches the state {name}: {error}");
                Error::data("samples of the flow", problem)
            })
        };
        Ok([run(true)?, run(false)?])
    }
}

/// F(B) − F(A) in kT of independent runs, with the error of their spread; infinite for a single one.
///
/// # Errors
/// [`Error::InvalidData`] for no run.
pub fn delta_f_of_states(runs: &[StateRuns]) -> Result<Estimate> {
    let of = |state: usize| {
        Runs::new(&runs.iter().map(|run| run[state].log_z).collect::<Vec<f64>>()).map(|r| r.log_z)
    };
    let (a, b) = (of(0)?, of(1)?);
    let error = Real::sqrt(a.error * a.error + b.error * b.error);
    Ok(Estimate { value: a.value - b.value, error })
}
