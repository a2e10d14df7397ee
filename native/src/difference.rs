//! What a free-energy difference is the difference of, in words and back: F(state above the boundary) − F(state below).

use boltzflow::system::Coordinate;

/// What ΔF of a coordinate is the difference of: right − left, open − closed.
pub(crate) fn definition(coordinate: &Coordinate) -> String {
    let Coordinate { name, boundary, states: (below, above), .. } = coordinate;
    format!("F({above}: {name} > {boundary}) − F({below}: {name} < {boundary}), in kT")
}

/// The same without the places: `F(right) − F(left)`.
pub(crate) fn short(coordinate: &Coordinate) -> String {
    let (below, above) = &coordinate.states;
    format!("F({above}) − F({below})")
}

/// 1 if a definition in words is ours, −1 if it is the other way round, as version 0.1.0 had it; `None` if it is that of
/// other states.
pub(crate) fn sign(definition: &str, coordinate: &Coordinate) -> Option<f64> {
    let (below, above) = &coordinate.states;
    let text = definition.replace('−', "-");
    let (first, second) = text.split_once(" - ")?;
    // `F(left: x0 < 0)` or `F(left)`.
    let state = |term: &str| -> Option<String> {
        let (_, inner) = term.trim().split_once("F(")?;
        let name = inner.split([':', ')']).next()?;
        Some(name.trim().into())
    };
    // `x0 < 0)`: the coordinate and the boundary.
    let of_coordinate = |term: &str| match term.split_once(": ") {
        Some((_, place)) => {
            let mut words = place.split_whitespace();
            let name = words.next() == Some(&*coordinate.name);
            let boundary = words.nth(1).and_then(|v| v.split([')', ',']).next()?.parse().ok());
            name && boundary.is_none_or(|v: f64| v == coordinate.boundary)
        }
        None => true,
    };
    if !(of_coordinate(first) && of_coordinate(second)) {
        return None;
    }
    match (state(first)?, state(second)?) {
        (a, b) if a == **above && b == **below => Some(1.0),
        (a, b) if a == **below && b == **above => Some(-1.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_understood_in_both_directions() {
        let x0 = Coordinate::component("x0", 0, 2).with_states("left", "right");
        let own = definition(&x0);
        assert_eq!(own, "F(right: x0 > 0) − F(left: x0 < 0), in kT");
        assert_eq!(sign(&own, &x0), Some(1.0));
        assert_eq!(sign(&short(&x0), &x0), Some(1.0));
        // As version 0.1.0 wrote it.
        assert_eq!(sign("F(left: x0 < 0) - F(right: x0 > 0) in kT", &x0), Some(-1.0));
        for other in [
            "F(open: d > 1.5) − F(closed: d < 1.5), in kT",
            "F(right: x1 > 0) − F(left: x1 < 0), in kT",
            "F(right: x0 > 0.5) − F(left: x0 < 0.5), in kT",
            "F(left: x0 < -1) - F(right: x0 > -1) in kT",
            "F(right) − F(right)",
            "right minus left",
            "",
        ] {
            assert_eq!(sign(other, &x0), None, "{other}");
        }
    }
}
