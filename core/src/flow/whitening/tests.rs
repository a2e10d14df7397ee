//! What a fitted whitening does to its examples.

use alloc::{string::ToString, vec, vec::Vec};

use nalgebra::DMatrix;

use super::Whitening;
use crate::flow::WhiteningKind;
use crate::flow::{Bijector, Columns, Context, Pass};
use crate::num::{Purpose, Stream, Tape};

const N: usize = 4000;

/// Weighted mean and covariance of columns.
fn moments(x: &DMatrix<f64>, weights: &[f64]) -> (Vec<f64>, DMatrix<f64>) {
    let total: f64 = weights.iter().sum();
    let mean: Vec<f64> = x
        .column_iter()
        .map(|c| c.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>() / total)
        .collect();
    let covariance = DMatrix::from_fn(x.ncols(), x.ncols(), |i, j| {
        (0..x.nrows())
            .map(|r| weights[r] * (x[(r, i)] - mean[i]) * (x[(r, j)] - mean[j]))
            .sum::<f64>()
            / total
    });
    (mean, covariance)
}

fn fitted(whitening: &Whitening, x: &DMatrix<f64>, weights: &[f64]) -> Vec<f64> {
    let mut constants = vec![0.0; Bijector::<f64>::n_constants(whitening)];
    whitening.fit(&[], &mut constants, Context::none(), x, weights).expect("enough examples");
    constants
}

/// Examples far from the origin with a stiff direction, and weights: z has mean 0 and covariance 1, and
/// the log-determinant is half that of the covariance.
#[test]
fn white_examples_have_unit_covariance() {
    let mut rng = Stream::new(3, Purpose::Test, 0, 0);
    let mix = DMatrix::from_fn(3, 3, |i, j| rng.normal() * [1.0, 0.3, 0.02][(i + j) % 3]);
    let x = DMatrix::from_fn(N, 3, |_, _| rng.normal()) * mix + DMatrix::repeat(N, 3, 50.0);
    let weights: Vec<f64> = (0..N).map(|_| rng.uniform()).collect();
    let (_, covariance) = moments(&x, &weights);
    for kind in [WhiteningKind::Pca, WhiteningKind::Zca] {
        let whitening = Whitening::new(&Columns::all(3), kind, 0);
        let constants = fitted(&whitening, &x, &weights);
        let (mut z, mut log_det) = (x.clone(), vec![0.0; N]);
        whitening.inverse(&mut Pass::new(&[], &constants, &mut Tape::off()), &mut z, &mut log_det);
        let (mean, white) = moments(&z, &weights);
        assert!(mean.iter().all(|m| m.abs() < 1e-9), "{kind:?}: {mean:?}");
        assert!((white - DMatrix::identity(3, 3)).amax() < 1e-6, "{kind:?}");
        assert!((log_det[0] + 0.5 * covariance.determinant().ln()).abs() < 1e-9, "{kind:?}");
        let matrix = DMatrix::from_column_slice(3, 3, &constants[3..12]).transpose();
        if kind == WhiteningKind::Zca {
            assert!((&matrix - matrix.transpose()).amax() < 1e-12, "ZCA is symmetric");
        } else {
            let lengths: Vec<f64> = matrix.column_iter().map(|c| c.norm()).collect();
            assert!(lengths[0] > lengths[1] && lengths[1] > lengths[2], "{lengths:?}");
        }
    }
}

/// x = polynomial in the condition + noise: the residuals are white and the polynomial is found; outside of
/// the examples' interval the mean stays that of its end.
#[test]
fn the_mean_follows_the_condition() {
    let mut rng = Stream::new(4, Purpose::Test, 0, 0);
    let polynomial = |c: f64| [1.0 - 2.0 * c + 0.5 * c * c * c, 3.0 + c * c * c * c];
    let x = DMatrix::from_row_iterator(
        N,
        3,
        (0..N).flat_map(|_| {
            let c = 0.5 + 2.0 * rng.uniform();
            let [a, b] = polynomial(c);
            [c, a + 0.1 * rng.normal(), b + 0.05 * rng.normal()]
        }),
    );
    let columns = Columns::all(3).given(1..3, [0]);
    let whitening = Whitening::new(&columns, WhiteningKind::Zca, 4);
    let constants = fitted(&whitening, &x, &vec![1.0; N]);
    let mut z = x.clone();
    whitening.inverse(&mut Pass::new(&[], &constants, &mut Tape::off()), &mut z, &mut vec![0.0; N]);
    let (mean, covariance) = moments(&z, &vec![1.0; N]);
    assert!(mean[1].abs() < 1e-9 && mean[2].abs() < 1e-9, "{mean:?}");
    assert!((covariance.view((1, 1), (2, 2)) - DMatrix::identity(2, 2)).amax() < 1e-9);
    for c in [0.6, 1.5, 2.4] {
        let mut centre = DMatrix::from_row_slice(1, 3, &[c, 0.0, 0.0]);
        whitening.forward(
            &mut Pass::new(&[], &constants, &mut Tape::off()),
            &mut centre,
            &mut [0.0],
        );
        let [a, b] = polynomial(c);
        assert!((centre[1] - a).abs() < 0.02 && (centre[2] - b).abs() < 0.02, "{c}: {centre}");
    }
    let far = [0.4, -9.0].map(|c| {
        let mut x = DMatrix::from_row_slice(1, 3, &[c, 0.3, 0.2]);
        whitening.forward(&mut Pass::new(&[], &constants, &mut Tape::off()), &mut x, &mut [0.0]);
        (x[1], x[2])
    });
    assert_eq!(far[0], far[1]);
}

/// Coordinates that do not vary, and too few or undefined examples.
#[test]
fn degenerate_examples() {
    let mut rng = Stream::new(5, Purpose::Test, 0, 0);
    let whitening = Whitening::new(&Columns::all(2), WhiteningKind::Zca, 0);
    let flat = DMatrix::from_fn(50, 2, |_, j| if j == 0 { rng.normal() } else { 7.0 });
    let constants = fitted(&whitening, &flat, &[1.0; 50]);
    let mut z = flat.clone();
    whitening.inverse(&mut Pass::new(&[], &constants, &mut Tape::off()), &mut z, &mut [0.0; 50]);
    assert!(z.iter().all(|v| v.abs() < 10.0), "the floor holds");

    let mut constants = vec![0.0; Bijector::<f64>::n_constants(&whitening)];
    let message = |x: &DMatrix<f64>, constants: &mut [f64]| {
        let weights = vec![1.0; x.nrows()];
        whitening.fit(&[], constants, Context::none(), x, &weights).map_err(|e| e.to_string())
    };
    let few = message(&flat.rows(0, 3).into_owned(), &mut constants).expect_err("too few");
    assert!(few.contains("3 configurations") && few.contains("at least 4"), "{few}");
    let mut bad = flat;
    bad[(9, 0)] = f64::NAN;
    assert!(message(&bad, &mut constants).expect_err("NaN").contains("covariance"));
}
