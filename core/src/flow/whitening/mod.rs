//! Whitening: the mean and the covariance of examples, as a fixed linear map.

mod fit;
#[cfg(test)]
mod tests;

use alloc::{boxed::Box, format, vec, vec::Vec};

use nalgebra::DMatrix;

use self::fit::Fitted;
use super::{Bijector, Columns};
use crate::nn::ParamLayout;
use crate::num::kernel::{Finish, PACK_LEN, Product, Start, Transpose};
use crate::num::{Accumulator, Buffer, Real, Result, Stream, Tape};

/// Which square root A of the covariance Σ = A·Aᵀ a whitening takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhiteningKind {
    /// A = V·√Λ, Σ = V·Λ·Vᵀ: z are principal components, the softest first.
    Pca,
    /// A = V·√Λ·Vᵀ: z are as near to the coordinates as white ones can be, so that neighbours stay neighbours.
    #[default]
    Zca,
}

impl WhiteningKind {
    /// Names for settings.
    pub const NAMES: &'static [&'static str] = &["pca", "zca"];

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "pca" => Some(Self::Pca),
            "zca" => Some(Self::Zca),
            _ => None,
        }
    }
}

/// x = m(t) + A·z on some columns; log|det ∂x/∂z| = ln|det A|, the same for all z.
///
/// m is a polynomial in one coordinate c outside of these columns (of degree 0 without one), in t = (c − c̄)·r
/// held within [−1, 1], the interval of the examples: a shift, so that the map stays invertible whatever m.
/// All its numbers are fitted to examples ([`Bijector::fit`]: least squares, then the covariance of the
/// residuals) and not trained; before that it is the identity. A⁻¹ and ln|det A| are kept beside A.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whitening {
    columns: Columns,
    kind: WhiteningKind,
    degree: usize,
}

/// Where the numbers of a whitening of k columns lie in its slice of θ.
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

impl Whitening {
    /// Whitens the changed columns. If there is a condition, the mean is a polynomial of the given degree in its
    /// first column; otherwise it is constant.
    #[must_use]
    pub fn new(columns: Columns, kind: WhiteningKind, degree: usize) -> Self {
        let degree = if columns.condition.is_empty() { 0 } else { degree };
        Self { columns, kind, degree }
    }

    /// Number of columns that are whitened.
    fn k(&self) -> usize {
        self.columns.changed.len()
    }

