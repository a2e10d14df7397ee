//! Umbrella sampling and replica exchange: independent runs of a ladder of states.

use std::time::Instant;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Executor, Purpose, Result as CoreResult, Stream};
use boltzflow::sampler::{
    BurnIn, KernelSettings, Ladder, LadderEntry, ReplicaExchange, Trajectory,
};
use boltzflow::setting::Parameters;
use boltzflow::stats::{Bins, Bootstrap, DeltaF, LogWeights, Mbar, Profile, weighted_mean};
use boltzflow::system::{Coordinate, ReducedPotential};

use super::options::{Lengths, Simulate, coordinate_values};
use super::summary::{Found, Summary};
use crate::analysis::bins::bins;
use crate::analysis::reference::Reference;
use crate::command::sample::check_count;
use crate::executor::Threads;
use crate::failure::Failure;
use crate::file::configurations;
use crate::file::npz::Array;
use crate::file::reference_file::{self, Wanted};
use crate::interrupt;
use crate::progress::Meter;
use crate::setting;
use crate::system::System;

/// Samples of each state between two looks at the interrupt.
const SAMPLES_AT_ONCE: usize = 50;
/// What runs do unless told otherwise.
const LENGTHS: Lengths = Lengths { n: 1000, stride: 5, burn_in: 1000 };

/// One run.
struct Run {
    replicas: ReplicaExchange,
    burn_in: BurnIn,
    parts: Vec<Trajectory>,
}

impl Simulate {
    /// Runs a ladder several times, writes the samples with their weights and says what they found.
    pub(super) fn run_replicas(
        &self,
        entry: &'static LadderEntry,
        settings: &Parameters,
        system: &System,
        target: &ReducedPotential,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        let lengths = self.lengths(LENGTHS)?;
        let place = format!("for the method {}", self.method);
        setting::refuse_given(&[(self.chains != 1, "--chains")], &place, "ask for --runs")?;
        let options = &self.ladder;
        let count = options.runs.unwrap_or(4);
        if count == 0 {
            return Err(Error::setting("runs", 0, "at least 1").into());
        }
        let threads = Threads::new(options.threads)?;
        let known = target.system();
        let coordinate = known.coordinate(options.coordinate.as_deref().unwrap_or_default())?;
        let ladder = entry.build(settings, target, coordinate)?;
        let states = ladder.states();
        check_count(lengths.n.saturating_mul(states).saturating_mul(count), target.dim())?;
        let bins = bins(coordinate, None)?;
        let reference = self.reference(system, target, coordinate, &bins)?;
        let layout = self.check_outputs(system)?;

        let kernel = self.kernel()?;
        let mut runs = Vec::new();
        for index in 0..count {
            let (kernel, every) = (kernel.build(), options.exchange_every.unwrap_or(1));
            let index = index as u64;
            let x = self.start(&ladder, target, index)?;
            let replicas =
                ReplicaExchange::new(kernel, ladder.clone(), x, every, self.seed, index)?;
            let none = BurnIn { step_size: 0.0, acceptance: 0.0, evaluations: 0 };
            runs.push(Run { replicas, burn_in: none, parts: Vec::new() });
        }
        let mut meter =
            Meter::new("simulating", 0, lengths.steps() as u64, self.quiet || self.json);
        threads.for_each(&mut runs, |r| r.burn_in = r.replicas.burn_in(lengths.burn_in, true));
        let mut done = 0;
        while done < lengths.n {
            interrupt::check()?;
            let part = SAMPLES_AT_ONCE.min(lengths.n - done);
            threads.for_each(&mut runs, |r| r.parts.push(r.replicas.sample(part, lengths.stride)));
            done += part;
            let steps = (lengths.burn_in + done * lengths.stride) as u64;
            meter.update(steps, || format!("{count} run(s) of {states} states"));
        }
        meter.finish();
        let found = runs
            .into_iter()
            .map(|r| r.estimate(coordinate, &bins, lengths.n))
            .collect::<CoreResult<Vec<Found>>>()?;

        let mut x = DMatrix::zeros(lengths.n * states * count, target.dim());
        let (mut energy, mut log_weight) = (Vec::new(), Vec::new());
        for f in &found {
            x.rows_mut(energy.len(), f.values.len()).copy_from(&f.trajectory.x);
            energy.extend_from_slice(&f.energies.energy);
            // All runs count alike.
            log_weight.extend(f.weights.normalised().iter().map(|w| w.ln()));
        }
        let per_run = lengths.n * states;
        let index = |f: fn(usize, usize, usize) -> usize| -> Vec<f64> {
            (0..energy.len()).map(|i| f(i, per_run, states) as f64).collect()
        };
        let (run, state) = (index(|i, per_run, _| i / per_run), index(|i, _, states| i % states));
        let coordinates = known.coordinates();
        let values: Vec<Vec<f64>> = coordinates.iter().map(|c| coordinate_values(c, &x)).collect();
        let mut arrays = vec![("x", Array::Matrix(&x))];
        let own = [
            ("energy", &energy),
            ("log_weight", &log_weight),
            ("run", &run),
            (entry.state, &state),
        ];
        arrays.extend(own.map(|(name, v)| (name, Array::Vector(v))));
        arrays.extend(coordinates.iter().zip(&values).map(|(c, v)| (&*c.name, Array::Vector(v))));
        self.write(&arrays, &x, &energy, layout.as_ref())?;

        let summary = Summary {
            system,
            entry,
            coordinate,
            temperature: target.temperature(),
            found: &found,
            reference: reference.as_ref(),
            seed: self.seed,
            seconds: started.elapsed().as_secs_f64(),
            output: &self.output,
        };
        summary.print(self.json)
    }

