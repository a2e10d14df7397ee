//! The numbers of a whitening, from examples, in f64.

use alloc::{format, vec, vec::Vec};

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::Whitening;
use crate::flow::WhiteningKind;
use crate::num::kernel::{Finish, PACK_LEN, Product, Start, Transpose};
use crate::num::{Error, Real, Result};

/// Eigenvalues of a covariance below this part of the largest count as this: no direction, however stiff or
/// constant in the examples, is stretched by more than 10³ relative to the softest.
const FLOOR: f64 = 1e-6;
/// The same for examples that do not vary at all, absolute.
const LEAST_VARIANCE: f64 = 1e-12;
/// Relative size below which a power of t counts as a combination of the lower ones.
const SINGULAR: f64 = 1e-12;
/// Most sweeps of an eigenvalue decomposition for each row: it takes about two.
const SWEEPS: usize = 100;
/// Examples that are added up together.
const BLOCK: usize = 512;

/// What is fitted: the numbers of [`Whitening`], in its symbols.
pub(super) struct Fitted {
    /// Coefficients, `(degree + 1) × k`.
    pub(super) mean: DMatrix<f64>,
    pub(super) matrix: DMatrix<f64>,
    pub(super) inverse: DMatrix<f64>,
    pub(super) log_det: f64,
    /// c̄ and r.
    pub(super) interval: [f64; 2],
}

/// Least squares for the mean, then the covariance of what it leaves.
///
/// With φ = (1, t, …, tᵈ) and the weighted sums G = Σ w·(φ, x)(φ, x)ᵀ: M = G_φφ⁻¹ G_φx minimises
/// Σ w·|x − Mᵀφ|², and Σ = (G_xx − Mᵀ G_φx)/Σw.
pub(super) fn fit<T: Real>(
    whitening: &Whitening,
    x: &DMatrix<T>,
    weights: &[f64],
) -> Result<Fitted> {
    let (n, k, powers) = (x.nrows(), whitening.k(), whitening.degree + 1);
    let least = k + powers + 1;
    if n < least {
        return Err(Error::data(
            "examples",
            format!(
                "there are {n} configurations, but whitening {k} coordinates needs at least {least}"
            ),
        ));
    }
    let changed = &whitening.changed;
    // Far from the origin, squares would hide the variance.
    let origin = DVector::from_fn(k, |i, _| x[(0, changed[i])].to_f64());
    let interval = whitening.interval(x);
    let row = |row: usize, values: &mut [f64], stride: usize| {
        let root = Real::sqrt(weights[row]);
        let mut power = root;
        for p in 0..powers {
            values[p * stride] = power;
            power *= whitening.place(x, row, interval);
        }
        for i in 0..k {
            values[(powers + i) * stride] = root * (x[(row, changed[i])].to_f64() - origin[i]);
        }
    };
    let sums = gram(n, powers + k, row);

    let among_powers = sums.view((0, 0), (powers, powers)).into_owned();
    let with_x = sums.view((0, powers), (powers, k)).into_owned();
    let (values, vectors) = eigen(among_powers)?;
    let cut = SINGULAR * values.amax();
    let scaled = values.map(|v| if v > cut { 1.0 / v } else { 0.0 });
    let mut mean =
        &vectors * DMatrix::from_diagonal(&scaled) * vectors.transpose() * with_x.clone();
    let covariance =
        (sums.view((powers, powers), (k, k)) - mean.transpose() * with_x) / sums[(0, 0)];
    for i in 0..k {
        mean[(0, i)] += origin[i];
    }

    let (values, vectors) = eigen(covariance)?;
    let floor = (FLOOR * values.max()).max(LEAST_VARIANCE);
    let values = values.map(|v| v.max(floor));
    let roots = values.map(Real::sqrt);
    let mut matrix = &vectors * DMatrix::from_diagonal(&roots);
    let mut inverse = DMatrix::from_diagonal(&roots.map(|r| 1.0 / r)) * vectors.transpose();
    if whitening.kind == WhiteningKind::Zca {
        matrix *= vectors.transpose();
        inverse = &vectors * inverse;
    }
    let log_det = 0.5 * values.iter().map(|v| Real::ln(*v)).sum::<f64>();
    Ok(Fitted { mean, matrix, inverse, log_det, interval })
}

/// Σ vvᵀ over vectors v of length `len`, the i-th written by `row(i, values, stride)`.
fn gram(n: usize, len: usize, row: impl Fn(usize, &mut [f64], usize)) -> DMatrix<f64> {
    let mut sums = DMatrix::from_element(len, len, 0.0);
    let mut pack = vec![0.0; PACK_LEN];
    let mut block = vec![0.0; BLOCK * len];
    for start in (0..n).step_by(BLOCK) {
        let rows = BLOCK.min(n - start);
        for i in 0..rows {
            row(start + i, &mut block[i..], rows);
        }
        let product = Product {
            transpose: Transpose::Left,
            m: len,
            n: len,
            k: rows,
            start: Start::Add,
            finish: Finish::Nothing,
            soon: &[],
        };
        let block = &block[..rows * len];
        (f64::kernels().gemm)(&product, block, block, sums.as_mut_slice(), &mut pack);
    }
    sums
}

/// Eigenvalues, the largest first, and eigenvectors as columns, each with its largest component positive.
fn eigen(matrix: DMatrix<f64>) -> Result<(DVector<f64>, DMatrix<f64>)> {
    let k = matrix.nrows();
    let found = matrix
        .iter()
        .all(|v| v.is_finite())
        .then(|| SymmetricEigen::try_new(matrix, f64::EPSILON, SWEEPS * k))
        .flatten();
    let Some(SymmetricEigen { eigenvalues, eigenvectors }) = found else {
        return Err(Error::data("examples", "their covariance has no finite eigenvalues"));
    };
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|a, b| eigenvalues[*b].total_cmp(&eigenvalues[*a]));
    let values = DVector::from_fn(k, |i, _| eigenvalues[order[i]]);
    let mut vectors = eigenvectors.select_columns(&order);
    for mut vector in vectors.column_iter_mut() {
        if vector[vector.icamax()] < 0.0 {
            vector.neg_mut();
        }
    }
    Ok((values, vectors))
}
