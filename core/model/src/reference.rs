//! The exact answers that estimates are compared with.

use boltzflow::nalgebra::DMatrix;
use boltzflow::stats::{Bins, Estimate, StateReference, free_energies};
use boltzflow::system::quadrature::{profile, states, thermodynamics};
use boltzflow::system::{Coordinate, ReducedPotential, System, well_probabilities};

/// Exact answers of a system at its temperature; what quadrature cannot give is absent.
#[derive(Debug)]
pub struct Reference {
    /// log Z.
    pub log_z: Option<f64>,
    /// ⟨u⟩, the mean reduced energy.
    pub mean_u: Option<f64>,
    /// F(B) − F(A) of the coordinate's states, in kT.
    pub delta_f: Option<f64>,
    /// −ln of the probability of each bin, normalised within the bins; empty if unknown.
    pub profile: Vec<f64>,
    /// The states that samples must reach.
    pub states: Vec<StateReference>,
    /// Centres of the states, where these are wells and not the two sides of the coordinate.
    wells: Vec<Vec<f64>>,
    /// Where states are numbers of coordinates above their boundary.
    counts: Option<Counts>,
}

/// States of many independent coordinates: how many of them lie above their boundary, rare numbers taken together. A coordinate
/// that is always below shows in them, whichever it is.
#[derive(Debug)]
struct Counts {
    coordinates: Vec<Coordinate>,
    /// The state of each number.
    state: Vec<usize>,
}

/// Least probability of a state that is a number of coordinates.
const RARE: f64 = 0.02;

/// Whether no two of these coordinates see the same copy of an independent part.
fn are_independent(system: &System, coordinates: &[Coordinate]) -> bool {
    let sees = |coordinate: &Coordinate, copy: &[usize]| {
        let weights = coordinate.variable.weights();
        weights.is_none_or(|w| copy.iter().any(|i| w.get(*i).is_some_and(|w| *w != 0.0)))
    };
    let alone = |copy: &Vec<usize>| coordinates.iter().filter(|c| sees(c, copy)).count() < 2;
    system.parts().is_some_and(|parts| parts.iter().flat_map(|p| &p.copies).all(alone))
}

impl Counts {
    /// The numbers with their states; `None` for a single coordinate, whose states have names, and without exact probabilities.
    fn new(system: &System, kt: f64) -> Option<(Self, Vec<StateReference>)> {
        let coordinates = system.coordinates().to_vec();
        if coordinates.len() < 2 || !are_independent(system, &coordinates) {
            return None;
        }
        let mut probability = vec![1.0];
        for coordinate in &coordinates {
            let above = states(system, coordinate, kt)?.above;
            // P(k) ← P(k)(1 − p) + P(k − 1)p
            probability.push(0.0);
            for k in (0..probability.len()).rev() {
                let before = if k > 0 { probability[k - 1] } else { 0.0 };
                probability[k] = probability[k] * (1.0 - above) + before * above;
            }
        }
        let side = coordinates.first()?.states.1.clone();
        let (mut state, mut found) = (Vec::new(), Vec::<(usize, usize, f64)>::new());
        for (k, p) in probability.iter().enumerate() {
            // What is left behind the last state of its own belongs to it.
            let rest: f64 = probability[k..].iter().sum();
            match found.last_mut() {
                Some((_, last, sum)) if *sum < RARE || rest < RARE => (*last, *sum) = (k, *sum + p),
                _ => found.push((k, k, *p)),
            }
            state.push(found.len() - 1);
        }
        let all = coordinates.len();
        let name = |(first, last, p): (usize, usize, f64)| StateReference {
            name: match first == last {
                true => format!("{first} of {all} {side}"),
                false => format!("{first} to {last} of {all} {side}"),
            },
            probability: Some(Estimate::exact(p)),
        };
        Some((Self { coordinates, state }, found.into_iter().map(name).collect()))
    }

    fn assign(&self, x: &DMatrix<f64>) -> Vec<usize> {
        let mut count = vec![0; x.nrows()];
        let mut value = vec![0.0; x.nrows()];
        for coordinate in &self.coordinates {
            coordinate.values(x, &mut value);
            let above = value.iter().map(|v| usize::from(*v >= coordinate.boundary));
            count.iter_mut().zip(above).for_each(|(count, above)| *count += above);
        }
        count.into_iter().map(|k| self.state[k]).collect()
    }
}

