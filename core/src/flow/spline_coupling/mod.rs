//! Rational-quadratic spline coupling (neural spline flow).

mod pull_back;
mod rational_quadratic;

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use self::rational_quadratic::{Direction, Spline};
use super::{Bijector, Columns, Conditioner, Split, SplitKind};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Activation, Real, Stream, Tape};

/// x_b = f(z_b), each coordinate by a monotone rational-quadratic spline whose bins and slopes are outputs of
/// a network of z_a; x_a = z_a; log|det ∂x/∂z| = Σ ln f′. Outside of [−B, B] f is the identity
/// (Durkan, Bekasov, Murray, Papamakarios, NeurIPS 2019).
#[derive(Clone, Debug, PartialEq)]
pub struct SplineCoupling {
    split: Split,
    network: Conditioner,
    spline: Spline,
}

impl SplineCoupling {
    /// Fewest and most bins.
    pub const BINS: (usize, usize) = (2, 64);

    /// A coupling whose network has the given hidden widths and activation, with splines of `bins` bins
    /// ([`SplineCoupling::BINS`]; a number outside of it counts as the nearest) on [−`bound`, `bound`].
    #[must_use]
    pub fn new(
        split: Split,
        hidden: &[usize],
        activation: Activation,
        bins: usize,
        bound: f64,
    ) -> Self {
        let (fewest, most) = Self::BINS;
        let spline = Spline { bins: bins.clamp(fewest, most), bound };
        let outputs = split.change.len() * spline.n_params();
        let network = Conditioner::single("spline", split.keep.len(), hidden, outputs, activation);
        Self { split, network, spline }
    }

    // Records, from the bottom: hidden layers, z_b, numbers of the splines, z_a.
    fn apply<T: Real>(
        &self,
        direction: Direction,
        theta: &[T],
        x: &mut DMatrix<T>,
        log_det: &mut [T],
        tape: &mut Tape<T>,
    ) {
        let n = x.nrows();
        let kept = Split::gather(x, &self.split.keep, tape);
        let mut params = self.network.forward(theta, n, &kept, tape);
        let before = Split::gather(x, &self.split.change, tape);
        let mut after = tape.take(before.len());
        after.copy_from_slice(&before);
        let mut work = tape.take(Spline::work_len(n));
        self.spline.apply(direction, &mut params, &mut after, log_det, &mut work);
        Split::scatter(&after, &self.split.change, x);
        tape.recycle(work);
        let (recorded, done) = match direction {
            Direction::Forward => (before, after),
            Direction::Inverse => (after, before),
        };
        tape.recycle(done);
        for buffer in [recorded, params, kept] {
            tape.push(buffer);
        }
    }

    fn pull_back<T: Real>(
        &self,
        direction: Direction,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        let n = g.nrows();
        let (kept, params, z) = (tape.pop(), tape.pop(), tape.pop());
        let mut g_changed = Split::gather(g, &self.split.change, tape);
        let mut g_params = tape.take(params.len());
        let mut work = tape.take(Spline::work_len(n));
        self.spline.pull_back(
            direction,
            &params,
            &z,
            g_log_det,
            &mut g_changed,
            &mut g_params,
            &mut work,
        );
        Split::scatter(&g_changed, &self.split.change, g);
        // ∂L/∂z_a += (∂params/∂z_a)ᵀ ∂L/∂params
        let g_kept = self.network.vjp(theta, n, &kept, &g_params, g_theta, tape);
        Split::scatter_add(&g_kept, &self.split.keep, g);
        for buffer in [kept, params, z, g_changed, g_params, work, g_kept] {
            tape.recycle(buffer);
        }
    }
}

impl<T: Real> Bijector<T> for SplineCoupling {
    fn dim(&self) -> usize {
        self.split.dim()
    }

    fn n_params(&self) -> usize {
        self.network.n_params()
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        self.network.describe(prefix, layout);
    }

