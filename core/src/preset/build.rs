//! From settings to the things they describe.

use alloc::{format, sync::Arc, vec::Vec};

use nalgebra::DMatrix;

use super::{LabelKind, Settings};
use crate::generator::BoltzmannGenerator;
use crate::num::{Error, Purpose, Real, Result, Stream};
use crate::potential::{
    self, Coordinate, Parameters, Potential, ReducedPotential, Relabelling, Value, quadrature,
};
use crate::sampler::{self, Chain};
use crate::train::{Examples, Plan, Share, Trainer};

impl Settings {
    /// The potential U of the system.
    ///
    /// # Errors
    /// Those of [`potential::build`].
    pub fn potential(&self) -> Result<Arc<dyn Potential>> {
        Ok(Arc::from(potential::build(&self.system, &self.parameters, self.dim)?))
    }

    /// The reduced potential u = U/kT.
    ///
    /// # Errors
    /// Those of [`Settings::potential`], and for a temperature that is not positive.
    pub fn target(&self) -> Result<ReducedPotential> {
        ReducedPotential::new(self.potential()?, self.temperature)
    }

    /// The reaction coordinate: the one named, or the system's first.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if the system has no coordinate of that name.
    pub fn reaction_coordinate(&self, potential: &dyn Potential) -> Result<Coordinate> {
        potential.coordinate(&self.coordinate)
    }

    /// An untrained generator.
    ///
    /// # Errors
    /// Those of [`Settings::target`] and of the flow's notation.
    pub fn generator<T: Real>(&self) -> Result<BoltzmannGenerator<T>> {
        let target = self.target()?;
        let space = target.potential().particles().map_or(1, |p| p.space);
        let flow = self.architecture.build_in_space(&self.flow, target.dim(), space, self.seed)?;
        BoltzmannGenerator::new(Arc::new(flow), target, self.seed)
    }

    /// Examples made by short local chains, started in turn in each known well. Their proportions are
    /// those of the starts, not of equilibrium. Chains at another temperature give weighted examples.
    /// `None` if no stage uses them.
    ///
    /// # Errors
    /// Those of [`Settings::target`] and of the chains' kernel; [`Error::InvalidSetting`] if a stage
    /// needs examples and there are no chains.
    pub fn examples(&self) -> Result<Option<Examples>> {
        if self.stages.iter().all(|s| s.w_ml <= 0.0) {
            return Ok(None);
        }
        if self.example_chains == 0 {
            let w_ml = self.stages.iter().map(|s| s.w_ml).fold(0.0, f64::max);
            return Err(Error::setting("w_ml", w_ml, "0 where there are no examples"));
        }
        let relative = self.example_temperature;
        let target = ReducedPotential::new(self.potential()?, self.temperature * relative)?;
        let mut rng = Stream::new(self.seed, Purpose::Sampler, 1, 0);
        let starts = target.potential().starts(self.example_chains, self.temperature, &mut rng);
        let mut kernel_settings = Parameters::new();
        kernel_settings.set("step_size", Value::Number(self.example_step_size));
        let per_chain = (self.example_steps / self.example_stride).max(1);
        let mut x = DMatrix::from_element(per_chain * starts.len(), target.dim(), 0.0);
        let (mut u, mut evaluations) = (Vec::with_capacity(x.nrows()), 0);
        for (c, start) in starts.iter().enumerate() {
            let kernel = sampler::build(&self.example_method, &kernel_settings)?;
            let mut chain = Chain::new(kernel, &target, start, self.seed, c as u64)?;
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
        Examples::new(x, weights, evaluations).map(Some)
    }

    /// The training plan; `log_z` of the target turns losses into true divergences.
    ///
    /// # Errors
    /// Those of [`Settings::reaction_coordinate`]; [`Error::InvalidSetting`] for a stage whose
    /// temperatures are not positive or whose energy caps are in the wrong order.
    pub fn plan(&self, log_z: Option<f64>) -> Result<Plan> {
        for (i, stage) in self.stages.iter().enumerate() {
            if let Some(t) = stage.temperatures.iter().find(|t| **t <= 0.0) {
                return Err(Error::setting(format!("temperatures of stage {i}"), t, "positive"));
            }
            if stage.cap.max <= stage.cap.high {
                return Err(Error::setting("max_energy", stage.cap.max, "above high_energy"));
            }
        }
        Ok(Plan {
            stages: self.stages.clone(),
            optimizer: self.optimizer,
            moving_average: self.moving_average,
            coordinate: self.reaction_coordinate(&*self.potential()?)?,
            log_z,
        })
    }

    /// log Z of the target where it is known exactly.
    ///
    /// # Errors
    /// Those of [`Settings::target`].
    pub fn exact_log_z(&self) -> Result<Option<f64>> {
        Ok(quadrature::thermodynamics(&*self.potential()?, self.temperature).map(|t| t.log_z))
    }

    /// A trainer at step 0, with examples from [`Settings::examples`] or the user, which are relabelled and which the
    /// flow is fitted to.
    ///
    /// # Errors
    /// Those of [`Settings::generator`], [`Settings::plan`] and [`Trainer::new`];
    /// [`Error::InvalidSetting`] if a system without identical particles is to be relabelled, and
    /// [`Error::InvalidData`] for fewer examples than a whitening needs.
    pub fn trainer<T: Real>(&self, examples: Option<Examples>) -> Result<Trainer<T>> {
        let plan = self.plan(self.exact_log_z()?)?;
        let (generator, examples) = self.fitted(examples)?;
        Trainer::new(generator, plan, examples, self.seed)
    }

    /// A share of [`Settings::trainer`], given the same examples.
    ///
    /// # Errors
    /// As there.
    pub fn share<T: Real>(&self, examples: Option<Examples>) -> Result<Share<T>> {
        let (generator, examples) = self.fitted(examples)?;
        Share::new(generator, self.plan(None)?, examples, self.seed)
    }

    /// A generator and what it is trained on.
    fn fitted<T: Real>(
        &self,
        examples: Option<Examples>,
    ) -> Result<(BoltzmannGenerator<T>, Option<Examples>)> {
        let mut generator = self.generator()?;
        let Some(examples) = examples else { return Ok((generator, None)) };
        let examples = self.relabelled(examples, generator.target.potential().as_ref())?;
        generator.fit(examples.x(), &weights(&examples))?;
        Ok((generator, Some(examples)))
    }

    /// Examples with the labels that are asked for.
    fn relabelled(&self, examples: Examples, potential: &dyn Potential) -> Result<Examples> {
        if self.example_labels == LabelKind::Kept {
            return Ok(examples);
        }
        let Some(particles) = potential.particles() else {
            let name = LabelKind::NAMES[self.example_labels as usize];
            let allowed = "kept for a system without identical particles";
            return Err(Error::setting("example_labels", name, allowed));
        };
        if examples.x().ncols() != potential.dim() {
            let (expected, found) = (potential.dim(), examples.x().ncols());
            return Err(Error::DimensionMismatch { what: "the examples", expected, found });
        }
        let labels = Relabelling::new(particles)?;
        let x = if self.example_labels == LabelKind::Mirrored {
            labels.augment(examples.x())
        } else {
            let mut x = examples.x().clone();
            labels.relabel(&mut x);
            x
        };
        let weights = weights(&examples).into_iter().cycle().take(x.nrows()).collect();
        Examples::new(x, Some(weights), examples.energy_evaluations())
    }
}

/// The weights of all examples.
fn weights(examples: &Examples) -> Vec<f64> {
    (0..examples.x().nrows()).map(|i| examples.weight(i)).collect()
}
