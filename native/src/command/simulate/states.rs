//! Which states chains have seen, and how often they went from one to the other.

use boltzflow::system::Coordinate;
use serde_json::{Value as Json, json};

/// The two states of a coordinate in the samples of chains.
pub(super) struct States<'a> {
    coordinate: &'a Coordinate,
    /// Samples below the boundary and above it.
    samples: [usize; 2],
    /// How often each chain was seen on the other side than at its sample before.
    crossings: Vec<u64>,
}

impl<'a> States<'a> {
    /// From the values of chains of `n` samples each, one after the other.
    pub(super) fn new(coordinate: &'a Coordinate, values: &[f64], n: usize) -> Self {
        let is_above = |r: &f64| *r >= coordinate.boundary;
        let above = values.iter().filter(|r| is_above(r)).count();
        let crossings = |chain: &[f64]| {
            chain.windows(2).filter(|pair| is_above(&pair[0]) != is_above(&pair[1])).count() as u64
        };
        Self {
            coordinate,
            samples: [values.len() - above, above],
            crossings: values.chunks(n).map(crossings).collect(),
        }
    }

    fn names(&self) -> [&'a str; 2] {
        [&self.coordinate.states.0, &self.coordinate.states.1]
    }

    /// All chains together.
    fn total(&self) -> u64 {
        self.crossings.iter().sum()
    }

    /// Why no error can be given: whatever spread the samples have, nothing in them tells how one state compares with the other.
    pub(super) fn unknown(&self) -> Option<String> {
        let Some(missed) = self.samples.iter().position(|count| *count == 0) else {
            return self.unmixed();
        };
        let seen = 1 - missed;
        let who = match self.crossings.len() {
            1 => "the one chain",
            _ => "all chains",
        };
        let (state, missed) = (self.names()[seen], self.names()[1 - seen]);
        let name = &self.coordinate.name;
        Some(format!("{who} stayed in the state {state} of {name} and never saw {missed}"))
    }

    /// What is to be said of chains that saw both states, each only its own.
    fn unmixed(&self) -> Option<String> {
        (self.total() == 0).then(|| {
            let [below, above] = self.names();
            let name = &self.coordinate.name;
            format!(
                "no chain crossed between {below} and {above} of {name}: their shares are those of the starts"
            )
        })
    }

    pub(super) fn to_json(&self) -> Json {
        let [below, above] = self.names();
        json!({
            "coordinate": &*self.coordinate.name,
            "boundary": self.coordinate.boundary,
            "samples": { below: self.samples[0], above: self.samples[1] },
            "crossings": self.total(),
            "crossings_of_chains": self.crossings,
        })
    }

    /// Coordinate, states visited, crossings.
    pub(super) fn row(&self) -> Vec<String> {
        let all = (self.samples[0] + self.samples[1]) as f64;
        let share = |(name, count): (&str, usize)| match count {
            0 => format!("{name} never"),
            _ => format!("{name} {:.1} %", 100.0 * count as f64 / all),
        };
        let shares: Vec<String> = self.names().into_iter().zip(self.samples).map(share).collect();
        vec![self.coordinate.name.to_string(), shares.join(", "), self.total().to_string()]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a failed assumption is a failed test
mod tests {
    use super::*;

    #[test]
    fn crossings_of_each_chain_are_counted_and_none_leaves_errors_unknown() {
        let x = Coordinate::component("x0", 0, 1).with_states("left", "right");
        let mixed = States::new(&x, &[-1.0, 1.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0], 4);
        assert_eq!((mixed.samples, &mixed.crossings[..]), ([2, 6], &[2, 0][..]));
        assert!(mixed.unknown().is_none());
        // From one chain to the next is no crossing.
        let apart = States::new(&x, &[-1.0, -1.0, 1.0, 1.0], 2);
        assert!(apart.unknown().unwrap().contains("shares are those of the starts"));
        let stuck = States::new(&x, &[-1.0, -2.0, -1.0], 3);
        assert!(stuck.unknown().unwrap().contains("the one chain stayed in the state left"));
        assert_eq!(stuck.row(), ["x0", "left 100.0 %, right never", "0"]);
    }
}
