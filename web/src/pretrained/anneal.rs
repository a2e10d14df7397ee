//! Annealing from the flow to equilibrium, run by run, and the free energies of all runs together.

use boltzflow::ensemble::{Annealing, Region};
use boltzflow::num::{Error, Result, Sequential};
use boltzflow::stats::{Bins, DeltaF, LogWeights, Profile, Runs};
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Pretrained;
use crate::error::to_js;
use crate::object::{f64_array, object};
use crate::settings::limit;

/// Bins of a profile.
const BINS: usize = 20;

#[wasm_bindgen]
impl Pretrained {
    /// Independent run number `run` of sequential Monte Carlo from the flow to the target, as the settings say but for the number of
    /// particles: `{ d, force, log_weight, log_z, levels, energy_evaluations, flow_evaluations }`, the first three of them
    /// arrays over the particles kept. Each run chooses its own levels, so that it is the same whoever computes it.
    ///
    /// # Errors
    /// `invalid-setting` for too few particles or too many; `invalid-data` if no sample has a weight.
    pub fn anneal(&self, run: f64, particles: usize) -> core::result::Result<Object, JsValue> {
        self.annealed(run as u64, particles).map_err(to_js)
    }

    /// Free energies from independent runs, their arrays one after the other, with 95 % bands by the spread of the runs
    /// (Student's t): `{ center, value, lower, upper, shift, delta_f, delta_f_error, effective_runs, log_z, log_z_error }`, in kT. The
    /// profile is above its minimum, `shift` is −ln of the probability there; the difference is second state − first.
    ///
    /// # Errors
    /// `invalid-data` or `dimension-mismatch` for arrays that are not those of such runs.
    pub fn pooled(
        &self,
        d: &[f64],
        force: &[f64],
        log_weight: &[f64],
        log_z: &[f64],
    ) -> core::result::Result<Object, JsValue> {
        self.free_energies(d, force, log_weight, log_z).map_err(to_js)
    }
}

impl Pretrained {
    fn annealed(&self, run: u64, particles: usize) -> Result<Object> {
        limit("particles", particles)?;
        let annealing = Annealing { particles, ..self.model.settings.smc.clone() };
        let cell = self.model.settings.cell()?;
        let inside = |x: &[f64]| cell.as_ref().is_none_or(|cell| cell.holds(x));
        let region = cell.as_ref().map(|_| &inside as Region<'_>);
        let seed = self.stream(u64::from(u32::MAX) - run);
        let found = annealing.run(&self.model.generator, region, seed, &Sequential)?;
        let population = &found.population;
        let mut d = vec![0.0; population.u.len()];
        self.coordinate.values(&population.x, &mut d);
        let mut force = d.clone();
        self.coordinate.forces(&population.x, &population.u_gradient, &mut force);
        Ok(object([
            ("d", f64_array(&d)),
            ("force", f64_array(&force)),
            ("log_weight", f64_array(&population.log_weight)),
            ("log_z", found.log_z.into()),
            ("levels", found.levels.len().into()),
            ("energy_evaluations", (found.energy_evaluations as f64).into()),
            ("flow_evaluations", (found.flow_evaluations as f64).into()),
        ]))
    }

    fn free_energies(
        &self,
        d: &[f64],
        force: &[f64],
        log_weight: &[f64],
        log_z: &[f64],
    ) -> Result<Object> {
        let runs = log_z.len();
        if runs == 0 {
            return Err(Error::data("free energies", "there is no run yet"));
        }
        let weights = LogWeights::new(log_weight)?;
        let (low, high) = self.coordinate.range;
        let bins = Bins::new(low, high, BINS)?;
        let known = |r: f64| self.model.generator.target.unbiased_along(&self.coordinate, r);
        let profile = Profile::by_mean_force(d, force, &weights, &known, &bins, runs)?;
        let delta_f = DeltaF::of_runs(d, &weights, self.coordinate.boundary, runs)?.delta_f;
        let pooled = Runs::new(log_z)?;
        Ok(object([
            ("center", f64_array(&profile.center)),
            ("value", f64_array(&profile.value)),
            ("lower", f64_array(&profile.lower)),
            ("upper", f64_array(&profile.upper)),
            ("shift", profile.shift.into()),
            // F(B) − F(A), as everywhere.
            ("delta_f", delta_f.value.into()),
            ("delta_f_error", delta_f.error.into()),
            ("effective_runs", pooled.effective.into()),
            ("log_z", pooled.log_z.value.into()),
            ("log_z_error", pooled.log_z.error.into()),
        ]))
    }
}
