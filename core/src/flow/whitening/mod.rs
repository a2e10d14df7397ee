//! Whitening: the mean and the covariance of examples, as a fixed linear map.

mod fit;
#[cfg(test)]
mod tests;

use alloc::{boxed::Box, format, string::ToString, vec, vec::Vec};

use nalgebra::DMatrix;

use self::fit::Fitted;
use super::{Bijector, Build, Columns, Context, Entry, Letter, Pass, Split, WhiteningKind};
use crate::nn::ParamLayout;
use crate::num::kernel::{Finish, PACK_LEN, Product, Start, Transpose};
use crate::num::{Accumulator, Buffer, Real, Result, Stream, Tape};

/// x = m(t) + A·z on some columns; log|det ∂x/∂z| = ln|det A|, the same for all z.
///
/// m is a polynomial in one coordinate c outside of these columns (of degree 0 without one), in t = (c − c̄)·r
/// held within [−1, 1], the interval of the examples: a shift, so that the map stays invertible whatever m.
/// All its numbers are fitted to examples ([`Bijector::fit`]: least squares, then the covariance of the
/// residuals) and not trained; before that it is the identity. A⁻¹ and ln|det A| are kept beside A.
#[derive(Clone, Debug, PartialEq)]
pub struct Whitening {
    dim: usize,
    /// Those it changes.
    changed: Vec<usize>,
    /// The column c.
    given: Option<usize>,
    kind: WhiteningKind,
    degree: usize,
}

/// Where the numbers of a whitening of k columns lie in its slice of the constants.
#[derive(Debug)]
struct Numbers<'a, T> {
    /// Coefficients of m: k of each power.
    mean: &'a [T],
    /// Aᵀ, column-major.
    matrix: &'a [T],
    /// A⁻ᵀ, column-major.
    inverse: &'a [T],
    log_det: T,
    /// c̄ and r.
    interval: [T; 2],
}

/// Largest number of columns that are whitened, whose matrices have its square of numbers.
const MOST_COLUMNS: usize = 1 << 14;

/// How the notation asks for it.
pub(super) fn entry<T: Real>() -> Entry<T> {
    let build = Build::Layers(|architecture, columns, _| {
        if columns.changed.len() > MOST_COLUMNS {
            return Err(
                "free of W for so many coordinates: its matrices would have more than 2^28 numbers"
                    .to_string(),
            );
        }
        let layer = Whitening::new(columns, architecture.whitening, architecture.mean_degree);
        Ok(vec![("", Box::new(layer) as _)])
    });
    let help = "whitening, fitted to examples";
    Entry { letter: Some(Letter { letter: 'W', help, build }), examples }
}

impl Whitening {
    /// Whitens the changed columns. If there is a condition, the mean is a polynomial of the given degree in its
    /// first column; otherwise it is constant.
    #[must_use]
    pub fn new(columns: &Columns, kind: WhiteningKind, degree: usize) -> Self {
        let Columns { dim, changed, condition, .. } = columns.clone();
        let given = condition.first().copied().filter(|_| degree > 0);
        Self { dim, changed, given, kind, degree: if given.is_some() { degree } else { 0 } }
    }

    /// Number of columns that are whitened.
    fn k(&self) -> usize {
        self.changed.len()
    }