    fn init(&self, theta: &mut [T], rng: &mut Stream) {
        self.network.init(theta, rng);
    }

    fn forward(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        self.apply(Direction::Forward, theta, x, log_det, tape);
    }

    fn inverse(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        self.apply(Direction::Inverse, theta, x, log_det, tape);
    }

    fn forward_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        self.pull_back(Direction::Forward, theta, g, g_log_det, g_theta, tape);
    }

    fn inverse_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        self.pull_back(Direction::Inverse, theta, g, g_log_det, g_theta, tape);
    }

    fn has_constant_jacobian(&self) -> bool {
        false
    }
}

/// Examples for the contract tests.
pub(super) fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let make = |kind, columns: &Columns, swapped, bins, bound| {
        let split = Split::new(kind, columns, swapped);
        let layer = SplineCoupling::new(split, &[7, 6], Activation::Silu, bins, bound);
        Box::new(layer) as Box<dyn Bijector<T>>
    };
    let given = Columns { dim: 7, changed: 2..6, condition: 0..2, space: 2 };
    vec![
        ("2-D, 8 bins", make(SplitKind::EvenOdd, &Columns::all(2), false, 8, 5.0)),
        // Some of the points lie in the tails.
        ("3-D, 5 narrow bins", make(SplitKind::Halves, &Columns::all(3), true, 5, 0.8)),
        ("particles given another, 2 bins", make(SplitKind::Particles, &given, false, 2, 3.0)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Purpose;

    /// In f32 with wild parameters, where discriminants as differences would turn negative: nothing is undefined,
    /// the inverse undoes the map, and the tails, the ends and NaN pass through.
    #[test]
    fn wild_splines_stay_invertible_in_f32() {
        const N: usize = 4096;
        let spline = Spline { bins: 16, bound: 4.0 };
        let mut rng = Stream::new(9, Purpose::Test, 0, 0);
        let mut x: Vec<f32> = (0..N).map(|_| (8.4 * rng.uniform() - 4.2) as f32).collect();
        x[..7].copy_from_slice(&[-4.0, 4.0, 0.0, 3.999_999_8, -3.999_999_8, 1e30, -9.0]);
        let raw: Vec<f32> =
            (0..N * spline.n_params()).map(|_| (6.0 * rng.normal()) as f32).collect();
        let mut work = vec![0.0; Spline::work_len(N)];
        let (mut y, mut log_det, mut params) = (x.clone(), vec![0.0; N], raw.clone());
        spline.apply(Direction::Forward, &mut params, &mut y, &mut log_det, &mut work);
        let slopes = log_det.clone();
        assert!(y.iter().chain(&slopes).all(|v| v.is_finite()));
        for (x, y) in x.iter().zip(&y).filter(|(x, _)| x.abs() >= 4.0) {
            assert_eq!(x, y, "tail");
        }
        let (mut back, mut params) = (y.clone(), raw);
        spline.apply(Direction::Inverse, &mut params, &mut back, &mut log_det, &mut work);
        for i in 0..N {
            // What rounding y costs in x, where the spline is flat.
            let allowed = 1e-5 * (1.0 + (-slopes[i]).exp());
            assert!((back[i] - x[i]).abs() < allowed, "{} {} {}", x[i], back[i], slopes[i]);
        }
        let mut g = vec![1.0; N];
        let mut g_params = vec![0.0; params.len()];
        for direction in [Direction::Forward, Direction::Inverse] {
            let ones = vec![1.0; N];
            spline.pull_back(direction, &params, &x, &ones, &mut g, &mut g_params, &mut work);
            assert!(g.iter().chain(&g_params).all(|v| v.is_finite()), "{direction:?}");
        }
        let mut nan = vec![f32::NAN; N];
        spline.apply(Direction::Forward, &mut params, &mut nan, &mut log_det, &mut work);
        assert!(nan.iter().all(|v| v.is_nan()));
    }
}
