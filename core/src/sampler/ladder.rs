//! Ladders: thermodynamic states of one potential, at several temperatures or under several biases.

use alloc::{sync::Arc, vec, vec::Vec};

use nalgebra::DMatrix;

use super::{Hmc, KernelSettings, LADDERS, Points, Target, Trajectory, Work};
use crate::num::{Error, Result};
use crate::potential::Scratch;
use crate::setting::{Description, Parameters};
use crate::system::{Coordinate, ReducedPotential, System};

/// K states of a potential U, one for each replica:
///
/// $$ u_i(x) = \frac{U(x) + b_i(R(x))}{T_i}, \qquad b_i(R) = k\,(R - R_i)^2 - U_R(R) $$
///
/// Without a [`Windows`] the b are zero; with one all temperatures are equal.
#[derive(Clone, Debug)]
pub struct Ladder {
    system: Arc<System>,
    /// kT of each state.
    temperature: Vec<f64>,
    bias: Option<Windows>,
}

/// Harmonic windows along a reaction coordinate.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// R.
    pub coordinate: Coordinate,
    /// k, in units of energy over R²; there is no factor ½.
    pub k: f64,
    /// The centres Rᵢ.
    pub centers: Vec<f64>,
    /// Whether [`System::energy_along`] is left out of the states: U_R is taken away.
    pub flat: bool,
}

/// Energies of the samples of replicas.
#[derive(Clone, Debug, PartialEq)]
pub struct Energies {
    /// U (`n`), without bias.
    pub energy: Vec<f64>,
    /// Reduced energy of each sample in each state (`n × K`).
    pub in_states: DMatrix<f64>,
    /// U/T at the temperature of the first state, without bias (`n`).
    pub in_target: Vec<f64>,
}

/// Registry entry of a ladder.
#[allow(missing_debug_implementations)] // holds a function pointer
pub struct LadderEntry {
    /// Name, for example `umbrella`.
    pub name: &'static str,
    /// Other names it answers to.
    pub aliases: &'static [&'static str],
    /// One line of description.
    pub summary: &'static str,
    /// What the state of a sample is called in files, for example `window`.
    pub state: &'static str,
    /// Its settings.
    pub settings: &'static [Description],
    /// Constructor from checked settings for a target and its reaction coordinate.
    pub build: fn(&Parameters, &ReducedPotential, &Coordinate) -> Result<Ladder>,
}

impl LadderEntry {
    /// Builds the ladder for a target and its reaction coordinate; missing settings take their defaults.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a setting it does not have, [`Error::InvalidSetting`] for a value
    /// outside its range.
    pub fn build(
        &self,
        settings: &Parameters,
        u: &ReducedPotential,
        coordinate: &Coordinate,
    ) -> Result<Ladder> {
        let settings = settings.checked(self.settings, "setting of this sampling method")?;
        (self.build)(&settings, u, coordinate)
    }
}

/// The registry entry of a ladder, by its name or an alias.
///
/// # Errors
/// [`Error::UnknownName`] with the known names.
pub fn ladder(name: &str) -> Result<&'static LadderEntry> {
    let known = |l: &&&LadderEntry| l.name == name || l.aliases.contains(&name);
    LADDERS.iter().find(known).copied().ok_or_else(|| Error::UnknownName {
        kind: "ladder of states",
        name: name.into(),
        known: LADDERS.iter().map(|l| l.name).collect::<Vec<_>>().join(", "),
    })
}

/// At least one finite number.
fn check(name: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().find(|v| !v.is_finite()) {
        Some(v) => Err(Error::setting(name, v, "finite numbers")),
        None if values.is_empty() => Err(Error::setting(name, "an empty list", "at least one")),
        None => Ok(()),
    }
}

impl Ladder {
    /// The kernel that suits replicas unless another is asked for: leapfrog steps for about half a period of the window of a
    /// stiff bias.
    #[must_use]
    pub fn usual_kernel() -> KernelSettings {
        Hmc { step_size: 0.1, steps: 16, jitter: 0.2 }.into()
    }

    /// States at several temperatures kT.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless there is a temperature and all are positive and finite.
    pub fn temperatures(system: Arc<System>, temperature: Vec<f64>) -> Result<Self> {
        check("temperatures", &temperature)?;
        if let Some(t) = temperature.iter().find(|t| **t <= 0.0) {
            return Err(Error::setting("temperatures", t, "positive numbers"));
        }
        Ok(Self { system, temperature, bias: None })
    }

    /// Windows along a reaction coordinate, at the temperature of `u`.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless k is positive and there is a centre, all finite.
    pub fn windows(u: &ReducedPotential, bias: Windows) -> Result<Self> {
        check("centers", &bias.centers)?;
        if !(bias.k > 0.0 && bias.k.is_finite()) {
            return Err(Error::setting("k", bias.k, "a positive number"));
        }
        let temperature = vec![u.temperature(); bias.centers.len()];
        Ok(Self { system: Arc::clone(u.system()), temperature, bias: Some(bias) })
    }

    /// Number of states K.
    #[must_use]
    pub fn states(&self) -> usize {
        self.temperature.len()
    }

    /// kT of each state (K).
    #[must_use]
    pub fn temperature(&self) -> &[f64] {
        &self.temperature
    }

