//! Affine coupling (RealNVP).

use alloc::{boxed::Box, vec::Vec};

use nalgebra::DMatrix;

use super::{Bijector, Columns, Conditioner, Split, SplitKind, Trunk};
use crate::nn::ParamLayout;
use crate::num::{Accumulator, Activation, Buffer, Real, Stream, Tape};

/// x_b = z_b ∘ e^{S(z_a)} + T(z_a), x_a = z_a; log|det ∂x/∂z| = Σ S
/// (Dinh, Sohl-Dickstein, Bengio, ICLR 2017). With a bound b, S = b·tanh(S̃/b), S̃ the output of the
/// network: no coupling stretches by more than e^b.
#[derive(Clone, Debug, PartialEq)]
pub struct AffineCoupling {
    split: Split,
    networks: Conditioner,
    bound: Option<f64>,
}

impl AffineCoupling {
    /// A coupling whose networks S and T have the given hidden widths and activations (the shared
    /// network has that of T).
    #[must_use]
    pub fn new(
        split: Split,
        hidden: &[usize],
        trunk: Trunk,
        scale: Activation,
        shift: Activation,
    ) -> Self {
        let networks = Conditioner::scale_and_shift(
            trunk,
            split.keep.len(),
            hidden,
            split.change.len(),
            scale,
            shift,
        );
        Self { split, networks, bound: None }
    }

    /// The same coupling with |S| < `bound` (> 0).
    #[must_use]
    pub fn bounded(self, bound: f64) -> Self {
        Self { bound: Some(bound), ..self }
    }

    /// Number of changed values of `n` samples: length of S and of T.
    fn changed(&self, n: usize) -> usize {
        n * self.split.change.len()
    }

    /// S and T of the kept columns.
    fn scale_and_shift<T: Real>(
        &self,
        theta: &[T],
        n: usize,
        kept: &[T],
        tape: &mut Tape<T>,
    ) -> Buffer<T> {
        let mut st = self.networks.forward(theta, n, kept, tape);
        if let Some(bound) = self.bound {
            let (bound, rate) = (T::lit(bound), T::lit(1.0 / bound));
            let s = &mut st[..self.changed(n)];
            s.iter_mut().for_each(|s| *s *= rate);
            (T::kernels().activate)(Activation::Tanh, s);
            s.iter_mut().for_each(|s| *s *= bound);
        }
        st
    }

    /// ∂L/∂z_a from ∂L/∂S and ∂L/∂T, which it changes; adds ∂L/∂θ.
    fn pull_back<T: Real>(
        &self,
        theta: &[T],
        n: usize,
        kept: &[T],
        st: &[T],
        g_st: &mut [T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) -> Buffer<T> {
        if let Some(bound) = self.bound {
            let rate = T::lit(1.0 / bound);
            // ∂S/∂S̃ = 1 − tanh²(S̃/b) = 1 − (S/b)²
            for (g, s) in g_st[..self.changed(n)].iter_mut().zip(st) {
                let t = *s * rate;
                *g *= T::ONE - t * t;
            }
        }
        // ∂L/∂z_a = (∂S/∂z_a)ᵀ ∂L/∂S + (∂T/∂z_a)ᵀ ∂L/∂T
        self.networks.vjp(theta, n, kept, g_st, g_theta, tape)
    }
}

impl<T: Real> Bijector<T> for AffineCoupling {
    fn dim(&self) -> usize {
        self.split.dim()
    }

    fn n_params(&self) -> usize {
        self.networks.n_params()
    }

    fn describe(&self, prefix: &str, layout: &mut ParamLayout) {
        self.networks.describe(prefix, layout);
    }

    fn init(&self, theta: &mut [T], rng: &mut Stream) {
        self.networks.init(theta, rng);
    }

    // Records, from the bottom: hidden layers, z_b, [S|T], z_a.
    fn forward(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        let n = x.nrows();
        let kept = Split::gather(x, &self.split.keep, tape);
        let st = self.scale_and_shift(theta, n, &kept, tape);
        let before = Split::gather(x, &self.split.change, tape);
        let (s, t) = st.split_at(self.changed(n));
        for (j, c) in self.split.change.iter().enumerate() {
            let rows = j * n..(j + 1) * n;
            let column = &mut x.as_mut_slice()[c * n..][..n];
            (T::kernels().affine_forward)(&s[rows.clone()], &t[rows], column, log_det);
        }
        tape.push(before);
        tape.push(st);
        tape.push(kept);
    }

