//! The order in which the groups of a batch are added up: a binary tree over them, which their number alone decides.
//!
//! A node of n > 1 groups is the sum of two: the largest power of two below n, and the rest. Those of up to four groups are
//! runs instead, to which one group is added after the other: with networks so large that their gradients outgrow every cache,
//! each is added as it comes, and no other vector is kept. Whoever owns a whole subtree adds it up and hands on one vector; the
//! bits do not depend on who owns what.

use alloc::vec::Vec;
use core::ops::Range;

/// Most groups of a run.
const RUN: usize = 4;

/// Groups in the left part of a node of `n` > 1 groups.
pub(super) fn left(n: usize) -> usize {
    if n <= RUN { n - 1 } else { n.next_power_of_two() / 2 }
}

/// The two parts of a node of more than one group.
pub(super) fn halves(node: &Range<usize>) -> [Range<usize>; 2] {
    let middle = node.start + left(node.len());
    [node.start..middle, middle..node.end]
}

/// True if one range holds all of another.
pub(super) fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// True if two ranges have groups in common.
pub(super) fn meet(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// The fewest whole subtrees of `node` that make up the part of `range` within it, in order.
pub(super) fn subtrees(node: Range<usize>, range: &Range<usize>, found: &mut Vec<Range<usize>>) {
    if !meet(&node, range) {
    } else if holds(range, &node) {
        found.push(node);
    } else {
        for half in halves(&node) {
            subtrees(half, range, found);
        }
    }
}

/// True if `range` is a node of the tree over `count` groups.
pub(super) fn is_subtree(range: &Range<usize>, count: usize) -> bool {
    let mut node = 0..count;
    while node != *range {
        let inside = holds(&node, range) && !range.is_empty() && node.len() > 1;
        let half = if inside { halves(&node).into_iter().find(|h| holds(h, range)) } else { None };
        match half {
            Some(half) => node = half,
            None => return false,
        }
    }
    !range.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_made_of_few_whole_subtrees() {
        for count in [1, 2, 3, 5, 8, 13, 64, 100] {
            for first in 0..count {
                for end in first + 1..=count {
                    let mut found = Vec::new();
                    subtrees(0..count, &(first..end), &mut found);
                    assert!(
                        found.iter().all(|s| is_subtree(s, count)),
                        "{first}..{end} of {count}"
                    );
                    assert_eq!((found[0].start, found[found.len() - 1].end), (first, end));
                    assert!(found.windows(2).all(|w| w[0].end == w[1].start));
                    assert!(found.len() <= 2 * (count.ilog2() as usize + RUN - 2));
                }
            }
            // A place that has an equal part of a power of two hands on one vector, unless that is a part of a run.
            if count.is_power_of_two() {
                for places in [1, 2, 4].into_iter().filter(|p| RUN * p <= count) {
                    for i in 0..places {
                        let part = count * i / places..count * (i + 1) / places;
                        assert!(is_subtree(&part, count));
                    }
                }
            }
        }
        assert!(!is_subtree(&(2..4), 4) && is_subtree(&(0..3), 4) && is_subtree(&(3..4), 4));
        assert!(!is_subtree(&(1..3), 4) && !is_subtree(&(2..2), 4) && !is_subtree(&(0..5), 4));
    }
}
