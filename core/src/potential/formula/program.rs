//! A formula as a list of operations on slots, evaluated forwards and differentiated backwards.
//!
//! Each operation knows its partial derivatives in closed form; the chain rule joins them. A text is
//! only ever turned into these operations: nothing in it is run as code.

use alloc::{vec, vec::Vec};

use super::function::{Function, ln, power};

/// Largest number of coordinates.
pub(super) const MAX_DIM: usize = 8;

/// Index of a number: the variables come first, then constants and results in order.
pub(super) type Slot = usize;

/// What an operation does with its operands a and b.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    /// a to the power of a constant: its derivative needs no logarithm of the base.
    ConstantPower(f64),
    Of(&'static Function),
}

#[derive(Clone, Copy, Debug)]
struct Operation {
    kind: Kind,
    operands: [Slot; 2],
    result: Slot,
}

/// A formula that can be evaluated.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// One more than the highest variable that occurs.
    pub(super) dim: usize,
    /// Where the value of the formula ends up.
    pub(super) result: Slot,
    /// The constants in their slots; the other slots are overwritten.
    initial: Vec<f64>,
    constant: Vec<bool>,
    operations: Vec<Operation>,
}

impl Default for Program {
    fn default() -> Self {
        let (initial, constant) = (vec![0.0; MAX_DIM], vec![false; MAX_DIM]);
        Self { dim: 0, result: 0, initial, constant, operations: Vec::new() }
    }
}

/// Work memory of an evaluation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl Kind {
    fn value(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            Self::Power => power(a, b),
            Self::ConstantPower(p) => power(a, p),
            Self::Of(function) => (function.value)(a),
        }
    }

    /// ∂r/∂a and ∂r/∂b, given r; the second is 0 where there is no second operand.
    fn partials(self, a: f64, b: f64, r: f64) -> [f64; 2] {
        match self {
            Self::Add => [1.0, 1.0],
            Self::Subtract => [1.0, -1.0],
            Self::Multiply => [b, a],
            Self::Divide => [1.0 / b, -r / b],
            // At a = 0 the power is flat in its exponent.
            Self::Power => [b * power(a, b - 1.0), if r == 0.0 { 0.0 } else { r * ln(a) }],
            Self::ConstantPower(0.0) => [0.0, 0.0],
            Self::ConstantPower(p) => [p * power(a, p - 1.0), 0.0],
            Self::Of(function) => [(function.derivative)(a, r), 0.0],
        }
    }
}

impl Program {
    /// The slot of x_i.
    pub(super) fn variable(&mut self, i: usize) -> Slot {
        self.dim = self.dim.max(i + 1);
        i
    }

    /// A new slot with a constant.
    pub(super) fn constant(&mut self, value: f64) -> Slot {
        self.initial.push(value);
        self.constant.push(true);
        self.initial.len() - 1
    }

    /// `left operator right`, the operator one of + − * / ^.
    pub(super) fn binary(&mut self, operator: char, left: Slot, right: Slot) -> Slot {
        let kind = match operator {
            '+' => Kind::Add,
            '-' => Kind::Subtract,
            '*' => Kind::Multiply,
            '/' => Kind::Divide,
            _ if self.constant[right] => {
                return self.push(Kind::ConstantPower(self.initial[right]), [left, left]);
            }
            _ => Kind::Power,
        };
        self.push(kind, [left, right])
    }

    /// A function of one argument.
    pub(super) fn function(&mut self, function: &'static Function, argument: Slot) -> Slot {
        self.push(Kind::Of(function), [argument, argument])
    }

    /// Appends an operation; one of constants is carried out at once.
    fn push(&mut self, kind: Kind, operands: [Slot; 2]) -> Slot {
        let constant = operands.iter().all(|slot| self.constant[*slot]);
        let result = self.initial.len();
        let [a, b] = operands.map(|slot| self.initial[slot]);
        if !constant {
            self.operations.push(Operation { kind, operands, result });
        }
        self.initial.push(if constant { kind.value(a, b) } else { 0.0 });
        self.constant.push(constant);
        result
    }

    /// The value at `x` (at least `dim` numbers); its gradient is written to `gradient` (as `x`).
    pub(super) fn value_gradient(
        &self,
        x: &[f64],
        gradient: &mut [f64],
        memory: &mut Memory,
    ) -> f64 {
        let Memory { values, slopes } = memory;
        values.clone_from(&self.initial);
        values[..x.len()].copy_from_slice(x);
        for Operation { kind, operands: [a, b], result } in &self.operations {
            values[*result] = kind.value(values[*a], values[*b]);
        }
        slopes.clear();
        slopes.resize(values.len(), 0.0);
        slopes[self.result] = 1.0;
        // ∂U/∂a = Σ ∂U/∂r · ∂r/∂a over the operations r(a, b)
        for Operation { kind, operands: [a, b], result } in self.operations.iter().rev() {
            let slope = slopes[*result];
            if slope == 0.0 {
                continue;
            }
            let [by_a, by_b] = kind.partials(values[*a], values[*b], values[*result]);
            // A constant takes no slope: a derivative that is infinite there would spoil nothing but itself.
            for (slot, partial) in [(*a, by_a), (*b, by_b)] {
                if !self.constant[slot] && partial != 0.0 {
                    slopes[slot] += slope * partial;
                }
            }
        }
        gradient.copy_from_slice(&slopes[..x.len()]);
        values[self.result]
    }
}