    // Records, from the bottom: hidden layers, z_b, [S|T], z_a.
    fn inverse(&self, theta: &[T], x: &mut DMatrix<T>, log_det: &mut [T], tape: &mut Tape<T>) {
        let n = x.nrows();
        let kept = Split::gather(x, &self.split.keep, tape);
        let st = self.scale_and_shift(theta, n, &kept, tape);
        let (s, t) = st.split_at(self.changed(n));
        for (j, c) in self.split.change.iter().enumerate() {
            let rows = j * n..(j + 1) * n;
            let column = &mut x.as_mut_slice()[c * n..][..n];
            (T::kernels().affine_inverse)(&s[rows.clone()], &t[rows], column, log_det);
        }
        let after = Split::gather(x, &self.split.change, tape);
        tape.push(after);
        tape.push(st);
        tape.push(kept);
    }

    fn forward_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        let n = g.nrows();
        let (kept, st, before) = (tape.pop(), tape.pop(), tape.pop());
        let mut g_st = tape.take(st.len());
        let (g_s, g_t) = g_st.split_at_mut(self.changed(n));
        for (j, c) in self.split.change.iter().enumerate() {
            let rows = j * n..(j + 1) * n;
            let column = &mut g.as_mut_slice()[c * n..][..n];
            // ∂L/∂T = ∂L/∂x_b; the kernel gives ∂L/∂S = ∂L/∂x_b ∘ z_b ∘ e^S + ∂L/∂log_det and
            // ∂L/∂z_b = ∂L/∂x_b ∘ e^S.
            g_t[rows.clone()].copy_from_slice(column);
            (T::kernels().affine_forward_vjp)(
                &st[rows.clone()],
                &before[rows.clone()],
                g_log_det,
                column,
                &mut g_s[rows],
            );
        }
        let g_kept = self.pull_back(theta, n, &kept, &st, &mut g_st, g_theta, tape);
        Split::scatter_add(&g_kept, &self.split.keep, g);
        for buffer in [kept, st, before, g_st, g_kept] {
            tape.recycle(buffer);
        }
    }

    fn inverse_vjp(
        &self,
        theta: &[T],
        g: &mut DMatrix<T>,
        g_log_det: &[T],
        g_theta: Accumulator<'_, T>,
        tape: &mut Tape<T>,
    ) {
        let n = g.nrows();
        let (kept, st, after) = (tape.pop(), tape.pop(), tape.pop());
        let mut g_st = tape.take(st.len());
        let (g_s, g_t) = g_st.split_at_mut(self.changed(n));
        for (j, c) in self.split.change.iter().enumerate() {
            let rows = j * n..(j + 1) * n;
            let column = &mut g.as_mut_slice()[c * n..][..n];
            // z_b = (x_b − T) ∘ e^{−S}, log_det = −ΣS: ∂L/∂x_b = ∂L/∂z_b ∘ e^{−S},
            // ∂L/∂T = −∂L/∂x_b, ∂L/∂S = −∂L/∂z_b ∘ z_b − ∂L/∂log_det.
            (T::kernels().affine_inverse_vjp)(
                &st[rows.clone()],
                &after[rows.clone()],
                g_log_det,
                column,
                &mut g_s[rows.clone()],
                &mut g_t[rows],
            );
        }
        let g_kept = self.pull_back(theta, n, &kept, &st, &mut g_st, g_theta, tape);
        Split::scatter_add(&g_kept, &self.split.keep, g);
        for buffer in [kept, st, after, g_st, g_kept] {
            tape.recycle(buffer);
        }
    }

    fn has_constant_jacobian(&self) -> bool {
        false
    }
}

/// Examples for the contract tests.
pub(super) fn examples<T: Real>() -> Vec<(&'static str, Box<dyn Bijector<T>>)> {
    use Activation::{Relu, Silu, Tanh};
    let make = |kind, columns: &Columns, swapped, hidden: &[usize], trunk, scale, shift| {
        AffineCoupling::new(Split::new(kind, columns, swapped), hidden, trunk, scale, shift)
    };
    let (two, three, five) = (Columns::all(2), Columns::all(3), Columns::all(5));
    // A particle in the plane as the condition of three others, and a coordinate left alone.
    let given = Columns { dim: 9, changed: 2..8, condition: 0..2, space: 2 };
    use SplitKind::{EvenOdd, Halves, Particles};
    let all = [
        ("2-D, separate tanh", make(EvenOdd, &two, false, &[6, 5], Trunk::Separate, Tanh, Tanh)),
        (
            "5-D halves swapped, shared silu",
            make(Halves, &five, true, &[7], Trunk::Shared, Silu, Silu),
        ),
        (
            "3-D, scale tanh, shift relu",
            make(EvenOdd, &three, false, &[8, 8], Trunk::Separate, Tanh, Relu),
        ),
        (
            "particles given another, shared, bounded",
            make(Particles, &given, false, &[7, 6], Trunk::Shared, Silu, Silu).bounded(0.7),
        ),
        (
            "separate, bounded",
            make(Halves, &three, true, &[5], Trunk::Separate, Tanh, Tanh).bounded(2.0),
        ),
    ];
    all.map(|(name, layer)| (name, Box::new(layer) as Box<dyn Bijector<T>>)).into()
}