    /// The kernel of the replicas.
    fn kernel(&self) -> Result<KernelSettings, Failure> {
        let settings = setting::parameters(&self.ladder.kernel_set)?;
        Ok(Ladder::usual_kernel().overlaid(self.ladder.kernel.as_deref(), &settings)?)
    }

    /// Where the replicas of a run start.
    fn start(
        &self,
        ladder: &Ladder,
        target: &ReducedPotential,
        run: u64,
    ) -> Result<DMatrix<f64>, Failure> {
        let starts = match &self.start {
            Some(path) => {
                let x = configurations::read(path, target.system())?;
                x.row_iter().map(|r| r.iter().copied().collect()).collect()
            }
            None => {
                let mut rng = Stream::new(self.seed, Purpose::Sampler, 1, run);
                target.system().starts(ladder.states(), target.temperature(), &mut rng)
            }
        };
        Ok(ladder.starts(&starts)?)
    }

    /// Values to compare with: those of the file, or exact ones.
    fn reference(
        &self,
        system: &System,
        target: &ReducedPotential,
        coordinate: &Coordinate,
        bins: &Bins,
    ) -> Result<Option<Reference>, Failure> {
        let (known, temperature) = (target.system(), target.temperature());
        let Some(path) = &self.ladder.reference else {
            return Ok(Reference::exact(known, coordinate, temperature, bins));
        };
        let defaults = reference_file::defaults(&system.name)?;
        let (parameters, defaults) = (&system.parameters, &defaults[..]);
        let name = &system.name;
        let wanted = Wanted { name, system: known, parameters, defaults, temperature, coordinate };
        Ok(Some(Reference::from_file(path, reference_file::read(path, &wanted)?, bins)))
    }
}

impl Run {
    /// MBAR weights and the averages of the target from `n` samples of each state.
    fn estimate(self, coordinate: &Coordinate, bins: &Bins, n: usize) -> CoreResult<Found> {
        let Self { replicas, burn_in, parts } = self;
        let trajectory =
            Trajectory::concatenated(&parts).ok_or_else(|| Error::setting("n", n, "at least 1"))?;
        let ladder = replicas.ladder();
        let energies = ladder.energies(&trajectory);
        let mbar = Mbar::new(&energies.in_states, &vec![n; ladder.states()])?;
        let weights = LogWeights::new(&mbar.log_weights(&energies.in_target)?)?;
        let values = coordinate_values(coordinate, &trajectory.x);
        // Errors come from the spread of the runs: the least bootstrap.
        let bootstrap = Bootstrap { resamples: 2, block: 1 };
        let mut rng = Stream::new(0, Purpose::Bootstrap, 0, 0);
        let profile = Profile::new(&values, &weights, bins, &bootstrap, &mut rng)?;
        let delta_f = DeltaF::new(&values, &weights, coordinate.boundary, &bootstrap, &mut rng)?;
        let means = [
            weighted_mean(&energies.energy, &weights)?.value,
            weighted_mean(&values, &weights)?.value,
        ];
        let delta_f = delta_f.delta_f.value;
        Ok(Found {
            trajectory,
            energies,
            values,
            weights,
            profile,
            delta_f,
            means,
            burn_in,
            replicas,
        })
    }
}
