//! The space that the coordinates of a system live in.

/// Where one coordinate lives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Support {
    /// All real numbers.
    #[default]
    Line,
    /// A circle: q and q + period are the same point, and −period/2 ≤ q < period/2 names it.
    Circle {
        /// Length of a turn.
        period: f64,
    },
    /// An interval with its ends.
    Interval {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
}