    /// The windows, if it has them.
    #[must_use]
    pub fn bias(&self) -> Option<&Windows> {
        self.bias.as_ref()
    }

    /// uᵢ of a configuration with energy U and coordinate R.
    #[must_use]
    pub fn reduced(&self, state: usize, energy: f64, r: f64) -> f64 {
        (energy + self.bias_slope(state, r).0) / self.temperature[state]
    }

    /// U of a configuration from uᵢ and the coordinate R.
    #[must_use]
    pub fn energy(&self, state: usize, u: f64, r: f64) -> f64 {
        u * self.temperature[state] - self.bias_slope(state, r).0
    }

    /// What MBAR takes: energies of the samples of a run of replicas, in all states and in the target.
    #[must_use]
    pub fn energies(&self, trajectory: &Trajectory) -> Energies {
        let n = trajectory.u.len();
        let mut r = vec![0.0; n];
        self.values(&trajectory.x, &mut r);
        let own = |(i, u): (usize, &f64)| self.energy(i % self.states(), *u, r[i]);
        let energy: Vec<f64> = trajectory.u.iter().enumerate().map(own).collect();
        let in_states = DMatrix::from_fn(n, self.states(), |i, k| self.reduced(k, energy[i], r[i]));
        let in_target = energy.iter().map(|u| u / self.temperature[0]).collect();
        Energies { energy, in_states, in_target }
    }

    /// R (`n`) of configurations (`n × dim`); zeros where no bias needs it.
    pub fn values(&self, x: &DMatrix<f64>, values: &mut [f64]) {
        match &self.bias {
            Some(bias) => bias.coordinate.values(x, values),
            None => values.fill(0.0),
        }
    }

    /// A start for each state (`K × dim`), the one of `starts` (each `dim`) whose coordinate is nearest to the window,
    /// or the starts in turn. A bias pulls its replica the rest of the way.
    ///
    /// # Errors
    /// [`Error::InvalidData`] without starts, [`Error::DimensionMismatch`] for one of another length.
    pub fn starts(&self, starts: &[Vec<f64>]) -> Result<DMatrix<f64>> {
        let dim = self.system.dim();
        if starts.is_empty() {
            return Err(Error::data("starts of replicas", "there is none"));
        }
        if let Some(wrong) = starts.iter().find(|s| s.len() != dim) {
            let (what, found) = ("start of a replica", wrong.len());
            return Err(Error::DimensionMismatch { what, expected: dim, found });
        }
        let rows = DMatrix::from_fn(starts.len(), dim, |i, j| starts[i][j]);
        let mut values = vec![0.0; starts.len()];
        self.values(&rows, &mut values);
        let choose = |state: usize| match &self.bias {
            Some(bias) => {
                let distance = |i: &usize| (values[*i] - bias.centers[state]).abs();
                (0..starts.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
            }
            None => state % starts.len(),
        };
        let chosen: Vec<usize> = (0..self.states()).map(choose).collect();
        Ok(DMatrix::from_fn(chosen.len(), dim, |i, j| rows[(chosen[i], j)]))
    }

    /// bᵢ(R) and b′ᵢ(R) = 2k(R − Rᵢ) − U′_R(R).
    pub(super) fn bias_slope(&self, state: usize, r: f64) -> (f64, f64) {
        let Some(bias) = &self.bias else { return (0.0, 0.0) };
        let (flat, flat_slope) = match bias.flat {
            true => self.system.energy_along(&bias.coordinate, r).unwrap_or_default(),
            false => (0.0, 0.0),
        };
        let delta = r - bias.centers[state];
        (bias.k * delta * delta - flat, 2.0 * bias.k * delta - flat_slope)
    }
}

impl Target for Ladder {
    fn dim(&self) -> usize {
        self.system.dim()
    }

    /// One row for each state: `n` = K.
    fn evaluate(&self, points: &mut Points, _gradient: bool, work: &mut Work) {
        let Points { x, u, gradient, .. } = points;
        work.with(|memory: &mut Memory| {
            self.system.potential().evaluate(x, u, gradient, &mut memory.scratch);
            // u = (U + b(R))/T, ∂u/∂x = (∂U/∂x + b′(R)∂R/∂x)/T
            if let Some(bias) = &self.bias {
                memory.value.resize(u.len(), 0.0);
                memory.slope.resize(u.len(), 0.0);
                bias.coordinate.values(x, &mut memory.value);
                for (i, u) in u.iter_mut().enumerate() {
                    let (b, slope) = self.bias_slope(i, memory.value[i]);
                    *u += b;
                    memory.slope[i] = slope;
                }
                bias.coordinate.add_gradient(x, &memory.slope, gradient);
            }
        });
        u.iter_mut().zip(&self.temperature).for_each(|(u, t)| *u /= t);
        for column in gradient.as_mut_slice().chunks_exact_mut(u.len()) {
            column.iter_mut().zip(&self.temperature).for_each(|(g, t)| *g /= t);
        }
    }
}

/// Work memory of an evaluation.
#[derive(Debug, Default)]
struct Memory {
    scratch: Scratch,
    /// Reaction coordinate of each replica, and the derivative of its bias by it.
    value: Vec<f64>,
    slope: Vec<f64>,
}
