//! The linear assignment problem.

use alloc::{vec, vec::Vec};

/// No row or column.
const NONE: usize = usize::MAX;
/// Most bids for each row before the search for paths begins.
const BIDS: usize = 4;

/// Finds the assignment of n columns to n rows of least total cost, by shortest augmenting paths with dual
/// variables: O(n³), and fast where most rows get their cheapest column (Jonker, Volgenant, Computing 38, 325,
/// 1987; in the form of Crouse, IEEE Trans. Aerosp. Electron. Syst. 52, 1679, 2016). It keeps its work memory.
///
/// The crates that solve it bring `std` and a matrix library, or take whole numbers only.
#[derive(Debug)]
pub(super) struct Assignment {
    /// Costs, `n × n`, row after row.
    pub(super) cost: Vec<f64>,
    /// Work memory for those who write them: a number for each column.
    pub(super) point: Vec<f64>,
    /// Column of each row.
    pub(super) column_of: Vec<usize>,
    row_of: Vec<usize>,
    /// Dual variables: cost − u(row) − v(column) ≥ 0, and 0 where assigned.
    u: Vec<f64>,
    v: Vec<f64>,
    /// Length of the shortest path to each column, and the row before it.
    length: Vec<f64>,
    before: Vec<usize>,
    /// Columns not reached yet.
    open: Vec<usize>,
}

impl Assignment {
    /// Room for `n` rows and columns; the costs are to be written afterwards.
    pub(super) fn new(n: usize) -> Self {
        let (none, zero) = (vec![NONE; n], vec![0.0; n]);
        Self {
            cost: vec![0.0; n * n],
            column_of: none.clone(),
            row_of: none.clone(),
            u: zero.clone(),
            v: zero.clone(),
            point: zero.clone(),
            length: zero,
            before: none,
            open: Vec::with_capacity(n),
        }
    }

    /// True if each row has its own column.
    pub(super) fn is_identity(&self) -> bool {
        self.column_of.iter().enumerate().all(|(row, column)| row == *column)
    }

    /// Solves for the costs; false, with an unusable assignment, if one of them is not finite.
    pub(super) fn solve(&mut self) -> bool {
        if self.cost.iter().any(|c| !c.is_finite()) {
            return false;
        }
        self.reduce_columns();
        self.reduce_rows();
        for row in 0..self.u.len() {
            if self.column_of[row] != NONE {
                self.u[row] = self.cost[row * self.u.len() + self.column_of[row]]
                    - self.v[self.column_of[row]];
            }
        }
        (0..self.u.len()).all(|row| self.column_of[row] != NONE || self.augment(row))
    }

    /// v = the least cost of each column; a row that has it takes the column, if neither is taken.
    fn reduce_columns(&mut self) {
        let n = self.u.len();
        self.u.fill(0.0);
        self.column_of.fill(NONE);
        self.row_of.fill(NONE);
        self.v.copy_from_slice(&self.cost[..n]);
        self.before.fill(0);
        for (row, costs) in self.cost.chunks_exact(n).enumerate() {
            for ((v, best), cost) in self.v.iter_mut().zip(&mut self.before).zip(costs) {
                let less = *cost < *v;
                *best = if less { row } else { *best };
                *v = if less { *cost } else { *v };
            }
        }
        for column in 0..n {
            let row = self.before[column];
            if self.column_of[row] == NONE {
                self.column_of[row] = column;
                self.row_of[column] = row;
            }
        }
    }

    /// Each free row takes its cheapest column, whose v falls until the second cheapest is as good; a row that
    /// loses its column bids next.
    fn reduce_rows(&mut self) {
        let n = self.u.len();
        self.open.clear();
        self.open.extend((0..n).filter(|row| self.column_of[*row] == NONE));
        let mut bids = BIDS * n;
        while let Some(row) = self.open.pop() {
            let (mut best, mut least, mut second) = (NONE, f64::INFINITY, f64::INFINITY);
            let costs = self.cost[row * n..][..n].iter().zip(&self.v);
            for (column, (cost, v)) in costs.enumerate() {
                let reduced = cost - v;
                if reduced < least {
                    (best, second, least) = (column, least, reduced);
                } else if reduced < second {
                    second = reduced;
                }
            }
            let loser = self.row_of[best];
            if loser != NONE && second <= least {
                continue;
            }
            // A single row has no second choice.
            self.v[best] -= if second.is_finite() { second - least } else { 0.0 };
            (self.row_of[best], self.column_of[row]) = (row, best);
            if loser != NONE {
                self.column_of[loser] = NONE;
                if bids > 0 {
                    self.open.push(loser);
                    bids -= 1;
                }
            }
        }
    }

