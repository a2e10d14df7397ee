//! Densities, scores and entropies against samples and differences, for all kinds.

use alloc::{string::String, vec, vec::Vec};

use super::*;
use crate::num::Purpose;

/// Every kind of prior, with and without a wide part.
fn all() -> Vec<(String, Prior)> {
    let circle = Support::Circle { period: 3.0 };
    let interval = Support::Interval { low: -0.5, high: 2.0 };
    let mut found = Vec::new();
    for wide in [None, Some(Wide::DEFENSIVE)] {
        for (name, prior) in [
            ("one normal", Prior::standard(1)),
            ("forty normals", Prior::standard(40)),
            ("mixed", Prior::of(&[circle, Support::Line, interval, Support::Line])),
            ("uniform", Prior::of(&[interval, circle])),
            ("mean-free", Prior::mean_free(4, 2)),
        ] {
            let name = alloc::format!("{name}, wide {}", wide.is_some());
            found.push((name, Prior { variance: 2.5, wide, ..prior }));
        }
    }
    found
}

fn drawn(prior: &Prior, n: usize) -> DMatrix<f64> {
    let mut z = DMatrix::from_element(n, prior.dim(), 0.0);
    prior.sample(&mut z, &mut Stream::new(1, Purpose::Test, 0, 0));
    z
}

fn log_density(prior: &Prior, z: &DMatrix<f64>) -> Vec<f64> {
    let mut log_q = vec![f64::NAN; z.nrows()];
    prior.log_density(z, &mut log_q);
    log_q
}

#[test]
fn the_score_is_the_slope_of_the_density() {
    for (name, prior) in all() {
        let z = drawn(&prior, 7) * 1.1;
        let mut score = DMatrix::repeat(7, prior.dim(), f64::NAN);
        prior.score(&z, &mut score);
        let h = 1e-5;
        for column in 0..prior.dim() {
            let side = |h: f64| {
                let mut moved = z.clone();
                moved.column_mut(column).add_scalar_mut(h);
                log_density(&prior, &moved)
            };
            for (row, (above, below)) in side(h).into_iter().zip(side(-h)).enumerate() {
                if above.is_finite() && below.is_finite() {
                    let (slope, found) = ((above - below) / (2.0 * h), score[(row, column)]);
                    assert!((slope - found).abs() < 1e-7, "{name}: {found} against {slope}");
                }
            }
        }
    }
}

/// E[−ln q] = H_q, and E[q′/q] = 1 for a narrower prior q′: q is a density, its normaliser included.
#[test]
fn density_and_entropy_agree_with_samples() {
    for (name, prior) in all() {
        let n = 20_000;
        let z = drawn(&prior, n);
        let log_q = log_density(&prior, &z);
        let other = Prior { variance: 2.0, wide: None, ..prior.clone() };
        let one: f64 = log_density(&other, &z).iter().zip(&log_q).map(|(a, b)| (a - b).exp()).sum();
        let (sum, sum2) = log_q.iter().fold((0.0, 0.0), |(s, s2), q| (s - q, s2 + q * q));
        let n = n as f64;
        let error = ((sum2 / n - (sum / n).powi(2)).max(0.0) / n).sqrt();
        let entropy = prior.entropy();
        assert!((sum / n - entropy).abs() < 4.0 * error + 1e-9, "{name}: {entropy} {}", sum / n);
        assert!((one / n - 1.0).abs() < 0.05, "{name}: {}", one / n);
    }
}

/// On four particles in the plane: samples have no mean and the variance within the subspace, six directions of it.
#[test]
fn particles_of_zero_mean() {
    let prior = Prior::mean_free(4, 2).scaled(0.5);
    let z = drawn(&prior, 20_000);
    let mut square = 0.0;
    for row in z.row_iter() {
        for axis in 0..2 {
            let mean: f64 = row.iter().skip(axis).step_by(2).sum();
            assert!(mean.abs() < 1e-12, "{mean}");
        }
        square += row.norm_squared() / 20_000.0;
    }
    assert!((square - 3.0).abs() < 0.05, "{square}");
}

#[test]
fn what_is_uniform_has_ends_and_keeps_its_temperature() {
    let supports = [Support::Interval { low: 1.0, high: 3.0 }, Support::Circle { period: 2.0 }];
    let prior = Prior::of(&supports).scaled(7.0);
    let z = DMatrix::from_row_slice(4, 2, &[2.0, 9.0, 0.9, 0.0, f64::NAN, 0.0, 2.0, f64::INFINITY]);
    let log_q = log_density(&prior, &z);
    assert!((log_q[0] + 4.0_f64.ln()).abs() < 1e-12);
    assert_eq!(log_q[1], f64::NEG_INFINITY);
    assert!(log_q[2].is_nan() && log_q[3].is_nan());
    assert!((prior.entropy() - 4.0_f64.ln()).abs() < 1e-12);
    let z = drawn(&prior, 1000);
    assert!(z.column(0).iter().all(|z| (1.0..3.0).contains(z)));
    assert!(z.column(1).iter().all(|z| (-1.0..1.0).contains(z)));
}

/// A chain of steps accepted by the density alone keeps to it: mean and variance of each coordinate stay those of samples.
#[test]
fn steps_are_symmetric_and_stay_inside() {
    for (name, prior) in all().into_iter().filter(|(_, p)| p.wide.is_none()) {
        let n = 4000;
        let mut z = drawn(&prior, n);
        let mut rng = Stream::new(2, Purpose::Test, 0, 0);
        for _ in 0..20 {
            let mut next = z.clone();
            prior.step(&mut next, 0.7, &mut rng);
            let (old, new) = (log_density(&prior, &z), log_density(&prior, &next));
            assert!(new.iter().all(|q| q.is_finite()), "{name}: a step left the support");
            for row in 0..n {
                if Real::ln(rng.uniform()) < new[row] - old[row] {
                    z.set_row(row, &next.row(row));
                }
            }
        }
        let again = drawn(&prior, n);
        for column in 0..prior.dim() {
            let (a, b) = (z.column(column).variance(), again.column(column).variance());
            assert!((a / b - 1.0).abs() < 0.15, "{name}, {column}: {a} against {b}");
        }
    }
}

/// The numbers of the old Gaussian: sample by sample, one normal number for each coordinate.
#[test]
fn normals_are_drawn_as_they_always_were() {
    let prior = Prior::standard(3);
    let (z, mut rng) = (drawn(&prior, 5), Stream::new(1, Purpose::Test, 0, 0));
    for row in 0..5 {
        for column in 0..3 {
            assert_eq!(z[(row, column)], rng.normal());
        }
    }
}
