//! Circles of a graph.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What each node uses.
pub type Graph = BTreeMap<String, BTreeSet<String>>;

/// One circle for each knot of a graph, the shortest through its first node, as `a → b → a`.
#[must_use]
pub fn circles(graph: &Graph) -> Vec<String> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for start in graph.keys() {
        if told.contains(start) {
            continue;
        }
        let Some(way) = way_back(graph, start) else { continue };
        let reached = reach(graph, start);
        told.extend(reached.into_iter().filter(|other| reach(graph, other).contains(start)));
        found.push(way.join(" → "));
    }
    found
}

fn reach(graph: &Graph, start: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut next = vec![start.to_string()];
    while let Some(node) = next.pop() {
        for to in graph.get(&node).into_iter().flatten() {
            if seen.insert(to.clone()) {
                next.push(to.clone());
            }
        }
    }
    seen
}

/// The shortest way from a node to itself.
fn way_back(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![start.to_string()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = way.last()?;
        for to in graph.get(last).into_iter().flatten() {
            let mut longer = way.clone();
            longer.push(to.clone());
            if to == start {
                return Some(longer);
            }
            if seen.insert(to.clone()) {
                ways.push_back(longer);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_knot_is_told_once() {
        let graph: Graph =
            [("a", "b"), ("b", "c"), ("c", "b d"), ("d", "b"), ("e", "a"), ("f", "f")]
                .map(|(from, to)| (from.into(), to.split(' ').map(String::from).collect()))
                .into();
        assert_eq!(circles(&graph), ["b → c → b", "f → f"]);
    }
}
