//! Examples that the settings make.

use alloc::{sync::Arc, vec, vec::Vec};

use nalgebra::DMatrix;

use super::Settings;
use crate::num::{Error, Purpose, Real, Result, Stream};
use crate::objective::{OBJECTIVES, Source};
use crate::sampler::{self, Chain, Ladder, LadderEntry, ReplicaExchange};
use crate::setting::{Parameters, Value};
use crate::stats::{Bins, LogWeights, Mbar};
use crate::system::{Bias, Coordinate, ReducedPotential, System};
use crate::train::Examples;

/// Intervals of a bias over the range of the coordinate.
const INTERVALS: usize = 20;
/// Force constant of the walls of a bias in kT, with the range of the coordinate as unit of length.
const WALL: f64 = 800.0;

impl Settings {
    /// Examples made by short local chains, started in turn in each known well. Their proportions are
    /// those of the starts, not of equilibrium. Chains at another temperature give weighted examples.
    /// With a ladder in place of a kernel, each chain is a run of all its states with exchanges. Umbrella windows give
    /// examples of a biased target that is flat along the reaction coordinate, see [`Bias`].
    /// `None` if no stage uses them.
    ///
    /// # Errors
    /// Those of [`Settings::target`] and of the chains' kernel; [`Error::InvalidSetting`] if a stage
    /// needs examples and there are no chains; [`Error::InvalidData`] if windows leave gaps.
    pub fn examples(&self) -> Result<Option<Examples>> {
        if !self.stages.iter().any(|s| s.learns_from(Source::Examples)) {
            return Ok(None);
        }
        if self.example_chains == 0 {
            let learners = OBJECTIVES.iter().filter(|entry| entry.source == Source::Examples);
            let mut weights =
                learners.flat_map(|e| self.stages.iter().map(|s| (e.setting, s.weight(e.name))));
            let found = weights.find(|(_, weight)| *weight > 0.0);
            let (setting, weight) = found.unwrap_or_default();
            return Err(Error::setting(setting, weight, "0 where there are no examples"));
        }
        let target =
            ReducedPotential::new(self.system()?, self.temperature * self.example_temperature)?;
        match sampler::ladder(&self.example_method) {
            Ok(ladder) => self.replicas(ladder, &target),
            Err(_) => self.chains(&target),
        }
        .map(Some)
    }

    /// Configurations of each chain.
    fn per_chain(&self) -> usize {
        (self.example_steps / self.example_stride).max(1)
    }

    fn chains(&self, target: &ReducedPotential) -> Result<Examples> {
        let relative = self.example_temperature;
        let mut rng = Stream::new(self.seed, Purpose::Sampler, 1, 0);
        let starts = target.system().starts(self.example_chains, self.temperature, &mut rng);
        let mut kernel_settings = Parameters::new();
        kernel_settings.set("step_size", Value::Number(self.example_step_size));
        let per_chain = self.per_chain();
        let mut x = DMatrix::from_element(per_chain * starts.len(), target.dim(), 0.0);
        let (mut u, mut evaluations) = (Vec::with_capacity(x.nrows()), 0);
        for (c, start) in starts.iter().enumerate() {
            let kernel = sampler::build(&self.example_method, &kernel_settings)?;
            let mut chain = Chain::new(kernel, target, start, self.seed, c as u64)?;
            chain.burn_in(self.example_burn_in, true);
            let trajectory = chain.sample(per_chain, self.example_stride);
            x.rows_mut(c * per_chain, per_chain).copy_from(&trajectory.x);
            u.extend(trajectory.u);
            evaluations += chain.state().evaluations();
        }
        // With u = U/(τT): w ∝ e^(−U/T)/e^(−U/τT) = e^(−(τ − 1)u).
        let lowest = u.iter().copied().fold(f64::INFINITY, f64::min);
        let weight = |u: &f64| Real::exp((1.0 - relative) * (u - lowest));
        let weights = (relative != 1.0).then(|| u.iter().map(weight).collect());
        Examples::new(x, weights, evaluations)?.hold_out(per_chain, self.example_held_out)
    }

