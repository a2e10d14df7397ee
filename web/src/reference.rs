//! The exact answers that estimates are compared with.

use boltzflow::nalgebra::DMatrix;
use boltzflow::potential::quadrature::{profile, states, thermodynamics};
use boltzflow::potential::{Coordinate, ReducedPotential, well_probabilities};
use boltzflow::stats::{Bins, Estimate, StateReference};

/// Exact answers of a system at its temperature; what quadrature cannot give is absent.
#[derive(Debug)]
pub(crate) struct Reference {
    /// log Z.
    pub(crate) log_z: Option<f64>,
    /// ⟨u⟩, the mean reduced energy.
    pub(crate) mean_u: Option<f64>,
    /// F(B) − F(A) of the coordinate's states, in kT.
    pub(crate) delta_f: Option<f64>,
    /// Profile over the bins in kT above its minimum; empty if unknown.
    pub(crate) profile: Vec<f64>,
    /// The states that samples must reach.
    pub(crate) states: Vec<StateReference>,
    /// Centres of the states, where these are wells and not the two sides of the coordinate.
    wells: Vec<Vec<f64>>,
}

impl Reference {
    pub(crate) fn new(target: &ReducedPotential, coordinate: &Coordinate, bins: &Bins) -> Self {
        let (potential, kt) = (&**target.potential(), target.temperature());
        let thermodynamics = thermodynamics(potential, kt);
        let sides = states(potential, coordinate, kt);
        let low = coordinate.range.0;
        let edges: Vec<f64> = (0..=bins.count()).map(|i| low + bins.width() * i as f64).collect();
        let named = |name: String, probability: Option<f64>| StateReference {
            name,
            probability: probability.map(Estimate::exact),
        };
        let (a, b) = coordinate.states;
        let mut reference = Self {
            log_z: thermodynamics.map(|t| t.log_z),
            mean_u: thermodynamics.map(|t| t.mean_energy / kt),
            // The library counts A − B.
            delta_f: sides.map(|s| -s.delta_f),
            profile: profile(potential, coordinate, kt, &edges).map_or(vec![], |p| p.free_energy),
            states: vec![
                named(a.into(), sides.map(|s| s.below)),
                named(b.into(), sides.map(|s| s.above)),
            ],
            wells: Vec::new(),
        };
        let centres = potential.wells();
        if centres.len() > 2 {
            let shares = well_probabilities(potential, &centres, kt);
            let state = |(i, centre): (usize, &Vec<f64>)| {
                let place: Vec<String> = centre.iter().map(|c| format!("{c:.1}")).collect();
                // The true minus sign.
                let name = format!("({})", place.join(", ")).replace('-', "\u{2212}");
                named(name, shares.as_ref().map(|s| s[i]))
            };
            reference.states = centres.iter().enumerate().map(state).collect();
            reference.wells = centres;
        }
        reference
    }

    /// The state of each configuration (`n × dim`), given its side of the coordinate: the nearest well where
    /// states are wells.
    pub(crate) fn assign(&self, x: &DMatrix<f64>, side: &[u8]) -> Vec<usize> {
        if self.wells.is_empty() {
            return side.iter().copied().map(usize::from).collect();
        }
        let square = |row: usize, well: &[f64]| -> f64 {
            well.iter().enumerate().map(|(i, w)| (x[(row, i)] - w) * (x[(row, i)] - w)).sum()
        };
        let nearest = |row: usize| {
            let distances = self.wells.iter().map(|well| square(row, well)).enumerate();
            distances.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(usize::MAX, |(i, _)| i)
        };
        (0..x.nrows()).map(nearest).collect()
    }
}
