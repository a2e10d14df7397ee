//! From settings to the things they describe.

use alloc::{format, sync::Arc, vec::Vec};

use super::{LabelKind, Settings};
use crate::flow::{Columns, Flow};
use crate::generator::BoltzmannGenerator;
use crate::num::{Error, Real, Result};
use crate::system::{self, Coordinate, ReducedPotential, Relabelling, System, quadrature};
use crate::train::{Examples, Plan, Share, Trainer};

impl Settings {
    /// The system, or the user's own.
    ///
    /// # Errors
    /// Those of [`system::build`].
    pub fn system(&self) -> Result<Arc<System>> {
        match &self.own {
            Some(own) => Ok(Arc::clone(own)),
            None => system::build(&self.system, &self.parameters, self.dim).map(Arc::new),
        }
    }

    /// The reduced potential u = U/kT.
    ///
    /// # Errors
    /// Those of [`Settings::system`], and for a temperature that is not positive.
    pub fn target(&self) -> Result<ReducedPotential> {
        ReducedPotential::new(self.system()?, self.temperature)
    }

    /// The reaction coordinate: the one named, or the system's first.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if the system has no coordinate of that name.
    pub fn reaction_coordinate(&self, system: &System) -> Result<Coordinate> {
        system.coordinate(&self.coordinate).cloned()
    }

    /// An untrained generator.
    ///
    /// # Errors
    /// Those of [`Settings::target`] and of the flow's notation.
    pub fn generator<T: Real>(&self) -> Result<BoltzmannGenerator<T>> {
        let target = self.target()?;
        let flow = self.blueprint(target.system())?;
        BoltzmannGenerator::new(Arc::new(flow), target, self.seed)
    }

    /// The flow for a system: its layers and the names and shapes of its parameters, but none of these.
    ///
    /// # Errors
    /// Those of the flow's notation.
    pub fn blueprint<T: Real>(&self, system: &System) -> Result<Flow<T>> {
        let space = system.space();
        let columns = Columns::all(space.dim()).in_space(space.particle_space());
        self.architecture.build_on(&self.flow, &columns.on(&space.supports), self.seed)
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
        let coordinate = self.reaction_coordinate(&*self.system()?)?;
        Ok(Plan {
            optimizer: self.optimizer,
            moving_average: self.moving_average,
            log_z,
            ..Plan::new(self.stages.clone(), coordinate)
        })
    }

    /// log Z of the target where it is known exactly.
    ///
    /// # Errors
    /// Those of [`Settings::target`].
    pub fn exact_log_z(&self) -> Result<Option<f64>> {
        Ok(quadrature::thermodynamics(&*self.system()?, self.temperature).map(|t| t.log_z))
    }

    /// A trainer at step 0, with examples from [`Settings::examples`] or the user, which are relabelled and which the
    /// flow is fitted to.
    ///
    /// # Errors
    /// Those of [`Settings::generator`], [`Settings::plan`] and [`Trainer::new`];
    /// [`Error::InvalidSetting`] if a system without identical particles is to be relabelled, and
    /// [`Error::InvalidData`] for fewer examples than a whitening needs.
    pub fn trainer<T: Real>(&self, examples: Option<Examples>) -> Result<Trainer<T>> {
        let (generator, examples) = self.fitted(examples)?;
        // Exact answers are those of the target without bias.
        let is_biased = generator.target.bias().is_some();
        let log_z = if is_biased { None } else { self.exact_log_z()? };
        Trainer::new(generator, self.plan(log_z)?, examples, self.seed)
    }

    /// A share of [`Settings::trainer`], given the same examples.
    ///
    /// # Errors
    /// As there.
    pub fn share<T: Real>(&self, examples: Option<Examples>) -> Result<Share<T>> {
        let (generator, examples) = self.fitted(examples)?;
        Share::new(generator, self.plan(None)?, examples, self.seed)
    }

    /// The cell of labels that the flow learns: samples outside of it have weight 0. `None` where labels are kept.
    ///
    /// # Errors
    /// Those of [`Settings::system`]; [`Error::InvalidSetting`] for a system without identical particles.
    pub fn cell(&self) -> Result<Option<Relabelling>> {
        if self.example_labels == LabelKind::Kept {
            return Ok(None);
        }
        let system = self.system()?;
        let Some(particles) = system.space().labelled() else {
            let name = self.example_labels.name();
            let allowed = "kept for a system without identical particles";
            return Err(Error::setting("example_labels", name, allowed));
        };
        Relabelling::new(particles.clone()).map(Some)
    }

    /// A generator and what it is trained on.
    fn fitted<T: Real>(
        &self,
        examples: Option<Examples>,
    ) -> Result<(BoltzmannGenerator<T>, Option<Examples>)> {
        let mut generator = self.generator()?;
        let Some(examples) = examples else { return Ok((generator, None)) };
        let examples = self.relabelled(self.split(examples)?, generator.target.dim())?;
        generator.target = generator.target.biased(examples.bias().cloned());
        generator.fit(examples.x(), &weights(&examples))?;
        Ok((generator, Some(examples)))
    }

    /// Examples of which a share is held out, if that has not been done where the chains are known.
    fn split(&self, examples: Examples) -> Result<Examples> {
        if examples.held_out().is_some() {
            return Ok(examples);
        }
        let length = examples.x().nrows();
        examples.hold_out(length, self.example_held_out)
    }

    /// Examples with the labels that are asked for.
    fn relabelled(&self, examples: Examples, dim: usize) -> Result<Examples> {
        let Some(labels) = self.cell()? else { return Ok(examples) };
        if examples.x().ncols() != dim {
            let (expected, found) = (dim, examples.x().ncols());
            return Err(Error::DimensionMismatch { what: "the examples", expected, found });
        }
        let bias = examples.bias().cloned();
        let held_out = examples.held_out().cloned();
        let held_out = held_out.map(|e| self.relabelled(e, dim)).transpose()?;
        let x = if self.example_labels == LabelKind::Mirrored {
            labels.augment(examples.x())
        } else {
            let mut x = examples.x().clone();
            labels.relabel(&mut x);
            x
        };
        let weights = weights(&examples).into_iter().cycle().take(x.nrows()).collect();
        let relabelled = Examples::new(x, Some(weights), examples.energy_evaluations())?;
        Ok(relabelled.with_bias(bias).with_held_out(held_out))
    }
}

/// The weights of all examples.
fn weights(examples: &Examples) -> Vec<f64> {
    (0..examples.x().nrows()).map(|i| examples.weight(i)).collect()
}