    fn numbers<'a, T: Real>(&self, theta: &'a [T]) -> Numbers<'a, T> {
        let k = self.k();
        let (mean, rest) = theta.split_at(k * (self.degree + 1));
        let (matrix, rest) = rest.split_at(k * k);
        let (inverse, rest) = rest.split_at(k * k);
        let interval = if self.degree > 0 { [rest[1], rest[2]] } else { [T::ZERO; 2] };
        Numbers { mean, matrix, inverse, log_det: rest[0], interval }
    }

    /// The whitened columns of a chunk.
    fn part<'a, T: Real>(&self, x: &'a mut DMatrix<T>) -> &'a mut [T] {
        let n = x.nrows();
        &mut x.as_mut_slice()[self.columns.changed.start * n..self.columns.changed.end * n]
    }

    /// c̄ and r of examples: t = ±1 at the ends of their interval.
    fn interval<T: Real>(&self, x: &DMatrix<T>) -> [f64; 2] {
        if self.degree == 0 {
            return [0.0; 2];
        }
        let c = x.column(self.columns.condition.start);
        let ends = c.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), c| {
            (low.min(c.to_f64()), high.max(c.to_f64()))
        });
        let half = 0.5 * (ends.1 - ends.0);
        [0.5 * (ends.0 + ends.1), if half > 0.0 { 1.0 / half } else { 0.0 }]
    }

    /// t of an example.
    fn place<T: Real>(&self, x: &DMatrix<T>, row: usize, [centre, rate]: [f64; 2]) -> f64 {
        if self.degree == 0 {
            return 0.0;
        }
        (x[(row, self.columns.condition.start)].to_f64() - centre) * rate
    }

    /// t of each sample; empty for a constant mean.
    fn places<T: Real>(
        &self,
        numbers: &Numbers<'_, T>,
        x: &DMatrix<T>,
        tape: &mut Tape<T>,
    ) -> Buffer<T> {
        if self.degree == 0 {
            return Buffer::default();
        }
        let [centre, rate] = numbers.interval;
        let mut t = tape.take(x.nrows());
        for (t, c) in t.iter_mut().zip(&x.as_slice()[self.columns.condition.start * x.nrows()..]) {
            let scaled = (*c - centre) * rate;
            // Written so that a NaN stays one.
            *t = if scaled > T::ONE { T::ONE } else { scaled };
            *t = if scaled < -T::ONE { -T::ONE } else { *t };
        }
        t
    }

    /// part ← part + sign·m(t), m = Σ_p M_p tᵖ by Horner's rule.
    fn shift<T: Real>(&self, mean: &[T], t: &[T], sign: T, part: &mut [T]) {
        let (k, n) = (self.k(), part.len() / self.k().max(1));
        for (i, column) in part.chunks_exact_mut(n).enumerate() {
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
    fn pull_shift_back<T: Real>(
        &self,
        numbers: &Numbers<'_, T>,
        t: &[T],
        sign: T,
        g: &mut DMatrix<T>,
    ) {
        let (k, n) = (self.k(), g.nrows());
        let (first, place) = (self.columns.changed.start, self.columns.condition.start * n);
        for row in 0..t.len() {
            let t = t[row];
            if t.abs() >= T::ONE {
                continue;
            }
            let mut sum = T::ZERO;
            for i in 0..k {
                // m′(t) = Σ_p p·M_p t^{p−1}
                let mut slope = T::ZERO;
                for p in (1..=self.degree).rev() {
                    slope = slope * t + T::lit(p as f64) * numbers.mean[p * k + i];
                }
                sum += g[(row, first + i)] * slope;
            }
            g.as_mut_slice()[place + row] += sign * numbers.interval[1] * sum;
        }
    }

    /// part ← part·B or part·Bᵀ with the k × k matrix B.
    fn multiply<T: Real>(
        &self,
        matrix: &[T],
        transpose: Transpose,
        part: &mut [T],
        tape: &mut Tape<T>,
    ) {
        let k = self.k();
        let mut before = tape.take(part.len());
        before.copy_from_slice(part);
        let mut pack = tape.take(PACK_LEN);
        let product = Product {
            transpose,
            m: part.len() / k.max(1),
            n: k,
            k,
            start: Start::Zero,
            finish: Finish::Nothing,
            soon: &[],
        };
        (T::kernels().gemm)(&product, &before, matrix, part, &mut pack);
        tape.recycle(before);
        tape.recycle(pack);
    }
}

impl<T: Real> Bijector<T> for Whitening {
    fn dim(&self) -> usize {
        self.columns.dim
    }

    fn n_params(&self) -> usize {
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

    fn init(&self, theta: &mut [T], _rng: &mut Stream) {
        let (k, matrices) = (self.k(), self.k() * (self.degree + 1));
        theta.fill(T::ZERO);
        for i in 0..k {
            theta[matrices + i * k + i] = T::ONE;
            theta[matrices + k * k + i * k + i] = T::ONE;
        }
    }

    fn fit(&self, theta: &mut [T], x: &DMatrix<T>, weights: &[f64]) -> Result<()> {
        let Fitted { mean, matrix, inverse, log_det, interval } = fit::fit(self, x, weights)?;
        let numbers = (mean.transpose().iter())
            .chain(matrix.transpose().iter())
            .chain(inverse.transpose().iter())
            .copied()
            .chain([log_det])
            .chain(interval)
            .collect::<Vec<f64>>();
        for (theta, number) in theta.iter_mut().zip(numbers) {
            *theta = T::lit(number);
        }
        Ok(())
    }

    // Records t where the mean depends on it.
    fn forward(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        let numbers = self.numbers(theta);
        let t = self.places(&numbers, x, tape);
        let part = self.part(x);
        self.multiply(numbers.matrix, Transpose::None, part, tape);
        self.shift(numbers.mean, &t, T::ONE, part);
        log_det.iter_mut().for_each(|l| *l += numbers.log_det);
        if self.degree > 0 {
            tape.push(t);
        }
    }

    // Records t where the mean depends on it.
    fn inverse(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        let numbers = self.numbers(theta);
        let t = self.places(&numbers, x, tape);
        let part = self.part(x);
        self.shift(numbers.mean, &t, -T::ONE, part);
        self.multiply(numbers.inverse, Transpose::None, part, tape);
        log_det.iter_mut().for_each(|l| *l -= numbers.log_det);
        if self.degree > 0 {
            tape.push(t);
        }
    }

    /// ∂L/∂c += Σᵢ ∂L/∂xᵢ ∂mᵢ/∂c, ∂L/∂z = Aᵀ ∂L/∂x
    fn forward_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        mut g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        // Training leaves the numbers as they were fitted.
        g_theta.add_nothing();
        let numbers = self.numbers(theta);
        if self.degree > 0 {
            let t = tape.pop();
            self.pull_shift_back(&numbers, &t, T::ONE, g);
            tape.recycle(t);
        }
        self.multiply(numbers.matrix, Transpose::Right, self.part(g), tape);
    }

    /// z = A⁻¹(x − m): ∂L/∂x = A⁻ᵀ ∂L/∂z, ∂L/∂c −= Σᵢ ∂L/∂xᵢ ∂mᵢ/∂c
    fn inverse_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        _g_log_det: &[T],
        mut g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        // Training leaves the numbers as they were fitted.
        g_theta.add_nothing();
        let numbers = self.numbers(theta);
        self.multiply(numbers.inverse, Transpose::Right, self.part(g), tape);
        if self.degree > 0 {
            let t = tape.pop();
            self.pull_shift_back(&numbers, &t, -T::ONE, g);
            tape.recycle(t);
        }
    }

    fn has_constant_jacobian(&self) -> bool {
        true
    }
}

/// Examples for the contract tests.
pub(super) fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let given = Columns { dim: 6, changed: 2..5, condition: 0..2, space: 1 };
    vec![
        (
            "3-D, principal components",
            Box::new(Whitening::new(Columns::all(3), WhiteningKind::Pca, 4))
                as Box<dyn Bijector<T>>,
        ),
        (
            "3-D given another, cubic mean, ZCA",
            Box::new(Whitening::new(given, WhiteningKind::Zca, 3)),
        ),
    ]
}