    fn numbers<'a, T: Real>(&self, constants: &'a [T]) -> Numbers<'a, T> {
        let k = self.k();
        let (mean, rest) = constants.split_at(k * (self.degree + 1));
        let (matrix, rest) = rest.split_at(k * k);
        let (inverse, rest) = rest.split_at(k * k);
        let interval = if self.degree > 0 { [rest[1], rest[2]] } else { [T::ZERO; 2] };
        Numbers { mean, matrix, inverse, log_det: rest[0], interval }
    }

    /// The whitened columns of a chunk, if they lie side by side.
    fn side_by_side<'a, T: Real>(&self, x: &'a mut DMatrix<T>) -> Option<&'a mut [T]> {
        let (n, first) = (x.nrows(), *self.changed.first()?);
        let follows = self.changed.iter().zip(first..).all(|(column, place)| *column == place);
        follows.then(|| &mut x.as_mut_slice()[first * n..(first + self.k()) * n])
    }

    /// c̄ and r of examples: t = ±1 at the ends of their interval.
    fn interval<T: Real>(&self, x: &DMatrix<T>) -> [f64; 2] {
        let Some(c) = self.given else { return [0.0; 2] };
        let ends = x.column(c).iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), c| {
            (low.min(c.to_f64()), high.max(c.to_f64()))
        });
        let half = 0.5 * (ends.1 - ends.0);
        [0.5 * (ends.0 + ends.1), if half > 0.0 { 1.0 / half } else { 0.0 }]
    }

    /// t of an example.
    fn place<T: Real>(&self, x: &DMatrix<T>, row: usize, [centre, rate]: [f64; 2]) -> f64 {
        self.given.map_or(0.0, |c| (x[(row, c)].to_f64() - centre) * rate)
    }

    /// t of each sample; empty for a constant mean.
    fn places<T: Real>(
        &self,
        numbers: &Numbers<'_, T>,
        x: &DMatrix<T>,
        tape: &mut Tape<T>,
    ) -> Buffer<T> {
        let Some(c) = self.given else { return Buffer::default() };
        let [centre, rate] = numbers.interval;
        let mut t = tape.take(x.nrows());
        for (t, c) in t.iter_mut().zip(&x.as_slice()[c * x.nrows()..]) {
            let scaled = (*c - centre) * rate;
            // Written so that a NaN stays one.
            *t = if scaled > T::ONE { T::ONE } else { scaled };
            *t = if scaled < -T::ONE { -T::ONE } else { *t };
        }
        t
    }

    /// x ← x + sign·m(t) in the whitened columns, m = Σ_p M_p tᵖ by Horner's rule.
    fn shift<T: Real>(&self, mean: &[T], t: &[T], sign: T, x: &mut DMatrix<T>) {
        let (k, n) = (self.k(), x.nrows());
        for (i, c) in self.changed.iter().enumerate() {
            let column = &mut x.as_mut_slice()[c * n..][..n];
            if self.degree == 0 {
                column.iter_mut().for_each(|x| *x += sign * mean[i]);
                continue;
            }
            for (x, t) in column.iter_mut().zip(t) {
                let mut m = mean[self.degree * k + i];
                for p in (0..self.degree).rev() {
                    m = m * *t + mean[p * k + i];
                }
                *x += sign * m;
            }
        }
    }

    /// Adds sign·Σᵢ gᵢ ∂mᵢ/∂c to the gradient of the conditioning column; ∂t/∂c = r within the interval, else 0.
    fn shift_vjp<T: Real>(&self, numbers: &Numbers<'_, T>, t: &[T], sign: T, g: &mut DMatrix<T>) {
        let Some(c) = self.given else { return };
        let k = self.k();
        for row in 0..t.len() {
            let t = t[row];
            if t.abs() >= T::ONE {
                continue;
            }
            let mut sum = T::ZERO;
            for (i, column) in self.changed.iter().enumerate() {
                // m′(t) = Σ_p p·M_p t^{p−1}
                let mut slope = T::ZERO;
                for p in (1..=self.degree).rev() {
                    slope = slope * t + T::lit(p as f64) * numbers.mean[p * k + i];
                }
                sum += g[(row, *column)] * slope;
            }
            g[(row, c)] += sign * numbers.interval[1] * sum;
        }
    }

    /// x ← x·B or x·Bᵀ in the whitened columns, with the k × k matrix B.
    fn multiply<T: Real>(
        &self,
        matrix: &[T],
        transpose: Transpose,
        x: &mut DMatrix<T>,
        tape: &mut Tape<T>,
    ) {
        let (n, k) = (x.nrows(), self.k());
        let before = Split::gather(x, &self.changed, tape);
        let mut pack = tape.take(PACK_LEN);
        let product = Product {
            transpose,
            m: n,
            n: k,
            k,
            start: Start::Zero,
            finish: Finish::Nothing,
            soon: &[],
        };
        if let Some(part) = self.side_by_side(x) {
            (T::kernels().gemm)(&product, &before, matrix, part, &mut pack);
        } else {
            let mut after = tape.take(before.len());
            (T::kernels().gemm)(&product, &before, matrix, &mut after, &mut pack);
            Split::scatter(&after, &self.changed, x);
            tape.recycle(after);
        }
        tape.recycle(before);
        tape.recycle(pack);
    }
}

impl<T: Real> Bijector<T> for Whitening {
    fn dim(&self) -> usize {
        self.dim
    }

    fn n_params(&self) -> usize {
        0
    }

