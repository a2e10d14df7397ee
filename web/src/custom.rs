//! A potential that a JavaScript function computes.

use std::cell::RefCell;

use boltzflow::nalgebra::DMatrix;
use boltzflow::num::{Error, Result};
use boltzflow::potential::{Potential, Scratch};
use boltzflow::system::{Space, System};
use js_sys::{Float64Array, Function};
use wasm_bindgen::JsValue;

thread_local! {
    /// A potential may be sent to other threads, a function may not: potentials hold the place of theirs in this table.
    static FUNCTIONS: RefCell<Vec<Option<Function>>> = const { RefCell::new(Vec::new()) };
    /// What a function has thrown since that was last asked.
    static THROWN: RefCell<Option<JsValue>> = const { RefCell::new(None) };
}

/// U(x) and ∂U/∂x by `f(x, energy, gradient)`: `x` holds n configurations one after the other (n·dim numbers), f fills `energy` (n) and
/// `gradient` (n·dim). What f leaves NaN, or throws at, is undefined.
#[derive(Debug)]
pub(crate) struct Custom {
    place: usize,
    dim: usize,
}

impl Custom {
    /// A system on the box of `range`: lower and upper end of each coordinate.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] unless there is an interval for each of one or more coordinates, lower end first.
    pub(crate) fn system(function: Function, range: &[f64]) -> Result<System> {
        let domain: Vec<_> = range.chunks_exact(2).map(|ends| (ends[0], ends[1])).collect();
        let is_interval = |(low, high): &(f64, f64)| low < high && (high - low).is_finite();
        if domain.is_empty() || !range.len().is_multiple_of(2) || !domain.iter().all(is_interval) {
            let found =
                format!("[{}]", range.iter().map(f64::to_string).collect::<Vec<_>>().join(", "));
            let allowed = "an interval for each coordinate, its lower end first";
            return Err(Error::setting("range", found, allowed));
        }
        let place = FUNCTIONS.with_borrow_mut(|functions| {
            let free = functions.iter().position(Option::is_none).unwrap_or(functions.len());
            functions.resize(functions.len().max(free + 1), None);
            functions[free] = Some(function);
            free
        });
        let space = Space::boxed(domain)?;
        Ok(System::new(Self { place, dim: space.dim() }, space)?.unproven())
    }
}

impl Drop for Custom {
    fn drop(&mut self) {
        FUNCTIONS.with_borrow_mut(|functions| functions[self.place] = None);
    }
}

/// What a function has thrown, once.
pub(crate) fn thrown() -> Option<JsValue> {
    THROWN.take()
}

impl Potential for Custom {
    fn dim(&self) -> usize {
        self.dim
    }

    fn evaluate(
        &self,
        x: &DMatrix<f64>,
        energy: &mut [f64],
        gradient: &mut DMatrix<f64>,
        _: &mut Scratch,
    ) {
        let (n, dim) = x.shape();
        let rows = Float64Array::from(x.transpose().as_slice());
        let (u, slope) = (
            Float64Array::new_with_length(n as u32),
            Float64Array::new_with_length((n * dim) as u32),
        );
        u.fill(f64::NAN, 0, n as u32);
        // The table is not held while the function runs: it may ask for other energies.
        let function = FUNCTIONS.with_borrow(|functions| functions[self.place].clone());
        let called = function.map(|f| f.call3(&JsValue::UNDEFINED, &rows, &u, &slope));
        if let Some(Err(error)) = called {
            THROWN.with_borrow_mut(|thrown| {
                thrown.get_or_insert(error);
            });
            energy.fill(f64::NAN);
            gradient.fill(f64::NAN);
            return;
        }
        u.copy_to(energy);
        let mut flat = vec![0.0; n * dim];
        slope.copy_to(&mut flat);
        gradient.copy_from(&DMatrix::from_row_slice(n, dim, &flat));
    }
}
