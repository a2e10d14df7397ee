//! A formula as a list of operations on slots, evaluated forwards and differentiated backwards.
//!
//! Each operation is an expression of one or two variables whose partial derivatives the
//! expression library finds symbolically; the chain rule joins them here. (Given a whole formula,
//! the library recurses through its terms: a sum of twelve already needs 2 MiB of stack, and
//! the derivative grows with the square of the length.)

use alloc::{format, string::String, sync::Arc, vec, vec::Vec};

use exmex::{Differentiate, Express, FlatEx};

use crate::num::{Error, Result};

/// Largest number of coordinates.
pub(super) const MAX_DIM: usize = 8;
/// The known functions; all but `pow` take one argument.
pub(super) const FUNCTIONS: [&str; 20] = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "ln", "log",
    "log10", "log2", "pow", "sin", "sinh", "sqrt", "tan", "tanh",
];

/// Index of a number: the variables come first, then constants and results in order.
pub(super) type Slot = usize;

/// An operation's expression in `a` and `b` with its partial derivatives.
#[derive(Debug)]
struct Primitive {
    text: String,
    value: FlatEx<f64>,
    partials: Vec<FlatEx<f64>>,
}

#[derive(Clone, Debug)]
struct Operation {
    primitive: Arc<Primitive>,
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
#[derive(Default)]
pub(super) struct Memory {
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl Primitive {
    fn new(text: String, arity: usize) -> Result<Self> {
        let fault = |e: exmex::ExError| Error::data("formula", format!("'{text}': {e}"));
        let value = FlatEx::<f64>::parse(&text).map_err(fault)?;
        let partials =
            (0..arity).map(|i| value.clone().partial(i).map_err(fault)).collect::<Result<_>>()?;
        Ok(Self { value, partials, text })
    }
}

impl Operation {
    fn arguments(&self, values: &[f64]) -> [f64; 2] {
        self.operands.map(|slot| values[slot])
    }
}

/// The number of arguments always fits, as the primitive was built with it.
fn evaluate(expression: &FlatEx<f64>, arguments: &[f64]) -> f64 {
    expression.eval(arguments).unwrap_or(f64::NAN)
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
    pub(super) fn binary(&mut self, operator: char, left: Slot, right: Slot) -> Result<Slot> {
        if operator == '^' && self.constant[right] && !self.constant[left] {
            // With the exponent as a number the derivative has no logarithm of the base. The library reads
            // digits without an exponent sign, as f64 is displayed.
            let text = format!("a^({})", self.initial[right]);
            return self.push(text, 1, [left, left]);
        }
        self.push(format!("a{operator}b"), 2, [left, right])
    }

    /// One of the functions of one argument.
    pub(super) fn function(&mut self, name: &str, argument: Slot) -> Result<Slot> {
        // The library cannot differentiate abs.
        let text = if name == "abs" { "sqrt(a^2)".into() } else { format!("{name}(a)") };
        self.push(text, 1, [argument, argument])
    }

    /// Appends an operation; one of constants is carried out at once.
    fn push(&mut self, text: String, arity: usize, operands: [Slot; 2]) -> Result<Slot> {
        let known = self.operations.iter().find(|o| o.primitive.text == text);
        let primitive = match known {
            Some(operation) => operation.primitive.clone(),
            None => Arc::new(Primitive::new(text, arity)?),
        };
        let constant = operands.iter().all(|slot| self.constant[*slot]);
        let result = self.initial.len();
        let operation = Operation { primitive, operands, result };
        let value = if constant {
            evaluate(&operation.primitive.value, &operation.arguments(&self.initial)[..arity])
        } else {
            self.operations.push(operation);
            0.0
        };
        self.initial.push(value);
        self.constant.push(constant);
        Ok(result)
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
        for operation in &self.operations {
            let arity = operation.primitive.partials.len();
            let arguments = operation.arguments(values);
            values[operation.result] = evaluate(&operation.primitive.value, &arguments[..arity]);
        }
        slopes.clear();
        slopes.resize(values.len(), 0.0);
        slopes[self.result] = 1.0;
        // ∂U/∂a = Σ ∂U/∂r · ∂r/∂a over the operations r(a, b)
        for operation in self.operations.iter().rev() {
            let slope = slopes[operation.result];
            let arguments = operation.arguments(values);
            let partials = &operation.primitive.partials;
            for (partial, slot) in partials.iter().zip(operation.operands) {
                if slope != 0.0 && !self.constant[slot] {
                    slopes[slot] += slope * evaluate(partial, &arguments[..partials.len()]);
                }
            }
        }
        gradient.copy_from_slice(&slopes[..x.len()]);
        values[self.result]
    }
}