    fn n_constants(&self) -> usize {
        let (k, interval) = (self.k(), if self.degree > 0 { 2 } else { 0 });
        k * (self.degree + 1) + 2 * k * k + 1 + interval
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        let k = self.k();
        layout.push_fitted(format!("{prefix}/mean"), [self.degree + 1, k]);
        layout.push_fitted(format!("{prefix}/matrix"), [k, k]);
        layout.push_fitted(format!("{prefix}/inverse"), [k, k]);
        layout.push_fitted(format!("{prefix}/log_det"), [1, 1]);
        if self.degree > 0 {
            layout.push_fitted(format!("{prefix}/interval"), [1, 2]);
        }
    }

    fn init(&self, _theta: &mut [T], constants: &mut [T], _rng: &mut Stream) {
        let (k, matrices) = (self.k(), self.k() * (self.degree + 1));
        constants.fill(T::ZERO);
        for i in 0..k {
            constants[matrices + i * k + i] = T::ONE;
            constants[matrices + k * k + i * k + i] = T::ONE;
        }
    }

    fn fit(
        &self,
        _theta: &[T],
        constants: &mut [T],
        _context: Context<'_, T>,
        x: &DMatrix<T>,
        weights: &[f64],
    ) -> Result<()> {
        let Fitted { mean, matrix, inverse, log_det, interval } = fit::fit(self, x, weights)?;
        let numbers = (mean.transpose().iter())
            .chain(matrix.transpose().iter())
            .chain(inverse.transpose().iter())
            .copied()
            .chain([log_det])
            .chain(interval)
            .collect::<Vec<f64>>();
        for (constant, number) in constants.iter_mut().zip(numbers) {
            *constant = T::lit(number);
        }
        Ok(())
    }

    // Records t where the mean depends on it.
    fn forward(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        let numbers = self.numbers(pass.constants);
        let t = self.places(&numbers, x, pass.tape);
        self.multiply(numbers.matrix, Transpose::None, x, pass.tape);
        self.shift(numbers.mean, &t, T::ONE, x);
        log_det.iter_mut().for_each(|l| *l += numbers.log_det);
        if self.degree > 0 {
            pass.tape.push(t);
        }
    }

    // Records t where the mean depends on it.
    fn inverse(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        let numbers = self.numbers(pass.constants);
        let t = self.places(&numbers, x, pass.tape);
        self.shift(numbers.mean, &t, -T::ONE, x);
        self.multiply(numbers.inverse, Transpose::None, x, pass.tape);
        log_det.iter_mut().for_each(|l| *l -= numbers.log_det);
        if self.degree > 0 {
            pass.tape.push(t);
        }
    }

    /// ∂L/∂c += Σᵢ ∂L/∂xᵢ ∂mᵢ/∂c, ∂L/∂z = Aᵀ ∂L/∂x
    fn forward_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        _g_theta: Accumulator<'_, T>,
    ) {
        let numbers = self.numbers(pass.constants);
        if self.degree > 0 {
            let t = pass.tape.pop();
            self.shift_vjp(&numbers, &t, T::ONE, g);
            pass.tape.recycle(t);
        }
        self.multiply(numbers.matrix, Transpose::Right, g, pass.tape);
    }

    /// z = A⁻¹(x − m): ∂L/∂x = A⁻ᵀ ∂L/∂z, ∂L/∂c −= Σᵢ ∂L/∂xᵢ ∂mᵢ/∂c
    fn inverse_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        _g_theta: Accumulator<'_, T>,
    ) {
        let numbers = self.numbers(pass.constants);
        self.multiply(numbers.inverse, Transpose::Right, g, pass.tape);
        if self.degree > 0 {
            let t = pass.tape.pop();
            self.shift_vjp(&numbers, &t, -T::ONE, g);
            pass.tape.recycle(t);
        }
    }

    fn has_constant_jacobian(&self) -> bool {
        true
    }
}

/// Examples for the contract tests.
fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let make = |columns: Columns, kind, degree| {
        Box::new(Whitening::new(&columns, kind, degree)) as Box<dyn Bijector<T>>
    };
    let (six, given) = (Columns::all(6), Columns::all(6).given(2..5, 0..2));
    vec![
        ("3-D, principal components", make(Columns::all(3), WhiteningKind::Pca, 4)),
        ("3-D given another, cubic mean, ZCA", make(given, WhiteningKind::Zca, 3)),
        ("scattered columns", make(six.given([5, 1, 2], [3]), WhiteningKind::Zca, 2)),
    ]
}
