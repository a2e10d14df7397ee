//! Values to compare with: exact quadrature where the system has it, or a file.

use std::path::Path;

use boltzflow::stats::{Bins, Profile, free_energies};
use boltzflow::system::{Coordinate, System, quadrature};

use crate::file::reference_file::ReferenceFile;

/// Bins count in the deviation of a profile up to this free energy, in kT.
const HIGHEST: f64 = 6.0;
/// Points of a bin at which a tabulated profile is averaged: enough where it rises by 40 kT.
const POINTS: usize = 200;

/// Reference values in the bins of a profile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reference {
    /// Where they come from.
    pub(crate) source: String,
    /// ln Z.
    pub(crate) log_z: Option<f64>,
    /// F(above) − F(below) in kT.
    pub(crate) delta_f: Option<f64>,
    /// −ln of the probability of each bin, normalised within the bins.
    pub(crate) profile: Option<Vec<f64>>,
}

/// Root mean square of a profile's deviation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProfileDeviation {
    /// In kT.
    pub(crate) rms: f64,
    /// Bins compared.
    pub(crate) bins: usize,
}

impl ProfileDeviation {
    fn new(differences: &[f64]) -> Option<Self> {
        let squares: f64 = differences.iter().map(|d| d * d).sum();
        let rms = (squares / differences.len() as f64).sqrt();
        (!differences.is_empty()).then_some(Self { rms, bins: differences.len() })
    }
}

impl Reference {
    /// By quadrature; `None` if the system has no exact answers.
    pub(crate) fn exact(
        system: &System,
        coordinate: &Coordinate,
        temperature: f64,
        bins: &Bins,
    ) -> Option<Self> {
        let t = temperature;
        let log_z = quadrature::thermodynamics(system, t).map(|exact| exact.log_z);
        let delta_f = quadrature::states(system, coordinate, t).map(|s| s.delta_f);
        let profile = quadrature::profile(system, coordinate, t, &edges(bins))
            .map(|p| free_energies(&p.probability));
        let any = log_z.is_some() || delta_f.is_some() || profile.is_some();
        any.then(|| Self { source: "quadrature".into(), log_z, delta_f, profile })
    }

    /// From a file, averaged over the bins.
    pub(crate) fn from_file(path: &Path, file: ReferenceFile, bins: &Bins) -> Self {
        let profile = file.profile.map(|(x, f)| {
            let mass = |edges: &[f64]| {
                let step = (edges[1] - edges[0]) / POINTS as f64;
                let point = |i: usize| edges[0] + (i as f64 + 0.5) * step;
                (0..POINTS).map(|i| step * (-interpolate(&x, &f, point(i))).exp()).sum()
            };
            free_energies(&edges(bins).windows(2).map(mass).collect::<Vec<_>>())
        });
        let source = path.display().to_string();
        Self { source, log_z: file.log_z, delta_f: file.delta_f, profile }
    }

    /// Deviation of a profile over all bins whose reference is at most 6 kT above its minimum.
    pub(crate) fn profile_deviation(&self, profile: &Profile) -> Option<ProfileDeviation> {
        let exact = self.profile.as_ref()?;
        let lowest = exact.iter().copied().fold(f64::INFINITY, f64::min);
        let differences = exact
            .iter()
            .zip(&profile.value)
            .filter(|(exact, _)| **exact <= lowest + HIGHEST)
            .map(|(exact, value)| value + profile.shift - exact);
        ProfileDeviation::new(&differences.collect::<Vec<f64>>())
    }

    /// Deviation of a profile's shape, its mean removed, over all bins in which both are known, however high.
    pub(crate) fn shape_deviation(&self, profile: &Profile) -> Option<ProfileDeviation> {
        let pairs = self.profile.as_ref()?.iter().zip(&profile.value);
        let mut differences: Vec<f64> =
            pairs.map(|(exact, value)| value - exact).filter(|d| d.is_finite()).collect();
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        differences.iter_mut().for_each(|d| *d -= mean);
        ProfileDeviation::new(&differences)
    }

    /// Share of the bins with a reference in which it lies within the profile's 95 % band.
    pub(crate) fn share_in_band(&self, profile: &Profile) -> Option<f64> {
        let bands = profile.lower.iter().zip(&profile.upper);
        let known = self.profile.as_ref()?.iter().zip(bands).filter(|(exact, _)| exact.is_finite());
        let inside = |(exact, (lower, upper)): &(&f64, (&f64, &f64))| {
            (**lower..=**upper).contains(&(**exact - profile.shift))
        };
        let count = known.clone().count();
        (count > 0).then(|| known.filter(inside).count() as f64 / count as f64)
    }

    /// The profile in kT above its minimum.
    pub(crate) fn profile_above_minimum(&self) -> Option<Vec<f64>> {
        let profile = self.profile.as_ref()?;
        let lowest = profile.iter().copied().fold(f64::INFINITY, f64::min);
        Some(profile.iter().map(|f| f - lowest).collect())
    }
}

/// Edges of the bins.
fn edges(bins: &Bins) -> Vec<f64> {
    let (centers, half) = (bins.centers(), 0.5 * bins.width());
    let mut edges: Vec<f64> = centers.iter().map(|c| c - half).collect();
    edges.extend(centers.last().map(|c| c + half));
    edges
}

/// Linear interpolation in a table of ascending x; infinite outside.
fn interpolate(x: &[f64], f: &[f64], at: f64) -> f64 {
    let i = x.partition_point(|x| *x <= at);
    if i == 0 || i == x.len() {
        return f64::INFINITY;
    }
    let share = (at - x[i - 1]) / (x[i] - x[i - 1]);
    f[i - 1] + share * (f[i] - f[i - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_and_normalisation() {
        let (x, f) = ([0.0, 1.0, 3.0], [1.0, 2.0, 6.0]);
        assert_eq!(interpolate(&x, &f, 2.0), 4.0);
        assert_eq!(interpolate(&x, &f, 0.0), 1.0);
        assert_eq!(interpolate(&x, &f, -0.1), f64::INFINITY);
        assert_eq!(interpolate(&x, &f, 3.5), f64::INFINITY);
        let f = free_energies(&[1.0, 3.0]);
        assert!((f[0] - 4.0_f64.ln()).abs() < 1e-15 && (f[1] - (4.0_f64 / 3.0).ln()).abs() < 1e-15);
    }
}