    /// Gives `row` a column along the shortest path of exchanges to a free one (Dijkstra on reduced costs).
    fn augment(&mut self, row: usize) -> bool {
        let n = self.u.len();
        self.length.fill(f64::INFINITY);
        self.open.clear();
        self.open.extend(0..n);
        let (mut from, mut reached) = (row, 0.0);
        let end = loop {
            let costs = &self.cost[from * n..][..n];
            let (mut nearest, mut least) = (NONE, f64::INFINITY);
            for (place, column) in self.open.iter().enumerate() {
                let length = reached + ((costs[*column] - self.u[from]) - self.v[*column]);
                if length < self.length[*column] {
                    self.length[*column] = length;
                    self.before[*column] = from;
                }
                let length = self.length[*column];
                // A free column ends the search: the better of two equal ones.
                let free = length == least && self.row_of[*column] == NONE;
                if length < least || free {
                    (nearest, least) = (place, length);
                }
            }
            if nearest == NONE {
                return false;
            }
            reached = least;
            let column = self.open.swap_remove(nearest);
            match self.row_of[column] {
                NONE => break column,
                taken => from = taken,
            }
        };
        self.update_duals(row, reached);
        let mut column = end;
        loop {
            let taken = self.before[column];
            self.row_of[column] = taken;
            core::mem::swap(&mut self.column_of[taken], &mut column);
            if taken == row {
                return true;
            }
        }
    }

    /// Makes the reduced costs along the path 0 and keeps all others from falling below.
    fn update_duals(&mut self, row: usize, reached: f64) {
        self.u[row] += reached;
        // Those nearer than the end are closed, and taken by the rows on the tree.
        for column in 0..self.v.len() {
            let rest = reached - self.length[column];
            if rest > 0.0 && self.row_of[column] != NONE {
                self.u[self.row_of[column]] += rest;
                self.v[column] -= rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Purpose, Stream};

    fn solve(n: usize, cost: &[f64]) -> Vec<usize> {
        let mut problem = Assignment::new(n);
        problem.cost.copy_from_slice(cost);
        assert!(problem.solve());
        problem.column_of
    }

    /// The least cost over all orders of the columns from `done` on.
    fn by_trial(n: usize, cost: &[f64], order: &mut Vec<usize>, done: usize) -> f64 {
        if done == n {
            return order.iter().enumerate().map(|(i, j)| cost[i * n + j]).sum();
        }
        let mut best = f64::INFINITY;
        for next in done..n {
            order.swap(done, next);
            best = best.min(by_trial(n, cost, order, done + 1));
            order.swap(done, next);
        }
        best
    }

    /// Against all n! assignments: random costs, whole numbers with many ties, negative ones.
    #[test]
    fn as_good_as_every_other_assignment() {
        let mut rng = Stream::new(1, Purpose::Test, 0, 0);
        for round in 0..300 {
            let n = 1 + round % 7;
            let cost: Vec<f64> = (0..n * n)
                .map(|_| if round % 2 == 0 { rng.normal() } else { rng.below(4) as f64 })
                .collect();
            let columns = solve(n, &cost);
            let mut sorted = columns.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..n).collect::<Vec<_>>());
            let total: f64 = columns.iter().enumerate().map(|(i, j)| cost[i * n + j]).sum();
            let best = by_trial(n, &cost, &mut (0..n).collect(), 0);
            assert!((total - best).abs() < 1e-12, "{total} {best}");
        }
    }

    #[test]
    fn costs_that_are_not_finite_are_refused() {
        let mut problem = Assignment::new(2);
        problem.cost.copy_from_slice(&[1.0, f64::NAN, 0.0, 2.0]);
        assert!(!problem.solve());
    }
}