impl Reference {
    /// The exact answers for a target along a coordinate, whose profile has these bins.
    #[must_use]
    pub fn new(target: &ReducedPotential, coordinate: &Coordinate, bins: &Bins) -> Self {
        let (system, kt) = (target.system(), target.temperature());
        let thermodynamics = thermodynamics(system, kt);
        let sides = states(system, coordinate, kt);
        let low = coordinate.range.0;
        let edges: Vec<f64> = (0..=bins.count()).map(|i| low + bins.width() * i as f64).collect();
        let named = |name: String, probability: Option<f64>| StateReference {
            name,
            probability: probability.map(Estimate::exact),
        };
        let (a, b) = &coordinate.states;
        let mut reference = Self {
            log_z: thermodynamics.map(|t| t.log_z),
            mean_u: thermodynamics.map(|t| t.mean_energy / kt),
            delta_f: sides.map(|s| s.delta_f),
            profile: profile(system, coordinate, kt, &edges)
                .map_or(vec![], |p| free_energies(&p.probability)),
            states: vec![
                named(a.to_string(), sides.map(|s| s.below)),
                named(b.to_string(), sides.map(|s| s.above)),
            ],
            wells: Vec::new(),
            counts: None,
        };
        if system.dim() > 2 {
            if let Some((counts, states)) = Counts::new(system, kt) {
                (reference.counts, reference.states) = (Some(counts), states);
            }
            return reference;
        }
        let centres = system.wells();
        if centres.len() > 2 {
            let shares = well_probabilities(system, &centres, kt);
            let state = |(i, centre): (usize, &Vec<f64>)| {
                // Without a sign of zero.
                let rounded = |c: &f64| format!("{:.1}", (c * 10.0).round() / 10.0 + 0.0);
                let place: Vec<String> = centre.iter().map(rounded).collect();
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
    #[must_use]
    pub fn assign(&self, x: &DMatrix<f64>, side: &[u8]) -> Vec<usize> {
        if let Some(counts) = &self.counts {
            return counts.assign(x);
        }
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

#[cfg(test)]
mod tests {
    use boltzflow::setting::{Parameters, Value};
    use boltzflow::system::build;

    use super::*;

    fn names(system: System) -> Vec<(String, f64)> {
        let coordinate = system.coordinates()[0].clone();
        let target = ReducedPotential::new(system, 1.0).unwrap();
        let bins = Bins::new(coordinate.range.0, coordinate.range.1, 50).unwrap();
        let reference = Reference::new(&target, &coordinate, &bins);
        let exact = |s: &StateReference| s.probability.as_ref().map_or(f64::NAN, |p| p.value);
        reference.states.iter().map(|s| (s.name.clone(), exact(s))).collect()
    }

    #[test]
    fn a_single_coordinate_keeps_the_names_of_its_states() {
        let system = build("double-well", &Parameters::new(), Some(5)).unwrap();
        let found = names(system);
        assert_eq!((found[0].0.as_str(), found[1].0.as_str()), ("left", "right"));
        assert!((found[0].1 - 0.96707).abs() < 1e-4, "{found:?}");
    }

    /// x₀ and x₀ + x₀ are above together or not at all: nothing is to be multiplied.
    #[test]
    fn coordinates_of_one_part_are_not_counted_as_independent() {
        let system =
            build("harmonic", &Parameters::new().with("k", Value::List(vec![1.0; 3])), None);
        let system = system.unwrap();
        let twice = |name, weight| {
            let linear = boltzflow::system::Linear(vec![weight, 0.0, 0.0]);
            Coordinate::new(name, (-4.0, 4.0), linear).with_states("negative", "positive")
        };
        let system = system.with_coordinates(vec![twice("once", 1.0), twice("twice", 2.0)]);
        let found = names(system);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|(_, p)| (p - 0.5).abs() < 1e-6), "{found:?}");
    }

    #[test]
    fn independent_coordinates_are_counted() {
        let found = names(build("many-well", &Parameters::new(), Some(4)).unwrap());
        assert_eq!(
            found.iter().map(|(name, _)| &**name).collect::<Vec<_>>(),
            ["0 of 2 positive", "1 of 2 positive", "2 of 2 positive"]
        );
    }
}
