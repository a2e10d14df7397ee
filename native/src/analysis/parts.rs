//! The parts of a coordinate: its two states, and the barrier between them.

use boltzflow::system::Coordinate;

/// Half the width of the barrier, as a share of the coordinate's range.
const BARRIER: f64 = 0.1;

/// Number of parts.
pub(crate) const COUNT: usize = 3;

/// First state, barrier, second state.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    low: f64,
    high: f64,
    /// What each is called.
    pub(crate) names: [String; COUNT],
    /// Where each lies.
    pub(crate) places: [String; COUNT],
}

impl Parts {
    /// Those of a coordinate.
    pub(crate) fn new(coordinate: &Coordinate) -> Self {
        let half = BARRIER * (coordinate.range.1 - coordinate.range.0);
        let (low, high) = (coordinate.boundary - half, coordinate.boundary + half);
        let (below, above) = &coordinate.states;
        let name = &coordinate.name;
        let places = [
            format!("{name} < {low:.2}"),
            format!("{low:.2} to {high:.2}"),
            format!("{name} > {high:.2}"),
        ];
        Self { low, high, names: [below.to_string(), "barrier".into(), above.to_string()], places }
    }

    /// The part that a value lies in; `None` if it is undefined.
    pub(crate) fn index(&self, r: f64) -> Option<usize> {
        (!r.is_nan()).then(|| usize::from(r >= self.low) + usize::from(r > self.high))
    }

    /// Shares of the parts, of samples with equal weights or their own.
    pub(crate) fn shares(&self, values: &[f64], weights: Option<&[f64]>) -> [f64; COUNT] {
        let (mut sums, mut total) = ([0.0; COUNT], 0.0);
        for (i, r) in values.iter().enumerate() {
            let w = weights.map_or(1.0, |w| w[i]);
            total += w;
            if let Some(part) = self.index(*r) {
                sums[part] += w;
            }
        }
        sums.map(|s| s / total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_states_and_barrier() {
        let mut coordinate = Coordinate::component("x0", 0, 1);
        coordinate.range = (0.0, 10.0);
        coordinate.boundary = 4.0;
        let parts = Parts::new(&coordinate);
        assert_eq!(parts.places, ["x0 < 3.00", "3.00 to 5.00", "x0 > 5.00"]);
        let values = [0.0, 2.0, 4.0, 9.0, f64::NAN];
        assert_eq!(parts.shares(&values, None), [0.4, 0.2, 0.2]);
        assert_eq!(parts.shares(&values, Some(&[1.0, 1.0, 2.0, 4.0, 0.0])), [0.25, 0.25, 0.5]);
    }
}
