//! Rational-quadratic spline coupling (neural spline flow).

mod rational_quadratic;
mod vjp;

use alloc::{boxed::Box, vec, vec::Vec};

use nalgebra::DMatrix;

use self::rational_quadratic::{Direction, Spline};
use super::{
    Architecture, Bijector, Build, Columns, Conditioner, Entry, Letter, Pass, Split, SplitKind,
};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Activation, Real, Stream};
use crate::system::Support;

/// x_b = f(z_b), each coordinate by a monotone rational-quadratic spline whose bins and slopes are outputs of
/// a network of z_a; x_a = z_a; log|det ∂x/∂z| = Σ ln f′. Outside of [−B, B] f is the identity
/// (Durkan, Bekasov, Murray, Papamakarios, NeurIPS 2019).
#[derive(Debug)]
pub struct SplineCoupling<T: Real> {
    split: Split,
    network: Conditioner<T>,
    spline: Spline,
}

/// Fewest and most bins of a spline.
pub const SPLINE_BINS: (usize, usize) = (2, 64);

/// How the notation asks for it.
pub(super) fn entry<T: Real>() -> Entry<T> {
    let build =
        Build::Couplings(|split, architecture| Box::new(SplineCoupling::new(split, architecture)));
    let help = "two rational-quadratic spline couplings with exchanged channels";
    Entry { letter: Some(Letter { letter: 'Q', help, build }), examples }
}

impl<T: Real> SplineCoupling<T> {
    /// A coupling with one network, its kind, widths and activation, the bins of its splines ([`SPLINE_BINS`]; a number outside of
    /// it counts as the nearest) and their interval [−B, B] those of an architecture.
    #[must_use]
    pub fn new(split: Split, architecture: &Architecture) -> Self {
        let (fewest, most) = SPLINE_BINS;
        let Architecture { bins, tail_bound: bound, shift_activation: activation, .. } =
            *architecture;
        let spline = Spline { bins: bins.clamp(fewest, most), bound };
        let (inputs, outputs) = (split.n_inputs(), split.change.len() * spline.n_params());
        let network = Conditioner::single("spline", architecture, inputs, outputs, activation);
        Self { split, network, spline }
    }

    // Records, from the bottom: hidden layers, z_b, numbers of the splines, inputs.
    fn apply(
        &self,
        direction: Direction,
        pass: &mut Pass<'_, T>,
        x: &mut DMatrix<T>,
        log_det: &mut [T],
    ) {
        let n = x.nrows();
        let inputs = self.split.inputs(x, pass);
        let tape = &mut *pass.tape;
        let mut params = self.network.forward(pass.theta, n, &inputs, tape);
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
        for buffer in [recorded, params, inputs] {
            tape.push(buffer);
        }
    }

    fn apply_vjp(
        &self,
        direction: Direction,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        let n = g.nrows();
        let tape = &mut *pass.tape;
        let (inputs, params, z) = (tape.pop(), tape.pop(), tape.pop());
        let mut g_changed = Split::gather(g, &self.split.change, tape);
        let mut g_params = tape.take(params.len());
        let mut work = tape.take(Spline::work_len(n));
        self.spline.vjp(
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
        let g_inputs = self.network.vjp(pass.theta, n, &inputs, &g_params, g_theta, tape);
        self.split.inputs_vjp(&inputs, &g_inputs, g);
        for buffer in [inputs, params, z, g_changed, g_params, work, g_inputs] {
            tape.recycle(buffer);
        }
    }
}

impl<T: Real> Bijector<T> for SplineCoupling<T> {
    fn dim(&self) -> usize {
        self.split.dim()
    }

    fn n_params(&self) -> usize {
        self.network.n_params()
    }

    fn n_context(&self) -> usize {
        self.split.n_context()
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        self.network.describe(prefix, layout);
    }

    fn init(&self, theta: &mut [T], _constants: &mut [T], rng: &mut Stream) {
        self.network.init(theta, rng);
    }

    fn forward(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        self.apply(Direction::Forward, pass, x, log_det);
    }

    fn inverse(&self, pass: &mut Pass<'_, T>, x: &mut DMatrix<T>, log_det: &mut [T]) {
        self.apply(Direction::Inverse, pass, x, log_det);
    }

    fn forward_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        self.apply_vjp(Direction::Forward, pass, g, g_log_det, g_theta);
    }

    fn inverse_vjp(
        &self,
        pass: &mut Pass<'_, T>,
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
    ) {
        self.apply_vjp(Direction::Inverse, pass, g, g_log_det, g_theta);
    }

    fn has_constant_jacobian(&self) -> bool {
        false
    }

    /// The identity outside of [−B, B], and so on the whole of an interval around it.
    fn keeps(&self, supports: &[Support]) -> bool {
        let bound = self.spline.bound;
        self.split.changes_only(supports, |support| match support {
            Support::Line => true,
            Support::Circle { .. } => false,
            Support::Interval { low, high } => *low <= -bound && bound <= *high,
        })
    }
}

/// Examples for the contract tests.
fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    let make = |kind, columns: &Columns, swapped, bins, tail_bound| {
        let (hidden, shift_activation) = (vec![7, 6], Activation::Silu);
        let default = Architecture::default();
        let architecture = Architecture { hidden, shift_activation, bins, tail_bound, ..default };
        let layer = SplineCoupling::new(Split::new(kind, columns, swapped), &architecture);
        Box::new(layer) as Box<dyn Bijector<T>>
    };
    let given = Columns::all(7).in_space(2).given(2..6, 0..2);
    let circles = vec![Support::Circle { period: 4.0 }; 3];
    let round = Columns::all(3).given([0, 2], [1]).on(&circles).with_context(2);
    vec![
        ("2-D, 8 bins", make(SplitKind::EvenOdd, &Columns::all(2), false, 8, 5.0)),
        // Some of the points lie in the tails.
        ("3-D, 5 narrow bins", make(SplitKind::Halves, &Columns::all(3), true, 5, 0.8)),
        ("particles given another, 2 bins", make(SplitKind::Particles, &given, false, 2, 3.0)),
        ("given circles and a context", make(SplitKind::EvenOdd, &round, true, 4, 3.0)),
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
            spline.vjp(direction, &params, &x, &ones, &mut g, &mut g_params, &mut work);
            assert!(g.iter().chain(&g_params).all(|v| v.is_finite()), "{direction:?}");
        }
        let mut nan = vec![f32::NAN; N];
        spline.apply(Direction::Forward, &mut params, &mut nan, &mut log_det, &mut work);
        assert!(nan.iter().all(|v| v.is_nan()));
    }
}