    /// Runs of a ladder, joined by MBAR.
    fn replicas(&self, entry: &LadderEntry, target: &ReducedPotential) -> Result<Examples> {
        let system = target.system();
        let coordinate = self.reaction_coordinate(system)?;
        let ladder = entry.build(&Parameters::new(), target, &coordinate)?;
        let (runs, states, n) = (self.example_chains, ladder.states(), self.per_chain());
        let mut kernel = Ladder::usual_kernel();
        kernel.set("step_size", Value::Number(self.example_step_size))?;
        let mut x = DMatrix::from_element(runs * n * states, target.dim(), 0.0);
        let mut in_states = DMatrix::from_element(x.nrows(), states, 0.0);
        let (mut energy, mut evaluations) = (Vec::with_capacity(x.nrows()), 0);
        for run in 0..runs {
            let mut rng = Stream::new(self.seed, Purpose::Sampler, 1, run as u64);
            let start = ladder.starts(&system.starts(states, target.temperature(), &mut rng))?;
            let mut replicas = ReplicaExchange::new(
                kernel.build(),
                ladder.clone(),
                start,
                1,
                self.seed,
                run as u64,
            )?;
            replicas.burn_in(self.example_burn_in, true);
            let trajectory = replicas.sample(n, self.example_stride);
            let energies = ladder.energies(&trajectory);
            x.rows_mut(run * n * states, n * states).copy_from(&trajectory.x);
            in_states.rows_mut(run * n * states, n * states).copy_from(&energies.in_states);
            energy.extend(energies.energy);
            evaluations += replicas.state().evaluations();
        }
        let mbar = Mbar::new(&in_states, &vec![runs * n; states])?;
        let mut r = vec![0.0; energy.len()];
        coordinate.values(&x, &mut r);
        let bias = if ladder.bias().is_some() {
            Some(Arc::new(self.flattening(system, &coordinate, &r, &energy, &mbar)?))
        } else {
            None
        };
        // Reduced energies in the target that is learnt.
        let kt = self.temperature;
        let u = energy.iter().zip(&r).map(|(energy, r)| {
            let added = bias
                .as_ref()
                .map_or(0.0, |bias| bias.energy_slope(*r).0 - own(system, &coordinate, *r));
            (energy + added) / kt
        });
        let log_weights = LogWeights::new(&mbar.log_weights(&u.collect::<Vec<f64>>())?)?;
        let weights = log_weights.normalised().to_vec();
        let examples = Examples::new(x, Some(weights), evaluations)?.with_bias(bias);
        examples.hold_out(n * states, self.example_held_out)
    }

    /// V = kT ln p(R), p the density of R in e^(−(U − U_R)/kT): with it all R are equally probable.
    fn flattening(
        &self,
        system: &System,
        coordinate: &Coordinate,
        r: &[f64],
        energy: &[f64],
        mbar: &Mbar,
    ) -> Result<Bias> {
        let kt = self.temperature;
        let u: Vec<f64> = energy
            .iter()
            .zip(r)
            .map(|(energy, r)| (energy - own(system, coordinate, *r)) / kt)
            .collect();
        let weights = LogWeights::new(&mbar.log_weights(&u)?)?;
        // A bin around each point; the outer windows reach beyond the range.
        let (low, high) = coordinate.range;
        let half = 0.5 * (high - low) / INTERVALS as f64;
        let bins = Bins::new(low - half, high + half, INTERVALS + 1)?;
        let mut p = vec![0.0; bins.count()];
        for (r, w) in r.iter().zip(weights.normalised()) {
            if let Some(b) = bins.index(*r) {
                p[b] += w;
            }
        }
        if p.iter().any(|p| *p <= 0.0) {
            let problem = "no example lies in a part of the range of the reaction coordinate";
            return Err(Error::data("umbrella windows", problem));
        }
        let values = p.iter().map(|p| kt * Real::ln(*p)).collect();
        let width = high - low;
        Bias::new(coordinate.clone(), coordinate.range, values, WALL * kt / (width * width))
    }
}

/// U_R(R); 0 where none is named.
fn own(system: &System, coordinate: &Coordinate, r: f64) -> f64 {
    system.energy_along(coordinate, r).unwrap_or_default().0
}
